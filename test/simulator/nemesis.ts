// What goes wrong by itself, second by second: processes, the database, clocks, and long silences.
import { LEASE_MS } from '../../core/limits.ts'
import type { Process, Stage } from './parts.ts'

/** What a process complains of when it trips over a command that was made for it. */
export const A_BUG = 'a bug that was put there'
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
      node.pause(LEASE_MS + random.below(LEASE_MS), 'paused past its lease')
      // Whoever watches over it starts another one, which takes over, and then there are two who believe.
      if (world.nodes.length === 1) world.startNode()
    }
    if (node.alive && world.strikes('bug', trouble.bug)) trip(world, node)
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

/** All machines share their time source. */
function jump(world: Stage, ms: number): void {
  world.skewMs += ms
  for (const node of world.nodes) node.skewMs += ms
}

/** Core trips over a command: its shard is rebuilt, and nothing of it is done. */
function trip(world: Stage, node: Process): void {
  const { random, scenario } = world
  const show = scenario.shows[random.below(scenario.shows.length)]!
  const command = { op: 'hold', show, user: 'eve', admin: false, key: world.newKey(), seats: [], best: null } as const
  const broken = Object.defineProperty({ ...command }, 'seats', {
    get: () => {
      throw new Error(A_BUG)
    }
  })
  node.enter(() => node.door.submit(broken, () => {}))
}
