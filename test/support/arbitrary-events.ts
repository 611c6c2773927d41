// Any event there can be, for round trips: numbers up to the largest safe one, texts of every script.
import fc from 'fast-check'
import type { ShowEvent } from '../../core/event.ts'
import type { Policy } from '../../core/policy.ts'
import type { ShowDefinition } from '../../core/show.ts'

export const anyTime: fc.Arbitrary<number> = fc.maxSafeNat()
const number = fc.oneof(fc.nat(200), fc.maxSafeNat())
/** Well-formed Unicode, also with what decoders like to eat: byte order marks, NULs, combining marks. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(
    '',
    '\ufeff',
    '\ufeffVIP',
    '\u0000',
    'Ñandú',
    '名古屋',
    '👩‍🦽',
    'a'.repeat(127),
    'a'.repeat(128),
    'ä'.repeat(127)
  )
)
const seats = fc.uniqueArray(fc.oneof(fc.nat(300), fc.nat(99_999), fc.maxSafeNat()), { maxLength: 30 }).map(ascending)
const numbers = fc.array(number, { maxLength: 30 })

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

const policy: fc.Arbitrary<Policy> = fc.record({
  holdMs: number,
  extensionsMax: number,
  seatsPerHoldMax: number,
  seatsPerUserMax: number,
  holdsPerUserMax: number,
  orphans: fc.constantFrom('off', 'lenient', 'strict'),
  saleStartsAt: fc.option(fc.maxSafeInteger()),
  saleEndsAt: fc.option(fc.maxSafeInteger())
})

export const anyDefinition: fc.Arbitrary<ShowDefinition> = fc.record({
  id: anyText,
  title: anyText,
  startsAt: fc.maxSafeInteger().map((time) => time + 0),
  currency: fc.constantFrom('EUR', 'IDR', 'JPY'),
  planHash: anyText,
  prices: fc
    .uniqueArray(fc.tuple(anyText, number), { maxLength: 5, selector: ([name]) => name })
    .map(Object.fromEntries),
  policy
})

/** An event of any kind that happened at `at`. */
export function anyEvent(at: number): fc.Arbitrary<ShowEvent> {
  const happened = fc
    .tuple(anyText, fc.oneof(fc.constant(''), anyText), number)
    .map(([user, key, print]) => ({ at, user, key, fingerprint: key === '' ? 0 : print }))
  const ends = fc.integer({ min: at, max: Number.MAX_SAFE_INTEGER })
  const kept = fc.record({ hold: number, seats, prices: numbers, expiresAt: ends })
  const over = fc.record({ hold: number, seats })
  const booked = fc.record({
    booking: number,
    owner: anyText,
    hold: number,
    seats,
    prices: numbers,
    freed: seats,
    payment: anyText
  })
  const cancelled = fc.record({
    booking: number,
    owner: anyText,
    bookedAt: number,
    seats,
    left: seats,
    leftPrices: numbers
  })
  const of = (kinds: readonly string[], rest: fc.Arbitrary<object>) =>
    fc
      .tuple(fc.constantFrom(...kinds), happened, rest)
      .map(([kind, who, what]) => ({ kind, ...who, ...what }) as ShowEvent)
  return fc.oneof(
    of(['held', 'extended'], kept),
    of(['released', 'expired'], over),
    of(['booked'], booked),
    of(['cancelled'], cancelled),
    of(['blocked', 'unblocked'], fc.record({ seats })),
    of(['created', 'changed'], fc.record({ definition: anyDefinition }))
  )
}
