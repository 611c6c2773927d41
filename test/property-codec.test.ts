// Round trips of what is stored and what is pushed, for states and views that no sale of a test would come to.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame } from '../core/codec/frame-codec.ts'
import { decodeSnapshot, encodeSnapshot } from '../core/codec/snapshot-codec.ts'
import { Inventory } from '../core/inventory.ts'
import { AVAILABLE, BLOCKED, BOOKED, HELD } from '../core/plan/plan.ts'
import { addHold } from '../core/rules/apply.ts'
import { count } from '../core/tally.ts'
import { ShowStore } from '../gateway/client/show-store.ts'
import { diffBytes, diffText, snapshotBytes, snapshotText } from '../gateway/websocket/feed-codec.ts'
import { anyEvent, anyText, anyTime } from './support/arbitrary-events.ts'
import { definitionOf, planOf, SMALL_PLAN } from './support/small-show.ts'

const PLAN = planOf(SMALL_PLAN)
const AT = 1_800_000_000_000
const number = fc.oneof(fc.nat(300), fc.maxSafeNat())

/** Who has each seat: nobody, the house, or a hold or booking by its number. */
const owner = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ of: 'free' as const, number: 0 }) },
  { weight: 1, arbitrary: fc.constant({ of: 'blocked' as const, number: 0 }) },
  { weight: 4, arbitrary: fc.record({ of: fc.constantFrom('hold' as const, 'booking' as const), number: fc.nat(5) }) }
)
const facts = fc.record({ number, user: anyText, time: anyTime, payment: anyText, price: number, extensions: number })

const anyState: fc.Arbitrary<Inventory> = fc
  .record({
    owners: fc.array(owner, { minLength: PLAN.seatCount, maxLength: PLAN.seatCount }),
    facts: fc.uniqueArray(facts, { minLength: 6, maxLength: 6, selector: (one) => one.number }),
    keys: fc.array(
      fc.tuple(
        anyEvent(AT),
        anyText.filter((text) => text !== '')
      ),
      { maxLength: 6 }
    ),
    next: fc.tuple(number, number)
  })
  .map(({ owners, facts, keys, next }) => {
    const inventory = new Inventory(definitionOf(), PLAN)
    const seatsOf = (of: string, number: number) =>
      owners.flatMap((one, seat) => (one.of === of && one.number === number ? [seat] : []))
    inventory.setStatus(seatsOf('blocked', 0), AVAILABLE, BLOCKED)
    facts.forEach(({ number, user, time, payment, price, extensions }, at) => {
      const held = seatsOf('hold', at)
      const booked = seatsOf('booking', at)
      inventory.setStatus(held, AVAILABLE, HELD)
      inventory.setStatus(booked, AVAILABLE, BOOKED)
      const prices = (seats: readonly number[]) => seats.map(() => price)
      if (held.length > 0) {
        addHold(inventory, { number, user, seats: held, prices: prices(held), expiresAt: time, extensions })
      }
      if (booked.length === 0) return
      inventory.bookings.set(number, { number, user, bookedAt: time, payment, seats: booked, prices: prices(booked) })
      count(inventory.tallies, user, booked.length, 0)
    })
    for (const [event, key] of keys) inventory.keys.remember({ ...event, key })
    ;[inventory.nextHold, inventory.nextBooking] = next
    return inventory
  })

function comparable({ plan: _, deadlines: __, keys, ...rest }: Inventory): unknown {
  return { ...rest, keys: [...keys.events()] }
}

describe('what is stored', () => {
  it('CODEC-11: any state comes back from its snapshot, and is written again byte by byte', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const bytes = encodeSnapshot(state)
        const back = decodeSnapshot(bytes, PLAN)
        expect(comparable(back)).toEqual(comparable(state))
        expect(encodeSnapshot(back)).toEqual(bytes)
        expect(back.deadlines.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...[...state.holds.values()].map(until)))
      }),
      { numRuns: 300 }
    )
  })

  it('CODEC-5: a frame cut into two frames at any event says the same', () => {
    const entry = fc.record({ show: fc.constantFrom('a', 'b', 'c'), event: anyEvent(AT) })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 10 }), fc.nat(10), (entries, cut) => {
        const parts = [entries.slice(0, cut), entries.slice(cut)]
        const read = parts.map((part) => decodeFrame(encodeFrame({ stampedAt: AT, entries: part })).entries)
        expect(read.flat()).toEqual(decodeFrame(encodeFrame({ stampedAt: AT, entries })).entries)
      }),
      { numRuns: 200 }
    )
  })
})

function until({ expiresAt }: { readonly expiresAt: number }): number {
  return expiresAt
}

describe('what is pushed', () => {
  const position = { epoch: fc.nat(0xffff_ffff), seq: fc.nat(0xffff_ffff) }
  const show = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/, { size: 'max' })
  const anyView = fc.record({
    ...position,
    statuses: fc.uint8Array({ max: 3, maxLength: 70 }),
    definition: fc.constant(definitionOf()),
    plan: fc.constant(PLAN)
  })

  it('VIEW-1, PAGE-1: a snapshot says the same as text and as bytes, and the page reads what stood there', () => {
    fc.assert(
      fc.property(show, anyView, (id, view) => {
        const text = JSON.parse(snapshotText(id, view)) as {
          show: string
          epoch: number
          seq: number
          statuses: string
        }
        const bytes = Buffer.from(snapshotBytes(id, view))
        expect([text.show, text.epoch, text.seq]).toEqual([id, view.epoch, view.seq])
        expect([bytes.toString('latin1', 10, 10 + bytes[9]!), bytes.readUInt32LE(1), bytes.readUInt32LE(5)]).toEqual([
          id,
          view.epoch,
          view.seq
        ])
        expect(bytes.subarray(10 + id.length)).toEqual(Buffer.from(text.statuses, 'base64'))
        const store = new ShowStore({ epoch: 0, seq: 0, statuses: new Uint8Array(view.statuses.length) })
        expect(store.applySnapshot(text)).toBe('applied')
        expect(store.statuses).toEqual(view.statuses)
      })
    )
  })

  it('VIEW-1, PAGE-2: a diff says the same as text and as bytes', () => {
    const change = fc.tuple(fc.nat(99_999), fc.nat(3))
    fc.assert(
      fc.property(show, fc.record(position), fc.array(change), (id, at, changes) => {
        const diff = { ...at, changes: Uint32Array.from(changes.flat()) }
        const text = JSON.parse(diffText(id, diff)) as { show: string; changes: [number, number][] }
        const bytes = Buffer.from(diffBytes(id, diff))
        expect([text.show, text.changes]).toEqual([id, changes])
        const numbers = changes.map((_, pair) => bytes.readUInt32LE(10 + id.length + pair * 4))
        expect(numbers.map((one) => [one >>> 2, one & 3])).toEqual(changes)
        expect(bytes.length).toBe(10 + id.length + changes.length * 4)
      })
    )
  })
})
