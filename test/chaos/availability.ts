// How long there was no service, by kind of fault: what a probe got answered, laid beside what was done when.
import type { Incident } from './nemesis.ts'
import type { Service } from './probe.ts'
import type { Wait } from './recorder.ts'

export interface FaultAvailability {
  readonly name: string
  readonly count: number
  /** The longest time without an acknowledged write, from the start of the fault to the end of the quiet after it. */
  readonly withoutServiceMs: Spread
  /** From the end of the harm to the first acknowledged write that was asked after it. */
  readonly backAfterMs: Spread
  /** The longest that any client heard nothing of what it had asked, not even `unavailable`. */
  readonly waitMsMax: number
}

export interface Spread {
  readonly p50: number
  readonly max: number
}

export function availabilityOf(
  incidents: readonly Incident[],
  services: readonly Service[],
  waits: readonly Wait[]
): readonly FaultAvailability[] {
  // Two at once are one line: what each of them alone would have done, nobody knows.
  const kinds = Map.groupBy(incidents, ({ name, faults }) => (faults > 1 ? 'two of these at once' : name))
  const longest = waitsByIncident(waits, incidents)
  const rows = [...kinds].map(([name, group]): FaultAvailability => {
    return {
      name,
      count: group.length,
      withoutServiceMs: spreadOf(group.map((incident) => longestGap(incident, services))),
      backAfterMs: spreadOf(group.map((incident) => backAfter(incident, services))),
      waitMsMax: Math.max(0, ...group.map(longest))
    }
  })
  return rows.toSorted((a, b) => Number(a.name.startsWith('two')) - Number(b.name.startsWith('two')))
}

/** Answers the longest wait that `incident` is to blame for. */
export function waitsByIncident(
  waits: readonly Wait[],
  incidents: readonly Incident[]
): (incident: Incident) => number {
  const blamed = Map.groupBy(waits, (wait) => causeOf(wait, incidents))
  return (incident) => Math.max(0, ...(blamed.get(incident) ?? []).map(lengthOf))
}

function longestGap({ startedMs, quietUntilMs }: Incident, services: readonly Service[]): number {
  const until = quietUntilMs === 0 ? Number.POSITIVE_INFINITY : quietUntilMs
  const times = services.map(({ atMs }) => atMs).filter((ms) => ms > startedMs && ms < until)
  if (times.length === 0) return Number.POSITIVE_INFINITY
  return Math.max(...times.map((ms, at) => ms - (times[at - 1] ?? startedMs)))
}

function backAfter({ endedMs }: Incident, services: readonly Service[]): number {
  const first = services.find(({ sentMs }) => sentMs > endedMs)
  return first === undefined ? Number.POSITIVE_INFINITY : first.atMs - endedMs
}

/** The fault whose harm fell into most of the wait; else the last one before it ended; null before the first. */
function causeOf(wait: Wait, incidents: readonly Incident[]): Incident | null {
  const before = incidents.filter(({ startedMs }) => startedMs < wait.toMs)
  const during = ({ startedMs, endedMs }: Incident) => Math.min(endedMs, wait.toMs) - Math.max(startedMs, wait.fromMs)
  return before.reduce<Incident | null>(
    (most, incident) => (most === null || during(incident) >= Math.max(0, during(most)) ? incident : most),
    before.at(-1) ?? null
  )
}

function lengthOf({ fromMs, toMs }: Wait): number {
  return toMs - fromMs
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}
