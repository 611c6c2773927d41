// Every message between a client and the server: JSON, money in minor units of its ISO 4217 currency, times in
// RFC 3339, ids opaque. /openapi.json and /asyncapi.json describe the same shapes.
import type { PlanArea, SeatStatus } from '../../core/plan/plan.ts'
import type { RefusalCode } from '../../core/refusal.ts'

export interface Session {
  readonly token: string
  readonly userId: string
  readonly expiresAt: string
}

export interface ShowSummary {
  readonly id: string
  readonly title: string
  readonly startsAt: string
  readonly currency: string
  readonly seatCount: number
}

export interface Category {
  readonly name: string
  readonly color: string
  readonly price: number
  readonly accessible: boolean
}

export interface Show {
  readonly id: string
  readonly title: string
  readonly startsAt: string
  readonly currency: string
  readonly seatCount: number
  readonly categories: readonly Category[]
  readonly policy: {
    readonly holdMs: number
    readonly extensionsMax: number
    readonly seatsPerHoldMax: number
    readonly holdsPerUserMax: number
    readonly saleStartsAt: string | null
    readonly saleEndsAt: string | null
  }
  readonly plan: {
    readonly name: string
    readonly width: number
    readonly height: number
    readonly zones: readonly string[]
    readonly areas: readonly PlanArea[]
  }
}

/** `GET /api/shows/{id}/seats`: seats in the order of their index. */
export interface SeatList {
  readonly showId: string
  readonly epoch: number
  readonly seq: number
  readonly seats: readonly Seat[]
}

export interface Seat {
  readonly id: string
  readonly zone: string
  readonly row: string
  readonly number: string
  readonly category: string
  readonly price: number
  readonly x: number
  readonly y: number
  readonly status: SeatStatus
}

export interface PricedSeat {
  readonly id: string
  readonly category: string
  readonly price: number
}

export interface Hold {
  readonly id: string
  readonly showId: string
  readonly seats: readonly PricedSeat[]
  readonly total: number
  readonly currency: string
  readonly expiresAt: string
}

export interface Booking {
  readonly id: string
  readonly showId: string
  readonly userId: string
  readonly seats: readonly PricedSeat[]
  readonly total: number
  readonly currency: string
  readonly bookedAt: string
  /** `cancelled`: none of its seats are left. */
  readonly status: 'confirmed' | 'cancelled'
}

/** The best seats that are free, next to each other where possible. */
export interface Best {
  readonly count: number
  readonly category?: string
  readonly zone?: string
  /** The party needs accessible seats. */
  readonly accessible?: boolean
}

/** Seats by id, all or none; or the best there are. */
export type HoldAsk =
  | { readonly show: string; readonly seats: readonly string[] }
  | { readonly show: string; readonly best: Best }
export interface ExtendAsk {
  readonly show: string
  readonly hold: string
}
export type ReleaseAsk = ExtendAsk
export interface BookAsk extends ExtendAsk {
  /** Part of the hold; the rest goes free. */
  readonly seats?: readonly string[]
  /** The reference of a payment that was made elsewhere. */
  readonly payment?: { readonly reference: string }
}
export interface CancelAsk {
  readonly show: string
  readonly booking: string
  /** Part of the booking; the rest stays booked. */
  readonly seats?: readonly string[]
}

/** A write without its id and idempotency key. */
export type Write =
  | ({ readonly op: 'hold' } & HoldAsk)
  | ({ readonly op: 'extend' } & ExtendAsk)
  | ({ readonly op: 'release' } & ReleaseAsk)
  | ({ readonly op: 'book' } & BookAsk)
  | ({ readonly op: 'cancel' } & CancelAsk)

/** Why something was not done (RFC 9457). */
export interface Refused {
  readonly code: RefusalCode
  readonly title?: string
  /** One sentence for a person: what is wrong and what to do next. */
  readonly detail?: string
  /** The same request may succeed when it is sent again. */
  readonly retryable?: boolean
  /** Ids of the seats that were in the way. */
  readonly seats?: readonly string[]
  readonly retryAfterMs?: number
  /** RFC 3339: when the hold in question ends. */
  readonly expiresAt?: string
}

/** `hold` answers hold and extend, `booking` answers book and cancel; release has neither. */
export interface Granted {
  readonly ok: true
  /** The epoch of the show's shard when it answered. */
  readonly epoch: number
  readonly hold?: Hold
  readonly booking?: Booking
}

export type Answer = Granted | { readonly ok: false; readonly error: Refused }

export interface Snapshot {
  readonly ev: 'snapshot'
  readonly show: string
  readonly epoch: number
  readonly seq: number
  /** Base64, two bits a seat, the first seat in the lowest bits of the first byte. */
  readonly statuses: string
}

export interface Diff {
  readonly ev: 'diff'
  readonly show: string
  readonly epoch: number
  readonly seq: number
  readonly changes: readonly (readonly [seat: number, status: number])[]
}

export interface HoldExpired {
  readonly ev: 'hold_expired'
  readonly show: string
  readonly hold: string
}

export type Push = Snapshot | Diff | HoldExpired
