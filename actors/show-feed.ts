// The committed face of one show: what reads and viewers see, and the numbered diffs between two looks.
// Only committed events come in here, so nothing it shows can be taken back.
import { assert } from '../core/assert.ts'
import type { ShowEvent } from '../core/event.ts'
import { AVAILABLE, BLOCKED, BOOKED, HELD, type Plan } from '../core/plan/plan.ts'
import type { ShowDefinition } from '../core/show.ts'
import { DiffRing } from './diff-ring.ts'
import type { Diff, ShowView } from './outcome.ts'

export class ShowFeed implements ShowView {
  definition: ShowDefinition
  readonly plan: Plan
  readonly statuses: Uint8Array
  epoch: number
  seq: number
  /** False while the show's own creation is not committed: then nobody may know of it. */
  exists: boolean
  watchers = 0
  /** Seats that changed since the last diff, while somebody watches. */
  private readonly touched = new Set<number>()
  /** The definition changed: viewers get a diff without seats, so that seq tells that prices may be others. */
  private redefined = false
  /** Something changed while nobody watched: the next look takes a new seq, without a diff. */
  private unseen = false
  private readonly ring = new DiffRing()

  constructor(definition: ShowDefinition, plan: Plan, statuses: Uint8Array, epoch: number, seq: number) {
    this.definition = definition
    this.plan = plan
    this.statuses = statuses
    this.epoch = epoch
    this.seq = seq
    this.exists = true
  }

  get pending(): boolean {
    return this.touched.size > 0 || this.redefined
  }

  /** Takes in a committed event. */
  absorb(event: ShowEvent): void {
    switch (event.kind) {
      case 'held':
        return this.set(event.seats, HELD)
      case 'extended':
        return
      case 'released':
      case 'expired':
      case 'cancelled':
      case 'unblocked':
        return this.set(event.seats, AVAILABLE)
      case 'booked':
        this.set(event.seats, BOOKED)
        return this.set(event.freed, AVAILABLE)
      case 'blocked':
        return this.set(event.seats, BLOCKED)
      case 'created':
      case 'changed':
        this.definition = event.definition
        this.exists = true
        if (this.watchers === 0) this.unseen = true
        else this.redefined = true
    }
  }

  private set(seats: readonly number[], status: number): void {
    for (let i = 0; i < seats.length; i++) this.statuses[seats[i]!] = status
    if (this.watchers === 0) this.unseen = true
    else for (let i = 0; i < seats.length; i++) this.touched.add(seats[i]!)
  }

  /** Closes the current diff, so that `statuses` stands at (epoch, seq). Null when nothing is to be pushed. */
  flush(): Diff | null {
    if (this.unseen) {
      // Changes came in that no diff tells of: what is in the ring leads nowhere any more.
      this.unseen = false
      this.ring.clear()
      this.seq++
    }
    if (!this.pending) return null
    const changes = new Uint32Array(this.touched.size * 2)
    let at = 0
    for (const seat of this.touched) {
      changes[at++] = seat
      changes[at++] = this.statuses[seat]!
    }
    this.touched.clear()
    this.redefined = false
    const diff = { epoch: this.epoch, seq: ++this.seq, changes }
    this.ring.add(diff)
    return diff
  }

  /** Diffs after (epoch, seq), oldest first; null when that is not on record. To be called flushed. */
  since(epoch: number, seq: number): readonly Diff[] | null {
    assert(!this.pending, 'a feed is flushed before it is read')
    return this.ring.between(epoch, seq, this)
  }

  /** The shard got a new epoch: numbering starts again, and everyone needs a snapshot. */
  restart(epoch: number): void {
    this.epoch = epoch
    this.seq = 0
    this.ring.clear()
    this.touched.clear()
    this.redefined = false
    this.unseen = false
  }
}
