// Does one fault after another to a cluster, each alone, in an order that the seed decides; waits after each until all
// shows are served and every shard is where it belongs, and then for a quiet time.
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../../bench/random.ts'
import { type Incident, type Nemesis, planRound, SERVICE_MS_MAX } from '../nemesis.ts'
import type { ClusterFault } from './cluster-faults.ts'
import type { ClusterGround, ClusterNode, Head } from './cluster-ground.ts'
import type { ProbeFleet } from './probe-fleet.ts'

export interface ClusterIncident extends Incident {
  readonly fault: ClusterFault
  readonly victim: string
  /** Shards before and after it. */
  readonly before: readonly Head[]
  readonly after: readonly Head[]
  /** By show, the node through which its probe asked in the beginning. */
  readonly via: ReadonlyMap<string, string>
  /** From the end of the harm until all was where it belongs. */
  readonly restMs: number
}

export interface ClusterNemesisOptions {
  readonly ground: ClusterGround
  readonly faults: readonly ClusterFault[]
  readonly random: Random
  readonly fleet: ProbeFleet
  readonly quietMs: readonly [from: number, to: number]
  readonly rounds: number
  /** Called with each incident when its quiet time is over. */
  readonly told: (incident: ClusterIncident) => void
}

export function startClusterNemesis(
  options: ClusterNemesisOptions
): Nemesis & { readonly incidents: readonly ClusterIncident[] } {
  const { ground, faults, random, fleet, quietMs, rounds, told } = options
  const incidents: ClusterIncident[] = []
  const abort = new AbortController()
  let current = ''

  async function rage(): Promise<string | null> {
    const unrest = await restless()
    if (unrest !== null) return `the cluster did not come to rest in the beginning: ${unrest}`
    await quiet()
    for (let round = 0; round < rounds; round++) {
      for (const [fault] of planRound(faults, random)) {
        if (abort.signal.aborted) return null
        const failure = await strike(fault!)
        if (failure !== null) return failure
      }
    }
    return null
  }

  async function strike(fault: ClusterFault): Promise<string | null> {
    const victim = ground.nodes[random.below(ground.nodes.length)]!
    if (fault.scope === 'victim') await fleet.keepAway(victim)
    const before = await ground.heads()
    const via = new Map(fleet.shows.map(({ show }) => [show, fleet.viaOf(show)]))
    current = fault.scope === 'victim' ? `${fault.name} (${victim.id})` : fault.name
    const startedMs = performance.now()
    let endedMs = startedMs
    const ending = () => {
      endedMs = performance.now()
    }
    await fault.inflict({ ground, victim, random, ending, keepAway: (node: ClusterNode) => fleet.keepAway(node) })
    if (!(await fleet.servedSince(endedMs, SERVICE_MS_MAX)))
      return `no service ${SERVICE_MS_MAX / 1000} s after: ${current}`
    const unrest = await restless()
    if (unrest !== null) return `${SERVICE_MS_MAX / 1000} s after ${current}: ${unrest}`
    const restMs = performance.now() - endedMs
    current = ''
    await quiet()
    const quietUntilMs = performance.now()
    const times = { startedMs, endedMs, quietUntilMs, restMs }
    const incident = { name: fault.name, faults: 1, fault, victim: victim.id, before, after: await ground.heads(), via }
    incidents.push({ ...incident, ...times })
    told(incidents.at(-1)!)
    if (fault.undo === undefined) return null
    await fault.undo(ground)
    const left = await restless()
    return left === null ? null : `${SERVICE_MS_MAX / 1000} s after what followed ${fault.name}: ${left}`
  }

  /** Waits until all is where it belongs; answers what still is not after too long, or null. */
  async function restless(): Promise<string | null> {
    for (const until = performance.now() + SERVICE_MS_MAX; ; await delay(100)) {
      const unrest = await ground.unrest()
      if (unrest === null || performance.now() > until) return unrest
    }
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
