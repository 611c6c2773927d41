import { describe, expect, it } from 'vitest'
import { checkSellout } from '../bench/sellout/checker.ts'
import type { BookingRow, JournalFrame, SaleHistory, WriteRecord } from '../bench/sellout/history.ts'
import type { ShowEvent } from '../core/event.ts'

const SEATS = ['A-1', 'A-2', 'A-3']
const HOLD_MS = 3_000

function frame(seq: number, stampedAt: number, ...events: readonly object[]): JournalFrame {
  const entries = events.map((event) => ({
    show: 'sellout',
    event: { at: stampedAt, fingerprint: 1, ...event } as unknown as ShowEvent
  }))
  return { shard: 7, epoch: 1, seq, frame: { stampedAt, entries } }
}

function held(hold: number, user: string, key: string, at: number, seats: readonly number[]) {
  return { kind: 'held', user, key, hold, seats, prices: seats.map(() => 50), expiresAt: at + HOLD_MS }
}

function booked(
  booking: number,
  hold: number,
  user: string,
  key: string,
  seats: readonly number[],
  freed: number[] = []
) {
  return {
    kind: 'booked',
    user,
    key,
    booking,
    owner: user,
    hold,
    seats,
    prices: seats.map(() => 50),
    freed,
    payment: ''
  }
}

function holdTold(id: string, at: number, ...seats: readonly string[]): string {
  const priced = seats.map((seat) => ({ id: seat, category: 'A', price: 50 }))
  const expiresAt = new Date(at + HOLD_MS).toISOString()
  return JSON.stringify({ id, showId: 'sellout', seats: priced, total: 50 * seats.length, currency: 'EUR', expiresAt })
}

function bookingTold(id: string, user: string, at: number, ...seats: readonly string[]): string {
  const priced = seats.map((seat) => ({ id: seat, category: 'A', price: 50 }))
  const bookedAt = new Date(at).toISOString()
  return JSON.stringify({ id, showId: 'sellout', userId: user, seats: priced, total: 50 * seats.length, bookedAt })
}

function record(
  user: string,
  key: string,
  op: WriteRecord['op'],
  granted: string[],
  refusals: string[] = []
): WriteRecord {
  return { user, op, key, hold: '', seats: null, granted, refusals }
}

function row(id: string, user: string, ...seats: readonly string[]): BookingRow {
  return { id, show: 'sellout', user, total: 50 * seats.length, seats: seats.map((seat) => ({ id: seat, price: 50 })) }
}

/** Two buyers and three seats: Ann books two, Bob's first hold runs out, his second is booked. */
function history(): { -readonly [K in keyof SaleHistory]: SaleHistory[K] } {
  const soldOut = Uint8Array.of(2, 2, 2)
  const map = { epoch: 1, seq: 5, statuses: soldOut }
  return {
    show: 'sellout',
    seatIds: SEATS,
    frames: [
      frame(1, 100, held(1, 'ann', 'a1', 100, [0, 1]), held(2, 'bob', 'b1', 100, [2])),
      frame(2, 200, booked(1, 1, 'ann', 'a2', [0, 1])),
      frame(3, 3_100, { kind: 'expired', user: 'bob', key: '', hold: 2, seats: [2] }),
      frame(4, 3_200, held(3, 'bob', 'b2', 3_200, [2])),
      frame(5, 3_300, booked(2, 3, 'bob', 'b3', [2]))
    ],
    records: [
      record('ann', 'a1', 'hold', [holdTold('1', 100, 'A-1', 'A-2')]),
      record('ann', 'a2', 'book', [bookingTold('sellout.1', 'ann', 200, 'A-1', 'A-2')]),
      record('ann', 'a3', 'hold', [], ['seats_unavailable']),
      record('bob', 'b1', 'hold', [holdTold('2', 100, 'A-3'), holdTold('2', 100, 'A-3')]),
      record('bob', 'b2', 'hold', [holdTold('3', 3_200, 'A-3')]),
      record('bob', 'b3', 'book', [bookingTold('sellout.2', 'bob', 3_300, 'A-3')])
    ],
    bookings: [row('sellout.1', 'ann', 'A-1', 'A-2'), row('sellout.2', 'bob', 'A-3')],
    map,
    buyerMaps: [
      { ...map, user: 'ann', disorder: [] },
      { ...map, user: 'bob', disorder: [] }
    ]
  }
}

/** Names of the checks that complain. */
function complaints(told: SaleHistory): readonly string[] {
  return checkSellout(told)
    .filter(({ faults }) => faults.length > 0)
    .map(({ name }) => name)
}

/** The history with the frame `seq` replaced. */
function withFrame(seq: number, other: JournalFrame): SaleHistory {
  const told = history()
  return { ...told, frames: told.frames.map((one) => (one.seq === seq ? other : one)) }
}

describe('the checker of the sellout', () => {
  it('BENCH-1: has nothing to say of a sale in which all went well, and has looked at all of it', () => {
    expect(complaints(history())).toEqual([])
    for (const { name, checked } of checkSellout(history())) {
      if (!name.includes('releases')) expect(checked, name).toBeGreaterThan(0)
    }
  })

  const tampered: readonly [string, () => SaleHistory, string][] = [
    [
      'a seat sold twice',
      () =>
        withFrame(
          5,
          frame(
            5,
            3_300,
            booked(2, 3, 'bob', 'b3', [2]),
            held(4, 'ann', 'x', 3_300, [0]),
            booked(3, 4, 'ann', 'y', [0])
          )
        ),
      'seats sold, each once'
    ],
    [
      'a frame that is missing',
      () => ({ ...history(), frames: history().frames.filter(({ seq }) => seq !== 3) }),
      'journal frames without gap, times and epochs that never go back'
    ],
    [
      'a time that goes back',
      () => withFrame(3, frame(3, 150)),
      'journal frames without gap, times and epochs that never go back'
    ],
    [
      'a hold of seats that were held',
      () => withFrame(2, frame(2, 200, held(9, 'bob', 'b9', 200, [0]))),
      'events that were possible when they happened'
    ],
    [
      'a hold that ran out too early',
      () => withFrame(3, frame(3, 3_099, { kind: 'expired', user: 'bob', key: '', hold: 2, seats: [2] })),
      'events that were possible when they happened'
    ],
    [
      'a booking of a hold that was over',
      () => withFrame(2, frame(2, 3_100, booked(1, 1, 'ann', 'a2', [0, 1]))),
      'events that were possible when they happened'
    ],
    [
      'an acknowledged hold that is lost',
      () => withFrame(1, frame(1, 100, held(1, 'ann', 'a1', 100, [0, 1]))),
      'acknowledged holds and extensions in the journal'
    ],
    [
      'an acknowledged release that is lost',
      () => ({ ...history(), records: [...history().records, record('ann', 'a9', 'release', ['{}'])] }),
      'acknowledged releases and cancellations in the journal'
    ],
    [
      'an acknowledged booking that is lost',
      () => withFrame(5, frame(5, 3_300)),
      'acknowledged bookings in the journal'
    ],
    [
      'an acknowledged booking that is another one',
      () => withFrame(2, frame(2, 200, booked(1, 1, 'ann', 'a2', [0], [1]))),
      'acknowledged bookings in the journal'
    ],
    [
      'a booking the projections do not have',
      () => ({ ...history(), bookings: [row('sellout.1', 'ann', 'A-1', 'A-2')] }),
      'acknowledged bookings in the projections'
    ],
    [
      'a booking that only the projections have',
      () => ({ ...history(), bookings: [...history().bookings, row('sellout.3', 'eve', 'A-1')] }),
      'bookings: projections and journal the same'
    ],
    [
      'two answers to one key',
      () => {
        const told = history()
        const twice = record('bob', 'b1', 'hold', [holdTold('2', 100, 'A-3'), holdTold('8', 100, 'A-3')])
        return { ...told, records: told.records.map((one) => (one.key === 'b1' ? twice : one)) }
      },
      'keys with one answer, however often it was given'
    ],
    [
      'a refusal of what happened',
      () => {
        const told = history()
        const refused = record('bob', 'b2', 'hold', [], ['busy'])
        return { ...told, records: told.records.map((one) => (one.key === 'b2' ? refused : one)) }
      },
      'keys with one event, and none that was refused'
    ],
    [
      'an event that nobody asked for',
      () => ({ ...history(), records: history().records.filter(({ key }) => key !== 'b2') }),
      'keys with one event, and none that was refused'
    ],
    [
      'pushes out of order',
      () => ({ ...history(), buyerMaps: [{ ...history().buyerMaps[0]!, disorder: ['diff (1, 4) after (1, 4)'] }] }),
      'pushes in order'
    ],
    [
      "a buyer's map that is another",
      () => ({ ...history(), buyerMaps: [{ ...history().buyerMaps[0]!, statuses: Uint8Array.of(2, 1, 2) }] }),
      "buyers' maps equal to the server's, and it to the journal"
    ],
    [
      'a buyer who is behind',
      () => ({ ...history(), buyerMaps: [{ ...history().buyerMaps[0]!, seq: 4 }] }),
      "buyers' maps equal to the server's, and it to the journal"
    ],
    [
      'a seat that is not sold',
      () => ({ ...history(), seatIds: [...SEATS, 'A-4'] }),
      'seats booked or blocked at the end'
    ]
  ]

  it.each(tampered)('BENCH-2: sees %s', (_, tamper, name) => {
    expect(complaints(tamper())).toContain(name)
  })
})
