// A show's seat statuses as the feed tells them. `statuses` is always the server's state at exactly
// `position`: a diff is applied only if it is the next one; anything else asks for what is missing.
import { STATUS_NAMES } from '../../core/plan/plan.ts'
import type { Diff, SeatList, Snapshot } from './protocol.ts'

export interface Position {
  readonly epoch: number
  readonly seq: number
}

const STATUSES = Array.from(STATUS_NAMES.keys())

/** A show's map at a position. */
export interface ShowMap extends Position {
  /** By seat index: 0 available, 1 held, 2 booked, 3 blocked. */
  readonly statuses: Uint8Array
}

/** The map that a list of seats shows. */
export function mapOf({ epoch, seq, seats }: SeatList): ShowMap {
  return { epoch, seq, statuses: Uint8Array.from(seats, (seat) => STATUS_NAMES.indexOf(seat.status)) }
}

/** `gap`: nothing was changed, and the show must be subscribed to again from `position`. */
export type Applied = 'applied' | 'old' | 'gap'

/** Gets the seat indexes that changed, or null when any may have. */
export type SeatListener = (seats: readonly number[] | null) => void

export class ShowStore {
  /** By seat index: 0 available, 1 held, 2 booked, 3 blocked. Changed in place once the show is known. */
  statuses: Uint8Array
  /** Seats by status; up to three available ones too many where the number of seats was never told. */
  readonly counts = new Uint32Array(4)
  #position: Position
  /** On a new socket the server may know less than before, being a restored one: it is believed all the same. */
  #believing = true
  readonly #listeners = new Set<SeatListener>()

  /** `from` is taken over, not copied. Without it nothing is known before the first snapshot. */
  constructor(from: ShowMap = { epoch: 0, seq: 0, statuses: new Uint8Array() }) {
    this.statuses = from.statuses
    this.#position = { epoch: from.epoch, seq: from.seq }
    this.#count()
  }

  /** Where the map is in the show's feed; epochs begin at 1. */
  get position(): Position {
    return this.#position
  }

  /** What comes next comes over a new socket. */
  reconnected(): void {
    this.#believing = true
  }

  onChange(listener: SeatListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  applyDiff(diff: Pick<Diff, 'epoch' | 'seq' | 'changes'>): Applied {
    const { epoch, seq } = this.#position
    if (diff.epoch < epoch || (diff.epoch === epoch && diff.seq <= seq)) return this.#believing ? 'gap' : 'old'
    if (diff.epoch !== epoch || diff.seq !== seq + 1) return 'gap'
    const changed: number[] = []
    for (const [seat, status] of diff.changes) {
      const before = seat < this.statuses.length ? this.statuses[seat] : undefined
      // What no map can show changes nothing, so that statuses and counts always agree.
      if (before === undefined || before === status || !STATUSES.includes(status)) continue
      this.counts[before]!--
      this.counts[status]!++
      this.statuses[seat] = status
      changed.push(seat)
    }
    this.#moved(diff)
    if (changed.length > 0) this.#tell(changed)
    return 'applied'
  }

  applySnapshot(snapshot: Pick<Snapshot, 'epoch' | 'seq' | 'statuses'>): Applied {
    const { epoch, seq } = this.#position
    const older = snapshot.epoch < epoch || (snapshot.epoch === epoch && snapshot.seq < seq)
    if (older && !this.#believing) return 'old'
    if (this.statuses.length === 0) this.statuses = new Uint8Array(atob(snapshot.statuses).length * 4)
    unpackStatuses(snapshot.statuses, this.statuses)
    this.#moved(snapshot)
    this.#count()
    this.#tell(null)
    return 'applied'
  }

  #moved(to: Position): void {
    this.#position = { epoch: to.epoch, seq: to.seq }
    this.#believing = false
  }

  #count(): void {
    this.counts.fill(0)
    for (const status of this.statuses) this.counts[status]!++
  }

  #tell(seats: readonly number[] | null): void {
    for (const listener of this.#listeners) listener(seats)
  }
}

/** Base64 of two bits a seat into a byte a seat. Seats that the text does not reach stay as they are. */
export function unpackStatuses(packed: string, into: Uint8Array): void {
  const bytes = atob(packed)
  const known = Math.min(into.length, bytes.length * 4)
  for (let seat = 0; seat < known; seat++) {
    into[seat] = (bytes.charCodeAt(seat >> 2) >> ((seat & 3) * 2)) & 3
  }
}
