// What becomes of a hold and of a booking: extended, released, booked, cancelled, and by whom.
import { describe, expect, it } from 'vitest'
import { bookingId } from '../core/event.ts'
import { book, cancel, change, extend, hold, MINUTE, NOON, PRICES, release, Sale, SHOW } from './support/small-show.ts'

const MANY = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100 }
const ADMIN = { admin: true }

function withHolds(policy = {}): Sale {
  const sale = new Sale({ ...MANY, ...policy })
  sale.done('held', hold('ann', 'A1 A2 A3'))
  sale.done('held', hold('bob', 'B1 B2 B3'))
  return sale
}

describe('extend', () => {
  it('EXTEND-1: lets the hold last its full time from now', () => {
    const sale = withHolds()
    const extended = sale.done('extended', extend('ann', 1), NOON + 4 * MINUTE)
    expect(extended).toMatchObject({ hold: 1, expiresAt: NOON + 14 * MINUTE })
    expect(sale.ids(extended.seats)).toEqual(['A1', 'A2', 'A3'])
    expect(extended.prices).toEqual([PRICES.Front, PRICES.Front, PRICES.Front])
    sale.pass(NOON + 14 * MINUTE - 1)
    expect(sale.taken).toBe('A1 held, A2 held, A3 held')
    sale.pass(NOON + 14 * MINUTE)
    expect(sale.taken).toBe('')
  })

  it('EXTEND-2: works as often as the show allows, then says when the hold ends', () => {
    const sale = withHolds({ extensionsMax: 2 })
    sale.done('extended', extend('ann', 1), NOON + MINUTE)
    sale.done('extended', extend('ann', 1), NOON + 2 * MINUTE)
    expect(sale.refused(extend('ann', 1), NOON + 3 * MINUTE)).toMatchObject({
      code: 'limit_exceeded',
      expiresAt: NOON + 12 * MINUTE
    })
    sale.done('extended', extend('bob', 2), NOON + 3 * MINUTE)
    expect(withHolds({ extensionsMax: 0 }).refused(extend('ann', 1)).code).toBe('limit_exceeded')
  })

  it('EXTEND-3: never shortens a hold, though the show holds for less by now', () => {
    const sale = withHolds()
    sale.done('changed', change({ policy: { holdMs: MINUTE } }))
    expect(sale.done('extended', extend('ann', 1), NOON + MINUTE).expiresAt).toBe(NOON + 10 * MINUTE)
    sale.done('changed', change({ policy: { holdMs: 60 * MINUTE } }))
    expect(sale.done('extended', extend('bob', 2), NOON + MINUTE).expiresAt).toBe(NOON + 61 * MINUTE)
  })

  it('EXTEND-4: an admin may extend what is another’s, which stays theirs', () => {
    const sale = withHolds()
    expect(sale.refused(extend('bob', 1)).code).toBe('forbidden')
    expect(sale.done('extended', extend('boss', 1, ADMIN)).user).toBe('boss')
    expect(sale.inventory.holds.get(1)!.user).toBe('ann')
    expect(sale.refused(extend('ann', 1)).code).toBe('limit_exceeded')
  })
})

describe('release', () => {
  it('RELEASE-1: frees all seats of the hold, and it is over', () => {
    const sale = withHolds()
    expect(sale.ids(sale.done('released', release('ann', 1)).seats)).toEqual(['A1', 'A2', 'A3'])
    expect(sale.taken).toBe('B1 held, B2 held, B3 held')
    expect(sale.inventory.tallies.get('ann')).toBeUndefined()
    for (const again of [release('ann', 1), extend('ann', 1), book('ann', 1)]) {
      expect(sale.refused(again).code).toBe('hold_expired')
    }
  })

  it('RELEASE-2: is the holder’s to do, or an admin’s', () => {
    const sale = withHolds()
    expect(sale.refused(release('bob', 1)).code).toBe('forbidden')
    sale.done('released', release('boss', 1, ADMIN))
    expect(sale.taken).toBe('B1 held, B2 held, B3 held')
  })

  it('RELEASE-3: what never was a hold is not found', () => {
    const sale = withHolds()
    for (const id of ['3', '0', '-1', '01', '1.0', '1e0', ' 1', '', 'undefined', '9'.repeat(15), '9'.repeat(40)]) {
      expect(sale.refused({ ...release('ann', 1), hold: id }).code, id).toBe('not_found')
    }
  })
})

describe('book', () => {
  it('BOOK-1: sells the whole hold at the prices it was held at', () => {
    const sale = withHolds()
    sale.done('changed', change({ prices: { Front: 1 } }))
    const booked = sale.done('booked', { ...book('ann', 1), payment: 'pi_1' }, NOON + MINUTE)
    expect(booked).toMatchObject({ booking: 1, hold: 1, owner: 'ann', at: NOON + MINUTE, freed: [], payment: 'pi_1' })
    expect(booked.prices).toEqual([PRICES.Front, PRICES.Front, PRICES.Front])
    expect(sale.inventory.bookings.get(1)).toMatchObject({ user: 'ann', bookedAt: NOON + MINUTE, payment: 'pi_1' })
    expect(sale.taken).toBe('A1 booked, A2 booked, A3 booked, B1 held, B2 held, B3 held')
    expect(sale.inventory.tallies.get('ann')).toEqual({ seats: 3, holds: 0 })
    expect(sale.refused(book('ann', 1)).code).toBe('hold_expired')
  })

  it('BOOK-2: sells a part of it, and the rest goes free', () => {
    const sale = withHolds()
    const booked = sale.done('booked', book('ann', 1, 'A3 A1'))
    expect(sale.ids(booked.seats)).toEqual(['A1', 'A3'])
    expect(sale.ids(booked.freed)).toEqual(['A2'])
    expect(booked.prices).toEqual([PRICES.Front, PRICES.Front])
    expect(sale.taken).toBe('A1 booked, A3 booked, B1 held, B2 held, B3 held')
    expect(sale.inventory.tallies.get('ann')).toEqual({ seats: 2, holds: 0 })
    sale.done('held', hold('cid', 'A2'))
  })

  it('BOOK-2: a part keeps each seat’s own price', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1 B1 C1'))
    const booked = sale.done('booked', book('ann', 1, 'C1 A1'))
    const byId = Object.fromEntries(booked.seats.map((seat, at) => [sale.plan.ids[seat], booked.prices[at]]))
    expect(byId).toEqual({ A1: PRICES.Front, C1: PRICES.Cheap })
  })

  it.each([
    { what: 'fewer, one of another hold', seats: 'A1 B1', others: ['B1'] },
    { what: 'as many, all free', seats: 'A4 A5 A6', others: ['A4', 'A5', 'A6'] },
    { what: 'as many, all of another hold', seats: 'B1 B2 B3', others: ['B1', 'B2', 'B3'] },
    { what: 'as many, one of another hold', seats: 'A1 A2 B1', others: ['B1'] },
    { what: 'more than it has', seats: 'A1 A2 A3 A4', others: ['A4'] }
  ])('BOOK-3: only seats of this hold: $what', ({ seats, others }) => {
    const sale = withHolds()
    const refused = sale.refused(book('ann', 1, seats))
    expect(refused.code).toBe('seats_unavailable')
    expect(sale.ids(refused.seats)).toEqual(others)
    expect(sale.taken).toBe('A1 held, A2 held, A3 held, B1 held, B2 held, B3 held')
  })

  it('BOOK-4: an admin books for the holder', () => {
    const sale = withHolds()
    expect(sale.refused(book('bob', 1)).code).toBe('forbidden')
    const booked = sale.done('booked', book('boss', 1, null, ADMIN))
    expect(booked).toMatchObject({ user: 'boss', owner: 'ann' })
    sale.done('cancelled', cancel('ann', 1))
  })
})

describe('cancel', () => {
  function withBookings(): Sale {
    const sale = withHolds()
    sale.done('booked', book('ann', 1))
    sale.done('booked', book('bob', 2))
    return sale
  }

  it('CANCEL-1: frees all seats of the booking', () => {
    const sale = withBookings()
    const cancelled = sale.done('cancelled', cancel('ann', 1), NOON + MINUTE)
    expect(cancelled).toMatchObject({ booking: 1, owner: 'ann', bookedAt: NOON, left: [], leftPrices: [] })
    expect(sale.taken).toBe('B1 booked, B2 booked, B3 booked')
    expect(sale.inventory.tallies.get('ann')).toBeUndefined()
    expect(sale.refused(cancel('ann', 1)).code).toBe('seats_unavailable')
    sale.done('held', hold('cid', 'A1 A2 A3'))
  })

  it('CANCEL-2: frees a part of it, the rest stays booked at its prices', () => {
    const sale = withBookings()
    const cancelled = sale.done('cancelled', cancel('ann', 1, 'A2'))
    expect(sale.ids(cancelled.seats)).toEqual(['A2'])
    expect(sale.ids(cancelled.left)).toEqual(['A1', 'A3'])
    expect(cancelled.leftPrices).toEqual([PRICES.Front, PRICES.Front])
    expect(sale.refused(cancel('ann', 1, 'A2')).code).toBe('seats_unavailable')
    sale.done('cancelled', cancel('ann', 1))
    expect(sale.taken).toBe('B1 booked, B2 booked, B3 booked')
  })

  it.each([
    { what: 'as many, all of another booking', seats: 'B1 B2 B3', others: ['B1', 'B2', 'B3'] },
    { what: 'as many, all free', seats: 'C1 C2 C3', others: ['C1', 'C2', 'C3'] },
    { what: 'fewer, one of another booking', seats: 'A1 B1', others: ['B1'] }
  ])('CANCEL-3: only seats of this booking: $what', ({ seats, others }) => {
    const sale = withBookings()
    const refused = sale.refused(cancel('ann', 1, seats))
    expect(refused.code).toBe('seats_unavailable')
    expect(sale.ids(refused.seats).sort()).toEqual(others)
    expect(sale.taken).toBe('A1 booked, A2 booked, A3 booked, B1 booked, B2 booked, B3 booked')
  })

  it('CANCEL-4: is the owner’s to do, or an admin’s', () => {
    const sale = withBookings()
    expect(sale.refused(cancel('bob', 1)).code).toBe('forbidden')
    expect(sale.done('cancelled', cancel('boss', 1, null, ADMIN))).toMatchObject({ user: 'boss', owner: 'ann' })
  })

  it('CANCEL-5: a booking’s id names its show, and nothing else is one', () => {
    const sale = withBookings()
    expect(bookingId(SHOW, 1)).toBe('hamlet.1')
    for (const booking of ['1', '.1', 'macbeth.1', 'hamlet.01', 'hamlet.3', 'hamlet.0', 'hamlet_1', 'hamlet.1 ', '']) {
      expect(sale.refused({ ...cancel('ann', 1), booking }).code, booking).toBe('not_found')
    }
  })
})
