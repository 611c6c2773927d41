// What happened to a show. Events are journaled, replayed, and remembered by idempotency keys: each one
// holds all that its first answer needs, so that a retry gets that answer again (DESIGN rule 5).
import type { ShowDefinition } from './show.ts'

interface Happened {
  /** Epoch milliseconds, stamped on the batch. */
  readonly at: number
  readonly user: string
  /** Idempotency key, '' for none, and the fingerprint of the request it was used for. */
  readonly key: string
  readonly fingerprint: number
}

export interface HeldEvent extends Happened {
  readonly kind: 'held'
  readonly hold: number
  /** Seat indexes, ascending, and the price of each in minor units. */
  readonly seats: readonly number[]
  readonly prices: readonly number[]
  readonly expiresAt: number
}
export interface ExtendedEvent extends Happened {
  readonly kind: 'extended'
  readonly hold: number
  readonly seats: readonly number[]
  readonly prices: readonly number[]
  readonly expiresAt: number
}
export interface ReleasedEvent extends Happened {
  readonly kind: 'released'
  readonly hold: number
  readonly seats: readonly number[]
}
/** Time's doing: `user` is the holder, `key` is ''. */
export interface ExpiredEvent extends Happened {
  readonly kind: 'expired'
  readonly hold: number
  readonly seats: readonly number[]
}
export interface BookedEvent extends Happened {
  readonly kind: 'booked'
  readonly booking: number
  /** Whose booking it is: the holder, also when an admin booked for them. */
  readonly owner: string
  readonly hold: number
  readonly seats: readonly number[]
  readonly prices: readonly number[]
  /** Seats of the hold that were not booked and went free. */
  readonly freed: readonly number[]
  readonly payment: string
}
export interface CancelledEvent extends Happened {
  readonly kind: 'cancelled'
  readonly booking: number
  /** Whose booking it was. */
  readonly owner: string
  readonly bookedAt: number
  /** Seats that went free. */
  readonly seats: readonly number[]
  /** Seats the booking still has; none: the booking is cancelled. */
  readonly left: readonly number[]
  readonly leftPrices: readonly number[]
}
export interface BlockedEvent extends Happened {
  readonly kind: 'blocked' | 'unblocked'
  readonly seats: readonly number[]
}
export interface CreatedEvent extends Happened {
  readonly kind: 'created' | 'changed'
  /** The whole definition as it is from now on. */
  readonly definition: ShowDefinition
}

export type ShowEvent =
  | HeldEvent
  | ExtendedEvent
  | ReleasedEvent
  | ExpiredEvent
  | BookedEvent
  | CancelledEvent
  | BlockedEvent
  | CreatedEvent

/** A booking's id on the wire: its show is in it, so that any node can route it. */
export function bookingId(showId: string, booking: number): string {
  return `${showId}.${booking}`
}
/** A hold's id on the wire. */
export function holdId(hold: number): string {
  return String(hold)
}
