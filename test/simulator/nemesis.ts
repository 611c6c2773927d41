// What goes wrong by itself, second by second: processes, the database, clocks, and long silences.
import { LEASE_MS } from '../../core/limits.ts'
import { shardOf } from '../../core/shard.ts'
import type { Process, Stage } from './parts.ts'

/** What a process complains of when it trips over a command that was made for it. */
export const A_BUG = 'a bug that was put there'
/** How long a node is cut off at most, or sleeps past the end of its lease. */
const AWAY_MS = 10_000
const DAY_MS = 86_400_000

/** Seconds between two looks at all that is in memory: each costs as much as a hundred operations. */
const INTACT_SECONDS = 15

export function startNemesis(world: Stage, second = 1): void {
  world.timeline.after(1_000, () => {
    for (const node of world.nodes) {
      if (!node.paused) node.door.overdue()
    }
    if (second % INTACT_SECONDS === 0) world.judge.intact()
    // Little can go wrong where nobody asks for anything.
    if (!world.over && (world.quietFor() === 0 || world.random.below(20) === 0)) round(world)
    startNemesis(world, second + 1)
  })
}

function round(world: Stage): void {
  const { random, store, timeline } = world
  const { trouble } = world.scenario
  const node = world.nodes[random.below(Math.max(1, world.nodes.length))]
  if (node !== undefined) {
    if (world.happens(trouble.kill)) node.kill('killed')
    if (world.happens(trouble.stop)) node.stop()
    if (world.happens(trouble.pause)) node.pause(random.below(3_000), 'paused')
    if (world.happens(trouble.pausePastLease)) {
      node.pause(LEASE_MS + random.below(AWAY_MS), 'paused past its lease')
      // Whoever watches over it starts another one, which takes over, and then there are two who believe.
      if (world.nodes.length === 1) world.startNode()
      // … or the same one again, while the old one may still wake.
      else if (world.scenario.nodes > 1 && world.random.below(2) === 0) world.startNode(node.owner)
    }
    if (node.alive && world.strikes('bug', trouble.bug)) trip(world, node)
  }
  if (world.scenario.nodes > 1 && node !== undefined) divide(world, node)
  else if (node?.alive && world.strikes('node cut off from the database', trouble.storeCut)) {
    node.storeCutUntil = timeline.now + 500 + random.below(AWAY_MS)
    if (world.nodes.length === 1) world.startNode()
  }
  if (world.nodes.length === 1 && world.strikes('second node', trouble.secondNode)) world.startNode()
  if (world.strikes('database crashed', trouble.storeCrash)) store.crash(random.below(4_000))
  if (world.strikes('database stalled', trouble.storeStalls)) {
    store.stalledUntil = timeline.now + random.below(2_500)
  }
  if (world.strikes('clock forward', trouble.clockForward)) jump(world, random.below(120_000))
  if (world.strikes('clock back', trouble.clockBack)) jump(world, -random.below(60_000))
  if (world.strikes('clock a day forward', trouble.clockDay)) jump(world, DAY_MS + random.below(DAY_MS))
}

/** Nodes that do not hear each other, or do not reach the database; ones to be emptied, and two of one name. */
function divide(world: Stage, node: Process): void {
  const { random, network, store, timeline } = world
  const { trouble } = world.scenario
  const ms = 500 + random.below(AWAY_MS)
  if (world.happens(trouble.wireCut)) {
    const direction = (['both', 'in', 'out'] as const)[random.below(3)]!
    world.injected(`node cut off from the wire, ${direction}`)
    network.cut(node, ms, direction)
  }
  if (world.strikes('node cut off from the database', trouble.storeCut)) node.storeCutUntil = timeline.now + ms
  if (world.strikes('node drained by an operator', trouble.drain)) store.roster.drain(node.owner)
  if (world.strikes('two nodes of one name', trouble.twin)) world.startNode(node.owner)
}

/** All machines share their time source. */
function jump(world: Stage, ms: number): void {
  world.skewMs += ms
  for (const node of world.nodes) node.skewMs += ms
}

/** Core trips over a command: its shard is rebuilt, and nothing of it is done. */
function trip(world: Stage, node: Process): void {
  const { random, scenario } = world
  const show = scenario.shows[random.below(scenario.shows.length)]!
  const host = node.hosts[shardOf(show, scenario.shards)]!
  if (host.state !== 'open') return
  const command = { op: 'hold', show, user: 'eve', admin: false, key: world.newKey(), seats: [], best: null } as const
  const broken = Object.defineProperty({ ...command }, 'seats', {
    get: () => {
      // Whoever only passes it on to another node does not trip.
      if (host.state === 'open') throw new Error(A_BUG)
      return []
    }
  })
  node.enter(() => node.door.submit(broken, () => {}))
}
