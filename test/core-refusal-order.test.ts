// When several things are wrong, the answer is always the same one. Each list below has one wrong thing
// more than the next: taking them away one by one uncovers the codes in their order.
import { describe, expect, it } from 'vitest'
import type { Command } from '../core/command.ts'
import type { Policy } from '../core/policy.ts'
import { block, book, cancel, extend, hold, holdBest, NOON, planJson, planOf, Sale } from './support/small-show.ts'

const MANY = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100 }

/** A sale where everything is wrong that can be: closed, ann at her caps, A2 gone, a strict orphan rule. */
function troubled(policy: Partial<Policy>): Sale {
  const sale = new Sale({ ...MANY, orphans: 'strict' })
  sale.done('held', hold('ann', 'A1 A2', { key: 'used' }))
  sale.done('held', hold('bob', 'B1 B2'))
  sale.done('changed', { op: 'change', show: 'hamlet', user: 'boss', admin: true, key: '', change: { policy } })
  return sale
}

const CLOSED = { saleEndsAt: NOON }
const CAPPED = { holdsPerUserMax: 1 }

describe('the order of refusals', () => {
  it('REFUSE-1: for a hold: the key, then the list, the seats, the sale, the caps, who was faster, orphans', () => {
    const steps: [string, Partial<Policy>, Command][] = [
      ['idempotency_conflict', { ...CLOSED, ...CAPPED }, hold('ann', 'A2 A2 nowhere', { key: 'used' })],
      ['invalid_request', { ...CLOSED, ...CAPPED }, hold('ann', 'A2 A2 nowhere')],
      ['invalid_request', { ...CLOSED, ...CAPPED }, hold('ann', '')],
      ['not_found', { ...CLOSED, ...CAPPED }, hold('ann', 'A2 A4 nowhere')],
      ['sale_closed', { ...CLOSED, ...CAPPED }, hold('ann', 'A2 A4')],
      ['limit_exceeded', CAPPED, hold('ann', 'A2 A4')],
      ['seats_unavailable', {}, hold('ann', 'A2 A4')],
      ['orphan_seat', {}, hold('ann', 'A4')]
    ]
    expect(steps.map(([, policy, command]) => troubled(policy).refused(command).code)).toEqual(
      steps.map(([code]) => code)
    )
  })

  it('REFUSE-2: for the best seats: what is named, then the sale, the caps, what there is', () => {
    const steps: [string, Partial<Policy>, Command][] = [
      ['not_found', { ...CLOSED, ...CAPPED }, holdBest('ann', { count: 50, category: 'Royal' })],
      ['not_found', { ...CLOSED, ...CAPPED }, holdBest('ann', { count: 50, zone: 'Moon' })],
      ['sale_closed', { ...CLOSED, ...CAPPED }, holdBest('ann', { count: 50 })],
      ['limit_exceeded', CAPPED, holdBest('ann', { count: 50 })],
      ['seats_unavailable', {}, holdBest('ann', { count: 50 })]
    ]
    expect(steps.map(([, policy, command]) => troubled(policy).refused(command).code)).toEqual(
      steps.map(([code]) => code)
    )
    const neither: Command = { ...holdBest('ann', { count: 1 }), best: null }
    expect(troubled({}).refused(neither).code).toBe('invalid_request')
  })

  it('REFUSE-3: for a hold’s fate: is there one, is it over, is it yours, then what is asked of it', () => {
    const sale = troubled({ extensionsMax: 0 })
    sale.done('held', hold('cid', 'C1'))
    sale.done('released', { op: 'release', show: 'hamlet', user: 'cid', admin: false, key: '', hold: '3' })
    const codes = [extend('ann', 4), extend('ann', 3), extend('ann', 2), extend('ann', 1)]
    expect(codes.map((command) => sale.refused(command).code)).toEqual([
      'not_found',
      'hold_expired',
      'forbidden',
      'limit_exceeded'
    ])
    const books = [
      book('ann', 4, ''),
      book('ann', 3, ''),
      book('ann', 2, ''),
      book('ann', 1, ''),
      book('ann', 1, 'A1 A1 nowhere'),
      book('ann', 1, 'B1 nowhere'),
      book('ann', 1, 'B1')
    ]
    expect(books.map((command) => sale.refused(command).code)).toEqual([
      'not_found',
      'hold_expired',
      'forbidden',
      'invalid_request',
      'invalid_request',
      'not_found',
      'seats_unavailable'
    ])
  })

  it('REFUSE-4: for a booking’s end: is there one, is anything left of it, is it yours, then what you name', () => {
    const sale = troubled({})
    sale.done('booked', book('ann', 1))
    sale.done('booked', book('bob', 2))
    sale.done('cancelled', cancel('bob', 2))
    const commands = [
      cancel('ann', 3, ''),
      cancel('ann', 2, ''),
      cancel('bob', 2, ''),
      cancel('bob', 1, ''),
      cancel('ann', 1, ''),
      cancel('ann', 1, 'nowhere'),
      cancel('ann', 1, 'C1')
    ]
    expect(commands.map((command) => sale.refused(command).code)).toEqual([
      'not_found',
      'seats_unavailable',
      'seats_unavailable',
      'forbidden',
      'invalid_request',
      'not_found',
      'seats_unavailable'
    ])
  })

  it('REFUSE-5: for a block: may you, then the list, the seats, their state', () => {
    const sale = troubled({})
    const commands = [
      block('A1 A1 nowhere', { admin: false }),
      block('A1 A1 nowhere'),
      block('A1 nowhere'),
      block('A1')
    ]
    expect(commands.map((command) => sale.refused(command).code)).toEqual([
      'forbidden',
      'invalid_request',
      'not_found',
      'seats_unavailable'
    ])
  })

  it('REFUSE-6: a list with a seat named twice and one that is unknown gets one answer, in whatever order', () => {
    const plan = planOf(planJson([{ row: 'A', count: 90, zone: 'Z', category: 'One' }]))
    const sale = new Sale(MANY, plan, { prices: { One: 1 } })
    const codes = [
      hold('ann', 'A1 A1 nowhere'),
      hold('ann', 'nowhere A1 A1'),
      hold('ann', `A1 A1 ${plan.ids.slice(2, 80).join(' ')} nowhere`),
      hold('ann', 'nowhere nowhere')
    ].map((command) => sale.refused(command).code)
    expect(codes).toEqual(['invalid_request', 'invalid_request', 'invalid_request', 'invalid_request'])
  })

  it('REFUSE-7: names every unknown seat once', () => {
    const sale = new Sale(MANY)
    expect(sale.refused(hold('ann', 'X1 A1 X2')).seatIds).toEqual(['X1', 'X2'])
  })
})
