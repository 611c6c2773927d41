// Commit before word: what is said, and when, while frames are on their way to the journal.
import { describe, expect, it } from 'vitest'
import { decodeFrame } from '../core/codec/frame-codec.ts'
import { BATCH_MAX, COMMITS_IN_FLIGHT_MAX, MAILBOX_MAX } from '../core/limits.ts'
import { newWorld, ROOMY, showsOn, startNode } from './support/memory-node.ts'
import { block, book, create, definitionOf, extend, hold, MINUTE, NOON, release } from './support/small-show.ts'

const [SHOW, OTHER] = showsOn(1, 2) as [string, string]
const on = (show: string, key = '') => ({ show, key })

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

describe('an answer', () => {
  it('COMMIT-1: comes only once its frame is in the journal', async () => {
    for (const mode of ['keepAnswers', 'keepAppends'] as const) {
      const { node, clock } = await nodeWithShow()
      node.gate.mode = mode
      const reply = node.send(hold('ann', 'A1', on(SHOW)))
      await clock.pass(1_000)
      expect(reply.outcome).toBeNull()
      node.gate.letGo()
      await clock.settle()
      expect(reply.outcome).toMatchObject({ kind: 'held', user: 'ann', at: NOON })
      expect(reply.view!.plan.ids).toContain('A1')
    }
  })

  it('COMMIT-2: that rests on what is not committed waits for it: refusals and remembered answers too', async () => {
    const { node, clock } = await nodeWithShow()
    node.gate.mode = 'keepAnswers'
    const first = node.send(hold('ann', 'A1', on(SHOW, 'k')))
    await clock.settle()
    const refused = node.send(hold('bob', 'A1', on(SHOW)))
    const again = node.send(hold('ann', 'A1', on(SHOW, 'k')))
    const conflict = node.send(hold('ann', 'A2', on(SHOW, 'k')))
    await clock.pass(1_000)
    expect([first, refused, again, conflict].map(({ outcome }) => outcome)).toEqual([null, null, null, null])
    node.gate.letGo()
    await clock.settle()
    expect(first.outcome).toMatchObject({ kind: 'held' })
    expect(refused.outcome).toMatchObject({ code: 'seats_unavailable' })
    expect(again.outcome).toEqual(first.outcome)
    expect(conflict.outcome).toMatchObject({ code: 'idempotency_conflict' })
  })

  it('COMMIT-2: a refusal is never given before the frames decided before it, in whatever order they fill', async () => {
    const { node, clock } = await nodeWithShow()
    node.gate.mode = 'keepAnswers'
    const one = node.send(hold('ann', 'A1', on(SHOW)))
    await clock.settle()
    const two = node.send(hold('bob', 'A2', on(SHOW)))
    await clock.settle()
    const refused = node.send(hold('cid', 'A2', on(SHOW)))
    await clock.settle()
    node.gate.letGo(1)
    await clock.settle()
    expect(one.outcome).toMatchObject({ kind: 'held' })
    expect([two.outcome, refused.outcome]).toEqual([null, null])
    node.gate.letGo()
    await clock.settle()
    expect(two.outcome).toMatchObject({ kind: 'held' })
    expect(refused.outcome).toMatchObject({ code: 'seats_unavailable' })
  })

  it('COMMIT-3: without anything under way is given at once, and appends nothing', async () => {
    const { node } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW, 'k')))
    const appends = node.gate.appends.length
    expect((await node.refused(hold('bob', 'A1', on(SHOW)))).code).toBe('seats_unavailable')
    expect((await node.done(hold('ann', 'A1', on(SHOW, 'k')))).kind).toBe('held')
    expect(node.gate.appends).toHaveLength(appends)
  })

  it('COMMIT-4: neither reads nor pushes show what is not committed', async () => {
    const { node, clock } = await nodeWithShow()
    const first = await node.watch(SHOW)
    node.gate.mode = 'keepAnswers'
    node.send(hold('ann', 'A1', on(SHOW)))
    node.send(block('A2', on(SHOW)))
    await clock.pass(1_000)
    expect(await node.look(SHOW)).toBe('')
    expect(node.pushed).toEqual([])
    expect(await node.position(SHOW)).toEqual({ epoch: first.epoch, seq: first.seq })
    node.gate.letGo()
    await clock.pass(100)
    expect(await node.look(SHOW)).toBe('A1 held, A2 blocked')
    expect(node.pushed).toMatchObject([{ kind: 'diff', what: ['A1 held', 'A2 blocked'] }])
  })

  it('COMMIT-4: a show whose making is not committed is not there', async () => {
    const { node, clock } = await nodeWithShow()
    const { planHash } = (await viewOf(node, SHOW)).definition
    node.gate.mode = 'keepAnswers'
    const reply = node.send(create(definitionOf({}, { id: OTHER, planHash }), { key: 'c' }))
    const early = node.send(hold('ann', 'A1', on(OTHER)))
    await clock.settle()
    expect(await node.look(OTHER)).toBeNull()
    expect([reply.outcome, early.outcome]).toEqual([null, null])
    node.gate.letGo()
    await clock.settle()
    expect(reply.outcome).toMatchObject({ kind: 'created' })
    expect(early.outcome).toMatchObject({ kind: 'held' })
    expect(await node.look(OTHER)).toBe('A1 held')
  })
})

describe('the commit loop', () => {
  it('COMMIT-5: has so many appends under way and no more, and the next batch fills meanwhile', async () => {
    const { node, clock } = await nodeWithShow()
    const before = node.gate.appends.length
    node.gate.mode = 'keepAnswers'
    const seats = ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'B1', 'B2']
    const replies = []
    for (const seat of seats) {
      replies.push(node.send(hold('ann', seat, on(SHOW))))
      await clock.settle()
    }
    expect(node.gate.appends).toHaveLength(before + COMMITS_IN_FLIGHT_MAX)
    node.gate.letGo()
    await clock.settle()
    const sizes = node.gate.appends.slice(before).map(([row]) => decodeFrame(row!.bytes).entries.length)
    expect(sizes).toEqual([1, 1, seats.length - 2])
    expect(replies.every(({ outcome }) => outcome?.kind === 'held')).toBe(true)
  })

  it('COMMIT-6: carries the frames of all shards in one append', async () => {
    const world = await newWorld()
    const node = await startNode(world)
    const shows = [0, 1, 2, 3].map((shard) => showsOn(shard, 1)[0]!)
    for (const show of shows) await node.createShow(show)
    const before = node.gate.appends.length
    const replies = shows.map((show) => node.send(hold('ann', 'A1', on(show))))
    await world.clock.settle()
    expect(node.gate.appends.slice(before).map((rows) => rows.map(({ shard }) => shard).sort())).toEqual([[0, 1, 2, 3]])
    expect(replies.every(({ outcome }) => outcome?.kind === 'held')).toBe(true)
  })

  it('COMMIT-7: frames of a shard follow one another without gaps, and hold events of several shows', async () => {
    const { node, clock } = await nodeWithShow()
    await node.createShow(OTHER)
    for (const user of ['ann', 'bob', 'cid']) {
      node.send(hold(user, user === 'ann' ? 'A1' : user === 'bob' ? 'A2' : 'A3', on(SHOW)))
      node.send(hold(user, user === 'ann' ? 'B1' : user === 'bob' ? 'B2' : 'B3', on(OTHER)))
      await clock.settle()
    }
    const frames = node.gate.appends.flat().filter(({ shard }) => shard === 1)
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, at) => at + 1))
    expect(decodeFrame(frames.at(-1)!.bytes).entries.map(({ show }) => show)).toEqual([SHOW, OTHER])
  })

  it('COMMIT-8: a full mailbox says busy, a batch is bounded, and all that was taken is answered', async () => {
    const { node, clock } = await nodeWithShow()
    node.gate.mode = 'keepAnswers'
    for (const seat of ['A1', 'A2']) {
      node.send(hold('ann', seat, on(SHOW)))
      await clock.settle()
    }
    const replies = Array.from({ length: MAILBOX_MAX + 5 }, (_, user) => node.send(hold(`user${user}`, 'B1', on(SHOW))))
    const busy = () => replies.filter(({ outcome }) => outcome?.kind === 'refused' && outcome.code === 'busy')
    expect(busy()).toHaveLength(5)
    expect(busy()).toEqual(replies.slice(MAILBOX_MAX))
    const before = node.gate.appends.length
    node.gate.letGo()
    await clock.settle()
    expect(replies.filter(({ outcome }) => outcome?.kind === 'held')).toEqual([replies[0]])
    expect(replies.every(({ outcome }) => outcome !== null)).toBe(true)
    expect(node.gate.appends.length).toBe(before + 1)
    const sizes = Array.from({ length: BATCH_MAX + 1 }, (_, at) =>
      node.send(at % 2 === 0 ? block('C1', on(SHOW)) : { ...block('C1', on(SHOW)), op: 'unblock' })
    )
    await clock.settle()
    expect(sizes.every(({ outcome }) => outcome !== null && outcome.kind !== 'refused')).toBe(true)
    const last = node.gate.appends.slice(before + 1).map(([row]) => decodeFrame(row!.bytes).entries.length)
    expect(last).toEqual([BATCH_MAX, 1])
  })
})

describe('shows', () => {
  it('COMMIT-9: nobody made are not found, however they are asked for', async () => {
    const { node } = await nodeWithShow()
    for (const command of [
      hold('ann', 'A1', on('nowhere')),
      extend('ann', 1, on('nowhere')),
      block('A1', on('nowhere'))
    ]) {
      expect((await node.refused(command)).code).toBe('not_found')
      expect((await node.refused(command)).code).toBe('not_found')
    }
    expect(await node.look('nowhere')).toBeNull()
    await node.createShow('nowhere')
    expect((await node.done(hold('ann', 'A1', on('nowhere')))).kind).toBe('held')
  })

  it('COMMIT-10: are made once: the same key gets the first answer, another one a conflict', async () => {
    const { node, clock } = await nodeWithShow()
    const { planHash } = (await viewOf(node, SHOW)).definition
    const make = (key: string) => create(definitionOf(ROOMY, { id: OTHER, planHash }), { key })
    const replies = [node.send(make('k1')), node.send(make('k1')), node.send(make('k2')), node.send(make(''))]
    await clock.settle()
    expect(replies[0]!.outcome).toMatchObject({ kind: 'created', key: 'k1' })
    expect(replies[1]!.outcome).toEqual(replies[0]!.outcome)
    expect(replies[2]!.outcome).toMatchObject({ code: 'idempotency_conflict' })
    expect(replies[3]!.outcome).toMatchObject({ code: 'idempotency_conflict' })
    expect(await node.done(make('k1'))).toEqual(replies[0]!.outcome)
  })

  it('COMMIT-10: of an unknown plan, or badly priced, are refused and not there', async () => {
    const { node } = await nodeWithShow()
    const { planHash } = (await viewOf(node, SHOW)).definition
    const priceless = definitionOf(ROOMY, { id: OTHER, planHash, prices: {} })
    expect((await node.refused(create(priceless))).code).toBe('invalid_request')
    await node.refused(create(definitionOf(ROOMY, { id: OTHER, planHash: 'f'.repeat(64) })))
    expect(await node.look(OTHER)).toBeNull()
    await node.createShow(OTHER)
  })
})

describe('time', () => {
  it('COMMIT-11: a hold that nobody asks about ends by its timer, through the mailbox and the journal', async () => {
    const { node, clock } = await nodeWithShow()
    await node.watch(SHOW)
    await node.done(hold('ann', 'A1 A2', on(SHOW)))
    await node.done(hold('bob', 'A3', on(SHOW)))
    await node.done(extend('bob', 2, on(SHOW)))
    await clock.pass(10 * MINUTE - 1)
    expect(await node.look(SHOW)).toBe('A1 held, A2 held, A3 held')
    await clock.pass(1_000)
    expect(await node.look(SHOW)).toBe('')
    const ends = node.pushed.filter(({ kind }) => kind === 'hold_expired')
    expect(ends.map(({ what }) => what[0])).toEqual(['ann 1', 'bob 2'])
    const last = decodeFrame(node.gate.appends.at(-1)![0]!.bytes)
    expect(last.entries.map(({ event }) => event.kind)).toEqual(['expired', 'expired'])
  })

  it('COMMIT-11: and the holder hears of it only once that is committed', async () => {
    const { node, clock } = await nodeWithShow()
    await node.watch(SHOW)
    await node.done(hold('ann', 'A1', on(SHOW)))
    node.pushed.length = 0
    node.gate.mode = 'keepAnswers'
    await clock.pass(10 * MINUTE + 500)
    const book1 = node.send(book('ann', 1, null, on(SHOW)))
    await clock.settle()
    expect(node.pushed.filter(({ kind }) => kind === 'hold_expired')).toEqual([])
    expect(book1.outcome).toBeNull()
    expect(await node.look(SHOW)).toBe('A1 held')
    node.gate.letGo()
    await clock.settle()
    expect(node.pushed.filter(({ kind }) => kind === 'hold_expired')).toHaveLength(1)
    expect(book1.outcome).toMatchObject({ code: 'hold_expired' })
  })

  it('COMMIT-12: never runs backwards, though the clock does', async () => {
    const { node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    clock.time = NOON - 60 * MINUTE
    const held = await node.done(hold('bob', 'A2', on(SHOW)))
    expect(held).toMatchObject({ at: NOON, expiresAt: NOON + 10 * MINUTE })
    await node.done(release('bob', 2, on(SHOW)))
    clock.time = NOON + 1
    expect((await node.done(hold('bob', 'A2', on(SHOW)))).at).toBe(NOON + 1)
    const stamps = node.gate.appends.flat().map(({ stampedAt }) => stampedAt)
    expect(stamps.toSorted((a, b) => a - b)).toEqual(stamps)
  })

  it('COMMIT-12: not across a restart either, and a hold that ended stays dead', async () => {
    const { world, node, clock } = await nodeWithShow()
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(10 * MINUTE + 100)
    expect(await node.look(SHOW)).toBe('')
    const last = node.gate.appends.at(-1)![0]!.stampedAt
    node.kill()
    clock.time = NOON
    const next = await startNode(world)
    expect((await next.refused(book('ann', 1, null, on(SHOW)))).code).toBe('hold_expired')
    expect((await next.done(hold('bob', 'A1', on(SHOW)))).at).toBe(last)
  })
})

async function viewOf(node: Awaited<ReturnType<typeof startNode>>, show: string) {
  const view = await node.watch(show)
  node.region.unwatch(show)
  return view
}
