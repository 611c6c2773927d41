// Taking seats: what a hold is, whom it is refused, and what the caps count.
import { describe, expect, it } from 'vitest'
import { AVAILABLE } from '../core/plan/plan.ts'
import {
  block,
  book,
  cancel,
  change,
  extend,
  hold,
  holdBest,
  MINUTE,
  NOON,
  PRICES,
  planJson,
  planOf,
  release,
  Sale
} from './support/small-show.ts'

const MANY = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100 }

describe('a hold', () => {
  it('HOLD-1: has its seats in ascending order, their prices, its holder and its end', () => {
    const sale = new Sale()
    const held = sale.done('held', hold('ann', 'B2 A1 C4'))
    expect(sale.ids(held.seats).sort()).toEqual(['A1', 'B2', 'C4'])
    expect([...held.seats].sort((a, b) => a - b)).toEqual(held.seats)
    const byId = Object.fromEntries(held.seats.map((seat, at) => [sale.plan.ids[seat], held.prices[at]]))
    expect(byId).toEqual({ A1: PRICES.Front, B2: PRICES.Middle, C4: PRICES.Cheap })
    expect(held).toMatchObject({ user: 'ann', at: NOON, expiresAt: NOON + 10 * MINUTE, hold: 1 })
    expect(sale.taken).toBe('A1 held, B2 held, C4 held')
  })

  it('HOLD-2: takes all its seats or none, and names those that were gone', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A2'))
    sale.done('held', hold('bob', 'A4'))
    sale.done('booked', book('bob', 2))
    sale.ask(block('A6'))
    const before = sale.taken
    const refused = sale.refused(hold('cid', 'A6 A5 A4 A3 A2 A1'))
    expect(refused.code).toBe('seats_unavailable')
    expect(sale.ids(refused.seats).sort()).toEqual(['A2', 'A4', 'A6'])
    expect(sale.taken).toBe(before)
    expect(sale.inventory.tallies.get('cid')).toBeUndefined()
    expect(sale.inventory.nextHold).toBe(3)
  })

  it('HOLD-2: is refused to its own holder as well', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1 A2'))
    expect(sale.ids(sale.refused(hold('ann', 'A2 A3')).seats)).toEqual(['A2'])
  })

  it('HOLD-3: numbers never come twice, whatever became of the holds', () => {
    const sale = new Sale(MANY)
    const numbers = [sale.done('held', hold('ann', 'A1')).hold]
    sale.done('released', release('ann', 1))
    numbers.push(sale.done('held', hold('ann', 'A1')).hold)
    sale.done('booked', book('ann', 2))
    numbers.push(sale.done('held', hold('ann', 'A2')).hold)
    sale.pass(NOON + 10 * MINUTE)
    numbers.push(sale.done('held', hold('ann', 'A2'), NOON + 10 * MINUTE).hold)
    expect(numbers).toEqual([1, 2, 3, 4])
  })

  it('HOLD-4: the best seats are available ones of the category and zone asked for', () => {
    const sale = new Sale(MANY)
    for (let round = 1; round <= 3; round++) {
      const held = sale.done('held', holdBest(`user${round}`, { count: 2, category: 'Middle' }))
      expect(sale.ids(held.seats).every((id) => id.startsWith('B'))).toBe(true)
      expect(held.prices).toEqual([PRICES.Middle, PRICES.Middle])
    }
    expect(sale.refused(holdBest('late', { count: 1, category: 'Middle' })).code).toBe('seats_unavailable')
    const balcony = sale.done('held', holdBest('dan', { count: 4, zone: 'Balcony' }))
    expect(sale.ids(balcony.seats).sort()).toEqual(['C1', 'C2', 'C3', 'C4'])
  })

  it('HOLD-4: the best seats come in ascending order and are never taken ones, down to the last', () => {
    const sale = new Sale({ ...MANY, orphans: 'strict' })
    const left = () => sale.inventory.status.filter((status) => status === AVAILABLE).length
    for (let user = 0; left() > 0; user++) {
      const { seats } = sale.done('held', holdBest(`user${user}`, { count: Math.min(3, left()) }))
      expect([...seats].sort((a, b) => a - b)).toEqual(seats)
    }
    expect(sale.inventory.counts).toEqual([0, 16, 0, 0])
  })

  it('HOLD-5: a seat list in any order, short or long, is judged the same', () => {
    const plan = planOf(planJson([{ row: 'A', count: 90, zone: 'Z', category: 'One' }]))
    const ids = plan.ids.slice(0, 80)
    const seatsOf = (list: readonly string[]) => {
      const sale = new Sale(MANY, plan, { prices: { One: 1 } })
      return sale.done('held', hold('ann', list.join(' '))).seats
    }
    expect(seatsOf(ids.toReversed())).toEqual(seatsOf(ids))
    expect(seatsOf(ids.slice(0, 60).toReversed())).toEqual(seatsOf(ids.slice(0, 60)))
  })
})

describe('the sale window', () => {
  const window = { saleStartsAt: NOON, saleEndsAt: NOON + MINUTE }

  it('HOLD-6: opens with its first millisecond and is closed from its last on', () => {
    const sale = new Sale({ ...MANY, ...window })
    expect(sale.refused(hold('ann', 'A1'), NOON - 1)).toMatchObject({ code: 'sale_closed', retryAfterMs: 1 })
    sale.done('held', hold('ann', 'A1'), NOON)
    sale.done('held', hold('ann', 'A2'), NOON + MINUTE - 1)
    expect(sale.refused(hold('ann', 'A3'), NOON + MINUTE).code).toBe('sale_closed')
    expect(sale.refused(holdBest('ann', { count: 1 }), NOON + MINUTE).code).toBe('sale_closed')
  })

  it('HOLD-7: binds taking seats alone: what is held can be booked, extended, released and cancelled after it', () => {
    const sale = new Sale({ ...MANY, ...window })
    sale.done('held', hold('ann', 'A1'), NOON + MINUTE - 1)
    sale.done('held', hold('bob', 'A2'), NOON + MINUTE - 1)
    const after = NOON + 2 * MINUTE
    sale.done('extended', extend('ann', 1), after)
    sale.done('booked', book('ann', 1), after)
    sale.done('cancelled', cancel('ann', 1), after)
    sale.done('released', release('bob', 2), after)
  })
})

describe('caps', () => {
  it('LIMIT-1: seats per hold', () => {
    const sale = new Sale({ ...MANY, seatsPerHoldMax: 2 })
    expect(sale.refused(hold('ann', 'A1 A2 A3')).code).toBe('limit_exceeded')
    expect(sale.refused(holdBest('ann', { count: 3 })).code).toBe('limit_exceeded')
    sale.done('held', hold('ann', 'A1 A2'))
    sale.done('held', holdBest('ann', { count: 2 }))
  })

  it('LIMIT-2: live holds per user; one that was booked, released or over counts no more', () => {
    const sale = new Sale({ ...MANY, holdsPerUserMax: 2 })
    sale.done('held', hold('ann', 'A1'))
    sale.done('held', hold('ann', 'A2'))
    expect(sale.refused(hold('ann', 'A3')).code).toBe('limit_exceeded')
    sale.done('held', hold('bob', 'A3'))
    sale.done('booked', book('ann', 1))
    sale.done('held', hold('ann', 'A4'))
    expect(sale.refused(hold('ann', 'A5')).code).toBe('limit_exceeded')
    sale.done('released', release('ann', 2))
    sale.done('held', hold('ann', 'A5'))
    sale.done('held', hold('ann', 'A6'), NOON + 10 * MINUTE)
    sale.done('held', hold('ann', 'B1'), NOON + 10 * MINUTE)
    expect(sale.refused(hold('ann', 'B2'), NOON + 10 * MINUTE).code).toBe('limit_exceeded')
  })

  it('LIMIT-3: seats per user, over holds and bookings together, of that user alone', () => {
    const sale = new Sale({ ...MANY, seatsPerUserMax: 4 })
    sale.done('held', hold('ann', 'A1 A2 A3'))
    sale.done('booked', book('ann', 1, 'A1 A2'))
    sale.done('held', hold('ann', 'A4'))
    expect(sale.refused(hold('ann', 'A5 A6')).code).toBe('limit_exceeded')
    sale.done('held', hold('bob', 'B1 B2 B3 B4'))
    sale.done('held', hold('ann', 'A5'))
    expect(sale.refused(hold('ann', 'A6')).code).toBe('limit_exceeded')
    sale.done('cancelled', cancel('ann', 1, 'A2'))
    sale.done('held', hold('ann', 'A6'))
    expect(sale.refused(holdBest('ann', { count: 1 })).code).toBe('limit_exceeded')
  })

  it('LIMIT-4: an admin who books or cancels for others moves their count, not the own one', () => {
    const sale = new Sale({ ...MANY, seatsPerUserMax: 2 })
    sale.done('held', hold('ann', 'A1 A2'))
    sale.done('booked', book('boss', 1, 'A1', { admin: true }))
    expect(sale.inventory.tallies.get('ann')).toEqual({ seats: 1, holds: 0 })
    expect(sale.inventory.tallies.get('boss')).toBeUndefined()
    sale.done('cancelled', cancel('boss', 1, null, { admin: true }))
    expect(sale.inventory.tallies.size).toBe(0)
    sale.done('held', hold('boss', 'A1 A2', { admin: true }))
    expect(sale.refused(hold('boss', 'A3', { admin: true })).code).toBe('limit_exceeded')
  })

  it('LIMIT-5: lowered caps take nothing away, and bind from then on', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1 A2 A3'))
    sale.done('changed', change({ policy: { seatsPerUserMax: 2, seatsPerHoldMax: 2, holdsPerUserMax: 1 } }))
    expect(sale.refused(hold('ann', 'A4')).code).toBe('limit_exceeded')
    expect(sale.done('booked', book('ann', 1)).seats).toHaveLength(3)
    expect(sale.refused(hold('ann', 'A4')).code).toBe('limit_exceeded')
  })
})
