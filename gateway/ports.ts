// What the doors read that the shows in memory do not answer: the read model, and the journal for whoever tells
// others of it. persistence/ implements these; the composition root puts them together.
import type { FrameRow } from '../actors/ports.ts'

/** A booking as the read model has it; money in minor units, times in epoch milliseconds. */
export interface BookingRead {
  readonly id: string
  readonly showId: string
  readonly userId: string
  /** Seats it still has, by seat index. */
  readonly seats: readonly { readonly index: number; readonly id: string; readonly price: number }[]
  /** Of those seats. */
  readonly total: number
  readonly currency: string
  readonly bookedAt: number
  readonly status: 'confirmed' | 'cancelled'
  /** The plan that tells the seats' categories. */
  readonly planHash: string
}

export interface ShowRead {
  readonly id: string
  readonly title: string
  readonly startsAt: number
  readonly currency: string
  readonly seatCount: number
}

interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page starts; null when this is the last. */
  readonly next: string | null
}

export interface BookingReads {
  /** Latest first. `cursor` is a `next` answered before, or null. */
  byUser(user: string, limit: number, cursor: string | null): Promise<Page<BookingRead>>
  byId(id: string): Promise<BookingRead | null>
}

export interface ShowReads {
  /** Soonest first. */
  list(limit: number, cursor: string | null): Promise<Page<ShowRead>>
}

export interface Projector {
  /** Whether the read model has reached `seq` of `shard` within `timeoutMs`. */
  caughtUp(shard: number, seq: number, timeoutMs: number): Promise<boolean>
}

/** How far the events of a shard are published: every frame up to `seq`, and so many events of the next one. */
export interface EventPosition {
  readonly seq: number
  readonly events: number
}

/** The journal as whoever publishes its events reads it, and how far they have got. */
export interface EventJournal {
  /**
   * Takes or prolongs the right to publish, which one node has at a time. `streamSeq` is where the stream ended
   * when positions were saved last, null when that never was. Null while somebody else has the right.
   */
  lease(owner: string, leaseMs: number): Promise<{ readonly streamSeq: number | null } | null>
  /** Gives the right back. */
  resign(owner: string): Promise<void>
  /** Positions as they were saved last, by shard. */
  positions(): Promise<ReadonlyMap<number, EventPosition>>
  /**
   * Saves positions of shards, all of whose events are in the stream up to `streamSeq`, and prolongs the right to
   * publish. False, and nothing is saved, when `owner` has it no more.
   */
  save(
    owner: string,
    leaseMs: number,
    streamSeq: number,
    positions: ReadonlyMap<number, EventPosition>
  ): Promise<boolean>
  /** Position of the last frame of each shard. */
  heads(): Promise<ReadonlyMap<number, number>>
  /** Frames of `shard` with `seq > after`, ascending, wherever they are kept by now. */
  frames(shard: number, after: number, rows: number, bytes: number): Promise<readonly FrameRow[]>
  /** What the read model knows of a show; null while it does not know it. */
  show(id: string): Promise<{ readonly currency: string; readonly planHash: string } | null>
}
