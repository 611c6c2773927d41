// Shows that nobody needs leave memory and come back whole.
import { describe, expect, it } from 'vitest'
import { CHECKPOINT_MS, PARKED_MAX, PASSIVATE_AFTER_MS, RESIDENT_SHOWS_MAX } from '../core/limits.ts'
import { MemoryNode, newWorld, showsOn, startNode } from './support/memory-node.ts'
import { block, book, cancel, create, extend, hold, MINUTE, release, unblock } from './support/small-show.ts'
import { latch } from './support/store-gates.ts'

const [SHOW, SECOND] = showsOn(1, 2) as [string, string]
const on = (show: string, key = '') => ({ show, key })
const A_WHILE = PASSIVATE_AFTER_MS + 2_000

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

const awake = (node: MemoryNode) => node.region.stats().residentShows

describe('an idle show', () => {
  it('PASSIVATE-1: leaves memory after a while, and wakes with all it had', async () => {
    const { node, clock } = await nodeWithShow()
    const first = await node.done(hold('ann', 'A1 A2', on(SHOW, 'k')))
    await node.done(book('ann', 1, 'A1', on(SHOW, 'b')))
    await node.done(block('C1', on(SHOW)))
    expect(awake(node)).toBe(1)
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    expect(await node.look(SHOW)).toBe('A1 booked, C1 blocked')
    expect(awake(node)).toBe(1)
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    expect(await node.done(hold('ann', 'A1 A2', on(SHOW, 'k')))).toEqual(first)
    expect((await node.refused(hold('ann', 'A3', on(SHOW, 'k')))).code).toBe('idempotency_conflict')
    expect((await node.refused(hold('bob', 'A1', on(SHOW)))).code).toBe('seats_unavailable')
    expect(await node.done(hold('bob', 'A2', on(SHOW)))).toMatchObject({ hold: 2 })
    await node.done(cancel('ann', 1, null, on(SHOW)))
  })

  it('PASSIVATE-2: a show with a running hold or a viewer stays, and its holds end in time', async () => {
    const { node, clock } = await nodeWithShow()
    await node.createShow(SECOND)
    await node.done(hold('ann', 'A1', on(SHOW)))
    await node.watch(SECOND)
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(2)
    await clock.pass(10 * MINUTE)
    expect(node.pushed.filter(({ kind }) => kind === 'hold_expired')).toHaveLength(1)
    expect(awake(node)).toBe(1)
    node.region.unwatch(SECOND)
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
  })

  it('PASSIVATE-3: one that is used stays', async () => {
    const { node, clock } = await nodeWithShow()
    for (let round = 0; round < 4; round++) {
      await clock.pass(PASSIVATE_AFTER_MS / 2)
      await node.refused(extend('ann', 1, on(SHOW)))
    }
    expect(awake(node)).toBe(1)
    for (let round = 0; round < 4; round++) {
      await clock.pass(PASSIVATE_AFTER_MS / 2)
      await node.look(SHOW)
    }
    expect(awake(node)).toBe(1)
  })

  it('PASSIVATE-4: a command that comes while its snapshot is stored is not lost', async () => {
    for (const after of ['save', 'restart'] as const) {
      const { world, node, clock } = await nodeWithShow()
      await node.done(block('C1', on(SHOW)))
      const saving = latch()
      node.snapshots.beforeSave = () => saving.opened
      await clock.pass(A_WHILE)
      await node.done(hold('ann', 'A1', on(SHOW, 'k')))
      await node.done(book('ann', 1, null, on(SHOW)))
      saving.open()
      await clock.pass(2_000)
      if (after === 'save') {
        expect(await node.look(SHOW)).toBe('A1 booked, C1 blocked')
        await clock.pass(A_WHILE)
        expect(awake(node)).toBe(0)
        expect(await node.look(SHOW)).toBe('A1 booked, C1 blocked')
      }
      node.kill()
      expect(await (await startNode(world)).look(SHOW)).toBe('A1 booked, C1 blocked')
    }
  })

  it('PASSIVATE-5: commands wait in their order while it wakes, and are all answered', async () => {
    const { node, clock } = await nodeWithShow()
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    const loading = latch()
    node.snapshots.loadsWaitFor = loading.opened
    const loads = node.snapshots.loads
    const replies = [
      node.send(hold('ann', 'A1', on(SHOW))),
      node.send(hold('bob', 'A1', on(SHOW))),
      node.send(book('ann', 1, null, on(SHOW)))
    ]
    await clock.settle()
    replies.push(node.send(cancel('ann', 1, null, on(SHOW))))
    await clock.settle()
    expect(replies.every(({ outcome }) => outcome === null)).toBe(true)
    expect(node.snapshots.loads).toBe(loads + 1)
    loading.open()
    await clock.settle()
    const words = replies.map(({ outcome }) => (outcome?.kind === 'refused' ? outcome.code : outcome?.kind))
    expect(words).toEqual(['held', 'seats_unavailable', 'booked', 'cancelled'])
  })

  it('PASSIVATE-6: numbers of its feed are never used twice in an epoch', async () => {
    const { node, clock } = await nodeWithShow()
    const { epoch, seq } = await node.watch(SHOW)
    await node.done(block('A1', on(SHOW)))
    await clock.pass(100)
    node.region.unwatch(SHOW)
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    expect(await node.position(SHOW)).toEqual({ epoch, seq: seq + 1 })
    await node.watch(SHOW)
    expect(node.region.diffsSince(SHOW, epoch, seq + 1)).toEqual([])
    expect(node.region.diffsSince(SHOW, epoch, seq)).toBeNull()
    node.region.unwatch(SHOW)

    await clock.pass(A_WHILE)
    await node.done(unblock('A1', on(SHOW)))
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    await node.watch(SHOW)
    expect(node.region.diffsSince(SHOW, epoch, seq + 1)).toBeNull()
    expect((await node.position(SHOW)).seq).toBeGreaterThan(seq + 1)
  })

  it('PASSIVATE-7: asleep over a restart it is found again, whatever the journal was cut to', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW, 'k')))
    await node.done(book('ann', 1, null, on(SHOW)))
    await clock.pass(A_WHILE)
    await node.createShow(SECOND)
    await clock.pass(CHECKPOINT_MS + A_WHILE)
    expect(awake(node)).toBe(0)
    node.kill()
    const next = await startNode(world)
    expect(await next.look(SHOW)).toBe('A1 booked')
    expect((await next.done(hold('ann', 'A1', on(SHOW, 'k')))).kind).toBe('held')
    const again = create((await next.watch(SHOW)).definition, { key: `create-${SHOW}` })
    expect((await next.ask(again)).kind).not.toBe('held')
  })

  it('PASSIVATE-8: with a damaged snapshot it is unavailable, its name is told, and the others serve', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.createShow(SECOND)
    await clock.pass(A_WHILE)
    const row = (await world.snapshots.load(SHOW))!
    const bytes = row.bytes.slice()
    bytes[20]! ^= 1
    await world.snapshots.save([{ ...row, bytes, keys: null }])
    expect((await node.refused(hold('ann', 'A1', on(SHOW)))).code).toBe('unavailable')
    expect(await node.look(SHOW)).toBe('unavailable')
    expect(JSON.stringify(node.incidents)).toContain(SHOW)
    expect((await node.done(hold('ann', 'A1', on(SECOND)))).kind).toBe('held')
  })
})

describe('a load that was given up', () => {
  it('PASSIVATE-11: does not bring an old state back when it comes at last', async () => {
    const { node, clock } = await nodeWithShow()
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    const loading = latch()
    node.snapshots.loadsWaitFor = loading.opened
    const early = node.send(hold('ann', 'A1', on(SHOW)))
    await clock.pass(2_000)
    expect(early.outcome).toMatchObject({ code: 'unavailable' })
    node.snapshots.loadsWaitFor = null
    await node.done(block('A1', on(SHOW)))
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    loading.open()
    await clock.settle()
    expect(await node.look(SHOW)).toBe('A1 blocked')
  })

  it('PASSIVATE-11: does not make a show unknown that was made meanwhile', async () => {
    const { node, clock } = await nodeWithShow()
    const loading = latch()
    node.snapshots.loadsWaitFor = loading.opened
    const early = node.send(hold('ann', 'A1', on(SECOND)))
    await clock.pass(2_000)
    expect(early.outcome).toMatchObject({ code: 'unavailable' })
    node.snapshots.loadsWaitFor = null
    await node.createShow(SECOND)
    await node.done(block('A1', on(SECOND)))
    await clock.pass(A_WHILE)
    expect(awake(node)).toBe(0)
    loading.open()
    await clock.settle()
    expect(await node.look(SECOND)).toBe('A1 blocked')
    expect((await node.refused(hold('ann', 'A1', on(SECOND)))).code).toBe('seats_unavailable')
  })
})

describe('bounds', () => {
  it('PASSIVATE-9: so many commands wait for sleeping shows and no more; the others are told busy', async () => {
    const { node, clock } = await nodeWithShow()
    const loading = latch()
    node.snapshots.loadsWaitFor = loading.opened
    const replies = Array.from({ length: PARKED_MAX + 3 }, (_, at) => node.send(hold('ann', 'A1', on(`nowhere-${at}`))))
    await clock.settle()
    const busy = replies.filter(({ outcome }) => outcome?.kind === 'refused' && outcome.code === 'busy')
    expect(busy).toHaveLength(3)
    expect((await node.done(hold('ann', 'A1', on(SHOW)))).kind).toBe('held')
    loading.open()
    await clock.settle()
    const absent = replies.filter(({ outcome }) => outcome?.kind === 'refused' && outcome.code === 'not_found')
    expect(absent).toHaveLength(PARKED_MAX)
  })

  it('PASSIVATE-10: more shows than memory may hold leave early, those unused for longest first', async () => {
    const world = await newWorld()
    const { clock } = world
    const node = new MemoryNode(world, 'node-1')
    await node.start()
    await node.createShow('first')
    const { definition } = await node.watch('first')
    node.region.unwatch('first')
    await clock.pass(10)
    const extra = 50
    for (let at = 0; at < RESIDENT_SHOWS_MAX + extra; at++) {
      node.send(create({ ...definition, id: `many-${at}` }))
      if (at % 2_000 === 0) await clock.settle()
    }
    await clock.settle()
    await clock.pass(10)
    await node.done(block('A1', on('many-0')))
    await clock.pass(3_000)
    expect(awake(node)).toBeLessThanOrEqual(RESIDENT_SHOWS_MAX)
    const loads = node.snapshots.loads
    expect(await node.look('many-0')).toBe('A1 blocked')
    expect(node.snapshots.loads).toBe(loads)
    expect(await node.look('first')).toBe('')
    expect(node.snapshots.loads).toBe(loads + 1)
    await node.done(release('ann', 1, on('first'))).catch(() => {})
  })
})
