// What an admin does: seats in and out of the sale, the show itself, and its making.
import { describe, expect, it } from 'vitest'
import { decideCreate } from '../core/rules/decide-show.ts'
import {
  block,
  book,
  change,
  create,
  definitionOf,
  hold,
  NOON,
  PRICES,
  planOf,
  release,
  Sale,
  SMALL_PLAN,
  unblock
} from './support/small-show.ts'

const MANY = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100 }

describe('block and unblock', () => {
  it('BLOCK-1: take seats out of the sale and put them back', () => {
    const sale = new Sale(MANY)
    expect(sale.ids(sale.done('blocked', block('A2 A1')).seats)).toEqual(['A1', 'A2'])
    expect(sale.taken).toBe('A1 blocked, A2 blocked')
    expect(sale.refused(hold('ann', 'A1')).code).toBe('seats_unavailable')
    sale.done('unblocked', unblock('A1'))
    sale.done('held', hold('ann', 'A1'))
    expect(sale.taken).toBe('A1 held, A2 blocked')
  })

  it('BLOCK-2: block only what is available, all or none', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    sale.done('held', hold('bob', 'A2'))
    sale.done('booked', book('bob', 2))
    sale.done('blocked', block('A3'))
    const refused = sale.refused(block('A1 A2 A3 A4'))
    expect(refused.code).toBe('seats_unavailable')
    expect(sale.ids(refused.seats)).toEqual(['A1', 'A2', 'A3'])
    expect(sale.statusOf('A4')).toBe('available')
  })

  it('BLOCK-3: unblock only what is blocked, all or none', () => {
    const sale = new Sale(MANY)
    sale.done('blocked', block('A1 A2'))
    sale.done('held', hold('ann', 'A3'))
    const refused = sale.refused(unblock('A1 A3 A4'))
    expect(refused.code).toBe('seats_unavailable')
    expect(sale.ids(refused.seats)).toEqual(['A3', 'A4'])
    expect(sale.statusOf('A1')).toBe('blocked')
  })

  it('BLOCK-4: are for admins alone, and block’s seats count for nobody', () => {
    const sale = new Sale(MANY)
    expect(sale.refused(block('A1', { admin: false })).code).toBe('forbidden')
    sale.done('blocked', block('A1 A2 A3 A4 A5 A6'))
    expect(sale.refused(unblock('A1', { admin: false })).code).toBe('forbidden')
    expect(sale.inventory.tallies.size).toBe(0)
    expect(sale.inventory.counts).toEqual([10, 0, 0, 6])
  })
})

describe('a change', () => {
  it('BLOCK-5: merges prices and policy by member, and keeps what is not named', () => {
    const sale = new Sale()
    sale.done('changed', change({ title: 'Hamlet, again', prices: { Front: 9_500 }, policy: { holdMs: 5_000 } }))
    const { definition } = sale.inventory
    expect(definition.prices).toEqual({ ...PRICES, Front: 9_500 })
    expect(definition.policy).toEqual({ ...sale.first.policy, holdMs: 5_000 })
    expect(definition).toMatchObject({ title: 'Hamlet, again', startsAt: sale.first.startsAt, currency: 'EUR' })
  })

  it('BLOCK-6: of prices or of the time of a hold leaves the holds there are as they were', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1 A2'))
    sale.done('changed', change({ prices: { Front: 1 }, policy: { holdMs: 1_000 } }))
    expect(sale.inventory.holds.get(1)).toMatchObject({ prices: [9_000, 9_000], expiresAt: NOON + 600_000 })
    expect(sale.done('held', hold('bob', 'A3'))).toMatchObject({ prices: [1], expiresAt: NOON + 1_000 })
    expect(sale.done('booked', book('ann', 1, 'A1')).prices).toEqual([9_000])
  })

  it('BLOCK-7: needs an admin, and prices the plan’s categories alone', () => {
    const sale = new Sale()
    expect(sale.refused(change({ title: 'Mine' }, { admin: false })).code).toBe('forbidden')
    expect(sale.refused(change({ prices: { Royal: 1 } })).code).toBe('invalid_request')
    expect(sale.inventory.definition).toEqual(sale.first)
  })
})

describe('the making of a show', () => {
  it('BLOCK-8: needs an admin and a price for every category, no more and no less', () => {
    const plan = planOf(SMALL_PLAN)
    expect(decideCreate(create(definitionOf()), plan, NOON)).toMatchObject({ kind: 'created', at: NOON })
    expect(decideCreate(create(definitionOf(), { admin: false }), plan, NOON)).toMatchObject({ code: 'forbidden' })
    for (const prices of [{}, { Front: 1, Middle: 1 }, { ...PRICES, Royal: 1 }]) {
      const decision = decideCreate(create(definitionOf({}, { prices })), plan, NOON)
      expect(decision).toMatchObject({ code: 'invalid_request' })
    }
  })

  it('BLOCK-9: works once', () => {
    const sale = new Sale()
    expect(sale.refused(create(definitionOf())).code).toBe('idempotency_conflict')
    expect(sale.refused(create(definitionOf(), { key: 'k' })).code).toBe('idempotency_conflict')
    sale.done('held', hold('ann', 'A1'))
    sale.done('released', release('ann', 1))
  })
})
