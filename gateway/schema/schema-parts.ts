// The words of the wire: ids, texts, money, times. HTTP and WebSocket shapes are built from these, and
// so are the decoders of both doors, /openapi.json and /asyncapi.json: what is written here is checked.
import * as Schema from 'effect/Schema'
import {
  COMMAND_SEATS_MAX,
  KEY_MAX,
  PLAN_SEATS_MAX,
  PLAN_TEXT_MAX,
  PRICE_MAX,
  REFERENCE_MAX,
  SHOW_ID_MAX,
  TIME_MAX,
  TIME_MIN,
  USER_ID_MAX
} from '../../core/limits.ts'
import { STATUS_NAMES } from '../../core/plan/plan.ts'

/** A string of `pattern`, told to people as `expected`. */
function textOf(pattern: RegExp, expected: string, maxLength: number) {
  return Schema.String.pipe(
    Schema.check(
      Schema.makeFilter((value: string) => value.length <= maxLength && pattern.test(value), {
        expected,
        toJsonSchema: () => ({ pattern: pattern.source, maxLength })
      })
    )
  )
}

const CONTROL_CHARACTERS = /\p{Cc}/u

/** Text that is stored: 1 to `max` characters, none of them control characters or half of a pair. */
export function plainText(max: number) {
  const ok = (value: string) =>
    value.length >= 1 && value.length <= max && value.isWellFormed() && !CONTROL_CHARACTERS.test(value)
  return Schema.String.pipe(
    Schema.check(
      Schema.makeFilter(ok, {
        expected: `1 to ${max} characters without control characters`,
        toJsonSchema: () => ({ minLength: 1, maxLength: max })
      })
    )
  )
}

/** A whole number from `minimum` to `maximum`, both included. */
export function wholeNumber(minimum: number, maximum: number) {
  return Schema.Int.pipe(
    Schema.check(Schema.isBetween({ minimum, maximum }, { expected: `a whole number from ${minimum} to ${maximum}` }))
  )
}

export const ShowId = textOf(/^[A-Za-z0-9_-]+$/, `a show id: 1 to ${SHOW_ID_MAX} letters, digits, _ or -`, SHOW_ID_MAX)
export const HoldId = textOf(/^[1-9][0-9]*$/, 'a hold id: digits', 15)
export const BookingId = textOf(/^[A-Za-z0-9_-]+\.[1-9][0-9]*$/, 'a booking id: <show id>.<digits>', SHOW_ID_MAX + 16)
export const Key = textOf(/^[\x20-\x7e]+$/, `a key: 1 to ${KEY_MAX} printable ASCII characters`, KEY_MAX)
export const UserId = textOf(/^[\x20-\x7e]+$/, `a user id: 1 to ${USER_ID_MAX} printable ASCII characters`, USER_ID_MAX)
/** A seat's id, a category's or a zone's name: whatever the plan says, so that none is out of reach. */
export const PlanText = Schema.String.pipe(
  Schema.check(
    Schema.makeFilter((value: string) => value.length >= 1 && value.length <= PLAN_TEXT_MAX, {
      expected: `1 to ${PLAN_TEXT_MAX} characters`,
      toJsonSchema: () => ({ minLength: 1, maxLength: PLAN_TEXT_MAX })
    })
  )
)
export const Money = wholeNumber(0, PRICE_MAX)

const DATE_TIME = /^\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/**
 * Epoch milliseconds of an RFC 3339 time; NaN for anything else, for days that no month has, and for times that
 * cannot be said again in UTC: an offset may lead out of the years there are.
 */
export function parseTime(text: string): number {
  if (!DATE_TIME.test(text)) return Number.NaN
  const day = Number(text.slice(8, 10))
  const lastDay = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
  const time = Date.parse(text)
  return day > lastDay || time < TIME_MIN || time > TIME_MAX ? Number.NaN : time
}

export const Time = Schema.String.pipe(
  Schema.check(
    Schema.makeFilter((value: string) => !Number.isNaN(parseTime(value)), {
      expected: 'a time as RFC 3339 writes it, such as 2030-05-01T19:30:00Z',
      toJsonSchema: () => ({ format: 'date-time' })
    })
  )
)

function seatList(max: number) {
  return Schema.Array(PlanText).pipe(
    Schema.check(
      Schema.makeFilter((seats: readonly string[]) => seats.length >= 1 && seats.length <= max, {
        expected: `1 to ${max} seat ids`,
        toJsonSchema: () => ({ minItems: 1, maxItems: max })
      }),
      Schema.makeFilter((seats: readonly string[]) => !hasDuplicates(seats), {
        expected: 'every seat once',
        toJsonSchema: () => ({ uniqueItems: true })
      })
    )
  )
}

/** A handful is compared pair by pair, which is faster than filling a set. */
function hasDuplicates(texts: readonly string[]): boolean {
  if (texts.length > 12) return new Set(texts).size !== texts.length
  for (let i = 1; i < texts.length; i++) {
    if (texts.indexOf(texts[i]!) < i) return true
  }
  return false
}

export const SeatIds = seatList(COMMAND_SEATS_MAX)
export const BlockSeatIds = seatList(PLAN_SEATS_MAX)
export const Status = Schema.Literals(STATUS_NAMES)

export const Best = Schema.Struct({
  count: wholeNumber(1, COMMAND_SEATS_MAX),
  category: Schema.optionalKey(PlanText),
  zone: Schema.optionalKey(PlanText),
  accessible: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: 'Best', description: 'The best seats that are free, next to each other where possible.' })

export const Payment = Schema.Struct({ reference: plainText(REFERENCE_MAX) }).annotate({
  identifier: 'Payment',
  description: 'The reference of a payment that was made elsewhere.'
})
