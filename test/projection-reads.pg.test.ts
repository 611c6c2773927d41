// Reads of the read model, and that it is the same however the journal is cut into frames.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FrameEntry } from '../core/codec/frame-codec.ts'
import { createBookings, type StoredBooking } from '../persistence/projection/bookings.ts'
import type { Page } from '../persistence/projection/page.ts'
import { createShows } from '../persistence/projection/shows.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { created, entry, type ProjectionStage, projectionStage, SEAT_IDS, T } from './support/projection-stage.ts'

let postgres: TestPostgres
let stage: ProjectionStage
let shard = 0

beforeAll(async () => {
  postgres = await startPostgres()
  stage = await projectionStage(await postgres.createDatabase('reads'))
})
afterAll(async () => {
  await stage.close()
  await postgres.dispose()
})

/** What has a hold or a booking, while a random sale goes on. */
interface Sale {
  readonly entries: FrameEntry[]
  /** Seats by hold, and by booking. */
  readonly holds: Map<number, number[]>
  readonly bookings: Map<number, number[]>
  readonly outcomes: Map<number, string | null>
}

/** A sale as a list of dice: each takes, gives back, sells or cancels what there is. */
function sell(show: string, dice: readonly number[]): Sale {
  const sale: Sale = { entries: [created(show)], holds: new Map(), bookings: new Map(), outcomes: new Map() }
  const { entries, holds, bookings, outcomes } = sale
  const prices = (seats: readonly number[]) => seats.map((seat) => 100 + seat)
  for (const [turn, die] of dice.entries()) {
    const at = T + turn
    const taken = new Set([...holds.values(), ...bookings.values()].flat())
    const free = SEAT_IDS.map((_, seat) => seat).filter((seat) => !taken.has(seat))
    const pick = <K, V>(all: Map<K, V>): [K, V] | undefined => [...all][die % Math.max(1, all.size)]
    const [hold, heldSeats = []] = pick(holds) ?? []
    const [booking, soldSeats = []] = pick(bookings) ?? []
    const kind = die % 7
    if (kind <= 2 && free.length > 0) {
      const number = outcomes.size + 1
      const seats = free.slice(die % free.length, (die % free.length) + 1 + (die % 3))
      entries.push(entry(show, at, { kind: 'held', hold: number, seats, prices: prices(seats), expiresAt: at + 9 }))
      holds.set(number, seats)
      outcomes.set(number, null)
    } else if (kind === 3 && hold !== undefined) {
      const outcome = die % 2 === 0 ? 'released' : 'expired'
      entries.push(entry(show, at, { kind: outcome, hold, seats: heldSeats }))
      holds.delete(hold)
      outcomes.set(hold, outcome)
    } else if (kind <= 5 && hold !== undefined) {
      const seats = heldSeats.slice(0, 1 + (die % heldSeats.length))
      const freed = heldSeats.slice(seats.length)
      const number = die + turn * 1_000
      const payment = `pay-${number}`
      entries.push(
        entry(show, at, {
          kind: 'booked',
          booking: number,
          owner: 'mia',
          hold,
          seats,
          prices: prices(seats),
          freed,
          payment
        })
      )
      holds.delete(hold)
      outcomes.set(hold, 'booked')
      bookings.set(number, seats)
    } else if (booking !== undefined) {
      const seats = soldSeats.slice(0, 1 + (die % soldSeats.length))
      const left = soldSeats.slice(seats.length)
      const leftPrices = prices(left)
      entries.push(entry(show, at, { kind: 'cancelled', booking, owner: 'mia', bookedAt: T, seats, left, leftPrices }))
      if (left.length > 0) bookings.set(booking, left)
      else bookings.delete(booking)
    }
  }
  return sale
}

async function allPages<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<{ items: T[]; pages: number }> {
  const items: T[] = []
  for (let cursor: string | null = null, pages = 1; ; pages++) {
    const page: Page<T> = await read(cursor)
    items.push(...page.items)
    if (page.next === null) return { items, pages }
    cursor = page.next
  }
}

describe('the read model', () => {
  it('PROJECTION-7: is the same however the journal is cut into frames and chunks', async () => {
    const dice = fc.array(fc.nat(1_000), { minLength: 20, maxLength: 120 })
    const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(dice, cuts, fc.boolean(), async (thrown, sizes, inSteps) => {
        shard++
        const show = `random-${shard}`
        const { entries, bookings, outcomes } = sell(show, thrown)
        for (let at = 0, cut = 0; at < entries.length; at += sizes[cut++ % sizes.length]!) {
          const frame = entries.slice(at, at + sizes[cut % sizes.length]!)
          await stage.commit(shard, frame)
          if (inSteps) await stage.project(shard)
        }
        expect(await stage.project(shard)).toBe(true)
        const holds = await stage.rows('holds', show)
        expect(new Map(holds.map(({ hold, outcome }) => [hold, outcome]))).toEqual(outcomes)
        const seats = (await stage.rows('booking_seats', show)).filter(({ status }) => status === 'booked')
        expect(seats.map(({ booking_id, seat_index }) => `${booking_id} ${seat_index}`).sort()).toEqual(
          [...bookings].flatMap(([number, sold]) => sold.map((seat) => `${show}.${number} ${seat}`)).sort()
        )
        const totals = (await stage.rows('bookings', show)).filter(({ status }) => status === 'confirmed')
        expect(new Map(totals.map(({ booking_id, total }) => [booking_id, total]))).toEqual(
          new Map(
            [...bookings].map(([number, sold]) => [
              `${show}.${number}`,
              sold.reduce((sum, seat) => sum + 100 + seat, 0)
            ])
          )
        )
      }),
      { numRuns: 25 }
    )
    expect(stage.incidents).toEqual([])
  })
})

describe('reads', () => {
  it('PROJECTION-8: bookings of a user come latest first, page by page, with the seats they still have', async () => {
    shard++
    const show = `mine-${shard}`
    const entries = [created(show, { planHash: 'hall' })]
    for (let number = 1; number <= 7; number++) {
      const seats = [number]
      // Two of the same time: their order is by id.
      const at = T + Math.floor(number / 2)
      const booked = {
        kind: 'booked',
        booking: number,
        owner: 'ada',
        hold: number,
        freed: [],
        payment: `p${number}`
      } as const
      entries.push(
        entry(show, T, { kind: 'held', hold: number, seats, prices: [100], expiresAt: T + 9 }, 'ada'),
        entry(show, at, { ...booked, seats, prices: [100] })
      )
    }
    // All events of a frame have one time.
    for (const each of entries) await stage.commit(shard, [each])
    const cancelled = { kind: 'cancelled', booking: 3, owner: 'ada', bookedAt: T + 1, seats: [3], left: [] } as const
    await stage.commit(shard, [entry(show, T + 99, { ...cancelled, leftPrices: [] })])
    await stage.project(shard)
    const bookings = createBookings(stage.pool)
    const { items, pages } = await allPages((cursor) => bookings.byUser('ada', 3, cursor))
    expect(pages).toBe(3)
    expect(items.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2, 1].map((number) => `${show}.${number}`))
    const one: StoredBooking = {
      id: `${show}.5`,
      showId: show,
      userId: 'ada',
      seats: [{ index: 5, id: 'A-6', price: 100 }],
      total: 100,
      currency: 'EUR',
      payment: 'p5',
      bookedAt: T + 2,
      status: 'confirmed',
      planHash: 'hall'
    }
    expect(items[2]).toEqual(one)
    expect(await bookings.byId(`${show}.5`)).toEqual(one)
    expect(await bookings.byId(`${show}.3`)).toMatchObject({ seats: [], total: 0, status: 'cancelled' })
    expect(await bookings.byId('nothing')).toBeNull()
    expect(await bookings.byUser('nobody', 3, null)).toEqual({ items: [], next: null })
    expect((await bookings.byUser('ada', 7, null)).next).toBeNull()
  })

  it('PROJECTION-8: shows come soonest first, page by page', async () => {
    await stage.pool.query('truncate frontrow.shows')
    shard++
    const shows = createShows(stage.pool)
    const starts = [5, 3, 3, 9, 1, 7]
    for (const [i, hours] of starts.entries()) {
      await stage.commit(shard, [created(`night-${i}`, { startsAt: T + hours * 3_600_000, title: `Night ${i}` })])
    }
    await stage.project(shard)
    const { items, pages } = await allPages((cursor) => shows.list(2, cursor))
    expect(pages).toBe(3)
    expect(items.map(({ id }) => id)).toEqual([4, 1, 2, 0, 5, 3].map((i) => `night-${i}`))
    const { event } = created('night-3', { startsAt: T + 9 * 3_600_000, title: 'Night 3' })
    expect(await shows.byId('night-3')).toEqual({ ...('definition' in event && event.definition), seatCount: 12 })
    expect(items[5]).toEqual(await shows.byId('night-3'))
    expect(await shows.byId('nothing')).toBeNull()
    for (const cursor of [
      '',
      'x',
      '!!',
      Buffer.from('1e9.a').toString('base64url'),
      Buffer.from('1.\0').toString('base64url')
    ]) {
      expect((await shows.list(1, cursor)).items.map(({ id }) => id)).toEqual(['night-4'])
    }
  })
})
