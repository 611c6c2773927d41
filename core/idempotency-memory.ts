// What each idempotency key did: the event itself, so that the first answer can be given again.
// Bounded in number and kept for at least a day (DESIGN rule 5); oldest first out. Keys stand with their
// users' tallies, which a command needs anyway: on shows of 5,000 holds that halved the time of a hold.
// The older ones are sealed: their events are in the store, and here is only that they were used.
import type { ShowEvent } from './event.ts'
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_MS, RECALLED_KEYS_MAX } from './limits.ts'
import { keyHash, SealedKeys, type SealedSegment } from './sealed-keys.ts'
import { forget, recall, remember, type Tallies } from './tally.ts'

/** Forgotten entries at the front of the queue are cut off once there are this many. */
const COMPACT_AT = 1024

/** What has to be read in the store before it is known what `key` did: the segments that may have it. */
export interface SealedKey {
  readonly user: string
  readonly key: string
  readonly segments: readonly number[]
  /** When it was asked for. */
  readonly at: number
}

export class IdempotencyMemory {
  readonly sealed = new SealedKeys()
  private readonly tallies: Tallies
  /** In the order they happened; those before `first` are forgotten, or sealed. */
  private queue: ShowEvent[] = []
  private first = 0
  /** Events that were cut off the front of the queue. */
  private cutOff = 0
  /** What sealed keys were found to have done, by user and key; null: nothing. Worth asking again once more are sealed. */
  private readonly recalled = new Map<string, ShowEvent | null>()

  constructor(tallies: Tallies) {
    this.tallies = tallies
  }

  get size(): number {
    return this.unsealed + this.sealed.size
  }

  /** Keys whose events are here. */
  get unsealed(): number {
    return this.queue.length - this.first
  }

  /** Where the next event will stand among all that were ever remembered here. */
  get end(): number {
    return this.cutOff + this.queue.length
  }

  /** No room for another key at `now`, as all of them are younger than a day. */
  full(now: number): boolean {
    if (this.size < IDEMPOTENCY_KEYS_MAX) return false
    if (this.sealed.size > 0) return !this.sealed.isForgettable(now)
    return !forgettable(this.queue[this.first]!, now)
  }

  /** What `user` did with `key` within the last day, as far as it is known here: a sealed key may have done something. */
  find(user: string, key: string, now: number): ShowEvent | undefined {
    const event = recall(this.tallies.get(user), key) ?? this.found(user, key)
    return event === undefined || forgettable(event, now) ? undefined : event
  }

  /** Where to look for what `user` did with `key`, which `find` does not know; null where it did nothing. */
  sealedKey(user: string, key: string, now: number): SealedKey | null {
    if (this.sealed.size === 0 || this.recalled.has(nameOf(user, key))) return null
    const segments = this.sealed.find(keyHash(user, key), now)
    return segments.length === 0 ? null : { user, key, segments, at: now }
  }

  /** Whether some of the segments of `asked` need not be remembered any more at `now`, and may be gone from the store. */
  isOutdated({ user, key, segments }: SealedKey, now: number): boolean {
    const known = this.sealed.find(keyHash(user, key), now)
    return !segments.every((segment) => known.includes(segment))
  }

  /** The segments of `asked` were read: `event` is what its key did, null that it is not in them. */
  reveal({ user, key, segments, at }: SealedKey, event: ShowEvent | null): void {
    // Sealed meanwhile, it is in a segment that was not read.
    const known = this.sealed.find(keyHash(user, key), at)
    if (known.some((segment) => !segments.includes(segment))) return
    for (const oldest of this.recalled.keys()) {
      if (this.recalled.size < RECALLED_KEYS_MAX) break
      this.recalled.delete(oldest)
    }
    this.recalled.set(nameOf(user, key), event)
  }

  remember(event: ShowEvent): void {
    this.forget(event.at)
    this.queue.push(event)
    remember(this.tallies, event)
  }

  /** Those that are here, oldest first. */
  *events(): Generator<ShowEvent> {
    for (let i = this.first; i < this.queue.length; i++) yield this.queue[i]!
  }

  /** The events before `end` are in the store, in `segment`: only its hashes are kept. */
  seal(end: number, segment: SealedSegment, scatter: number): void {
    this.sealed.add([segment], scatter)
    this.recalled.clear()
    while (this.cutOff + this.first < end) forget(this.tallies, this.queue[this.first++]!)
    this.cut()
  }

  private found(user: string, key: string): ShowEvent | undefined {
    return this.recalled.size === 0 ? undefined : (this.recalled.get(nameOf(user, key)) ?? undefined)
  }

  private forget(now: number): void {
    if (this.sealed.isForgettable(now)) this.sealed.forget(now)
    while (this.first < this.queue.length && forgettable(this.queue[this.first]!, now)) {
      forget(this.tallies, this.queue[this.first++]!)
    }
    if (this.first >= COMPACT_AT && this.first * 2 >= this.queue.length) this.cut()
  }

  private cut(): void {
    this.queue = this.queue.slice(this.first)
    this.cutOff += this.first
    this.first = 0
  }
}

function nameOf(user: string, key: string): string {
  return `${user}\0${key}`
}

function forgettable(event: ShowEvent, now: number): boolean {
  return now - event.at >= IDEMPOTENCY_MS
}
