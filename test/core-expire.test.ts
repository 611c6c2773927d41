// Time: a hold is dead from the instant it ends, in whatever order deadlines were set and moved.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeadlineHeap } from '../core/deadline-heap.ts'
import { decide } from '../core/rules/decide.ts'
import { expireNext, nextExpiry } from '../core/rules/expire.ts'
import { book, change, extend, hold, MINUTE, NOON, release, Sale } from './support/small-show.ts'

const MANY = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100 }
const END = NOON + 10 * MINUTE

describe('the end of a hold', () => {
  it('EXPIRE-1: a hold lives through its last millisecond and is dead from the next', () => {
    for (const command of [extend('ann', 1), book('ann', 1), release('ann', 1)]) {
      const early = new Sale(MANY)
      early.done('held', hold('ann', 'A1'))
      expect(early.ask(command, END - 1).kind).not.toBe('refused')
      const late = new Sale(MANY)
      late.done('held', hold('ann', 'A1'))
      expect(late.refused(command, END).code).toBe('hold_expired')
      expect(late.taken).toBe('')
    }
  })

  it('EXPIRE-2: its seats are there for the next one at that instant', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    expect(sale.refused(hold('bob', 'A1'), END - 1).code).toBe('seats_unavailable')
    sale.done('held', hold('bob', 'A1'), END)
    expect(sale.events.map(({ kind }) => kind)).toEqual(['held', 'expired', 'held'])
  })

  it('EXPIRE-3: the event names hold, holder and seats, and carries no key', () => {
    const sale = new Sale(MANY)
    const held = sale.done('held', hold('ann', 'A2 A1', { key: 'k' }))
    sale.pass(END + 5)
    const { seats } = held
    expect(sale.events.at(-1)).toEqual({
      kind: 'expired',
      at: END + 5,
      user: 'ann',
      key: '',
      fingerprint: 0,
      hold: 1,
      seats
    })
    expect(sale.inventory.tallies.get('ann')).toMatchObject({ seats: 0, holds: 0 })
  })

  it('EXPIRE-4: holds end in the order of their ends, equal ones in the order they were made', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    sale.done('changed', change({ policy: { holdMs: MINUTE } }))
    sale.done('held', hold('ann', 'A2'))
    sale.done('held', hold('bob', 'A3'))
    sale.pass(END)
    expect(sale.events.flatMap((event) => (event.kind === 'expired' ? [event.hold] : []))).toEqual([2, 3, 1])
  })

  it('EXPIRE-5: a hold that was extended ends once, at its new end; one that is gone never does', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    sale.done('held', hold('bob', 'A2'))
    sale.done('extended', extend('ann', 1), NOON + MINUTE)
    sale.done('booked', book('bob', 2), NOON + MINUTE)
    sale.pass(END)
    expect(sale.events.at(-1)!.kind).toBe('booked')
    sale.pass(END + MINUTE)
    sale.pass(END + 60 * MINUTE)
    expect(sale.events.filter(({ kind }) => kind === 'expired')).toHaveLength(1)
    expect(nextExpiry(sale.inventory)).toBe(Number.POSITIVE_INFINITY)
  })

  it('EXPIRE-6: the next end is told early if need be, never late', () => {
    const sale = new Sale(MANY)
    expect(nextExpiry(sale.inventory)).toBe(Number.POSITIVE_INFINITY)
    sale.done('held', hold('ann', 'A1'))
    expect(nextExpiry(sale.inventory)).toBe(END)
    expect(expireNext(sale.inventory, END - 1)).toBeNull()
    sale.done('extended', extend('ann', 1), NOON + MINUTE)
    expect(nextExpiry(sale.inventory)).toBeLessThanOrEqual(END + MINUTE)
  })

  it('EXPIRE-10: what holds leave behind that came and went stays within bounds', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('bob', 'B1'))
    for (let round = 0; round < 20_000; round++) {
      const { hold: number } = sale.done('held', hold('ann', 'A1'), NOON + round)
      sale.done('released', release('ann', number), NOON + round)
    }
    expect(sale.inventory.holds.size).toBe(1)
    expect(sale.inventory.deadlines.size).toBeLessThan(10_000)
    sale.pass(END)
    expect(sale.events.at(-1)).toMatchObject({ kind: 'expired', user: 'bob' })
  })

  it('EXPIRE-7: whoever decides without expiring first has a bug, and is told so', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    expect(() => decide(sale.inventory, hold('bob', 'A2'), END)).toThrow('expired first')
  })
})

describe('the heap of deadlines', () => {
  it('EXPIRE-8: gives what was put in sorted by deadline, then item, however puts and takes alternate', () => {
    const step = fc.option(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), { freq: 2 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new DeadlineHeap()
        const plain: (readonly [number, number])[] = []
        for (const pushed of steps) {
          if (pushed !== null) {
            heap.push(...pushed)
            plain.push(pushed)
            plain.sort((a, b) => a[0] - b[0] || a[1] - b[1])
          } else if (plain.length > 0) {
            expect(heap.next).toBe(plain[0]![0])
            expect(heap.pop()).toBe(plain.shift()![1])
          }
          expect(heap.size).toBe(plain.length)
        }
        while (plain.length > 0) expect(heap.pop()).toBe(plain.shift()![1])
        expect(heap.next).toBe(Number.POSITIVE_INFINITY)
      })
    )
  })
})
