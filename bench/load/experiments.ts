// Every figure that the project stands on, with its goal: what `npm run bench -- all --report` repeats. Each is a bench
// of its own, by its name here.
import type { Bench, Verdict } from '../bench.ts'
import { PEERS } from '../peers/peers.ts'
import type { Entry } from './contest.ts'
import { fastest, groupNamed, p99, ratiosOf, verdict } from './contest-report.ts'
import { entryOf, experimentBench } from './experiment.ts'
import { echoWebSocket, echoWebSocketBinary } from './frontrow/echo.ts'
import {
  frontrowHop,
  frontrowNats,
  frontrowNatsBinary,
  frontrowNodes,
  frontrowOwner,
  frontrowServices,
  frontrowWebSocket,
  frontrowWebSocketBinary
} from './frontrow/frontrow.ts'
import type { Loop } from './load.ts'
import { steady } from './load-options.ts'
import type { LoadGroup } from './load-tables.ts'
import { grantedPerSecond } from './statistics-of-runs.ts'
import { hasWords } from './systems.ts'
import type { TracePlan } from './trace.ts'

const OURS = frontrowNats.name
const SPREAD = 'spread over all shows'
const HOT = 'one hot show'
const PEAK = 'closed loop: the peak'
const HALF = 'open loop at half of the peak'
const DURABLE_PEERS = PEERS.filter(({ durable }) => durable === 'always')
const isDurable = (words: string) => (name: string) =>
  hasWords(name, words) && DURABLE_PEERS.some((peer) => peer.name === name)

const times = (goal: number, floor?: number) =>
  ({ unit: 'times', goal, better: 'higher', ...(floor !== undefined && { floor }) }) as const
const closed = (outstanding: number): Loop => ({ kind: 'closed', outstanding })

export const EXPERIMENTS = {
  'nats-256': experimentBench({
    what: 'durable holds over NATS, 64 shows, 256 under way, 4 seats each, beside every peer',
    house: { shows: 64, seats: 100_000 },
    entries: (trace) => [frontrowNats, frontrowNatsBinary, ...PEERS].map((peer) => entryOf(peer, trace, closed(256))),
    verdicts: (groups) => [
      ...besideRedis(groups, times(2, 1.5)),
      ...beside(groups, isDurable('postgres nowait'), times(20)),
      ...tailBesidePeers(groups)
    ]
  }),
  'nats-1024': experimentBench({
    what: 'the same with 1,024 under way',
    house: { shows: 64, seats: 100_000 },
    entries: (trace) =>
      [frontrowNats, frontrowNatsBinary, ...DURABLE_PEERS].map((peer) => entryOf(peer, trace, closed(1_024))),
    verdicts: (groups) => [...besideRedis(groups, times(3, 2.2)), ...tailBesidePeers(groups)]
  }),
  'nats-16-a-message': experimentBench({
    what: 'the same with 16 holds a message, 1,024 under way, 104 shows, as a show has 100,000 seats at the most',
    house: { shows: 104, seats: 100_000 },
    entries: (trace) =>
      [frontrowNats, frontrowNatsBinary, ...DURABLE_PEERS.filter(({ name }) => isDurable('redis')(name))].map((peer) =>
        entryOf(peer, { ...trace, perMessage: 16 }, closed(1_024))
      ),
    verdicts: (groups) => besideRedis(groups, times(5))
  }),
  'websocket-json': experimentBench({
    what: 'holds over WebSocket and JSON, beside an echo of the same frames on the same sockets library',
    entries: (trace) => [frontrowWebSocket, echoWebSocket].map((peer) => entryOf(peer, trace, closed(256))),
    verdicts: (groups) => beside(groups, (name) => name === echoWebSocket.name, times(0.6))
  }),
  'websocket-binary': experimentBench({
    what: 'the same in binary, beside an echo of the same bytes',
    entries: (trace) => [frontrowWebSocketBinary, echoWebSocketBinary].map((peer) => entryOf(peer, trace, closed(256))),
    verdicts: (groups) => beside(groups, (name) => name === echoWebSocketBinary.name, times(0.8))
  }),
  hop: experimentBench({
    what: 'the cost of a hop: the same holds at the node that owns the shows, at another, and through the services door',
    entries: (trace) => [frontrowHop, frontrowOwner, frontrowServices].map((peer) => entryOf(peer, trace, closed(256))),
    verdicts: (groups) => beside(groups, (name) => name === frontrowOwner.name, times(0.7))
  }),
  'hot-and-spread': experimentBench({
    what: 'everything on one show, beside the same spread over many',
    house: { shows: 20, seats: 100_000 },
    entries: (trace) => [
      { ...entryOf(frontrowNats, { ...trace, showsAtOnce: 1 }, closed(256)), name: HOT },
      { ...entryOf(frontrowNats, trace, closed(256)), name: SPREAD }
    ],
    verdicts: (groups) => beside(groups, (name) => name === SPREAD, times(0.8))
  }),
  'open-loop': experimentBench({
    what: 'open loop at half of the peak: latency from when a hold should have been sent',
    entries: (trace) => [
      { ...entryOf(frontrowNats, trace, closed(256)), name: PEAK },
      {
        name: HALF,
        peer: frontrowNats,
        trace,
        loop: (granted) => ({ kind: 'open', curve: steady(granted(PEAK) / 2, 1_000) })
      }
    ],
    verdicts: (groups) => {
      const { runs } = groupNamed(groups, HALF)
      const atMost = (goal: number) => ({ unit: 'ms', goal, better: 'lower' }) as const
      return [
        verdict('p99 at half of the peak', runs.map(p99), atMost(5)),
        verdict(
          'p99.9 at half of the peak',
          runs.map(({ result }) => result.latency.msP999),
          atMost(20)
        )
      ]
    }
  }),
  'grow-shows': experimentBench({
    what: 'durable holds over NATS, 256 under way, as more shows are sold at a time',
    entries: (trace) => [
      growth('64 shows', trace, 64, 32_000),
      growth('1 show at a time', trace, 20, 100_000, 1),
      growth('8 shows at a time', trace, 24, 80_000, 8),
      growth('512 shows', trace, 512, 4_000)
    ],
    verdicts: () => []
  }),
  'grow-seats': experimentBench({
    what: 'durable holds over NATS, 256 under way, as houses are larger; two million seats in all',
    entries: (trace) => [
      growth('20,000 seats', trace, 100, 20_000),
      growth('200 seats', trace, 10_000, 200),
      growth('2,000 seats', trace, 1_000, 2_000),
      growth('100,000 seats', trace, 20, 100_000)
    ],
    verdicts: () => []
  }),
  'grow-nodes': experimentBench({
    what: 'durable holds over NATS, 256 under way, as nodes share the shows of one machine, one Postgres and one NATS',
    entries: (trace) => frontrowNodes.map((peer) => entryOf(peer, trace, closed(256))),
    verdicts: () => []
  })
} satisfies Record<string, Bench>

/** The plain figure on another house. */
function growth(name: string, trace: TracePlan, shows: number, seatsPerShow: number, atOnce = shows): Entry {
  return { ...entryOf(frontrowNats, { ...trace, shows, seatsPerShow, showsAtOnce: atOnce }, closed(256)), name }
}

/** In either form, beside the fastest durable Redis, and beside the one that the goal names, a bitmap in Lua. */
function besideRedis(groups: readonly LoadGroup[], goal: ReturnType<typeof times>): readonly Verdict[] {
  const forms = [frontrowNats, frontrowNatsBinary].map(({ name }) => groupNamed(groups, name))
  const [fastestOfAll, named] = [fastest(groups, isDurable('redis')), fastest(groups, isDurable('redis bitmap'))]
  const others = new Set([fastestOfAll, named].filter((group) => group !== null))
  return forms.flatMap((ours) =>
    Array.from(others, (other) =>
      verdict(`${ours.name} beside ${other.name}`, ratiosOf(ours, other, grantedPerSecond), goal)
    )
  )
}

/** The first entry beside the fastest of those that are meant. */
function beside(
  groups: readonly LoadGroup[],
  isMeant: (name: string) => boolean,
  goal: ReturnType<typeof times>
): readonly Verdict[] {
  const other = fastest(groups, isMeant)
  const ours = groups[0]!
  if (other === null) return []
  return [verdict(`${ours.name} beside ${other.name}`, ratiosOf(ours, other, grantedPerSecond), goal)]
}

/** Beside the lowest p99 of the durable ones. */
function tailBesidePeers(groups: readonly LoadGroup[]): readonly Verdict[] {
  const ours = groupNamed(groups, OURS)
  const ratios = groups
    .filter(({ name }) => isDurable('')(name))
    .map((group) =>
      verdict(`p99 of ${OURS} beside ${group.name}'s`, ratiosOf(ours, group, p99), {
        ...{ unit: 'times', goal: 1, better: 'lower' }
      })
    )
  return ratios.sort((one, other) => other.value - one.value).slice(0, 1)
}
