// A bug in the rules: its batch gets no answer, its shard is rebuilt, and nobody loses a seat or a diff.
import { describe, expect, it } from 'vitest'
import type { HoldCommand } from '../core/command.ts'
import { LEASE_MS } from '../core/limits.ts'
import { type MemoryNode, newWorld, seatsOf, showsOn, startNode, Viewer } from './support/memory-node.ts'
import { hold, release } from './support/small-show.ts'

const [SHOW, SECOND] = showsOn(1, 2) as [string, string]
const [ELSEWHERE] = showsOn(2, 1) as [string]
const on = (show: string, key = '') => ({ show, key })

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

describe('a bug', () => {
  /** Any command that core trips over will do. */
  function poison(show: string): HoldCommand {
    return Object.defineProperty({ ...hold('eve', 'A1', on(show)) }, 'seats', {
      get: () => {
        throw new Error('a bug')
      }
    })
  }

  it('COMMIT-21: costs its own batch an answer and nobody a seat; other shards do not notice', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.createShow(SECOND)
    await node.createShow(ELSEWHERE)
    await node.done(hold('ann', 'A1', on(SHOW, 'k')))
    await node.done(hold('ann', 'C1', on(SECOND)))
    const same = [
      node.send(hold('bob', 'A2', on(SHOW))),
      node.send(poison(SHOW)),
      node.send(hold('cid', 'A3', on(SHOW)))
    ]
    const else1 = node.send(hold('dan', 'A1', on(ELSEWHERE)))
    await clock.pass(1_000)
    expect(else1.outcome).toMatchObject({ kind: 'held' })
    expect(same[0]!.outcome).toMatchObject({ code: 'unavailable' })
    expect(same[1]!.outcome).toMatchObject({ code: 'unavailable' })
    expect(same[2]!.outcome).toMatchObject({ kind: 'held' })
    expect(await node.look(SHOW)).toBe('A1 held, A3 held')
    expect(await node.look(SECOND)).toBe('C1 held')
    expect(node.incidents.filter(({ level }) => level === 'error')).toMatchObject([{ facts: { shard: 1, show: SHOW } }])
    expect((await node.done(hold('ann', 'A1', on(SHOW, 'k')))).kind).toBe('held')
    node.kill()
    await clock.pass(LEASE_MS + 1)
    expect(await (await startNode(world, 'reader')).look(SHOW)).toBe('A1 held, A3 held')
  })

  it('COMMIT-21: while frames are under way loses none of them', async () => {
    const { node, clock } = await nodeWithShow()
    node.gate.mode = 'keepAnswers'
    const one = node.send(hold('ann', 'A1', on(SHOW)))
    await clock.settle()
    node.send(poison(SHOW))
    await clock.settle()
    expect(one.outcome).toBeNull()
    node.gate.letGo()
    await clock.settle()
    expect(one.outcome).toMatchObject({ kind: 'held' })
    expect(await node.look(SHOW)).toBe('A1 held')
    await node.done(release('ann', 1, on(SHOW)))
  })

  it('COMMIT-21: while the journal is down makes nobody wait for longer', async () => {
    const { node, clock } = await nodeWithShow()
    node.gate.mode = 'down'
    const struck = node.send(poison(SHOW))
    await clock.settle()
    const waiting = node.send(hold('ann', 'A1', on(SHOW)))
    await clock.pass(2_000)
    expect(struck.outcome).toMatchObject({ code: 'unavailable' })
    expect(waiting.outcome).toMatchObject({ code: 'unavailable' })
    node.gate.mode = 'pass'
    await clock.pass(5_000)
    expect((await node.done(hold('ann', 'A1', on(SHOW)))).kind).toBe('held')
  })

  it('COMMIT-22: never makes a viewer that comes back continue from other diffs than it saw', async () => {
    const { node, clock } = await nodeWithShow()
    const first = await node.watch(SHOW)
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(100)
    const viewer = new Viewer(first)
    viewer.take(node.pushed.splice(0))
    const { epoch, seq, seats } = viewer
    await node.ask(poison(SHOW))
    await clock.pass(100)
    await node.done(release('ann', 1, on(SHOW)))
    await clock.pass(100)
    await node.done(hold('bob', 'B1', on(SHOW)))
    await clock.pass(100)
    await node.done(hold('bob', 'B2', on(SHOW)))
    await clock.pass(100)
    const diffs = node.region.diffsSince(SHOW, epoch, seq)
    const known = new Map(seats.split(', ').map((words) => words.split(' ') as [string, string]))
    for (const { changes } of diffs ?? []) {
      for (let at = 0; at < changes.length; at += 2) {
        const id = first.plan.ids[changes[at]!]!
        if (changes[at + 1] === 0) known.delete(id)
        else known.set(id, changes[at + 1] === 1 ? 'held' : 'other')
      }
    }
    const mine = [...known].map(([id, status]) => `${id} ${status}`).sort()
    expect(diffs === null ? seatsOf(await viewOf(node)) : mine).toEqual(seatsOf(await viewOf(node)))
  })

  async function viewOf(node: MemoryNode) {
    const view = await node.watch(SHOW)
    node.region.unwatch(SHOW)
    return view
  }
})
