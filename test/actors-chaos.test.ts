// Any mix of lost answers, late answers, bugs, kills, ordered ends, sleeping shows and a second node: what
// was acknowledged is in the journal once, what is seen was in the journal, and everyone gets an answer.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame } from '../core/codec/frame-codec.ts'
import type { Command } from '../core/command.ts'
import type { ShowEvent } from '../core/event.ts'
import { Inventory } from '../core/inventory.ts'
import { APPEND_TIMEOUT_MS, LEASE_MS } from '../core/limits.ts'
import { apply } from '../core/rules/apply.ts'
import { shardOf } from '../core/shard.ts'
import {
  describeStatuses,
  type MemoryNode,
  newWorld,
  type Reply,
  SHARDS,
  showsOn,
  startNode,
  type World
} from './support/memory-node.ts'
import { block, book, cancel, hold, planOf, release, SMALL_PLAN, unblock } from './support/small-show.ts'
import type { JournalMode } from './support/store-gates.ts'

const SHOWS = [...showsOn(1, 2), ...showsOn(2, 1)]
const PLAN = planOf(SMALL_PLAN)
const USERS = ['ann', 'bob', 'cid']

type Move =
  | {
      readonly act: 'send'
      readonly show: number
      readonly kind: string
      readonly seat: string
      readonly number: number
    }
  | { readonly act: 'retry'; readonly at: number }
  | { readonly act: 'mode'; readonly mode: JournalMode }
  | { readonly act: 'letGo' | 'kill' | 'stop' | 'second' | 'swap' }
  | { readonly act: 'lose' | 'bug'; readonly count: number }
  | { readonly act: 'wait'; readonly ms: number }

const send = fc.record({
  act: fc.constant('send' as const),
  show: fc.nat(SHOWS.length - 1),
  kind: fc.constantFrom('hold', 'hold', 'block', 'unblock', 'book', 'release', 'cancel'),
  seat: fc.constantFrom('A1', 'A2', 'A3'),
  number: fc.integer({ min: 1, max: 4 })
})
const mode = fc.constantFrom<JournalMode>('pass', 'keepAnswers', 'keepAppends', 'loseAnswers', 'loseAppends', 'down')
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: send },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('retry' as const), at: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('mode' as const), mode }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('letGo' as const, 'kill' as const, 'second' as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('stop' as const, 'swap' as const, 'swap' as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('lose' as const, 'bug' as const), count: fc.nat(2) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 300, 2_000, LEASE_MS + 2_000, 62_000, 310_000, 660_000)
    })
  }
)

describe('whatever happens', () => {
  it('RECOVER-13: what was acknowledged is in the journal once, and nothing else is seen', async () => {
    await fc.assert(fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 60, size: 'max' }), endure), {
      numRuns: 40
    })
  }, 120_000)
})

async function endure(moves: readonly Move[]): Promise<void> {
  const world = await newWorld()
  /** The first one is spoken to. */
  const nodes = [await startNode(world, 'node-1')]
  for (const show of SHOWS) await nodes[0]!.createShow(show)
  const replies: Reply[] = []
  const orphans = new Set<Reply>()
  for (const [at, step] of moves.entries()) {
    await make(world, nodes, replies, orphans, step, at)
    for (const show of SHOWS) await seen(world, nodes[0]!, show)
  }
  for (const node of nodes) node.gate.letGo()
  await world.clock.pass(3 * LEASE_MS)
  for (const node of nodes) node.kill()
  for (const reply of replies) if (!orphans.has(reply)) expect(reply.outcome, 'never answered').not.toBeNull()
  const reader = await startNode(world, 'reader').catch(() => null)
  await world.clock.pass(3 * LEASE_MS)
  for (const show of SHOWS) {
    const { events, states } = await truth(world, show)
    for (const { command, outcome } of replies) {
      if (command.show !== show) continue
      const keyed = events.filter(({ user, key }) => user === command.user && key === command.key)
      expect(keyed.length, 'done twice').toBeLessThanOrEqual(1)
      if (outcome !== null && outcome.kind !== 'refused') expect(keyed).toEqual([outcome])
    }
    expect(await reader!.look(show)).toBe(states.at(-1))
  }
}

async function make(
  world: World,
  nodes: MemoryNode[],
  replies: Reply[],
  orphans: Set<Reply>,
  step: Move,
  at: number
): Promise<void> {
  const node = nodes[0]!
  switch (step.act) {
    case 'send':
      replies.push(node.send(commandOf(step, `key-${at}`)))
      break
    case 'retry':
      if (replies.length > 0) replies.push(node.send(replies[step.at % replies.length]!.command))
      break
    case 'mode':
      if (!node.gate.busy) node.gate.mode = step.mode
      break
    case 'letGo':
      node.gate.letGo()
      break
    case 'lose':
      node.gate.lose(step.count)
      break
    case 'bug':
      node.send(broken(SHOWS[step.count]!))
      break
    case 'wait':
      if (step.ms > APPEND_TIMEOUT_MS) await giveUp(world, nodes)
      await world.clock.pass(step.ms)
      break
    case 'second':
      if (nodes.length === 1) nodes.push(await startNode(world, node.owner === 'node-1' ? 'node-2' : 'node-1'))
      break
    case 'swap':
      nodes.reverse()
      break
    case 'stop':
      node.gate.letGo()
      await world.clock.pass(5_000)
      await node.stop()
      nodes[0] = await startNode(world, node.owner)
      break
    case 'kill':
      node.kill()
      for (const reply of replies) if (reply.outcome === null) orphans.add(reply)
      nodes[0] = await startNode(world, node.owner)
      break
  }
  await world.clock.settle()
}

/** No journal keeps anyone waiting for longer: what has no answer by now is lost. */
async function giveUp(world: World, nodes: readonly MemoryNode[]): Promise<void> {
  if (!nodes.some(({ gate }) => gate.busy)) return
  await world.clock.pass(APPEND_TIMEOUT_MS)
  for (const { gate } of nodes) if (gate.busy) gate.lose(0)
}

function commandOf(step: Extract<Move, { act: 'send' }>, key: string): Command {
  const more = { show: SHOWS[step.show]!, key }
  const user = USERS[step.number % USERS.length]!
  switch (step.kind) {
    case 'hold':
      return hold(user, step.seat, more)
    case 'block':
      return block(step.seat, more)
    case 'unblock':
      return unblock(step.seat, more)
    case 'book':
      return book('boss', step.number, null, { ...more, admin: true })
    case 'release':
      return release('boss', step.number, { ...more, admin: true })
    default:
      return cancel('boss', step.number, null, { ...more, admin: true })
  }
}

/** A command that core trips over. */
function broken(show: string): Command {
  return Object.defineProperty({ ...hold('eve', 'A1', { show }) }, 'seats', {
    get: () => {
      throw new Error('a bug')
    }
  })
}

/** What `node` shows was in the journal at some time; what it is now, nobody else may know better. */
async function seen(world: World, node: MemoryNode, show: string): Promise<void> {
  let shown: string | null | undefined
  node.region.view(show, (view, refusal) => {
    shown = refusal !== null ? undefined : view === null ? null : describeStatuses(view.plan, view.statuses)
  })
  if (shown === undefined) return
  expect((await truth(world, show)).states).toContain(shown)
}

/** What the journal has of a show: its events, and its seats after every frame. */
async function truth(world: World, show: string): Promise<{ events: ShowEvent[]; states: string[] }> {
  const shard = shardOf(show, SHARDS)
  const after = world.journal.history(shard).at(-1)?.seq ?? 0
  const frames = [...world.journal.history(shard), ...(await world.journal.read(shard, after, 100_000))]
  const events: ShowEvent[] = []
  const states: string[] = []
  let inventory: Inventory | null = null
  for (const { bytes } of frames) {
    for (const entry of decodeFrame(bytes).entries) {
      if (entry.show !== show) continue
      if (entry.event.kind === 'created') inventory = new Inventory(entry.event.definition, PLAN)
      apply(inventory!, entry.event)
      events.push(entry.event)
    }
    if (inventory !== null) states.push(describeStatuses(PLAN, inventory.status))
  }
  return { events, states }
}
