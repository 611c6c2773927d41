// The viewers of all processes, seen from the bench: how many watch, and in the end what they have.
import { type Child, startChild } from '../child.ts'
import { VIEWERS_PER_ADDRESS } from './audience.ts'
import type { FinishWatching, FromViewers, ToViewers, ViewerCounts, ViewersReport, WatchShow } from './protocol.ts'

export interface Audiences {
  readonly pids: readonly number[]
  /** All processes together, as they last said. */
  readonly counts: ViewerCounts
  finish(at: Omit<FinishWatching, 'kind'>): Promise<readonly ViewersReport[]>
  end(): Promise<void>
}

/** A process may have 20,000 files open; some are not sockets, and a socket that closes takes a while to go. */
const VIEWERS_PER_PROCESS_MAX = 17_000

const NONE: ViewerCounts = { open: 0, watching: 0, pushes: 0, bytes: 0, skips: 0, gaps: 0, troubles: {} }

export function startAudiences({ viewers, ...watch }: Omit<WatchShow, 'kind' | 'firstAddress'>): Audiences {
  const count = Math.ceil(viewers / VIEWERS_PER_PROCESS_MAX)
  const upTo = (at: number) => Math.floor((viewers * at) / count)
  const states: ViewerCounts[] = []
  const children = Array.from({ length: count }, (_, at): Child<ToViewers, FromViewers> => {
    const child = startChild<ToViewers, FromViewers>(new URL('./viewers.ts', import.meta.url))
    child.onMessage((message) => {
      states[at] = message
    })
    const firstAddress = 1 + at * Math.ceil(VIEWERS_PER_PROCESS_MAX / VIEWERS_PER_ADDRESS)
    child.send({ kind: 'watch', ...watch, viewers: upTo(at + 1) - upTo(at), firstAddress })
    return child
  })
  return {
    pids: children.map(({ pid }) => pid),
    get counts() {
      return sumOf(states)
    },
    finish: (at) =>
      Promise.all(
        children.map((child) => {
          const report = child.next('report')
          child.send({ kind: 'finish', ...at })
          return report
        })
      ),
    end: async () => {
      await Promise.all(children.map((child) => child.end()))
    }
  }
}

export function sumOf(counts: readonly ViewerCounts[]): ViewerCounts {
  return counts.reduce((one, other): ViewerCounts => {
    const troubles = { ...one.troubles }
    for (const [name, count] of Object.entries(other.troubles)) troubles[name] = (troubles[name] ?? 0) + count
    return {
      open: one.open + other.open,
      watching: one.watching + other.watching,
      pushes: one.pushes + other.pushes,
      bytes: one.bytes + other.bytes,
      skips: one.skips + other.skips,
      gaps: one.gaps + other.gaps,
      troubles
    }
  }, NONE)
}
