// A small history in which all went well, as the judge of the chaos run gets it, and the parts to spoil it with.
import type { JournalFrame } from '../../bench/sellout/history.ts'
import type { ShowEvent } from '../../core/event.ts'
import type { Evidence } from '../chaos/judge.ts'
import type { Attempt, KeyRecord, Outcome } from '../chaos/recorder.ts'
import type { Asked, Told } from '../history/operation.ts'

export const SHOW = 'show-1'
const SEATS = ['A-1', 'A-2', 'A-3', 'A-4']
/** As the playbill's policy has it. */
const HOLD_MS = 3_000

export function frame(seq: number, stampedAt: number, ...events: readonly object[]): JournalFrame {
  const entries = events.map((event) => {
    return { show: SHOW, event: { at: stampedAt, fingerprint: 1, ...event } as unknown as ShowEvent }
  })
  return { shard: 7, epoch: 1, seq, frame: { stampedAt, entries } }
}

const pricesOf = (seats: readonly number[]) => seats.map(() => 50)

export function held(hold: number, user: string, key: string, at: number, ...seats: number[]) {
  return { kind: 'held', user, key, hold, seats, prices: pricesOf(seats), expiresAt: at + HOLD_MS }
}

export function booked(
  booking: number,
  hold: number,
  user: string,
  key: string,
  seats: number[],
  freed: number[] = []
) {
  const who = { user, key, owner: user }
  return { kind: 'booked', ...who, booking, hold, seats, prices: pricesOf(seats), freed, payment: '' }
}

export function cancelled(
  booking: number,
  user: string,
  key: string,
  bookedAt: number,
  seats: number[],
  left: number[]
) {
  return { kind: 'cancelled', user, key, booking, owner: user, bookedAt, seats, left, leftPrices: pricesOf(left) }
}

export function holdJson(id: string, expiresAt: number, ...seats: readonly string[]): string {
  const priced = seats.map((seat) => ({ id: seat, category: 'A', price: 50 }))
  return JSON.stringify({ id, seats: priced, total: 50 * seats.length, expiresAt: new Date(expiresAt).toISOString() })
}

export function bookingJson(id: string, userId: string, bookedAt: number, ...seats: readonly string[]): string {
  const priced = seats.map((seat) => ({ id: seat, category: 'A', price: 50 }))
  const total = 50 * seats.length
  return JSON.stringify({ id, userId, seats: priced, total, bookedAt: new Date(bookedAt).toISOString() })
}

export function attempt(sentAt: number, returnedAt: number, clockMs: number, outcome: Outcome): Attempt {
  return { sentAt, sentMs: sentAt, returnedAt, clockMs, outcome }
}

export function granted(sentAt: number, clockMs: number, told: Told, answer = '{}'): Attempt {
  return attempt(sentAt, sentAt + 1, clockMs, { kind: 'granted', told, answer })
}

export function refused(sentAt: number, clockMs: number, code: string, seats: readonly string[] = []): Attempt {
  return attempt(sentAt, sentAt + 1, clockMs, { kind: 'refused', code, seats })
}

export function lost(sentAt: number): Attempt {
  return attempt(sentAt, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, { kind: 'unknown', code: 'no answer' })
}

export function record(user: string, key: string, asked: Asked, ...attempts: Attempt[]): KeyRecord {
  return { show: SHOW, user, key, asked, attempts }
}

export const hold = (...seats: string[]): Asked => ({ op: 'hold', seats, count: seats.length })
export const heldTold = (id: string, expiresAt: number, ...seats: string[]): Told => {
  return { kind: 'held', hold: id, seats, expiresAt }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Ann books two of her three seats and cancels one; Bob is refused, and lets a hold run out. */
export function evidence(): Mutable<Evidence> & { records: KeyRecord[] } {
  const map = { epoch: 2, seq: 3, statuses: Uint8Array.of(0, 2, 0, 0) }
  return {
    houses: [{ show: SHOW, seatIds: SEATS, rows: [[0, 1, 2, 3]] }],
    records: [
      record(
        'ann',
        'a1',
        hold('A-1', 'A-2', 'A-3'),
        granted(1, 1_010, heldTold('1', 4_000, 'A-1', 'A-2', 'A-3'), holdJson('1', 4_000, 'A-1', 'A-2', 'A-3'))
      ),
      record('bob', 'b1', hold('A-3', 'A-4'), refused(3, 1_020, 'seats_unavailable', ['A-3'])),
      record(
        'ann',
        'a2',
        { op: 'book', hold: '1', seats: ['A-1', 'A-2'] },
        lost(5),
        granted(
          7,
          1_110,
          { kind: 'booked', booking: 'show-1.1', seats: ['A-1', 'A-2'] },
          bookingJson('show-1.1', 'ann', 1_100, 'A-1', 'A-2')
        )
      ),
      record('bob', 'b2', hold('A-4'), granted(9, 1_210, heldTold('2', 4_200, 'A-4'), holdJson('2', 4_200, 'A-4'))),
      record(
        'ann',
        'a3',
        { op: 'cancel', booking: 'show-1.1', seats: ['A-1'] },
        granted(11, 1_310, { kind: 'cancelled', seats: ['A-1'] }, bookingJson('show-1.1', 'ann', 1_100, 'A-2')),
        granted(13, 1_320, { kind: 'cancelled', seats: ['A-1'] }, bookingJson('show-1.1', 'ann', 1_100, 'A-2'))
      ),
      record('bob', 'b3', { op: 'release', hold: '2' }, refused(15, 4_250, 'hold_expired'))
    ],
    frames: [
      frame(1, 1_000, held(1, 'ann', 'a1', 1_000, 0, 1, 2)),
      frame(2, 1_100, booked(1, 1, 'ann', 'a2', [0, 1], [2])),
      frame(3, 1_200, held(2, 'bob', 'b2', 1_200, 3)),
      frame(4, 1_300, cancelled(1, 'ann', 'a3', 1_100, [0], [1])),
      frame(5, 4_200, { kind: 'expired', user: 'bob', key: '', hold: 2, seats: [3] })
    ],
    bookings: [{ id: 'show-1.1', show: SHOW, user: 'ann', total: 50, seats: [{ id: 'A-2', price: 50 }] }],
    expiries: [{ show: SHOW, user: 'bob', hold: '2' }],
    sightings: {
      states: new Map([
        [
          SHOW,
          new Map([
            ['1.1', '1110'],
            ['1.2', '2201'],
            ['2.3', '0200']
          ])
        ]
      ]),
      contradictions: []
    },
    maps: new Map([[SHOW, map]]),
    clientMaps: new Map([
      [
        SHOW,
        [
          { ...map, user: 'ann', disorder: [] },
          { ...map, user: 'bob', disorder: [] }
        ]
      ]
    ]),
    crashes: []
  }
}
