// A run with a cluster: nodes of their own processes on one Postgres and one NATS, under load from clients of all of
// them, while a nemesis does harm to nodes, wires, and what they stand on; and then the judgement.
import { createRandom } from '../../../bench/random.ts'
import { type ChaosOptions, wanted } from '../chaos.ts'
import { perform, type RunResult, runOn, type Say, startLoad } from '../chaos-run.ts'
import { type ClusterAvailability, clusterAvailabilityOf, gapsOf } from './cluster-availability.ts'
import { CLUSTER_FAULTS, type ClusterFault } from './cluster-faults.ts'
import { type ClusterGround, openClusterGround } from './cluster-ground.ts'
import { type ClusterIncident, startClusterNemesis } from './cluster-nemesis.ts'
import { type BookingCount, countBookings } from './failed-bookings.ts'
import { type ProbeFleet, probedShows, startProbeFleet } from './probe-fleet.ts'
import { checkEvents } from './published-events.ts'

export interface ClusterOptions extends ChaosOptions {
  readonly nodes: number
}

export interface ClusterResult extends RunResult {
  readonly faults: readonly ClusterAvailability[]
  /** By kind of fault. */
  readonly bookings: readonly (BookingCount & { readonly name: string })[]
}

export const CLUSTER_DEFAULTS: ClusterOptions = {
  seconds: 180,
  seed: 0,
  nodes: 3,
  clients: 60,
  shows: 200,
  only: [],
  rounds: Number.POSITIVE_INFINITY,
  quietMs: [1_000, 2_000]
}

const THINK_MS = 100
const PROBED_PER_NODE = 6

export async function runClusterChaos(options: ClusterOptions, say: Say): Promise<ClusterResult> {
  const faults = wanted(CLUSTER_FAULTS, options.only)
  const open = (folder: string) => openClusterGround(folder, options.nodes)
  return runOn(open, (ground, folder) => run(ground, folder, faults, options, say), options.seed, say)
}

async function run(
  ground: ClusterGround,
  folder: string,
  faults: readonly ClusterFault[],
  options: ClusterOptions,
  say: Say
): Promise<ClusterResult> {
  const { seed, seconds, clients, shows, quietMs, rounds } = options
  const ids = ground.nodes.map(({ id }) => id)
  const probed = probedShows(ids, PROBED_PER_NODE)
  const whom = { seed, clients, shows, probeShows: probed.map(({ show }) => show), thinkMs: THINK_MS }
  const load = await startLoad(ground, { ...whom, clientUrl: clientUrls(ground) })
  const { recorder } = load
  const fleet = await startProbeFleet(probed, ground.nodes, seed + 1, recorder)
  const told = (incident: ClusterIncident) => say(incidentText(incident, fleet))
  const nemesis = startClusterNemesis({ ground, faults, random: createRandom(seed), fleet, quietMs, rounds, told })
  const lastLook = async () => [await checkEvents(ground.nats.url, ground.postgres.url)]
  const result = await perform({ ground, folder, seed, seconds, load, probe: fleet, nemesis, lastLook }, say)
  const { incidents } = nemesis
  return {
    ...result,
    faults: clusterAvailabilityOf(incidents, fleet.shows, fleet.services, recorder.waits),
    bookings: [...Map.groupBy(incidents, ({ name }) => name)].map(([name, group]) => {
      const spans = group.map(({ startedMs, quietUntilMs }) => ({ fromMs: startedMs, toMs: quietUntilMs }))
      return { name, ...countBookings(recorder.records, spans) }
    })
  }
}

/** Each client starts at a node of its own; when the connection ends it goes on to the next, whether that runs or not. */
function clientUrls({ nodes, spare }: ClusterGround): (at: number) => string {
  const turns = new Map<number, number>()
  return (at) => {
    const turn = (turns.get(at) ?? at - 1) + 1
    turns.set(at, turn)
    const known = spare.server.pid === null ? nodes : [...nodes, spare]
    return `${known[turn % known.length]!.server.url.replace('http', 'ws')}/ws`
  }
}

function incidentText(incident: ClusterIncident, fleet: ProbeFleet): string {
  const gaps = gapsOf(incident, fleet.shows, fleet.services)
  const parts = Object.entries(gaps).map(([part, ms]: [string, readonly number[]]) => {
    return `${part} ${ms.length}${ms.length === 0 ? '' : `, at most ${Math.round(Math.max(...ms))} ms`}`
  })
  return `  ${incident.name} (${incident.victim}): without service: ${parts.join('; ')}`
}
