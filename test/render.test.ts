// What answers say: holds, bookings, shows and problems, as JSON that keeps to its own description.
import type * as Schema from 'effect/Schema'
import { describe, expect, it } from 'vitest'
import type { ShowView } from '../actors/outcome.ts'
import type { ShowEvent } from '../core/event.ts'
import { readPlan } from '../core/plan/plan-import.ts'
import { DEFAULT_POLICY } from '../core/policy.ts'
import { REFUSAL_CODES, type RefusalCode, refuse } from '../core/refusal.ts'
import { problemOf } from '../gateway/problem.ts'
import { renderEvent } from '../gateway/render.ts'
import { decoderOf } from '../gateway/schema/decode.ts'
import { BlockAnswer, BookingAnswer, HoldAnswer, Problem, ShowAnswer } from '../gateway/schema/schema-http.ts'

const AT = Date.UTC(2030, 4, 1, 19, 30)

/** Two seats whose names need care in JSON. */
function view(): ShowView {
  const seats = ['"A"\\1', 'Ä-2'].map((seat_guid, i) => ({
    seat_guid,
    seat_number: String(i + 1),
    position: { x: i * 25, y: 0 },
    category: 'Prémium "1"',
    radius: 10
  }))
  const { plan, faults } = readPlan({
    name: 'Hall',
    size: { width: 100, height: 100 },
    categories: [{ name: 'Prémium "1"', color: '#ff0000' }],
    zones: [
      {
        name: 'Floor',
        position: { x: 0, y: 0 },
        rows: [{ row_number: 'A', position: { x: 0, y: 0 }, seats }],
        areas: []
      }
    ]
  })
  if (plan === null) throw new Error(JSON.stringify(faults))
  const definition = {
    id: 'hall',
    title: 'A "title"',
    startsAt: AT,
    currency: 'EUR',
    planHash: '00',
    prices: { 'Prémium "1"': 4_550 },
    policy: { ...DEFAULT_POLICY, saleEndsAt: AT }
  }
  return { definition, plan, epoch: 3, seq: 9, statuses: new Uint8Array(2) }
}

/** What is rendered, parsed and held against `schema`. */
function rendered(event: ShowEvent, schema: Schema.ConstraintDecoder<unknown>): unknown {
  const value: unknown = JSON.parse(`{${renderEvent(event, view())}}`)
  expect(decoderOf(schema)(value)).toEqual({ ok: true, value })
  return value
}

const asked = { at: AT, user: 'ann "b"', key: 'k', fingerprint: 0 }
const seats = [
  { id: '"A"\\1', category: 'Prémium "1"', price: 4_550 },
  { id: 'Ä-2', category: 'Prémium "1"', price: 100 }
]
const taken = { seats: [0, 1], prices: [4_550, 100] }

describe('an answer', () => {
  it.each(['held', 'extended'] as const)('HTTP-1: renders a hold that was %s', (kind) => {
    const event = { ...asked, ...taken, kind, hold: 17, expiresAt: AT + 1 }
    const hold = {
      id: '17',
      showId: 'hall',
      seats,
      total: 4_650,
      currency: 'EUR',
      expiresAt: '2030-05-01T19:30:00.001Z'
    }
    expect(rendered(event, HoldAnswer)).toEqual({ hold })
  })

  const booking = {
    id: 'hall.5',
    showId: 'hall',
    userId: 'ann "b"',
    seats,
    total: 4_650,
    currency: 'EUR',
    bookedAt: '2030-05-01T19:30:00.000Z',
    status: 'confirmed'
  }

  it('HTTP-1: renders a booking', () => {
    const event = {
      ...asked,
      ...taken,
      kind: 'booked' as const,
      owner: 'ann "b"',
      booking: 5,
      hold: 17,
      freed: [],
      payment: 'p'
    }
    expect(rendered(event, BookingAnswer)).toEqual({ booking })
  })

  it('HTTP-1: renders what is left of a booking, for its owner, as of when it was made', () => {
    const event = { ...asked, kind: 'cancelled' as const, user: 'desk', owner: 'ann "b"', bookedAt: AT, booking: 5 }
    const part = { ...event, at: AT + 5, seats: [0], left: [1], leftPrices: [100] }
    expect(rendered(part, BookingAnswer)).toEqual({ booking: { ...booking, seats: [seats[1]], total: 100 } })
    const all = { ...event, at: AT + 5, seats: [0, 1], left: [], leftPrices: [] }
    expect(rendered(all, BookingAnswer)).toEqual({ booking: { ...booking, seats: [], total: 0, status: 'cancelled' } })
  })

  it('HTTP-1: renders seats that were blocked, and nothing for a release', () => {
    expect(rendered({ ...asked, kind: 'blocked', seats: [1] }, BlockAnswer)).toEqual({ seats: ['Ä-2'] })
    expect(renderEvent({ ...asked, kind: 'released', hold: 1, seats: [0] }, view())).toBe('')
  })

  it('HTTP-1: renders a show with categories, prices, policy and drawing', () => {
    const { definition } = view()
    const show = rendered({ ...asked, kind: 'created', definition }, ShowAnswer)
    expect(show).toMatchObject({
      show: {
        id: 'hall',
        title: 'A "title"',
        startsAt: '2030-05-01T19:30:00.000Z',
        seatCount: 2,
        categories: [{ name: 'Prémium "1"', color: '#ff0000', price: 4_550, accessible: false }],
        prices: { 'Prémium "1"': 4_550 },
        policy: { ...DEFAULT_POLICY, saleEndsAt: '2030-05-01T19:30:00.000Z' },
        plan: { name: 'Hall', zones: ['Floor'], areas: [] }
      }
    })
  })
})

describe('a problem', () => {
  it.each(Object.keys(REFUSAL_CODES) as RefusalCode[])(
    'HTTP-2: says of %s what it is and whether to try again',
    (code) => {
      const problem = problemOf(refuse(code, 'What to do.'), null)
      const { status, retryable, title } = REFUSAL_CODES[code]
      expect(problem).toEqual({
        type: `urn:frontrow:problem:${code}`,
        title,
        status,
        code,
        detail: 'What to do.',
        retryable
      })
      expect(decoderOf(Problem)(problem).ok).toBe(true)
    }
  )

  it('HTTP-2: names seats by id, and gives times as RFC 3339', () => {
    const refusal = refuse('seats_unavailable', 'Gone.', { seats: [1], seatIds: ['Z'], retryAfterMs: 7, expiresAt: AT })
    expect(problemOf(refusal, view())).toMatchObject({
      seats: ['Z', 'Ä-2'],
      retryAfterMs: 7,
      expiresAt: '2030-05-01T19:30:00.000Z'
    })
    expect(problemOf(refusal, null)).toMatchObject({ seats: ['Z'] })
  })
})
