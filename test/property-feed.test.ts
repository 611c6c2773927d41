// The feed of one show by itself: any commits, ticks, looks and resumes, against lists that are simply kept.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Diff } from '../actors/outcome.ts'
import { ShowFeed } from '../actors/show-feed.ts'
import type { ShowEvent } from '../core/event.ts'
import { FEED_RING_MAX } from '../core/limits.ts'
import { AVAILABLE, BLOCKED, BOOKED, HELD } from '../core/plan/plan.ts'
import { definitionOf, NOON, planOf, SMALL_PLAN } from './support/small-show.ts'

const PLAN = planOf(SMALL_PLAN)
const by = { at: NOON, user: 'ann', key: '', fingerprint: 0 }
const seats = fc.uniqueArray(fc.nat(PLAN.seatCount - 1), { minLength: 1, maxLength: 3 })

/** What a commit does to the seats, and what the map is after it. */
const commit = fc.record({
  do: fc.constant('commit' as const),
  to: fc.constantFrom(AVAILABLE, HELD, BOOKED, BLOCKED),
  seats
})
const step = fc.oneof(
  { weight: 5, arbitrary: commit },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('tick', 'watch', 'unwatch', 'change') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resume' as const), back: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('many' as const), times: fc.integer({ min: 1, max: 300 }) }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function eventOf(to: number, seats: readonly number[]): ShowEvent {
  if (to === HELD) return { ...by, kind: 'held', hold: 1, seats, prices: [], expiresAt: NOON }
  if (to === BLOCKED) return { ...by, kind: 'blocked', seats }
  if (to === AVAILABLE) return { ...by, kind: 'unblocked', seats }
  const [first, ...rest] = seats
  // A part is booked, the rest goes free.
  return {
    ...by,
    kind: 'booked',
    booking: 1,
    owner: 'ann',
    hold: 1,
    seats: [first!],
    prices: [],
    freed: rest,
    payment: ''
  }
}

/** The truth, and every state that was told of by (epoch, seq). */
class PlainFeed {
  readonly feed = new ShowFeed(definitionOf(), PLAN, new Uint8Array(PLAN.seatCount), 1, 0)
  readonly now = new Uint8Array(PLAN.seatCount)
  readonly told = new Map([['1.0', new Uint8Array(PLAN.seatCount)]])
  private epoch = 1

  run(action: Step): void {
    const { feed } = this
    if (action.do === 'commit') this.commit(action.to, action.seats)
    else if (action.do === 'many') for (let i = 0; i < action.times; i++) this.many(i)
    else if (action.do === 'watch') feed.watchers++
    else if (action.do === 'unwatch') feed.watchers = Math.max(0, feed.watchers - 1)
    else if (action.do === 'change') feed.absorb({ ...by, kind: 'changed', definition: definitionOf() })
    else if (action.do === 'restart') feed.restart(++this.epoch)
    else if (action.do === 'resume') this.resume(action.back)
    if (action.do !== 'commit' && action.do !== 'change') this.look()
  }

  private commit(to: number, seats: readonly number[]): void {
    this.feed.absorb(eventOf(to, seats))
    for (const [at, seat] of seats.entries()) this.now[seat] = to === BOOKED && at > 0 ? AVAILABLE : to
  }

  private many(at: number): void {
    this.commit(at % 2 === 0 ? BLOCKED : AVAILABLE, [0])
    this.look()
  }

  /** Closes the diff, which is the next one, has each seat once and as it is, and leads from state to state. */
  private look(): void {
    const { feed } = this
    const before = feed.seq
    const diff = feed.flush()
    expect(feed.statuses).toEqual(this.now)
    if (diff === null) expect(feed.seq - before).toBeLessThanOrEqual(1)
    else {
      expect([diff.epoch, diff.seq]).toEqual([feed.epoch, feed.seq])
      const before = this.told.get(`${feed.epoch}.${feed.seq - 1}`)
      if (before !== undefined) expect(after(before, [diff])).toEqual(this.now)
    }
    const known = this.told.get(`${feed.epoch}.${feed.seq}`)
    if (known === undefined) this.told.set(`${feed.epoch}.${feed.seq}`, this.now.slice())
    else expect(known, 'one number for two states').toEqual(this.now)
  }

  /** Whoever has an earlier state gets what is missing, or is told to take a snapshot. */
  private resume(back: number): void {
    this.look()
    const { feed } = this
    const from = Math.max(0, feed.seq - back)
    const diffs = feed.since(feed.epoch, from)
    expect(feed.since(feed.epoch, feed.seq)).toEqual([])
    expect(feed.since(feed.epoch, feed.seq + 1)).toBeNull()
    expect(feed.since(feed.epoch - 1, from)).toBeNull()
    if (diffs === null) return
    expect(diffs.map(({ seq }) => seq)).toEqual(Array.from({ length: feed.seq - from }, (_, at) => from + 1 + at))
    expect(diffs.length).toBeLessThanOrEqual(FEED_RING_MAX)
    const seen = this.told.get(`${feed.epoch}.${from}`)
    if (seen !== undefined) expect(after(seen, diffs)).toEqual(this.now)
  }
}

function after(statuses: Uint8Array, diffs: readonly Diff[]): Uint8Array {
  const map = statuses.slice()
  for (const { changes } of diffs) {
    for (let at = 0; at < changes.length; at += 2) map[changes[at]!] = changes[at + 1]!
  }
  return map
}

it('FEED-1, FEED-4, FEED-5, FEED-6, FEED-7: any commits, ticks and resumes lead to the map there is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const feed = new PlainFeed()
      for (const action of steps) feed.run(action)
      feed.run({ do: 'tick' })
    }),
    { numRuns: 1_000 }
  )
})
