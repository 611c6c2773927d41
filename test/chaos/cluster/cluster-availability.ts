// How long shows of a cluster were without service, by kind of fault: those that it concerned, those that moved because
// of it, and all others, which should not have felt it.
import { type Spread, spreadOf, waitsByIncident } from '../availability.ts'
import type { Service } from '../probe.ts'
import type { Wait } from '../recorder.ts'
import type { ClusterIncident } from './cluster-nemesis.ts'
import type { ProbedShow } from './probe-fleet.ts'

/** Longest times without an acknowledged write, a show and a fault each. */
export interface Gaps {
  readonly concerned: readonly number[]
  readonly moved: readonly number[]
  readonly others: readonly number[]
}

export interface ClusterAvailability {
  readonly name: string
  readonly count: number
  readonly goalMs: number | null
  readonly concernedMs: Spread
  readonly movedMs: Spread
  readonly othersMs: Spread
  /** Of `concerned` and `moved`, how many were longer without service than the goal says. */
  readonly overGoal: number
  /** From the end of the harm until every shard was where it belongs. */
  readonly restMs: Spread
  /** The longest that any client heard nothing of what it had asked, not even `unavailable`. */
  readonly waitMsMax: number
}

type ServicesOf = (show: string, fromMs: number, toMs: number) => readonly Service[]

export function clusterAvailabilityOf(
  incidents: readonly ClusterIncident[],
  shows: readonly ProbedShow[],
  servicesOf: ServicesOf,
  waits: readonly Wait[]
): readonly ClusterAvailability[] {
  const blamed = waitsByIncident(waits, incidents)
  return [...Map.groupBy(incidents, ({ name }) => name)].map(([name, group]) => {
    const { goalMs } = group[0]!.fault
    const all = group.map((incident) => gapsOf(incident, shows, servicesOf))
    const concerned = all.flatMap((gaps) => gaps.concerned)
    const moved = all.flatMap((gaps) => gaps.moved)
    const late = (gaps: readonly number[], goal: number | null) => gaps.filter((ms) => ms > (goal ?? ms)).length
    return {
      ...{ name, count: group.length, goalMs },
      concernedMs: spreadOf(concerned),
      movedMs: spreadOf(moved),
      othersMs: spreadOf(all.flatMap(({ others }) => others)),
      overGoal: late(concerned, goalMs),
      restMs: spreadOf(group.map(({ restMs }) => restMs)),
      waitMsMax: Math.max(0, ...group.map((incident) => blamed(incident)))
    }
  })
}

export function gapsOf(incident: ClusterIncident, shows: readonly ProbedShow[], servicesOf: ServicesOf): Gaps {
  const gaps = { concerned: [] as number[], moved: [] as number[], others: [] as number[] }
  for (const probed of shows) gaps[partOf(incident, probed)].push(longestGap(incident, probed.show, servicesOf))
  return gaps
}

function partOf({ fault, victim, before, after, via }: ClusterIncident, { show, shard }: ProbedShow): keyof Gaps {
  const { owner, epoch } = before[shard]!
  const hasMoved = after[shard]!.epoch !== epoch
  const isConcerned = {
    victim: owner === victim,
    all: true,
    remote: owner !== via.get(show),
    moved: hasMoved
  }[fault.scope]
  return isConcerned ? 'concerned' : hasMoved ? 'moved' : 'others'
}

function longestGap({ startedMs, quietUntilMs }: ClusterIncident, show: string, servicesOf: ServicesOf): number {
  const times = servicesOf(show, startedMs, quietUntilMs).map(({ atMs }) => atMs)
  return Math.max(...[...times, quietUntilMs].map((ms, at) => ms - (times[at - 1] ?? startedMs)))
}
