// Every message of the WebSocket door: what clients send, what they are answered, what is pushed.
// The shapes of holds and bookings are those of HTTP.
import * as Schema from 'effect/Schema'
import { COMMAND_FIELDS, MessageId } from './schema-commands.ts'
import { Booking, Hold, Problem, seatsOrBest } from './schema-http.ts'
import { HoldId, ShowId, wholeNumber } from './schema-parts.ts'

const asked = { id: MessageId, show: ShowId }
const position = wholeNumber(0, Number.MAX_SAFE_INTEGER)

// ── What clients send ──────────────────────────────────────────────────────────────────────────────

const HoldMessage = Schema.Struct({ ...asked, op: Schema.Literal('hold'), ...COMMAND_FIELDS.hold })
  .pipe(Schema.check(seatsOrBest))
  .annotate({
    identifier: 'HoldMessage',
    description: 'Takes the seats named, or the best there are: all or none.',
    examples: [{ id: 1, op: 'hold', show: 'demo-hall', seats: ['A-1', 'A-2'], key: 'a4c1' }]
  })
const ExtendMessage = Schema.Struct({ ...asked, op: Schema.Literal('extend'), ...COMMAND_FIELDS.extend }).annotate({
  identifier: 'ExtendMessage',
  description: 'Makes a hold last longer, as often as the show allows.',
  examples: [{ id: 2, op: 'extend', show: 'demo-hall', hold: '17', key: 'a4c2' }]
})
const ReleaseMessage = Schema.Struct({ ...asked, op: Schema.Literal('release'), ...COMMAND_FIELDS.release }).annotate({
  identifier: 'ReleaseMessage',
  description: 'Gives a hold back.',
  examples: [{ id: 3, op: 'release', show: 'demo-hall', hold: '17', key: 'a4c3' }]
})
const BookMessage = Schema.Struct({ ...asked, op: Schema.Literal('book'), ...COMMAND_FIELDS.book }).annotate({
  identifier: 'BookMessage',
  description: 'Books a hold, or a part of it: the rest goes free.',
  examples: [{ id: 4, op: 'book', show: 'demo-hall', hold: '17', payment: { reference: 'pay_8Hq2' }, key: 'a4c4' }]
})
const CancelMessage = Schema.Struct({ ...asked, op: Schema.Literal('cancel'), ...COMMAND_FIELDS.cancel }).annotate({
  identifier: 'CancelMessage',
  description: 'Cancels a booking, or some of its seats.',
  examples: [{ id: 5, op: 'cancel', show: 'demo-hall', booking: 'demo-hall.9', key: 'a4c5' }]
})
const SubscribeMessage = Schema.Struct({
  ...asked,
  op: Schema.Literal('subscribe'),
  epoch: Schema.optionalKey(position),
  seq: Schema.optionalKey(position)
}).annotate({
  identifier: 'SubscribeMessage',
  description: 'Asks for pushes of a show. With the epoch and seq one has: the diffs since then, or a snapshot.',
  examples: [{ id: 6, op: 'subscribe', show: 'demo-hall', epoch: 3, seq: 41 }]
})
const UnsubscribeMessage = Schema.Struct({ ...asked, op: Schema.Literal('unsubscribe') }).annotate({
  identifier: 'UnsubscribeMessage',
  description: 'Ends the pushes of a show.',
  examples: [{ id: 7, op: 'unsubscribe', show: 'demo-hall' }]
})

export const CLIENT_MESSAGES = {
  hold: HoldMessage,
  extend: ExtendMessage,
  release: ReleaseMessage,
  book: BookMessage,
  cancel: CancelMessage,
  subscribe: SubscribeMessage,
  unsubscribe: UnsubscribeMessage
} as const

export type ClientMessage = (typeof CLIENT_MESSAGES)[keyof typeof CLIENT_MESSAGES]['Type']

// ── What the server says ───────────────────────────────────────────────────────────────────────────

const done = { id: MessageId, ok: Schema.Literal(true), epoch: Schema.Int }
const HoldReply = Schema.Struct({ ...done, hold: Hold }).annotate({
  identifier: 'HoldReply',
  description: 'Answers hold and extend.'
})
const BookingReply = Schema.Struct({ ...done, booking: Booking }).annotate({
  identifier: 'BookingReply',
  description: 'Answers book and cancel.'
})
const DoneReply = Schema.Struct(done).annotate({
  identifier: 'DoneReply',
  description: 'Answers release and unsubscribe.'
})
const SubscribedReply = Schema.Struct({ ...done, seq: Schema.Int }).annotate({
  identifier: 'SubscribedReply',
  description: 'Answers subscribe; the diffs that were missed, or a snapshot, follow at once.'
})
const ErrorReply = Schema.Struct({
  id: Schema.NullOr(MessageId),
  ok: Schema.Literal(false),
  error: Problem
}).annotate({
  identifier: 'ErrorReply',
  description: 'Why it was not done. `id` is null where the message had none that could be read.'
})

const pushed = { show: ShowId, epoch: Schema.Int, seq: Schema.Int }
const Snapshot = Schema.Struct({ ev: Schema.Literal('snapshot'), ...pushed, statuses: Schema.String }).annotate({
  identifier: 'Snapshot',
  description:
    'The whole map at (epoch, seq): base64, two bits a seat in the order of GET …/seats, ' +
    '0 available, 1 held, 2 booked, 3 blocked; the first seat in the lowest bits of the first byte.'
})
const Diff = Schema.Struct({
  ev: Schema.Literal('diff'),
  ...pushed,
  changes: Schema.Array(Schema.Tuple([Schema.Int, wholeNumber(0, 3)]))
}).annotate({
  identifier: 'Diff',
  description:
    'What changed: [seat index, status] each. The diffs of a show are numbered without gaps; ' +
    'whoever has a gap, or an older epoch, subscribes again with the position it has.',
  examples: [{ ev: 'diff', show: 'demo-hall', epoch: 3, seq: 42, changes: [[17, 1]] }]
})
const HoldExpired = Schema.Struct({ ev: Schema.Literal('hold_expired'), show: ShowId, hold: HoldId }).annotate({
  identifier: 'HoldExpired',
  description: 'To its holder: the time of a hold ran out and its seats went free.',
  examples: [{ ev: 'hold_expired', show: 'demo-hall', hold: '17' }]
})

export const SERVER_REPLIES = {
  hold: HoldReply,
  booking: BookingReply,
  subscribed: SubscribedReply,
  done: DoneReply,
  error: ErrorReply
} as const
export const SERVER_PUSHES = { snapshot: Snapshot, diff: Diff, holdExpired: HoldExpired } as const
