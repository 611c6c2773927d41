// When the journal's answer is lost, somebody else owns the shard, or the journal is down:
// nothing false is said, nothing that was said is taken back, and service comes back by itself.
import { describe, expect, it } from 'vitest'
import { LEASE_MS } from '../core/limits.ts'
import { MemoryNode, newWorld, showsOn, startNode, Viewer } from './support/memory-node.ts'
import { book, extend, hold, MINUTE } from './support/small-show.ts'

const [SHOW] = showsOn(1, 1) as [string]
const [ELSEWHERE] = showsOn(2, 1) as [string]
const on = (show: string, key = '') => ({ show, key })

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

/** What a node that starts on the same stores finds: the journal's truth. */
async function truth(world: Awaited<ReturnType<typeof newWorld>>, show: string): Promise<string | null> {
  const reader = await startNode(world, 'reader')
  const seen = await reader.look(show)
  await reader.stop()
  return seen
}

describe('a lost answer', () => {
  it('COMMIT-13: of a frame that is in the journal: done, once that is known', async () => {
    const { node, clock } = await nodeWithShow()
    const { epoch } = await node.position(SHOW)
    node.gate.mode = 'loseAnswers'
    const reply = node.send(hold('ann', 'A1', on(SHOW, 'k')))
    await clock.settle()
    node.gate.mode = 'pass'
    await clock.settle()
    expect(reply.outcome).toMatchObject({ kind: 'held' })
    expect(await node.look(SHOW)).toBe('A1 held')
    expect((await node.position(SHOW)).epoch).toBe(epoch + 1)
    expect(await node.done(hold('ann', 'A1', on(SHOW, 'k')))).toEqual(reply.outcome)
    await node.done(book('ann', 1, null, on(SHOW)))
  })

  it('COMMIT-14: of a frame that is not: unavailable, as if nothing was, and the same key can try again', async () => {
    const { node, clock } = await nodeWithShow()
    node.gate.mode = 'loseAppends'
    const reply = node.send(hold('ann', 'A1', on(SHOW, 'k')))
    await clock.settle()
    node.gate.mode = 'pass'
    await clock.settle()
    expect(reply.outcome).toMatchObject({ code: 'unavailable', retryAfterMs: expect.any(Number) })
    expect(await node.look(SHOW)).toBe('')
    expect(await node.done(hold('bob', 'A1', on(SHOW)))).toMatchObject({ hold: 1 })
    expect((await node.refused(hold('ann', 'A1', on(SHOW, 'k')))).code).toBe('seats_unavailable')
  })

  it.each([
    { applied: 0, seats: '' },
    { applied: 1, seats: 'A1 held' },
    { applied: 2, seats: 'A1 held, A2 held' }
  ])(
    'COMMIT-15: of two frames under way, $applied of them in the journal: each is told what became of it',
    async ({ applied, seats }) => {
      const { world, node, clock } = await nodeWithShow()
      node.gate.mode = 'keepAppends'
      const one = node.send(hold('ann', 'A1', on(SHOW)))
      await clock.settle()
      const two = node.send(hold('bob', 'A2', on(SHOW)))
      const refused = node.send(hold('cid', 'A2', on(SHOW)))
      await clock.settle()
      node.gate.lose(applied)
      await clock.settle()
      const words = [one, two, refused].map(({ outcome }) =>
        outcome?.kind === 'refused' ? outcome.code : outcome?.kind
      )
      const rest = applied > 1 ? 'seats_unavailable' : 'unavailable'
      expect(words).toEqual([applied > 0 ? 'held' : 'unavailable', applied > 1 ? 'held' : 'unavailable', rest])
      expect(await node.look(SHOW)).toBe(seats)
      node.kill()
      await clock.pass(LEASE_MS + 1)
      expect(await truth(world, SHOW)).toBe(seats)
    }
  )

  it('COMMIT-16: a frame of another owner in its place is not ours', async () => {
    const { world, node, clock } = await nodeWithShow()
    node.gate.mode = 'keepAppends'
    const reply = node.send(hold('ann', 'A1', on(SHOW, 'k')))
    await clock.settle()
    node.gate.lose(0)
    node.gate.mode = 'down'
    await clock.pass(LEASE_MS + 1_000)
    expect(reply.outcome).toMatchObject({ code: 'unavailable' })
    const other = await startNode(world, 'node-2')
    await other.done(hold('bob', 'A1 A2', on(SHOW)))
    other.kill()
    await clock.pass(LEASE_MS + 1_000)
    node.gate.mode = 'pass'
    await clock.pass(LEASE_MS)
    expect(await node.look(SHOW)).toBe('A1 held, A2 held')
    expect((await node.refused(book('ann', 1, null, on(SHOW)))).code).toBe('forbidden')
    expect((await node.refused(hold('ann', 'A1', on(SHOW, 'k')))).code).toBe('seats_unavailable')
  })

  it('COMMIT-17: viewers miss nothing and see nothing twice', async () => {
    const { node, clock } = await nodeWithShow()
    const viewer = new Viewer(await node.watch(SHOW))
    await node.done(hold('ann', 'A1', on(SHOW)))
    for (const mode of ['loseAnswers', 'loseAppends'] as const) {
      node.gate.mode = mode
      node.send(hold('bob', 'B1', on(SHOW)))
      await clock.settle()
      node.gate.mode = 'pass'
      await clock.pass(1_000)
      await node.ask(hold('cid', 'B2', on(SHOW)))
    }
    await clock.pass(100)
    viewer.take(node.pushed)
    expect(viewer.seats).toBe(await node.look(SHOW))
    expect(viewer.seats).toBe('A1 held, B1 held, B2 held')
  })
})

describe('a fenced shard', () => {
  /** node-1 slept through its lease, and node-2 has its shards; node-1 does not know. */
  async function overtaken() {
    const { world, node, clock } = await nodeWithShow()
    await node.watch(SHOW)
    await node.done(hold('ann', 'A1', on(SHOW, 'k1')))
    await clock.pass(100)
    node.gate.mode = 'down'
    await clock.pass(LEASE_MS + 2_000)
    const other = await startNode(world, 'node-2')
    node.gate.mode = 'pass'
    return { world, node, other, clock }
  }

  it('COMMIT-18: says nothing false, pushes nothing, and drops its shows', async () => {
    const { node, other, clock } = await overtaken()
    const before = node.pushed.length
    await other.done(hold('bob', 'A2', on(SHOW)))
    const granted = node.send(hold('cid', 'A2', on(SHOW)))
    const refused = node.send(hold('cid', 'A1', on(SHOW)))
    await clock.settle()
    expect([granted, refused].map(({ outcome }) => outcome)).toMatchObject([
      { code: 'unavailable' },
      { code: 'unavailable' }
    ])
    expect(node.pushed.length).toBe(before)
    expect(await node.look(SHOW)).toBe('unavailable')
    expect(node.region.stats().residentShows).toBe(0)
    expect(await other.look(SHOW)).toBe('A1 held, A2 held')
    expect(node.incidents.some(({ level, facts }) => level === 'error' && facts.shard === 1)).toBe(true)
  })

  it('COMMIT-18: serves again, with what the other did, once the other gives it up', async () => {
    const { node, other, clock } = await overtaken()
    await node.ask(hold('cid', 'A2', on(SHOW)))
    await other.done(book('ann', 1, null, on(SHOW)))
    await other.stop()
    await clock.pass(LEASE_MS)
    expect(await node.look(SHOW)).toBe('A1 booked')
    expect((await node.done(hold('ann', 'A1', on(SHOW, 'k1')))).kind).toBe('held')
  })

  it('COMMIT-19: its end moves nothing behind snapshots that are not there', async () => {
    const { world, node, other, clock } = await overtaken()
    await node.ask(hold('cid', 'A2', on(SHOW)))
    await other.done(book('ann', 1, null, on(SHOW)))
    await node.stop()
    other.kill()
    await clock.pass(LEASE_MS + 1_000)
    expect(await truth(world, SHOW)).toBe('A1 booked')
  })
})

describe('a journal that is heard by nobody', () => {
  it('COMMIT-25: keeps no shard for who does not hear it: one lease after the last renewal it is free', async () => {
    const { world, node, clock } = await nodeWithShow()
    node.gate.mode = 'deaf'
    const reply = node.send(hold('ann', 'A1', on(SHOW)))
    await clock.pass(LEASE_MS / 3 + LEASE_MS + 1)
    expect(reply.outcome).toMatchObject({ code: 'unavailable' })
    expect(await node.look(SHOW)).toBe('unavailable')
    expect(await world.journal.claim([1], 'another', LEASE_MS)).toHaveLength(1)
    node.gate.mode = 'pass'
    await clock.pass(2 * LEASE_MS)
    expect(await node.look(SHOW)).toBe('A1 held')
  })

  it('COMMIT-25: nor for who has claimed it and did not hear that, however often it would ask again', async () => {
    const world = await newWorld()
    const node = new MemoryNode(world, 'node-1')
    node.gate.mode = 'deaf'
    void node.shows.start()
    await world.clock.pass(LEASE_MS + 1)
    expect(await world.journal.claim([1], 'another', LEASE_MS)).toHaveLength(1)
    node.gate.mode = 'pass'
    await world.clock.pass(2 * LEASE_MS)
    expect(node.region.ready).toBe(true)
  })
})

describe('a journal that is down', () => {
  it('COMMIT-20: makes everyone unavailable within two seconds, and service comes back by itself', async () => {
    const { node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    node.gate.mode = 'down'
    const first = node.send(hold('bob', 'A2', on(SHOW, 'k')))
    const second = node.send(extend('ann', 1, on(SHOW)))
    await clock.pass(500)
    const third = node.send(hold('cid', 'A3', on(SHOW)))
    await clock.pass(1_500)
    const codes = [first, second, third].map(({ outcome }) => outcome?.kind === 'refused' && outcome.code)
    expect(codes).toEqual(['unavailable', 'unavailable', 'unavailable'])
    expect((await node.refused(hold('cid', 'A3', on(SHOW)))).code).toBe('unavailable')
    expect((await node.refused(hold('cid', 'A3', on(ELSEWHERE)))).code).toBe('unavailable')
    expect(node.region.ready).toBe(false)
    await clock.pass(MINUTE)
    expect((await node.refused(hold('cid', 'A3', on(SHOW)))).code).toBe('unavailable')
    node.gate.mode = 'pass'
    await clock.pass(2_000)
    expect(node.region.ready).toBe(true)
    expect(await node.look(SHOW)).toBe('A1 held')
    expect((await node.done(hold('bob', 'A2', on(SHOW, 'k')))).kind).toBe('held')
  })

  it('COMMIT-20: holds end when it is back, though their time came while it was down', async () => {
    const { node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(9 * MINUTE)
    node.gate.mode = 'down'
    node.send(hold('bob', 'A2', on(SHOW)))
    await clock.pass(LEASE_MS / 2)
    expect(await node.look(SHOW)).toBe('A1 held')
    await clock.pass(5 * MINUTE)
    expect(await node.look(SHOW)).toBe('unavailable')
    node.gate.mode = 'pass'
    await clock.pass(3_000)
    expect(await node.look(SHOW)).toBe('')
  })

  it('COMMIT-20: an ask for a show that is not in memory ends within two seconds too', async () => {
    const { node, clock } = await nodeWithShow()
    let open = () => {}
    node.snapshots.loadsWaitFor = new Promise<void>((resolve) => {
      open = resolve
    })
    const reply = node.send(hold('cid', 'A3', on('asleep')))
    await clock.pass(2_000)
    expect(reply.outcome).toMatchObject({ code: 'unavailable' })
    open()
    await clock.settle()
  })
})

describe('a lease that was not renewed', () => {
  it('COMMIT-24: nothing is decided and nothing shown, not even what is refused, until the journal has spoken', async () => {
    const { node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    const { epoch } = await node.position(SHOW)
    node.gate.mode = 'down'
    await clock.pass(LEASE_MS)
    expect(await node.look(SHOW)).toBe('unavailable')
    const refused = node.send(hold('bob', 'A1', on(SHOW)))
    await clock.pass(2_000)
    expect(refused.outcome).toMatchObject({ code: 'unavailable' })
    node.gate.mode = 'pass'
    await clock.pass(LEASE_MS)
    // Nobody else had it meanwhile: it goes on in its epoch.
    expect(await node.position(SHOW)).toMatchObject({ epoch })
    expect((await node.refused(hold('bob', 'A1', on(SHOW)))).code).toBe('seats_unavailable')
  })
})

describe('a journal that takes claims and loses appends', () => {
  it('COMMIT-23: is asked again at a pace, though only a hold’s end wants to be written', async () => {
    const { node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(9 * MINUTE)
    node.gate.mode = 'loseAppends'
    const before = node.gate.appends.length
    await clock.pass(2 * MINUTE)
    expect(node.gate.appends.length - before).toBeGreaterThan(2)
    expect(node.gate.appends.length - before).toBeLessThan(1_000)
    expect(await node.look(SHOW)).toBe('A1 held')
    node.gate.mode = 'pass'
    await clock.pass(2_000)
    expect(await node.look(SHOW)).toBe('')
  })
})
