// The same key, the same request: the first answer, whatever happened since. Bounded, and for a day.
import { describe, expect, it } from 'vitest'
import { decodeSnapshot, encodeSnapshot } from '../core/codec/snapshot-codec.ts'
import type { Command } from '../core/command.ts'
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_MS } from '../core/limits.ts'
import { fingerprint } from '../core/rules/fingerprint.ts'
import {
  block,
  book,
  cancel,
  change,
  create,
  definitionOf,
  extend,
  hold,
  holdBest,
  MINUTE,
  NOON,
  planOf,
  release,
  Sale,
  SMALL_PLAN,
  unblock
} from './support/small-show.ts'

const MANY = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100, holdMs: 2 * 60 * MINUTE }
const DAY = 24 * 60 * MINUTE

describe('a key that comes again', () => {
  it('IDEM-1: gives the first answer again and changes nothing, for every command', () => {
    const sale = new Sale(MANY)
    const key = (name: string) => ({ key: name })
    const commands: [Command, number][] = [
      [hold('ann', 'A1 A2 A3', key('h')), NOON],
      [extend('ann', 1, key('e')), NOON + 1],
      [book('ann', 1, 'A1 A2', key('b')), NOON + 2],
      [cancel('ann', 1, 'A1', key('c')), NOON + 3],
      [holdBest('ann', { count: 2 }, key('best')), NOON + 4],
      [release('ann', 2, key('r')), NOON + 5],
      [block('C1', key('block')), NOON + 6],
      [unblock('C1', key('unblock')), NOON + 7],
      [change({ title: 'New' }, key('change')), NOON + 8]
    ]
    const first = commands.map(([command, now]) => {
      const decision = sale.ask(command, now)
      expect(decision.kind, command.op).not.toBe('refused')
      expect(sale.again(command, now)).toEqual(decision)
      return decision
    })
    const later = NOON + 5 * 60 * MINUTE
    expect(commands.map(([command]) => sale.again(command, later))).toEqual(first)
  })

  it('IDEM-2: though the hold was extended, booked in part, cancelled, or ran out since', () => {
    const command = hold('ann', 'A1 A2', { key: 'k' })
    const fates: ((sale: Sale) => void)[] = [
      (sale) => sale.done('extended', extend('ann', 1), NOON + MINUTE),
      (sale) => sale.done('booked', book('ann', 1, 'A2'), NOON + MINUTE),
      (sale) => sale.done('released', release('ann', 1), NOON + MINUTE),
      (sale) => sale.pass(NOON + MANY.holdMs),
      (sale) => sale.done('changed', change({ prices: { Front: 1 }, policy: { saleEndsAt: NOON } }), NOON + MINUTE)
    ]
    for (const fate of fates) {
      const sale = new Sale(MANY)
      const first = structuredClone(sale.ask(command))
      fate(sale)
      expect(sale.again(command, NOON + MANY.holdMs)).toEqual(first)
      const reborn = decodeSnapshot(encodeSnapshot(sale.inventory), sale.plan)
      expect(reborn.keys.find('ann', 'k', NOON + MANY.holdMs)).toEqual(first)
    }
  })

  it('IDEM-3: for another request is a conflict', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1 A2', { key: 'k' }))
    const others: Command[] = [
      hold('ann', 'A1', { key: 'k' }),
      hold('ann', 'A1 A3', { key: 'k' }),
      hold('ann', 'A1 A2 A3', { key: 'k' }),
      holdBest('ann', { count: 2 }, { key: 'k' }),
      release('ann', 1, { key: 'k' }),
      book('ann', 1, null, { key: 'k' }),
      hold('ann', 'nowhere', { key: 'k' })
    ]
    for (const other of others) expect(sale.refused(other).code).toBe('idempotency_conflict')
    expect(sale.again(hold('ann', 'A2 A1', { key: 'k' })).kind).toBe('held')
  })

  it('IDEM-4: from another user is another key', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1', { key: 'k' }))
    sale.done('held', hold('bob', 'A2', { key: 'k' }))
    sale.done('held', hold('cid', 'A3', { key: 'k' }))
    const held = ['ann', 'bob', 'cid'].map((user, at) => sale.again(hold(user, `A${at + 1}`, { key: 'k' })))
    expect(held.map((event) => event.kind === 'held' && event.hold)).toEqual([1, 2, 3])
    expect(sale.refused(hold('bob', 'A1', { key: 'k' })).code).toBe('idempotency_conflict')
    const reborn = decodeSnapshot(encodeSnapshot(sale.inventory), sale.plan)
    expect(['ann', 'bob', 'cid'].map((user) => reborn.keys.find(user, 'k', NOON)?.user)).toEqual(['ann', 'bob', 'cid'])
  })

  it('IDEM-5: was not used up by a refusal', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    expect(sale.refused(hold('bob', 'A1', { key: 'k' })).code).toBe('seats_unavailable')
    sale.done('released', release('ann', 1))
    sale.done('held', hold('bob', 'A1', { key: 'k' }))
  })

  it('IDEM-6: the empty key is none', () => {
    const sale = new Sale(MANY)
    sale.done('held', hold('ann', 'A1'))
    expect(sale.refused(hold('ann', 'A1')).code).toBe('seats_unavailable')
    expect(sale.inventory.keys.size).toBe(0)
  })
})

describe('the memory of keys', () => {
  it('IDEM-7: lasts for 24 hours and not longer, and a forgotten key is a new one', () => {
    expect(IDEMPOTENCY_MS).toBe(DAY)
    const sale = new Sale({ ...MANY, holdMs: MINUTE })
    const first = sale.done('held', hold('ann', 'A1', { key: 'k' }))
    sale.done('held', hold('bob', 'A1', { key: 'k' }), NOON + 60 * MINUTE)
    expect(sale.again(hold('ann', 'A1', { key: 'k' }), NOON + DAY - 1)).toEqual(first)
    const second = sale.done('held', hold('ann', 'A1', { key: 'k' }), NOON + DAY)
    expect(second.hold).toBe(3)
    expect(sale.again(hold('ann', 'A1', { key: 'k' }), NOON + DAY)).toEqual(second)
    expect(sale.again(hold('bob', 'A1', { key: 'k' }), NOON + DAY).kind).toBe('held')
    expect(sale.done('held', hold('ann', 'A2 A3', { key: 'k' }), NOON + 2 * DAY + 60 * MINUTE).hold).toBe(4)
    expect(sale.inventory.keys.size).toBe(1)
  })

  it('IDEM-7: however many keys one user uses, in whatever rhythm', () => {
    for (const perHour of [1, 2, 5]) {
      const sale = new Sale(MANY)
      const asked: { command: Command; at: number }[] = []
      for (let hour = 0; hour < 60; hour++) {
        for (let i = 0; i < (hour % 7 === 0 ? 0 : perHour); i++) {
          const command = (sale.statusOf('A1') === 'blocked' ? unblock : block)('A1', { key: `${hour}.${i}` })
          const at = NOON + hour * 60 * MINUTE
          sale.done(command.op === 'block' ? 'blocked' : 'unblocked', command, at)
          asked.push({ command, at })
        }
        const now = NOON + hour * 60 * MINUTE
        const known = asked.filter(({ command }) => sale.inventory.keys.find('boss', command.key, now) !== undefined)
        expect(known).toEqual(asked.filter(({ at }) => now - at < DAY))
      }
      const reborn = decodeSnapshot(encodeSnapshot(sale.inventory), sale.plan)
      expect(encodeSnapshot(reborn)).toEqual(encodeSnapshot(sale.inventory))
      sale.done('blocked', block('C1'), NOON + 200 * 60 * MINUTE)
      sale.done('blocked', block('C2', { key: 'last' }), NOON + 200 * 60 * MINUTE)
      expect(sale.inventory.keys.size).toBe(1)
    }
  })

  it('IDEM-8 REFUSE-8: is bounded: full of keys younger than a day it says busy, before all else, and serves the keyless', () => {
    const sale = new Sale(MANY)
    const event = { kind: 'blocked', user: 'boss', fingerprint: 0, seats: [] } as const
    const { keys } = sale.inventory
    keys.remember({ ...event, at: NOON, key: 'oldest' })
    for (let i = 1; i < IDEMPOTENCY_KEYS_MAX; i++) keys.remember({ ...event, at: NOON + 1, key: `key${i}` })
    const late = NOON + DAY - 1
    // Not `refused`, which would take snapshots of a million keys.
    expect(sale.ask(hold('ann', 'A1', { key: 'new' }), late)).toMatchObject({ code: 'busy' })
    expect(sale.ask(hold('ann', 'nowhere', { key: 'new' }), late)).toMatchObject({ code: 'busy' })
    expect(sale.ask(block('', { key: 'key1' }), late)).toMatchObject({ code: 'idempotency_conflict' })
    sale.done('held', hold('ann', 'A1'), late)
    sale.done('held', hold('ann', 'A2', { key: 'new' }), NOON + DAY)
    expect(sale.ask(hold('ann', 'A3', { key: 'newer' }), NOON + DAY)).toMatchObject({ code: 'busy' })
    expect(keys.size).toBe(IDEMPOTENCY_KEYS_MAX)
    sale.done('held', hold('ann', 'A3', { key: 'newer' }), NOON + DAY + 1)
    expect(keys.size).toBe(2)
  })
})

const PLAN = planOf(SMALL_PLAN)
const printOf = (command: Command) => fingerprint(command, PLAN)

describe('what makes a request another one', () => {
  it('IDEM-9: everything it asks for, but not the order of its seats', () => {
    expect(printOf(hold('ann', 'A1 A2 B3'))).toBe(printOf(hold('ann', 'B3 A1 A2')))
    const byIndex = ['B3', 'A1', 'A2'].map((id) => PLAN.indexOf.get(id)!)
    expect(printOf({ ...hold('ann', 'A1'), seats: byIndex })).toBe(printOf(hold('ann', 'A1 A2 B3')))
    const pay = (payment: string) => ({ ...book('ann', 1), payment })
    const best = (category: string | undefined, zone: string | undefined, count = 1, accessible = false) =>
      holdBest('ann', {
        count,
        accessible,
        ...(category === undefined ? {} : { category }),
        ...(zone === undefined ? {} : { zone })
      })
    const all: Command[] = [
      hold('ann', 'A1'),
      hold('ann', 'A2'),
      hold('ann', 'A1 A2'),
      hold('ann', 'A12'),
      hold('ann', 'A1 A1 A1'),
      best(undefined, undefined),
      best(undefined, undefined, 2),
      best(undefined, undefined, 1, true),
      best('a', undefined),
      best(undefined, 'a'),
      best('a|b', undefined),
      best('a', 'b'),
      best('a|b', 'c'),
      best('a', 'b|c'),
      best('a', 'b|'),
      extend('ann', 1),
      extend('ann', 2),
      release('ann', 1),
      book('ann', 1),
      book('ann', 2),
      book('ann', 1, 'A1'),
      book('ann', 1, 'A1 A2'),
      pay('x'),
      pay('y'),
      cancel('ann', 1),
      cancel('ann', 2),
      cancel('ann', 1, 'A1'),
      block('A1'),
      unblock('A1'),
      change({ title: 'a' }),
      change({ title: 'b' }),
      create(definitionOf()),
      create(definitionOf({ holdMs: 1 }))
    ]
    const seen = new Map<number, Command>()
    const same = all.flatMap((command) => {
      const other = seen.get(printOf(command))
      seen.set(printOf(command), command)
      return other === undefined ? [] : [[other, command]]
    })
    expect(same).toEqual([])
    for (const number of seen.keys()) expect(Number.isSafeInteger(number)).toBe(true)
  })

  it('IDEM-9: an accessible seat not asked for is the same as one not wanted', () => {
    expect(printOf(holdBest('ann', { count: 1, accessible: false }))).toBe(printOf(holdBest('ann', { count: 1 })))
  })

  it('IDEM-9: prices and policy in another order are the same request', () => {
    const one = definitionOf({}, { prices: { Front: 1, Cheap: 2, Middle: 3 } })
    const other = definitionOf({}, { prices: { Cheap: 2, Middle: 3, Front: 1 } })
    expect(printOf(create(one))).toBe(printOf(create(other)))
    expect(printOf(change({ prices: { Front: 1, Cheap: 2 } }))).toBe(
      printOf(change({ prices: { Cheap: 2, Front: 1 } }))
    )
  })
})
