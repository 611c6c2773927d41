// All that is known after a sell-out: what the buyers were told, what the journal says, what the projections show.
// The checker takes it apart; it comes from three sources that do not know of each other.
import type { Frame } from '../../core/codec/frame-codec.ts'

/** One write of one buyer, under one key, with every answer it ever got. */
export interface WriteRecord {
  readonly user: string
  readonly op: 'hold' | 'extend' | 'release' | 'book' | 'cancel' | 'block' | 'unblock'
  readonly key: string
  /** The hold it is about; '' for a new one. */
  readonly hold: string
  /** Seat ids it named, if any. */
  readonly seats: readonly string[] | null
  /** The `hold` or `booking` of each answer that granted it, as JSON; `{}` where it has neither. */
  readonly granted: string[]
  /** Codes of refusals that were final. */
  readonly refusals: string[]
  /** It was sent another time without an answer: that one may have happened after the refusal. */
  readonly unanswered?: boolean
}

export interface JournalFrame {
  readonly shard: number
  readonly epoch: number
  readonly seq: number
  readonly frame: Frame
}

/** A booking as SQL users see it. */
export interface BookingRow {
  readonly id: string
  readonly show: string
  readonly user: string
  readonly total: number
  readonly seats: readonly { readonly id: string; readonly price: number }[]
}

/** A seat map at a position. */
interface MapAt {
  readonly epoch: number
  readonly seq: number
  readonly statuses: Uint8Array
}

export interface BuyerMap extends MapAt {
  readonly user: string
  /** What came out of order, a sentence each. */
  readonly disorder: readonly string[]
}

export interface SaleHistory {
  readonly show: string
  /** By seat index. */
  readonly seatIds: readonly string[]
  readonly records: readonly WriteRecord[]
  /** Ascending by shard and seq, with the frames that have moved into history. */
  readonly frames: readonly JournalFrame[]
  readonly bookings: readonly BookingRow[]
  /** What the server said last. */
  readonly map: MapAt
  readonly buyerMaps: readonly BuyerMap[]
}
