// What can be asked of a show. Doors decode bytes into these; the show's actor decides them.
import type { ShowDefinition } from './show.ts'

export interface BestRequest {
  readonly count: number
  readonly category?: string
  readonly zone?: string
  /** The party needs accessible seats. */
  readonly accessible?: boolean
}

/** Seats by id, or all of them by index: their place in `GET …/seats`, as feeds name them. */
export type SeatNames = readonly string[] | readonly number[]

/** Every command: its show, its caller, and its idempotency key ('' where the caller gave none). */
interface Asked {
  readonly show: string
  readonly user: string
  readonly admin: boolean
  readonly key: string
}

export interface HoldCommand extends Asked {
  readonly op: 'hold'
  /** Null with `best`. */
  readonly seats: SeatNames | null
  readonly best: BestRequest | null
}
export interface ExtendCommand extends Asked {
  readonly op: 'extend'
  readonly hold: string
}
export interface ReleaseCommand extends Asked {
  readonly op: 'release'
  readonly hold: string
}
export interface BookCommand extends Asked {
  readonly op: 'book'
  readonly hold: string
  /** Part of the hold; null for all of it. What is not booked goes free. */
  readonly seats: SeatNames | null
  /** Payment reference, '' for none. */
  readonly payment: string
}
export interface CancelCommand extends Asked {
  readonly op: 'cancel'
  /** Booking id, `<showId>.<number>`. */
  readonly booking: string
  readonly seats: SeatNames | null
}
export interface BlockCommand extends Asked {
  readonly op: 'block' | 'unblock'
  readonly seats: readonly string[]
}
export interface CreateCommand extends Asked {
  readonly op: 'create'
  readonly definition: ShowDefinition
}
export interface ChangeCommand extends Asked {
  readonly op: 'change'
  /** What is given replaces what was; `policy` and `prices` are merged by member. */
  readonly change: ShowChange
}
export interface ShowChange {
  readonly title?: string
  readonly startsAt?: number
  readonly prices?: Readonly<Record<string, number>>
  readonly policy?: Partial<ShowDefinition['policy']>
}

export type SeatCommand = HoldCommand | ExtendCommand | ReleaseCommand | BookCommand | CancelCommand | BlockCommand
export type Command = SeatCommand | CreateCommand | ChangeCommand
