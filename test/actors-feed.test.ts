// What viewers get: numbered diffs without gaps, gathered per tick, continued from where a viewer was, or
// a snapshot where that cannot be.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HeldEvent } from '../core/event.ts'
import { FEED_RING_MAX, FEED_TICK_MS, FEED_TICK_MS_MAX, LEASE_MS, PASSIVATE_AFTER_MS } from '../core/limits.ts'
import { STATUS_NAMES } from '../core/plan/plan.ts'
import { type MemoryNode, newWorld, seatsOf, showsOn, startNode, Viewer } from './support/memory-node.ts'
import { block, book, change, hold, MINUTE, release, unblock } from './support/small-show.ts'

const [SHOW, SECOND] = showsOn(1, 2) as [string, string]
const on = (show: string, key = '') => ({ show, key })

async function nodeWithShow() {
  const world = await newWorld()
  const node = await startNode(world)
  await node.createShow(SHOW)
  return { world, node, clock: world.clock }
}

describe('diffs', () => {
  it('FEED-1: are numbered without gaps, one a tick, with each seat once as it is then', async () => {
    const { node, clock } = await nodeWithShow()
    const first = await node.watch(SHOW)
    await node.done(hold('ann', 'A1 A2', on(SHOW)))
    await node.done(hold('bob', 'B1', on(SHOW)))
    await node.done(book('ann', 1, 'A1', on(SHOW)))
    expect(node.pushed).toEqual([])
    await clock.pass(FEED_TICK_MS)
    await node.done(release('bob', 2, on(SHOW)))
    await clock.pass(FEED_TICK_MS)
    const { epoch, seq } = first
    expect(node.pushed).toEqual([
      { kind: 'diff', show: SHOW, epoch, seq: seq + 1, what: ['A1 booked', 'A2 available', 'B1 held'] },
      { kind: 'diff', show: SHOW, epoch, seq: seq + 2, what: ['B1 available'] }
    ])
  })

  it('FEED-10: are gathered until the push before has gone out, up to a bound', async () => {
    const { node, clock } = await nodeWithShow()
    await node.watch(SHOW)
    for (const behindMs of [400, 60_000, 0]) {
      const before = node.pushed.length
      node.setBehind(behindMs > 0)
      const held = await node.done(hold('ann', 'A1', on(SHOW)))
      const endsMs = Math.min(behindMs, FEED_TICK_MS_MAX)
      await clock.pass(Math.max(endsMs, FEED_TICK_MS) - 1)
      await node.done(release('ann', (held as HeldEvent).hold, on(SHOW)))
      expect(node.pushed).toHaveLength(before)
      if (endsMs === behindMs) node.setBehind(false)
      await clock.pass(FEED_TICK_MS)
      expect(node.pushed.slice(before)).toMatchObject([{ kind: 'diff', what: ['A1 available'] }])
    }
  })

  it('FEED-10: are gathered for a show that is behind, and for no other', async () => {
    const { node, clock } = await nodeWithShow()
    await node.createShow(SECOND)
    for (const show of [SHOW, SECOND]) await node.watch(show)
    node.setBehind(true, SHOW)
    for (const show of [SHOW, SECOND]) await node.done(hold('ann', 'A1', on(show)))
    await clock.pass(FEED_TICK_MS)
    expect(node.pushed.map(({ show }) => show)).toEqual([SECOND])
    await node.done(hold('bob', 'B1', on(SECOND)))
    node.setBehind(false)
    await clock.pass(FEED_TICK_MS)
    expect(node.pushed.map(({ show }) => show).sort()).toEqual([SECOND, SECOND, SHOW].sort())
  })

  it('FEED-2: each show has its own, and who watches one hears nothing of another', async () => {
    const { node, clock } = await nodeWithShow()
    await node.createShow(SECOND)
    const first = await node.watch(SHOW)
    await node.done(hold('ann', 'A1', on(SECOND)))
    await clock.pass(100)
    expect(node.pushed).toEqual([])
    await node.watch(SECOND)
    await node.done(hold('ann', 'A2', on(SECOND)))
    await node.done(hold('ann', 'A3', on(SHOW)))
    await clock.pass(100)
    expect(node.pushed.map(({ show, what }) => [show, ...what])).toEqual([
      [SECOND, 'A2 held'],
      [SHOW, 'A3 held']
    ])
    expect(node.pushed[1]!.seq).toBe(first.seq + 1)
  })

  it('FEED-3: a changed show gives one as well, without seats', async () => {
    const { node, clock } = await nodeWithShow()
    const first = await node.watch(SHOW)
    await node.done(change({ prices: { Front: 1 } }, on(SHOW)))
    await clock.pass(100)
    expect(node.pushed).toMatchObject([{ kind: 'diff', seq: first.seq + 1, what: [] }])
    expect((await node.watch(SHOW)).definition.prices).toMatchObject({ Front: 1 })
  })

  it('FEED-4: a look is exactly what the diffs up to its number say', async () => {
    const { node, clock } = await nodeWithShow()
    const viewer = new Viewer(await node.watch(SHOW))
    await node.done(hold('ann', 'A1', on(SHOW)))
    const seen = await node.look(SHOW)
    const at = await node.position(SHOW)
    viewer.take(node.pushed)
    expect([viewer.seats, viewer.epoch, viewer.seq]).toEqual([seen, at.epoch, at.seq])
    await clock.pass(100)
    expect(node.pushed).toHaveLength(1)
  })

  it('FEED-5: are at hand for viewers that come back, as many as the ring holds', async () => {
    const { node, clock } = await nodeWithShow()
    const { epoch, seq } = await node.watch(SHOW)
    for (let round = 1; round <= FEED_RING_MAX + 1; round++) {
      await node.done((round % 2 === 1 ? block : unblock)('A1', on(SHOW)))
      await clock.pass(FEED_TICK_MS)
    }
    const last = seq + FEED_RING_MAX + 1
    expect((await node.position(SHOW)).seq).toBe(last)
    const since = (from: number) => node.region.diffsSince(SHOW, epoch, from)?.map((diff) => diff.seq) ?? null
    expect(since(last)).toEqual([])
    expect(since(last - 3)).toEqual([last - 2, last - 1, last])
    expect(since(seq + 1)).toHaveLength(FEED_RING_MAX)
    expect(since(seq)).toBeNull()
    expect(since(last + 1)).toBeNull()
    expect(node.region.diffsSince(SHOW, epoch - 1, last)).toBeNull()
    expect(node.region.diffsSince(SHOW, epoch + 1, last)).toBeNull()
    expect(node.region.diffsSince('nowhere', epoch, 0)).toBeNull()
  })

  it('FEED-6: a resume brings the diff that was being gathered along', async () => {
    const { node, clock } = await nodeWithShow()
    const { epoch, seq } = await node.watch(SHOW)
    await node.done(hold('ann', 'A1', on(SHOW)))
    expect(node.region.diffsSince(SHOW, epoch, seq)).toMatchObject([{ epoch, seq: seq + 1 }])
    await clock.pass(100)
    expect(node.pushed).toHaveLength(1)
  })

  it('FEED-7: what happened while nobody watched is not skipped over by a resume', async () => {
    const { node, clock } = await nodeWithShow()
    const { epoch, seq } = await node.watch(SHOW)
    node.region.unwatch(SHOW)
    expect(node.region.diffsSince(SHOW, epoch, seq)).toEqual([])
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(100)
    await node.watch(SHOW)
    expect(node.region.diffsSince(SHOW, epoch, seq)).toBeNull()
    await node.done(hold('bob', 'A2', on(SHOW)))
    await clock.pass(100)
    expect(node.region.diffsSince(SHOW, epoch, seq)).toBeNull()
    expect(node.pushed).toMatchObject([{ kind: 'diff', what: ['A2 held'] }])
  })

  it('FEED-8: a new epoch starts with a snapshot for everyone who watches, and with new numbers', async () => {
    const { node, clock } = await nodeWithShow()
    const first = await node.watch(SHOW)
    await node.done(hold('ann', 'A1', on(SHOW)))
    await clock.pass(100)
    node.pushed.length = 0
    for (const mode of ['loseAnswers', 'loseAppends'] as const) {
      node.gate.mode = mode
      node.send(hold('bob', mode === 'loseAnswers' ? 'B1' : 'B2', on(SHOW)))
      await clock.settle()
      node.gate.mode = 'pass'
      await clock.pass(1_000)
    }
    expect(node.pushed.map(({ kind, epoch, what }) => [kind, epoch, ...what])).toEqual([
      ['snapshot', first.epoch + 1, 'A1 held', 'B1 held'],
      ['snapshot', first.epoch + 2, 'A1 held', 'B1 held']
    ])
    const { seq } = node.pushed.at(-1)!
    await node.done(hold('cid', 'B3', on(SHOW)))
    await clock.pass(100)
    expect(node.pushed.at(-1)).toMatchObject({ kind: 'diff', epoch: first.epoch + 2, seq: seq + 1 })
  })
})

describe('a viewer', () => {
  type Move = { readonly act: string; readonly seat: string; readonly waitMs: number }
  const moves = fc.array(
    fc.record({
      act: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('hold', 'block', 'unblock', 'release', 'book') },
        { weight: 3, arbitrary: fc.constantFrom('leave', 'come', 'look') },
        { weight: 2, arbitrary: fc.constantFrom('loseAnswers', 'loseAppends', 'bug', 'sleep') }
      ),
      seat: fc.constantFrom('A1', 'A2', 'A3', 'B1', 'B2'),
      waitMs: fc.constantFrom(0, 0, 5, FEED_TICK_MS, 100, 1_000)
    }),
    { minLength: 5, maxLength: 50, size: 'max' }
  )

  it('FEED-9: that leaves, comes back and resumes as it can has the server’s map in the end', async () => {
    await fc.assert(fc.asyncProperty(moves, watchAll), { numRuns: 150 })
  })

  async function watchAll(list: readonly Move[]): Promise<void> {
    const { node, clock } = await nodeWithShow()
    const viewer = new Viewer(await node.watch(SHOW))
    let here = true
    const hear = () => {
      const pushed = node.pushed.splice(0)
      if (here) viewer.take(pushed)
    }
    const come = async () => {
      hear()
      here = true
      const view = await node.watch(SHOW)
      node.pushed.length = 0
      const diffs = node.region.diffsSince(SHOW, viewer.epoch, viewer.seq)
      if (diffs === null) return viewer.take([asSnapshot(view)])
      viewer.take(diffs.map((diff) => asDiff(view.plan.ids, diff)))
    }
    for (const { act, seat, waitMs } of list) {
      if (act === 'leave' && here) {
        hear()
        here = false
        node.region.unwatch(SHOW)
      } else if (act === 'come' && !here) await come()
      else if (act === 'look') await node.look(SHOW)
      else await disturb(node, act, seat)
      await clock.pass(waitMs)
      hear()
    }
    if (!here) await come()
    await clock.pass(1_000)
    hear()
    expect(viewer.seats).toBe(await node.look(SHOW))
    node.kill()
    await clock.pass(LEASE_MS + 1_000)
    expect(await (await startNode(node.world)).look(SHOW)).toBe(viewer.seats)
  }

  async function disturb(node: MemoryNode, act: string, seat: string): Promise<void> {
    const { clock } = node.world
    const of = { A1: 1, A2: 2, A3: 3, B1: 4, B2: 5 }[seat]!
    const commands = {
      hold: hold('ann', seat, on(SHOW)),
      block: block(seat, on(SHOW)),
      unblock: unblock(seat, on(SHOW)),
      release: release('ann', of, on(SHOW)),
      book: book('ann', of, null, on(SHOW))
    }
    if (act in commands) node.send(commands[act as keyof typeof commands])
    else if (act === 'sleep') await clock.pass(12 * MINUTE + PASSIVATE_AFTER_MS)
    else if (act === 'bug') {
      const broken = { ...hold('eve', seat, on(SHOW)) }
      node.send(Object.defineProperty(broken, 'seats', { get: () => assertNever() }))
    } else if (act === 'loseAnswers' || act === 'loseAppends') {
      node.gate.mode = act
      node.send(block(seat, on(SHOW)))
      await clock.settle()
      node.gate.mode = 'pass'
    }
    await clock.settle()
  }
})

function asSnapshot(view: Awaited<ReturnType<MemoryNode['watch']>>) {
  return { kind: 'snapshot', show: SHOW, epoch: view.epoch, seq: view.seq, what: seatsOf(view) } as const
}

function asDiff(ids: readonly string[], diff: { epoch: number; seq: number; changes: Uint32Array }) {
  const what = Array.from(
    { length: diff.changes.length / 2 },
    (_, at) => `${ids[diff.changes[at * 2]!]} ${STATUS_NAMES[diff.changes[at * 2 + 1]!]}`
  )
  return { kind: 'diff', show: SHOW, epoch: diff.epoch, seq: diff.seq, what } as const
}

function assertNever(): never {
  throw new Error('a bug')
}
