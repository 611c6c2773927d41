// A frame that is not what was written, or not there: its shard is not served until a person has helped.
import { describe, expect, it } from 'vitest'
import type { FrameRow } from '../actors/ports.ts'
import { MemoryNode, newWorld, showsOn, startNode } from './support/memory-node.ts'
import { hold } from './support/small-show.ts'

const [SHOW] = showsOn(1, 1) as [string]
const [ELSEWHERE] = showsOn(2, 1) as [string]
const on = (show: string, key = '') => ({ show, key })

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

describe('a damaged journal', () => {
  const bitTurned = (seq: number) => (rows: readonly FrameRow[]) =>
    rows.map((row) => {
      if (row.shard !== 1 || row.seq !== seq) return row
      const bytes = row.bytes.slice()
      bytes[12]! ^= 4
      return { ...row, bytes }
    })
  const without = (seq: number) => (rows: readonly FrameRow[]) =>
    rows.filter((row) => row.shard !== 1 || row.seq !== seq)

  async function damagedNode(damage: (rows: readonly FrameRow[]) => readonly FrameRow[]) {
    const { world, node, clock } = await nodeWithShow()
    await node.createShow(ELSEWHERE)
    await node.done(hold('ann', 'A1', on(SHOW)))
    await node.done(hold('bob', 'A2', on(SHOW)))
    await node.done(hold('ann', 'A1', on(ELSEWHERE)))
    node.kill()
    const next = new MemoryNode(world, 'node-1')
    next.gate.onRead = damage
    await next.start()
    return { next, clock, world }
  }

  it.each([
    { what: 'a bit turned in the middle', damage: bitTurned(2), frame: 2 },
    { what: 'a bit turned in the last', damage: bitTurned(3), frame: 3 },
    { what: 'the first missing', damage: without(1), frame: 1 },
    { what: 'the middle one missing', damage: without(2), frame: 2 },
    { what: 'the last missing', damage: without(3), frame: 3 }
  ])('RECOVER-7: is not served, shard and frame are named, other shards serve: $what', async ({ damage, frame }) => {
    const { next } = await damagedNode(damage)
    expect((await next.refused(hold('cid', 'A3', on(SHOW)))).code).toBe('unavailable')
    expect(await next.look(SHOW)).toBe('unavailable')
    const named = next.incidents.filter(({ level }) => level === 'error')
    expect(named).toHaveLength(1)
    expect(named[0]!.facts.shard).toBe(1)
    expect(JSON.stringify(named[0]!.facts)).toMatch(new RegExp(`frame ${frame}\\b`))
    expect(await next.look(ELSEWHERE)).toBe('A1 held')
    await next.done(hold('cid', 'A3', on(ELSEWHERE)))
    expect(next.region.stats()).toMatchObject({ damagedShards: 1, openShards: 3 })
  })

  it('RECOVER-8: is still not served after the journal was away for a moment', async () => {
    const { next, clock } = await damagedNode(bitTurned(2))
    next.gate.mode = 'loseAnswers'
    next.send(hold('cid', 'A3', on(ELSEWHERE)))
    await clock.settle()
    next.gate.mode = 'pass'
    await clock.pass(5_000)
    expect((await next.refused(hold('cid', 'A1', on(SHOW)))).code).toBe('unavailable')
    expect(await next.look(SHOW)).toBe('unavailable')
    expect(next.region.stats().damagedShards).toBe(1)
    expect(await next.look(ELSEWHERE)).toBe('A1 held, A3 held')
  })

  it('RECOVER-8: and an ordered end does not put it behind snapshots', async () => {
    const { world, next, clock } = await damagedNode(bitTurned(2))
    await next.stop()
    await clock.settle()
    const mended = await startNode(world)
    expect(await mended.look(SHOW)).toBe('A1 held, A2 held')
  })

  it('RECOVER-8: found on the way, while it ran well before, it stays in the journal to the end', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    node.gate.onRead = bitTurned(2)
    node.gate.mode = 'loseAppends'
    node.send(hold('bob', 'A2', on(SHOW)))
    await clock.settle()
    node.gate.mode = 'pass'
    await clock.pass(1_000)
    expect((await node.refused(hold('cid', 'A1', on(SHOW)))).code).toBe('unavailable')
    await node.stop()
    const mended = await startNode(world)
    expect(await mended.look(SHOW)).toBe('A1 held')
  })
})
