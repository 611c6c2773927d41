// What each idempotency key did: the event itself, so that the first answer can be given again.
// Bounded in number and kept for at least a day (DESIGN rule 5); oldest first out. Keys stand with their
// users' tallies, which a command needs anyway: on shows of 5,000 holds that halved the time of a hold.
import type { ShowEvent } from './event.ts'
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_MS } from './limits.ts'
import { forget, recall, remember, type Tallies } from './tally.ts'

/** Forgotten entries at the front of the queue are cut off once there are this many. */
const COMPACT_AT = 1024

export class IdempotencyMemory {
  private readonly tallies: Tallies
  /** In the order they happened; those before `first` are forgotten. */
  private queue: ShowEvent[] = []
  private first = 0

  constructor(tallies: Tallies) {
    this.tallies = tallies
  }

  get size(): number {
    return this.queue.length - this.first
  }

  /** No room for another key at `now`, as all of them are younger than a day. */
  full(now: number): boolean {
    return this.size >= IDEMPOTENCY_KEYS_MAX && !forgettable(this.queue[this.first]!, now)
  }

  /** What `user` did with `key` within the last day. */
  find(user: string, key: string, now: number): ShowEvent | undefined {
    const event = recall(this.tallies.get(user), key)
    return event === undefined || forgettable(event, now) ? undefined : event
  }

  remember(event: ShowEvent): void {
    this.forget(event.at)
    this.queue.push(event)
    remember(this.tallies, event)
  }

  /** Oldest first. */
  *events(): Generator<ShowEvent> {
    for (let i = this.first; i < this.queue.length; i++) yield this.queue[i]!
  }

  private forget(now: number): void {
    while (this.first < this.queue.length && forgettable(this.queue[this.first]!, now)) {
      forget(this.tallies, this.queue[this.first++]!)
    }
    if (this.first >= COMPACT_AT && this.first * 2 >= this.queue.length) {
      this.queue = this.queue.slice(this.first)
      this.first = 0
    }
  }
}

function forgettable(event: ShowEvent, now: number): boolean {
  return now - event.at >= IDEMPOTENCY_MS
}
