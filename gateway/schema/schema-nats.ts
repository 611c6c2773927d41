// Every message of the NATS door: what booking services ask and are answered, and the events that go out.
// Commands are the WebSocket's with the user beside them; show and operation stand in the subject.
import * as Schema from 'effect/Schema'
import { NATS_COMMANDS_PER_REQUEST_MAX } from '../../core/limits.ts'
import { COMMAND_FIELDS, MessageId } from './schema-commands.ts'
import { Booking, Hold, Problem, seatsOrBest, showFields, showTerms } from './schema-http.ts'
import { HoldId, Payment, PlanText, ShowId, Time, UserId, wholeNumber } from './schema-parts.ts'

// ── What services ask ──────────────────────────────────────────────────────────────────────────────

/** May be left out: the subject has the show, and answers come in the order of what was asked. */
const known = { id: Schema.optionalKey(MessageId), show: Schema.optionalKey(ShowId), user: UserId }

const HoldRequest = Schema.Struct({ ...known, op: Schema.optionalKey(Schema.Literal('hold')), ...COMMAND_FIELDS.hold })
  .pipe(Schema.check(seatsOrBest))
  .annotate({
    identifier: 'HoldRequest',
    description: 'Takes the seats named, or the best there are, for `user`: all or none.',
    examples: [{ user: 'mia', seats: ['A-1', 'A-2'], key: 'order-7-hold' }]
  })
const ExtendRequest = Schema.Struct({
  ...known,
  op: Schema.optionalKey(Schema.Literal('extend')),
  ...COMMAND_FIELDS.extend
}).annotate({
  identifier: 'ExtendRequest',
  description: 'Makes a hold last longer, as often as the show allows.',
  examples: [{ user: 'mia', hold: '17', key: 'order-7-extend' }]
})
const ReleaseRequest = Schema.Struct({
  ...known,
  op: Schema.optionalKey(Schema.Literal('release')),
  ...COMMAND_FIELDS.release
}).annotate({
  identifier: 'ReleaseRequest',
  description: 'Gives a hold back.',
  examples: [{ user: 'mia', hold: '17', key: 'order-7-release' }]
})
const BookRequest = Schema.Struct({
  ...known,
  op: Schema.optionalKey(Schema.Literal('book')),
  ...COMMAND_FIELDS.book
}).annotate({
  identifier: 'BookRequest',
  description: 'Books a hold, or a part of it: the rest goes free.',
  examples: [{ user: 'mia', hold: '17', payment: { reference: 'pay_8Hq2' }, key: 'order-7-book' }]
})
const CancelRequest = Schema.Struct({
  ...known,
  op: Schema.optionalKey(Schema.Literal('cancel')),
  ...COMMAND_FIELDS.cancel
}).annotate({
  identifier: 'CancelRequest',
  description: 'Cancels a booking, or some of its seats.',
  examples: [{ user: 'mia', booking: 'demo-hall.9', key: 'order-7-cancel' }]
})

export const NATS_REQUESTS = {
  hold: HoldRequest,
  extend: ExtendRequest,
  release: ReleaseRequest,
  book: BookRequest,
  cancel: CancelRequest
} as const
export type NatsOperation = keyof typeof NATS_REQUESTS

/** One, or as many as a request may have. */
export function oneOrMany<S extends Schema.Constraint>(schema: S) {
  const bounds = { minItems: 1, maxItems: NATS_COMMANDS_PER_REQUEST_MAX }
  const fits = (list: readonly unknown[]) => list.length >= 1 && list.length <= bounds.maxItems
  const expected = `1 to ${bounds.maxItems} commands`
  const many = Schema.Array(schema).pipe(
    Schema.check(Schema.makeFilter(fits, { expected, toJsonSchema: () => bounds }))
  )
  return Schema.Union([schema, many])
}

// ── What they are answered ─────────────────────────────────────────────────────────────────────────

const done = { id: Schema.optionalKey(MessageId), ok: Schema.Literal(true), epoch: Schema.Int }
export const NATS_ANSWERS = {
  hold: Schema.Struct({ ...done, hold: Hold }).annotate({
    identifier: 'NatsHoldAnswer',
    description: 'Answers hold and extend.'
  }),
  booking: Schema.Struct({ ...done, booking: Booking }).annotate({
    identifier: 'NatsBookingAnswer',
    description: 'Answers book and cancel.'
  }),
  done: Schema.Struct(done).annotate({ identifier: 'NatsDoneAnswer', description: 'Answers release.' }),
  refusal: Schema.Struct({
    id: Schema.optionalKey(MessageId),
    ok: Schema.Literal(false),
    error: Problem
  }).annotate({
    identifier: 'NatsRefusal',
    description:
      'Why it was not done. Where it is the whole answer, the headers `Nats-Service-Error` and ' +
      '`Nats-Service-Error-Code` have the code and its HTTP status.'
  })
} as const

// ── Events ─────────────────────────────────────────────────────────────────────────────────────────

const position = wholeNumber(0, Number.MAX_SAFE_INTEGER)
const seatIds = Schema.Array(PlanText)

function eventOf<const Kind extends string, Fields extends Schema.Struct.Fields>(event: Kind, fields: Fields) {
  return Schema.Struct({
    id: Schema.String,
    event: Schema.Literal(event),
    showId: ShowId,
    shard: position,
    epoch: position,
    seq: position,
    index: position,
    at: Time,
    user: UserId,
    ...fields,
    truncated: Schema.optionalKey(Schema.Literal(true))
  })
}

const HoldEvent = Schema.optionalKey(Hold)
const BookingEvent = Schema.optionalKey(Booking)
const Seats = Schema.optionalKey(seatIds)
const ended = { holdId: Schema.optionalKey(HoldId), seats: Seats }
const ShowEvent = Schema.optionalKey(
  Schema.Struct({ ...showFields, ...showTerms }).annotate({ identifier: 'ShowOfEvent' })
)

/** `seats` are those that changed; what an event has beside its position is left out where it is `truncated`. */
export const NATS_EVENTS = {
  created: eventOf('created', { show: ShowEvent }).annotate({ identifier: 'CreatedEvent' }),
  changed: eventOf('changed', { show: ShowEvent }).annotate({ identifier: 'ChangedEvent' }),
  held: eventOf('held', { hold: HoldEvent }).annotate({ identifier: 'HeldEvent' }),
  extended: eventOf('extended', { hold: HoldEvent }).annotate({ identifier: 'ExtendedEvent' }),
  released: eventOf('released', ended).annotate({ identifier: 'ReleasedEvent' }),
  expired: eventOf('expired', ended).annotate({ identifier: 'ExpiredEvent' }),
  booked: eventOf('booked', {
    booking: BookingEvent,
    holdId: Schema.optionalKey(HoldId),
    freed: Seats,
    payment: Schema.optionalKey(Payment)
  }).annotate({ identifier: 'BookedEvent', description: '`freed`: seats of the hold that were not booked.' }),
  cancelled: eventOf('cancelled', { booking: BookingEvent, seats: Seats }).annotate({
    identifier: 'CancelledEvent',
    description: '`booking` is what it still has; `seats` went free.'
  }),
  blocked: eventOf('blocked', { seats: Seats }).annotate({ identifier: 'BlockedEvent' }),
  unblocked: eventOf('unblocked', { seats: Seats }).annotate({ identifier: 'UnblockedEvent' })
} as const
