// Does one fault after another, sometimes two at once, with quiet between, in an order that the seed decides; and waits
// after each until there is service again, for so long that whoever waits longer may say there is none.
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../bench/random.ts'
import type { Fault } from './faults.ts'
import type { Probe } from './probe.ts'
import type { Stage } from './stage.ts'

/** A fault as it was; milliseconds of performance.now(). */
export interface Incident {
  /** Of both where there were two at once. */
  readonly name: string
  readonly faults: number
  readonly startedMs: number
  /** When the harm ended. */
  readonly endedMs: number
  /** Until the next one. */
  quietUntilMs: number
}

export interface Nemesis {
  readonly incidents: readonly Incident[]
  /** What is being done now, '' for nothing. */
  readonly current: string
  /** Resolves once everything is put right, with why the run must end early, or null. */
  readonly done: Promise<string | null>
  stop(): void
}

export interface NemesisOptions {
  readonly stage: Stage
  readonly faults: readonly Fault[]
  readonly random: Random
  readonly probe: Probe
  readonly quietMs: readonly [from: number, to: number]
  /** Stops by itself after each kind was done so often. */
  readonly rounds: number
}

/** Without service for so long after a fault has ended, there is none. */
export const SERVICE_MS_MAX = 60_000
const PAIR_SHARE = 0.2

export function startNemesis(options: NemesisOptions): Nemesis {
  const { stage, faults, random, probe, quietMs, rounds } = options
  const incidents: Incident[] = []
  const abort = new AbortController()
  let current = ''

  async function rage(): Promise<string | null> {
    await quiet()
    for (let round = 0; round < rounds; round++) {
      for (const together of planRound(faults, random)) {
        if (abort.signal.aborted) return null
        const failure = await strike(together)
        if (failure !== null) return failure
      }
    }
    return null
  }

  async function strike(together: readonly Fault[]): Promise<string | null> {
    current = together.map(({ name }) => name).join(' + ')
    const startedMs = performance.now()
    let endedMs = startedMs
    const ending = () => {
      endedMs = performance.now()
    }
    await Promise.all(
      together.map(async (fault, at) => {
        if (at > 0) await delay(random.next() * 1_000)
        await fault.inflict(stage, random, ending)
      })
    )
    const incident = { name: current, faults: together.length, startedMs, endedMs, quietUntilMs: 0 }
    incidents.push(incident)
    const isServed = await probe.servedSince(endedMs, SERVICE_MS_MAX)
    if (!isServed) return `no service ${SERVICE_MS_MAX / 1000} s after: ${current}`
    current = ''
    await quiet()
    incident.quietUntilMs = performance.now()
    return null
  }

  async function quiet(): Promise<void> {
    const [from, to] = quietMs
    await delay(from + random.next() * (to - from), undefined, { signal: abort.signal }).catch(() => {})
  }

  return {
    incidents,
    get current() {
      return current
    },
    done: rage(),
    stop: () => abort.abort()
  }
}

/** Each kind once, in any order, some of them two at a time that harm different parts. */
export function planRound<F extends { readonly part: string }>(
  faults: readonly F[],
  random: Random
): readonly (readonly F[])[] {
  const left = random.shuffle([...faults])
  const plan: F[][] = []
  while (left.length > 0) {
    const first = left.shift()!
    const second = random.next() < PAIR_SHARE ? left.findIndex(({ part }) => part !== first.part) : -1
    plan.push(second < 0 ? [first] : [first, ...left.splice(second, 1)])
  }
  return plan
}
