// From the stores to a node that serves: after a kill, an ordered end, or a blip in between.
import { describe, expect, it } from 'vitest'
import { CHECKPOINT_MS, LEASE_MS } from '../core/limits.ts'
import { MemoryNode, newWorld, showsOn, startNode, type World } from './support/memory-node.ts'
import { block, book, cancel, change, extend, hold, MINUTE, release } from './support/small-show.ts'
import { latch } from './support/store-gates.ts'

const [SHOW, SECOND] = showsOn(1, 2) as [string, string]
const [ELSEWHERE] = showsOn(2, 1) as [string]
const on = (show: string, key = '') => ({ show, key })
type Node = Awaited<ReturnType<typeof startNode>>

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

/** A bit of everything on `SHOW`, over some minutes. */
async function busyDay(node: Node): Promise<void> {
  await node.done(hold('ann', 'A1 A2 A3', on(SHOW, 'k1')))
  await node.done(hold('bob', 'B1 B2', on(SHOW, 'k1')))
  await node.done(block('C4', on(SHOW)))
  await node.world.clock.pass(MINUTE)
  await node.done(book('ann', 1, 'A1 A2', on(SHOW, 'k2')))
  await node.done(extend('bob', 2, on(SHOW)))
  await node.done(hold('cid', 'C1', on(SHOW)))
  await node.done(change({ prices: { Front: 1 } }, on(SHOW, 'k3')))
  await node.done(cancel('ann', 1, 'A1', on(SHOW)))
  await node.world.clock.pass(10 * MINUTE + 1_000)
  await node.done(hold('dan', 'B3', on(SHOW)))
}

const AFTER_THE_DAY = 'A2 booked, B3 held, C4 blocked'

/** The show's snapshot as an ordered end leaves it. */
async function bytesAtTheEnd(world: World, node: Node, show = SHOW): Promise<string> {
  await node.stop()
  const row = await world.snapshots.load(show)
  return Buffer.from(row!.bytes).toString('hex')
}

describe('a restart', () => {
  it('RECOVER-1: after a kill gives the same state, byte by byte, with answers and numbers', async () => {
    const calm = await nodeWithShow()
    await busyDay(calm.node)
    const expected = await bytesAtTheEnd(calm.world, calm.node)

    const { world, node } = await nodeWithShow()
    await busyDay(node)
    node.kill()
    const next = await startNode(world)
    expect(await next.look(SHOW)).toBe(AFTER_THE_DAY)
    expect(await next.done(hold('bob', 'B1 B2', on(SHOW, 'k1')))).toMatchObject({ kind: 'held', hold: 2 })
    expect(await bytesAtTheEnd(world, next)).toBe(expected)
  })

  it('RECOVER-2: from snapshots and what came after them gives it too', async () => {
    const calm = await nodeWithShow()
    await busyDay(calm.node)
    await calm.clock.pass(2 * CHECKPOINT_MS)
    await calm.node.done(hold('eve', 'C2', on(SHOW)))
    const expected = await bytesAtTheEnd(calm.world, calm.node)

    const { world, node, clock } = await nodeWithShow()
    await busyDay(node)
    await clock.pass(2 * CHECKPOINT_MS)
    await node.done(hold('eve', 'C2', on(SHOW)))
    node.kill()
    const next = await startNode(world)
    expect(next.gate.reads.find(({ shard }) => shard === 1)!.after).toBeGreaterThan(0)
    expect(await bytesAtTheEnd(world, next)).toBe(expected)
  })

  it('RECOVER-3: after an ordered end replays nothing, and the end takes nothing more', async () => {
    const { world, node, clock } = await nodeWithShow()
    await busyDay(node)
    await node.stop()
    expect((await node.refused(hold('eve', 'C2', on(SHOW)))).code).toBe('unavailable')
    await clock.settle()
    const next = await startNode(world, 'node-2')
    expect(next.gate.reads).toEqual([])
    expect(await next.look(SHOW)).toBe(AFTER_THE_DAY)
  })

  it('RECOVER-4: an ordered end brings what is under way to its end first', async () => {
    const { world, node, clock } = await nodeWithShow()
    node.gate.mode = 'keepAnswers'
    const reply = node.send(hold('ann', 'A1', on(SHOW)))
    await clock.settle()
    const stopped = node.stop()
    await clock.settle()
    node.gate.letGo()
    await stopped
    expect(reply.outcome).toMatchObject({ kind: 'held' })
    expect(await (await startNode(world)).look(SHOW)).toBe('A1 held')
  })

  it('RECOVER-14: an ordered end ends, though the journal does not answer', async () => {
    const { node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    node.gate.mode = 'down'
    const reply = node.send(hold('bob', 'A2', on(SHOW)))
    let ended = 'not yet'
    node.region.stop().then(
      () => {
        ended = 'well'
      },
      (error: unknown) => {
        ended = String(error)
      }
    )
    await clock.pass(30_000)
    expect(reply.outcome).toMatchObject({ code: 'unavailable' })
    expect(ended).toBe('well')
  })

  it('RECOVER-5: holds end though nobody asks for their show', async () => {
    for (const end of ['kill', 'stop'] as const) {
      const { world, node, clock } = await nodeWithShow()
      await node.done(hold('ann', 'A1', on(SHOW)))
      await node[end]()
      await clock.pass(MINUTE)
      const next = await startNode(world)
      await clock.pass(9 * MINUTE + 100)
      expect(next.pushed).toMatchObject([{ kind: 'hold_expired', what: ['ann 1'] }])
    }
  })

  it('RECOVER-6: every epoch is a new one', async () => {
    const { world, node } = await nodeWithShow()
    const epochs = [(await node.position(SHOW)).epoch]
    node.kill()
    for (const owner of ['node-1', 'node-1']) {
      const next = await startNode(world, owner)
      epochs.push((await next.position(SHOW)).epoch)
      next.kill()
    }
    expect(epochs).toEqual([1, 2, 3])
  })
})

describe('a blip', () => {
  it('RECOVER-9: while a shard is being read does not open it half read', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    await node.done(hold('bob', 'A2', on(SHOW)))
    await node.createShow(ELSEWHERE)
    node.gate.mode = 'loseAppends'
    node.send(hold('cid', 'A3', on(SHOW)))
    const reading = latch()
    node.gate.readsWaitFor = reading.opened
    await clock.settle()
    node.gate.mode = 'loseAnswers'
    const other = node.send(hold('dan', 'A1', on(ELSEWHERE)))
    await clock.settle()
    node.gate.mode = 'pass'
    await clock.pass(1_000)
    expect(other.outcome).toMatchObject({ kind: 'held' })
    reading.open()
    await clock.pass(5_000)
    expect(await node.look(SHOW)).toBe('A1 held, A2 held')
    expect((await node.refused(hold('eve', 'A1', on(SHOW)))).code).toBe('seats_unavailable')
    node.kill()
    await clock.pass(LEASE_MS)
    expect(await (await startNode(world)).look(SHOW)).toBe('A1 held, A2 held')
  })

  it('RECOVER-9: in one shard while another is being read opens neither half read', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.createShow(ELSEWHERE)
    await node.done(hold('ann', 'A1', on(SHOW)))
    node.kill()
    const next = new MemoryNode(world, 'node-1')
    const reading = latch()
    const slow = next.gate
    const pass = slow.read.bind(slow)
    slow.read = async (shard, after, limit) => {
      if (shard === 1) await reading.opened
      return pass(shard, after, limit)
    }
    void next.region.start()
    await clock.settle()
    slow.mode = 'loseAnswers'
    const reply = next.send(hold('dan', 'A1', on(ELSEWHERE)))
    await clock.settle()
    slow.mode = 'pass'
    await clock.pass(1_000)
    expect(reply.outcome).toMatchObject({ kind: 'held' })
    const early = next.send(hold('eve', 'A1', on(SHOW)))
    await clock.pass(1_000)
    expect(early.outcome).toMatchObject({ code: 'unavailable' })
    reading.open()
    await clock.pass(5_000)
    expect(await next.look(SHOW)).toBe('A1 held')
    expect((await next.refused(hold('eve', 'A1', on(SHOW)))).code).toBe('seats_unavailable')
  })
})

describe('a checkpoint', () => {
  it('RECOVER-10: covers only what its snapshots hold, though the shard was rebuilt on the way', async () => {
    const world = await newWorld()
    const { clock } = world
    const node = await startNode(world)
    const shows = showsOn(1, 80)
    for (const show of shows) {
      await node.createShow(show, { holdMs: 60 * MINUTE })
      await node.done(hold('ann', 'A1', on(show)))
    }
    const saving = latch()
    let saves = 0
    node.snapshots.beforeSave = async () => {
      if (++saves === 1) await saving.opened
    }
    await clock.pass(CHECKPOINT_MS + 2_000)
    expect(saves).toBe(1)
    node.gate.mode = 'loseAppends'
    node.send(hold('bob', 'A2', on(shows[0]!)))
    await clock.settle()
    node.gate.mode = 'pass'
    await clock.pass(2_000)
    saving.open()
    await clock.pass(5_000)
    node.kill()
    const next = await startNode(world)
    const lost = []
    for (const show of shows) if ((await next.look(show)) !== 'A1 held') lost.push(show)
    expect(lost).toEqual([])
  })

  it('RECOVER-11: holds nothing that is not committed', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(CHECKPOINT_MS - 1_000)
    node.gate.mode = 'keepAppends'
    node.send(release('ann', 1, on(SHOW)))
    await clock.pass(5_000)
    expect(await world.snapshots.load(SHOW)).toBeNull()
    node.gate.lose(0)
    await clock.pass(5_000)
    expect(await node.look(SHOW)).toBe('A1 held')
    node.kill()
    expect(await (await startNode(world)).look(SHOW)).toBe('A1 held')
  })

  it('RECOVER-12: lets the journal move behind it, and shows made after it are found as well', async () => {
    const { world, node, clock } = await nodeWithShow()
    await busyDay(node)
    await clock.pass(CHECKPOINT_MS + 2_000)
    await node.createShow(SECOND)
    await node.done(hold('ann', 'A1', on(SECOND)))
    node.kill()
    const next = await startNode(world)
    expect(await next.look(SECOND)).toBe('A1 held')
    expect(await next.look(SHOW)).toBe(AFTER_THE_DAY)
  })
})
