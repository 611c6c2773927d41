// A node whose shows remember few keys in memory: the others are in the store, and are looked up when they come again.
import { describe, expect, it } from 'vitest'
import { type RegionOptions, ShardRegion } from '../actors/shard-region.ts'
import { CHECKPOINT_MS, IDEMPOTENCY_MS, LOAD_PATIENCE_MS, PARKED_MAX } from '../core/limits.ts'
import { MemoryNode, newWorld, SHARDS, showsOn, type World } from './support/memory-node.ts'
import { block, hold, release } from './support/small-show.ts'
import { latch } from './support/store-gates.ts'

const [SHOW, SECOND] = showsOn(1, 2) as [string, string]
const on = (show: string, key = '') => ({ show, key })
const HOUR = 60 * 60_000
const first = hold('ann', 'A1 A2', on(SHOW, 'k1'))

function sealing(options: RegionOptions) {
  const region = new ShardRegion({ ...options, keysSealedAt: 2 })
  return { shows: region, region }
}

async function startSealing(world: World, owner = 'node-1'): Promise<MemoryNode> {
  return new MemoryNode(world, owner, SHARDS, sealing).start()
}

/** Two keys of `SHOW` are sealed with its snapshot; the seats of `first` are free again. */
async function sealedNode() {
  const world = await newWorld()
  const node = await startSealing(world)
  await node.createShow(SHOW)
  await node.createShow(SECOND)
  const held = await node.done(first)
  await node.done(release('ann', 1, on(SHOW, 'k2')))
  await world.clock.pass(CHECKPOINT_MS + 2_000)
  expect(await world.snapshots.loadKeyHashes(SHOW)).toHaveLength(1)
  return { world, node, held, clock: world.clock }
}

/** Reads which keys of `SHOW` were sealed once `reading` is opened. */
async function startUnread(world: World) {
  const next = new MemoryNode(world, 'node-1', SHARDS, sealing)
  const reading = latch()
  const asked: string[] = []
  next.snapshots.loadKeyHashes = async (show) => {
    asked.push(show)
    if (show === SHOW) await reading.opened
    return world.snapshots.loadKeyHashes(show)
  }
  await next.start()
  return { next, reading, asked }
}

describe('keys that left memory', () => {
  it('SEALED-10: are answered from the store, once read for all who ask', async () => {
    const { node, held, clock } = await sealedNode()
    const again = [node.send(first), node.send(first)]
    expect(await node.done(first)).toEqual(held)
    expect(again.map(({ outcome }) => outcome)).toEqual([held, held])
    expect((await node.refused(hold('ann', 'A3', on(SHOW, 'k1')))).code).toBe('idempotency_conflict')
    expect(await node.done(release('ann', 1, on(SHOW, 'k2')))).toMatchObject({ kind: 'released' })
    expect(node.snapshots.keyLoads).toBe(2)
    // Answers are kept until more keys are sealed, and different keys of one segment read it once.
    await node.done(block('C4', on(SHOW, 'k8')))
    await node.done(block('B4', on(SHOW, 'k9')))
    await clock.pass(CHECKPOINT_MS + 2_000)
    const two = [node.send(first), node.send(release('ann', 1, on(SHOW, 'k2')))]
    await clock.settle()
    expect(two.map(({ outcome }) => outcome?.kind)).toEqual(['held', 'released'])
    expect(node.snapshots.keyLoads).toBe(3)
    expect(await node.look(SHOW)).toBe('B4 blocked, C4 blocked')
    // A key that nobody used is decided at once.
    expect(await node.done(hold('ann', 'A1', on(SHOW, 'k3')))).toMatchObject({ kind: 'held', hold: 2 })
    expect(node.snapshots.keyLoads).toBe(3)
  })

  it('SEALED-10: also by a node that takes the show over, after a kill and after an ordered end', async () => {
    for (const end of ['kill', 'stop'] as const) {
      const { world, node, held } = await sealedNode()
      await node.done(block('C1', on(SHOW, 'k4')))
      if (end === 'kill') node.kill()
      else await node.stop()
      const next = await startSealing(world)
      expect(await next.done(first)).toEqual(held)
      expect(await next.done(block('C1', on(SHOW, 'k4')))).toMatchObject({ kind: 'blocked' })
      expect(await next.look(SHOW)).toBe('C1 blocked')
    }
  })

  it('SEALED-11: keep nobody else waiting while they are read, and nobody for long', async () => {
    const { node, clock, held } = await sealedNode()
    const reading = latch()
    node.snapshots.keysWaitFor = reading.opened
    const again = node.send(first)
    expect(await node.done(hold('bob', 'A1', on(SHOW, 'k5')))).toMatchObject({ kind: 'held' })
    expect(await node.done(hold('bob', 'A1', on(SECOND)))).toMatchObject({ kind: 'held' })
    expect(again.outcome).toBeNull()
    await clock.pass(LOAD_PATIENCE_MS)
    expect(again.outcome).toMatchObject({ code: 'unavailable' })
    node.snapshots.keysWaitFor = null
    reading.open()
    expect(await node.done(first)).toEqual(held)
  })

  it('SEALED-11: of which more are looked up at once than may wait are told busy', async () => {
    const { node, clock } = await sealedNode()
    const reading = latch()
    node.snapshots.keysWaitFor = reading.opened
    const all = Array.from({ length: PARKED_MAX + 3 }, () => node.send(first))
    await clock.settle()
    const told = all.filter(({ outcome }) => outcome?.kind === 'refused' && outcome.code === 'busy')
    expect(told).toHaveLength(3)
    node.snapshots.keysWaitFor = null
    reading.open()
    await clock.settle()
    expect(all.filter(({ outcome }) => outcome?.kind === 'held')).toHaveLength(PARKED_MAX)
  })

  it('SEALED-12: that are damaged or gone are unavailable and told of, never taken for unused', async () => {
    const { world, node, clock } = await sealedNode()
    // Which keeps it in memory.
    await node.watch(SHOW)
    await world.snapshots.forgetKeys(1, Number.MAX_SAFE_INTEGER)
    expect((await node.refused(first)).code).toBe('unavailable')
    expect(JSON.stringify(node.incidents)).toContain(SHOW)
    await node.done(block('C1', on(SHOW, 'k6')))
    await node.done(block('C2', on(SHOW, 'k7')))
    await clock.pass(CHECKPOINT_MS + 2_000)
    const [{ seq } = { seq: 0 }] = await world.snapshots.loadKeyHashes(SHOW)
    const [events] = await world.snapshots.loadKeys(SHOW, [seq])
    events![9]! ^= 1
    expect((await node.refused(block('C1', on(SHOW, 'k6')))).code).toBe('unavailable')
    expect(await node.look(SHOW)).toBe('C1 blocked, C2 blocked')
    const [row] = await world.snapshots.loadKeyHashes(SHOW)
    row!.hashes[2]! ^= 1
    node.kill()
    const next = await startSealing(world)
    expect((await next.refused(hold('bob', 'A1', on(SHOW)))).code).toBe('unavailable')
    expect(JSON.stringify(next.incidents)).toContain(`keys of show ${SHOW}`)
    expect(await next.done(hold('bob', 'A1', on(SECOND, 'k8')))).toMatchObject({ kind: 'held' })
  })

  it('SEALED-13: are deleted from the store an hour after the last of them may be forgotten', async () => {
    const { world, node, clock } = await sealedNode()
    await clock.pass(IDEMPOTENCY_MS)
    expect(await world.snapshots.loadKeyHashes(SHOW)).toHaveLength(1)
    expect((await node.done(first)).at).toBe(clock.time)
    // By the time in the journal: a clock that is wrong, and under which nothing was done, deletes nothing.
    await clock.pass(2 * 60 * 60_000)
    expect(await world.snapshots.loadKeyHashes(SHOW)).toHaveLength(1)
    await node.done(block('C1', on(SECOND)))
    await clock.pass(61 * 60_000)
    expect(await world.snapshots.loadKeyHashes(SHOW)).toHaveLength(0)
  })

  it('SEALED-13: also while one is looked up, as the clock was set: it is a new one then', async () => {
    const { world, node, clock } = await sealedNode()
    await node.watch(SHOW)
    const reading = latch()
    node.snapshots.loadKeys = async (...asked) => {
      await reading.opened
      return world.snapshots.loadKeys(...asked)
    }
    const again = node.send(first)
    await clock.settle()
    const set = clock.time + IDEMPOTENCY_MS + 2 * HOUR
    node['clock'].now = () => set
    await node.done(block('C1', on(SECOND)))
    await world.snapshots.forgetKeys(1, set - IDEMPOTENCY_MS - HOUR)
    expect(again.outcome).toBeNull()
    reading.open()
    await clock.settle()
    expect(again.outcome).toMatchObject({ kind: 'held', hold: 2, at: set })
    expect(node.incidents).toEqual([])
  })

  it('SEALED-14: stay in memory where a later snapshot was stored beside theirs', async () => {
    const world = await newWorld()
    const node = await startSealing(world)
    await node.createShow(SHOW)
    const held = await node.done(first)
    node.snapshots.beforeSave = async () => {
      await world.snapshots.save([
        { show: SHOW, shard: 1, seq: 99, nextExpiry: 0, bytes: new Uint8Array(), keys: null }
      ])
    }
    await world.clock.pass(CHECKPOINT_MS + 2_000)
    expect(await node.done(first)).toEqual(held)
    expect(node.snapshots.keyLoads).toBe(0)
  })

  it('SEALED-14: stay in memory where their snapshot could not be stored', async () => {
    const world = await newWorld()
    const node = await startSealing(world)
    await node.createShow(SHOW)
    const held = await node.done(first)
    node.snapshots.beforeSave = async () => {
      throw new Error('no room')
    }
    await world.clock.pass(CHECKPOINT_MS + 2_000)
    expect(await node.done(first)).toEqual(held)
    expect(node.snapshots.keyLoads).toBe(0)
    node.snapshots.beforeSave = async () => {}
    await world.clock.pass(CHECKPOINT_MS + 2_000)
    expect(await node.done(first)).toEqual(held)
    expect(node.snapshots.keyLoads).toBe(1)
  })

  it('SEALED-15: are read behind the opening of their shard, and a command with a key waits for those of its show', async () => {
    const { world, node, held, clock } = await sealedNode()
    await node.done(hold('eve', 'C4', on(SECOND, 'k4')))
    await node.done(hold('dan', 'C4', on(SHOW, 'k4')))
    node.kill()
    const { next, reading, asked } = await startUnread(world)
    const again = next.send(first)
    const fresh = [next.send(block('B1', on(SHOW, 'k5'))), next.send(block('B2', on(SHOW, 'k6')))]
    // What the journal says behind the snapshot is known.
    expect(await next.done(hold('dan', 'C4', on(SHOW, 'k4')))).toMatchObject({ hold: 2 })
    expect(await next.done(block('B3', on(SHOW)))).toMatchObject({ kind: 'blocked' })
    expect(await next.done(block('B3', on(SECOND, 'k5')))).toMatchObject({ kind: 'blocked' })
    await clock.pass(LOAD_PATIENCE_MS / 2)
    expect([again, ...fresh].map(({ outcome }) => outcome)).toEqual([null, null, null])
    reading.open()
    await clock.settle()
    expect(again.outcome).toEqual(held)
    expect(fresh.map(({ outcome }) => outcome?.kind)).toEqual(['blocked', 'blocked'])
    expect(asked.filter((show) => show === SHOW)).toHaveLength(1)
  })

  it('SEALED-15: none is sealed before it is read which were', async () => {
    const { world, node, held, clock } = await sealedNode()
    await node.done(hold('dan', 'C3', on(SHOW, 'k3')))
    await node.done(hold('dan', 'C4', on(SHOW, 'k4')))
    node.kill()
    const { next, reading } = await startUnread(world)
    await next.done(block('B1', on(SHOW)))
    await clock.pass(CHECKPOINT_MS + 2_000)
    expect(await world.snapshots.loadKeyHashes(SHOW)).toHaveLength(1)
    reading.open()
    expect(await next.done(first)).toEqual(held)
    await next.done(block('B2', on(SHOW)))
    await clock.pass(CHECKPOINT_MS + 2_000)
    expect(await world.snapshots.loadKeyHashes(SHOW)).toHaveLength(2)
    expect(await next.done(hold('dan', 'C3', on(SHOW, 'k3')))).toMatchObject({ hold: 2 })
    expect(await next.done(first)).toEqual(held)
  })
})
