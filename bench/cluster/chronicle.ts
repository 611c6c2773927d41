// What happened in a cluster: what its nodes log, what is done to them, and shards that changed hands without a word,
// as they do when whoever had them fell silent.
import { createHappenings, type Happening } from './happenings.ts'
import { type Moves, newMoves, rangeOf, shardsOf } from './moves.ts'

export interface Chronicle {
  /** The oldest first. */
  readonly happenings: readonly Happening[]
  /** In milliseconds, as whoever gave them away says. */
  readonly handed: Moves
  /** In seconds since whoever had them fell silent; only those of which that is known. */
  readonly claimed: Moves
  note(text: string): void
  /** A line of what `node` writes to its log. */
  logged(node: string, line: string): void
  /** Whose the shards are now, by shard; null is nobody's. */
  owners(owners: readonly (string | null)[]): void
  /** `node` does not answer any more from now on, or does again: what others take of it is counted from here. */
  silent(node: string, isSilent: boolean): void
}

interface Given {
  readonly shard: number
  readonly from: string
  readonly atMs: number
}

interface Change extends Given {
  readonly to: string
  /** When whoever had it fell silent, if it has. */
  readonly silentSince: number | undefined
}

/** By then a hand-over is in the log of who gave … */
const LOG_LAG_MS = 1_000
/** … and seen in the database, perhaps together with the next one. */
const LOOK_LAG_MS = 10_000

/** `now` gives milliseconds, which never run backwards. */
export function createChronicle(now: () => number): Chronicle {
  const happenings = createHappenings(now)
  const handed = newMoves()
  const claimed = newMoves()
  /** Hand-overs that were logged lately. */
  let given: readonly Given[] = []
  const silentSince = new Map<string, number>()
  /** By shard, who had it last. */
  const lastOwner = new Map<number, string>()
  let unexplained: readonly Change[] = []

  const explain = (change: Change): void => {
    const { shard, from, to, atMs, silentSince } = change
    const isTold = given.some((one) => {
      // What it gave, got back and had when it fell silent is another matter.
      const isItsLast = silentSince === undefined || one.atMs > silentSince - LOG_LAG_MS
      return one.shard === shard && one.from === from && isItsLast
    })
    if (isTold) return
    const what = (all: Moves) => `${to} claimed ${shardsOf(all)} of ${from}`
    if (silentSince === undefined) return happenings.add(`claimed ${from} ${to}`, 0, what)
    const seconds = (atMs - silentSince) / 1000
    claimed.add(seconds)
    const text = (all: Moves) => `${what(all)}, ${rangeOf(all, 's')} after it fell silent`
    happenings.add(`claimed ${from} ${to}`, seconds, text)
  }

  return {
    handed,
    claimed,
    get happenings() {
      return happenings.all
    },
    note: happenings.note,
    logged: (node, line) => {
      const { msg, level = 0, shard = 0, to = '', ms = 0 } = entryOf(line)
      if (msg === 'handed a shard over') {
        given = [...given.filter(({ atMs }) => now() - atMs < LOOK_LAG_MS), { shard, from: node, atMs: now() }]
        handed.add(ms)
        const text = (all: Moves) => `${node} handed ${shardsOf(all)} over to ${to}, ${rangeOf(all, 'ms')} each`
        happenings.add(`handed ${node} ${to}`, ms, text)
      } else if (level > INFO) {
        const text = ({ count }: Moves) => `${node} logs: ${msg}${count > 1 ? ` (${count} times)` : ''}`
        happenings.add(`logged ${node} ${msg}`, 0, text)
      }
    },
    owners: (owners) => {
      for (const [shard, to] of owners.entries()) {
        const from = lastOwner.get(shard)
        if (to === null || to === from) continue
        lastOwner.set(shard, to)
        if (from === undefined) continue
        unexplained = [...unexplained, { shard, from, to, atMs: now(), silentSince: silentSince.get(from) }]
      }
      const isDue = ({ atMs }: Change) => now() - atMs > LOG_LAG_MS
      unexplained.filter(isDue).forEach(explain)
      unexplained = unexplained.filter((change) => !isDue(change))
    },
    silent: (node, isSilent) => {
      if (isSilent) silentSince.set(node, now())
      else silentSince.delete(node)
    }
  }
}

/** pino's number for it; what is above is trouble. */
const INFO = 30

interface LogEntry {
  readonly level?: number
  readonly msg?: string
  readonly shard?: number
  readonly to?: string
  readonly ms?: number
}

/** What is no JSON says nothing. */
function entryOf(line: string): LogEntry {
  if (!line.startsWith('{')) return {}
  try {
    return JSON.parse(line) as LogEntry
  } catch {
    return {}
  }
}
