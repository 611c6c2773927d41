// What can be done to a cluster: to one of its nodes, to the wires of one node, to all nodes one after another, and to
// what they stand on; and how it is put right again.
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../../bench/random.ts'
import type { Direction, FaultyWire } from '../faulty-wire.ts'
import type { ClusterGround, ClusterNode } from './cluster-ground.ts'

export interface Harm {
  readonly ground: ClusterGround
  /** Whom it hits, where it hits one. */
  readonly victim: ClusterNode
  readonly random: Random
  /** Called when the harm ends: what comes about by itself after that is the nodes' to do. */
  ending(): void
  /** From now on probes ask through other nodes. */
  keepAway(node: ClusterNode): Promise<void>
}

/**
 * Which shows may be without service: those of the victim; all of them; those that are asked for through another node
 * than their own; or none but those that move.
 */
export type Scope = 'victim' | 'all' | 'remote' | 'moved'

export interface ClusterFault {
  readonly name: string
  /** Each alone. */
  readonly part: 'cluster'
  readonly scope: Scope
  /** Without service for so long at the most; null where no goal is set. */
  readonly goalMs: number | null
  inflict(harm: Harm): Promise<void>
  /** Afterwards, when all is measured: makes the cluster what it was before. */
  undo?(ground: ClusterGround): Promise<void>
}

/** A lease and a second. */
const CRASH_GOAL_MS = 4_000
const PLANNED_GOAL_MS = 100
const UP_MS_MAX = 60_000

function between(random: Random, from: number, to: number): Promise<void> {
  return delay(from + random.next() * (to - from))
}

const toOne = { part: 'cluster', scope: 'victim', goalMs: CRASH_GOAL_MS } as const
const toAll = { part: 'cluster', scope: 'all', goalMs: null } as const
const planned = { part: 'cluster', scope: 'victim', goalMs: PLANNED_GOAL_MS } as const

const NODE_FAULTS: readonly ClusterFault[] = [
  {
    name: 'nothing at all',
    ...{ ...planned, scope: 'moved' },
    inflict: async ({ random, ending }) => {
      await between(random, 3_000, 5_000)
      ending()
    }
  },
  {
    name: 'node killed and back late',
    ...toOne,
    inflict: async ({ victim: { server }, random, ending }) => {
      await server.end('SIGKILL')
      await between(random, 5_000, 7_000)
      ending()
      server.start()
    }
  },
  {
    name: 'node killed and back at once',
    ...toOne,
    inflict: async ({ victim: { server }, ending }) => {
      await server.end('SIGKILL')
      ending()
      server.start()
    }
  },
  {
    name: 'node paused past its lease',
    ...toOne,
    inflict: async ({ victim: { server }, random, ending }) => {
      const { pid } = server
      if (pid !== null) process.kill(pid, 'SIGSTOP')
      await between(random, 4_500, 7_000)
      ending()
      if (pid !== null && server.pid === pid) process.kill(pid, 'SIGCONT')
    }
  },
  {
    name: 'node stopped in order',
    ...planned,
    inflict: async ({ victim: { server }, random, ending }) => {
      await server.end('SIGTERM')
      await between(random, 200, 1_000)
      ending()
      server.start()
    }
  },
  {
    name: 'node added',
    ...{ ...planned, scope: 'moved' },
    inflict: async ({ ground: { spare }, ending }) => {
      spare.server.start()
      await ready(spare)
      ending()
    },
    undo: ({ spare }) => spare.server.end('SIGTERM')
  },
  {
    name: 'rolling restart',
    ...{ ...planned, scope: 'all' },
    inflict: async ({ ground: { nodes }, ending, keepAway }) => {
      for (const node of nodes) {
        await keepAway(node)
        await node.server.end('SIGTERM')
        node.server.start()
        await ready(node)
      }
      ending()
    }
  }
]

async function ready({ id, server }: ClusterNode): Promise<void> {
  for (const until = performance.now() + UP_MS_MAX; performance.now() < until; await delay(20)) {
    if (await server.isReady()) return
  }
  throw new Error(`${id} did not become ready`)
}

type WiresOf = (node: ClusterNode) => readonly FaultyWire[]

const WIRES: readonly (readonly [what: string, WiresOf])[] = [
  ['NATS', ({ natsWire }) => [natsWire]],
  ['Postgres', ({ databaseWire }) => [databaseWire]],
  ['both', ({ natsWire, databaseWire }) => [natsWire, databaseWire]]
]

const WIRE_FAULTS: readonly ClusterFault[] = WIRES.flatMap(([what, wiresOf]) => {
  const name = what === 'both' ? 'node cut off from NATS and Postgres' : `node cut off from ${what}`
  const cut = { name, ...toOne, inflict: (harm: Harm) => silence(harm, wiresOf, ['forth', 'back']) }
  if (what === 'both') return [cut]
  return [
    cut,
    { name: `node not heard by ${what}`, ...toOne, inflict: (harm: Harm) => silence(harm, wiresOf, ['forth']) },
    { name: `node hears nothing from ${what}`, ...toOne, inflict: (harm: Harm) => silence(harm, wiresOf, ['back']) },
    { name: `connections to ${what} stranded`, ...toOne, inflict: (harm: Harm) => strand(harm, wiresOf) }
  ]
})

/** No byte arrives, and nobody is told; in the end what was sent comes late, or never. */
async function silence({ victim, random, ending }: Harm, wiresOf: WiresOf, ways: readonly Direction[]): Promise<void> {
  const wires = wiresOf(victim)
  for (const wire of wires) for (const way of ways) wire.hold(way)
  await between(random, 5_000, 8_000)
  ending()
  const isLost = random.next() < 0.5
  for (const wire of wires) {
    if (isLost) wire.cut()
    wire.heal()
  }
}

/** As where a firewall forgot them: nobody is told, and whoever connects again is served. */
async function strand({ victim, random, ending }: Harm, wiresOf: WiresOf): Promise<void> {
  const wires = wiresOf(victim)
  for (const wire of wires) wire.strand()
  await between(random, 6_000, 9_000)
  ending()
  for (const wire of wires) wire.heal()
}

const GROUND_FAULTS: readonly ClusterFault[] = [
  {
    name: 'NATS killed and back at once',
    ...{ ...toAll, scope: 'remote' },
    inflict: (harm) => killNats(harm, 0, 500)
  },
  {
    name: 'NATS killed and back late',
    ...{ ...toAll, scope: 'remote' },
    inflict: (harm) => killNats(harm, 4_000, 7_000)
  },
  {
    name: 'Postgres stopped fast',
    ...toAll,
    inflict: async ({ ground: { postgres }, random, ending }) => {
      await postgres.stop('fast')
      await between(random, 100, 4_000)
      ending()
      await postgres.start()
    }
  },
  {
    name: 'backends terminated',
    ...toAll,
    inflict: async ({ ground: { terminateBackends }, ending }) => {
      await terminateBackends()
      ending()
    }
  }
]

async function killNats({ ground: { nats }, random, ending }: Harm, fromMs: number, toMs: number): Promise<void> {
  await nats.kill()
  await between(random, fromMs, toMs)
  ending()
  await nats.start()
}

export const CLUSTER_FAULTS: readonly ClusterFault[] = [...NODE_FAULTS, ...WIRE_FAULTS, ...GROUND_FAULTS]
