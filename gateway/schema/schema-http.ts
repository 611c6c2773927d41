// Every body and answer of the HTTP door. What a request may hold is decoded with these; what an answer
// holds is described by them and held to them by the tests.
import * as Schema from 'effect/Schema'
import {
  COMMAND_SEATS_MAX,
  EXTENSIONS_MAX,
  HOLD_MS_MAX,
  HOLD_MS_MIN,
  HOLDS_PER_USER_MAX,
  PLAN_CATEGORIES_MAX,
  PLAN_TEXT_MAX,
  SEATS_PER_USER_MAX,
  TITLE_MAX
} from '../../core/limits.ts'
import { REFUSAL_CODES, type RefusalCode } from '../../core/refusal.ts'
import {
  Best,
  BlockSeatIds,
  BookingId,
  HoldId,
  Money,
  Payment,
  PlanText,
  plainText,
  SeatIds,
  ShowId,
  Status,
  Time,
  UserId,
  wholeNumber
} from './schema-parts.ts'

const Currency = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Z]{3}$/, { expected: 'an ISO 4217 currency, such as EUR' }))
)

// ── What is asked ──────────────────────────────────────────────────────────────────────────────────

export const seatsOrBest = Schema.makeFilter(
  (body: { readonly seats?: unknown; readonly best?: unknown }) =>
    (body.seats === undefined) !== (body.best === undefined),
  {
    expected: 'either seats or best, not both and not neither',
    toJsonSchema: () => ({ oneOf: [{ required: ['seats'] }, { required: ['best'] }] })
  }
)
export const holdFields = { seats: Schema.optionalKey(SeatIds), best: Schema.optionalKey(Best) }
export const HoldBody = Schema.Struct(holdFields)
  .pipe(Schema.check(seatsOrBest))
  .annotate({ identifier: 'HoldBody', examples: [{ seats: ['A-1', 'A-2'] }, { best: { count: 2 } }] })

export const BookingBody = Schema.Struct({
  holdId: HoldId,
  seats: Schema.optionalKey(SeatIds),
  payment: Schema.optionalKey(Payment)
}).annotate({ identifier: 'BookingBody', examples: [{ holdId: '17', payment: { reference: 'pay_8Hq2' } }] })

export const CancelBody = Schema.Struct({ seats: Schema.optionalKey(SeatIds) }).annotate({
  identifier: 'CancelBody',
  description: 'The seats to give back; without them, the whole booking.'
})

const policyFields = {
  holdMs: wholeNumber(HOLD_MS_MIN, HOLD_MS_MAX),
  extensionsMax: wholeNumber(0, EXTENSIONS_MAX),
  seatsPerHoldMax: wholeNumber(1, COMMAND_SEATS_MAX),
  seatsPerUserMax: wholeNumber(1, SEATS_PER_USER_MAX),
  holdsPerUserMax: wholeNumber(1, HOLDS_PER_USER_MAX),
  orphans: Schema.Literals(['off', 'lenient', 'strict']),
  saleStartsAt: Schema.NullOr(Time),
  saleEndsAt: Schema.NullOr(Time)
}
export const PolicyBody = Schema.Struct({
  holdMs: Schema.optionalKey(policyFields.holdMs),
  extensionsMax: Schema.optionalKey(policyFields.extensionsMax),
  seatsPerHoldMax: Schema.optionalKey(policyFields.seatsPerHoldMax),
  seatsPerUserMax: Schema.optionalKey(policyFields.seatsPerUserMax),
  holdsPerUserMax: Schema.optionalKey(policyFields.holdsPerUserMax),
  orphans: Schema.optionalKey(policyFields.orphans),
  saleStartsAt: Schema.optionalKey(policyFields.saleStartsAt),
  saleEndsAt: Schema.optionalKey(policyFields.saleEndsAt)
}).annotate({ identifier: 'PolicyBody', description: 'What is left out keeps its value, or the default.' })

/** Names are checked beside the record: an item whose name does not fit would be left out without a word. */
const fewNames = Schema.makeFilter(
  (prices: Readonly<Record<string, number>>) => {
    const names = Object.keys(prices)
    return names.length <= PLAN_CATEGORIES_MAX && names.every(({ length }) => length >= 1 && length <= PLAN_TEXT_MAX)
  },
  {
    expected: `prices of up to ${PLAN_CATEGORIES_MAX} categories, each named by 1 to ${PLAN_TEXT_MAX} characters`,
    toJsonSchema: () => ({
      maxProperties: PLAN_CATEGORIES_MAX,
      propertyNames: { minLength: 1, maxLength: PLAN_TEXT_MAX }
    })
  }
)
const Prices = Schema.Record(Schema.String, Money).pipe(Schema.check(fewNames)).annotate({
  identifier: 'Prices',
  description: 'Minor units of the currency, by category.'
})
export const ShowBody = Schema.Struct({
  id: Schema.optionalKey(ShowId),
  title: plainText(TITLE_MAX),
  startsAt: Time,
  currency: Currency,
  plan: Schema.ObjectKeyword.annotate({ description: "A seating plan in pretix's JSON format." }),
  prices: Prices,
  policy: Schema.optionalKey(PolicyBody)
}).annotate({ identifier: 'ShowBody' })

export const ShowChangeBody = Schema.Struct({
  title: Schema.optionalKey(plainText(TITLE_MAX)),
  startsAt: Schema.optionalKey(Time),
  prices: Schema.optionalKey(Prices),
  policy: Schema.optionalKey(PolicyBody)
}).annotate({ identifier: 'ShowChangeBody', examples: [{ prices: { Balcony: 2500 } }] })

export const BlockBody = Schema.Struct({ seats: BlockSeatIds }).annotate({ identifier: 'BlockBody' })

// ── What is answered ───────────────────────────────────────────────────────────────────────────────

const PricedSeat = Schema.Struct({ id: PlanText, category: PlanText, price: Money }).annotate({
  identifier: 'PricedSeat'
})
export const Hold = Schema.Struct({
  id: HoldId,
  showId: ShowId,
  seats: Schema.Array(PricedSeat),
  total: Money,
  currency: Currency,
  expiresAt: Time
}).annotate({ identifier: 'Hold' })
export const Booking = Schema.Struct({
  id: BookingId,
  showId: ShowId,
  userId: UserId,
  seats: Schema.Array(PricedSeat),
  total: Money,
  currency: Currency,
  bookedAt: Time,
  status: Schema.Literals(['confirmed', 'cancelled'])
}).annotate({ identifier: 'Booking', description: 'Seats are those it still has; none when it was cancelled.' })

export const showFields = {
  id: ShowId,
  title: plainText(TITLE_MAX),
  startsAt: Time,
  currency: Currency,
  seatCount: Schema.Int
}
export const showTerms = {
  prices: Prices,
  policy: Schema.Struct(policyFields).annotate({ identifier: 'Policy' })
}
export const ShowSummary = Schema.Struct(showFields).annotate({ identifier: 'ShowSummary' })
const Category = Schema.Struct({
  name: PlanText,
  color: Schema.String,
  price: Money,
  accessible: Schema.Boolean
}).annotate({ identifier: 'Category' })
const Point = Schema.Struct({ x: Schema.Finite, y: Schema.Finite })
const Area = Schema.Struct({
  shape: Schema.Literals(['rectangle', 'circle', 'ellipse', 'polygon', 'text']),
  x: Schema.Finite,
  y: Schema.Finite,
  rotation: Schema.Finite,
  color: Schema.String,
  borderColor: Schema.String,
  width: Schema.optionalKey(Schema.Finite),
  height: Schema.optionalKey(Schema.Finite),
  radiusX: Schema.optionalKey(Schema.Finite),
  radiusY: Schema.optionalKey(Schema.Finite),
  points: Schema.optionalKey(Schema.Array(Point)),
  text: Schema.optionalKey(
    Schema.Struct({
      text: Schema.String,
      x: Schema.Finite,
      y: Schema.Finite,
      color: Schema.String,
      size: Schema.optionalKey(Schema.Finite)
    })
  )
}).annotate({ identifier: 'Area', description: 'Something drawn that is not a seat.' })
export const Show = Schema.Struct({
  ...showFields,
  categories: Schema.Array(Category),
  ...showTerms,
  plan: Schema.Struct({
    name: Schema.String,
    width: Schema.Finite,
    height: Schema.Finite,
    zones: Schema.Array(Schema.String),
    areas: Schema.Array(Area)
  })
}).annotate({ identifier: 'Show' })
const Seat = Schema.Struct({
  id: PlanText,
  zone: Schema.String,
  row: Schema.String,
  number: Schema.String,
  category: PlanText,
  price: Money,
  x: Schema.Finite,
  y: Schema.Finite,
  status: Status
}).annotate({ identifier: 'Seat' })

export const SessionAnswer = Schema.Struct({ token: Schema.String, userId: UserId, expiresAt: Time }).annotate({
  identifier: 'Session'
})
export const HoldAnswer = Schema.Struct({ hold: Hold })
export const BookingAnswer = Schema.Struct({ booking: Booking })
export const BookingsAnswer = Schema.Struct({
  bookings: Schema.Array(Booking),
  next: Schema.optionalKey(Schema.String)
})
export const ShowAnswer = Schema.Struct({ show: Show })
export const ShowsAnswer = Schema.Struct({
  shows: Schema.Array(ShowSummary),
  next: Schema.optionalKey(Schema.String)
})
export const SeatMapAnswer = Schema.Struct({
  showId: ShowId,
  epoch: Schema.Int,
  seq: Schema.Int,
  seats: Schema.Array(Seat)
}).annotate({ identifier: 'SeatMap', description: 'Seats stand in the order in which pushes number them.' })
export const BlockAnswer = Schema.Struct({ seats: Schema.Array(PlanText) })

const codes = Object.keys(REFUSAL_CODES) as [RefusalCode, ...RefusalCode[]]
export const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  code: Schema.Literals(codes),
  detail: Schema.String,
  retryable: Schema.Boolean,
  seats: Schema.optionalKey(Schema.Array(Schema.String)),
  retryAfterMs: Schema.optionalKey(Schema.Int),
  expiresAt: Schema.optionalKey(Time),
  faults: Schema.optionalKey(Schema.Array(Schema.Struct({ place: Schema.String, message: Schema.String })))
}).annotate({
  identifier: 'Problem',
  description: 'Why a request was not done (RFC 9457). `retryable`: the same request may succeed later.'
})
