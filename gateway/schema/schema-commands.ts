// What each command has on every door where it is a message: beside who asks, of which show, and under which id.
import * as Schema from 'effect/Schema'
import { MESSAGE_ID_MAX } from '../../core/limits.ts'
import { holdFields } from './schema-http.ts'
import { BookingId, HoldId, Key, Payment, SeatIds } from './schema-parts.ts'

export const MessageId = Schema.Union([
  Schema.String.pipe(Schema.check(Schema.isMaxLength(MESSAGE_ID_MAX))),
  Schema.Finite
]).annotate({ description: `Whatever the client likes; its answer carries it. Strings up to ${MESSAGE_ID_MAX}.` })

export const COMMAND_FIELDS = {
  hold: { ...holdFields, key: Key },
  extend: { hold: HoldId, key: Key },
  release: { hold: HoldId, key: Key },
  book: { hold: HoldId, seats: Schema.optionalKey(SeatIds), payment: Schema.optionalKey(Payment), key: Key },
  cancel: { booking: BookingId, seats: Schema.optionalKey(SeatIds), key: Key }
} as const
