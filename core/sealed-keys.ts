// Which keys a show has used whose events are no longer in memory: 32 bits of each, and the segment its event stands in.
// A key that is not here was not used; one that seems to be may be another with the same bits, and its segment tells.
import { IDEMPOTENCY_MS } from './limits.ts'

/** Keys that were sealed together. */
export interface SealedSegment {
  /** Journal position of the snapshot it was stored with, which is its name. */
  readonly seq: number
  /** When its youngest key was used, epoch milliseconds. */
  readonly newestAt: number
  /** Of its keys, each once, ascending. */
  readonly hashes: Uint32Array
}

interface Segment {
  readonly seq: number
  readonly newestAt: number
  readonly keys: number
}

const NONE: readonly number[] = []
const BITS_MIN = 10
/** No key has this hash. */
const EMPTY = 0

/**
 * A table with open addressing and linear probing, half of its slots empty, eight bytes a slot. Who recovers has no time to
 * fill it: each look moves one segment in, and searches those that still wait.
 */
export class SealedKeys {
  /** Oldest first. Elsewhere a segment is named by its place among all there ever were. */
  private readonly segments: Segment[] = []
  private firstSegment = 0
  /** Segments that are not in the table yet, oldest first. */
  private waiting: { readonly place: number; readonly hashes: Uint32Array }[] = []
  private bits = 0
  private hashes = new Uint32Array(1)
  private places = new Uint32Array(1)
  /** Slots taken, and those that will be. */
  private taken = 0
  /** Odd. Multiplied with a hash it says where to look first. */
  private scatter = 1
  /** Keys in segments that are not forgotten. */
  size = 0
  /** What the store has is yet to be `read`: meanwhile nothing is added, and a key that is not here may have been used. */
  isUnread = false

  /** All there are in the store; see `add`. */
  read(segments: readonly SealedSegment[], scatter: number): void {
    this.add(segments, scatter)
    this.isUnread = false
  }

  /**
   * Segments come after all that were added before; those that are here change nothing. `scatter` is any number that
   * who chooses keys does not know: or they could be chosen so that all take the same slots.
   */
  add(segments: readonly SealedSegment[], scatter: number): void {
    if (this.segments.length === 0) this.scatter = (scatter | 1) & 0x3fffffff
    for (const { seq, newestAt, hashes } of segments) {
      if (seq <= (this.segments.at(-1)?.seq ?? Number.NEGATIVE_INFINITY)) continue
      const place = this.firstSegment + this.segments.length
      this.segments.push({ seq, newestAt, keys: hashes.length })
      this.waiting.push({ place, hashes })
      this.size += hashes.length
      this.taken += hashes.length
    }
  }

  /** Names of the segments that may have the key with this hash, used within a day before `now`; most often none. */
  find(hash: number, now: number): readonly number[] {
    if (this.segments.length === 0) return NONE
    if (this.waiting.length > 0) this.settleOne()
    let found: number[] | null = null
    const mask = this.hashes.length - 1
    let slot = Math.imul(hash, this.scatter) >>> (32 - this.bits)
    for (; this.hashes[slot] !== EMPTY; slot = (slot + 1) & mask) {
      if (this.hashes[slot] === hash) found = this.named(found, this.places[slot]!, now)
    }
    for (const { hashes, place } of this.waiting) {
      if (hashes[firstNotBelow(hashes, hash)] === hash) found = this.named(found, place, now)
    }
    return found ?? NONE
  }

  /** Whether the oldest segment is all of keys that nobody has to remember any more. */
  isForgettable(now: number): boolean {
    const oldest = this.segments[0]
    return oldest !== undefined && isOld(oldest, now)
  }

  forget(now: number): void {
    while (this.isForgettable(now)) {
      this.size -= this.segments.shift()!.keys
      this.firstSegment++
    }
    // What is forgotten keeps its slots, until they are the most of those taken.
    if (this.taken > 2 * this.size) this.rebuild()
  }

  private named(found: number[] | null, place: number, now: number): number[] | null {
    const segment = this.segments[place - this.firstSegment]
    if (segment === undefined || isOld(segment, now)) return found
    if (found === null) return [segment.seq]
    found.push(segment.seq)
    return found
  }

  private settleOne(): void {
    if (bitsFor(this.taken) > this.bits) this.rebuild()
    const next = this.waiting.shift()
    if (next !== undefined) this.insert(next.hashes, null, next.place)
  }

  /** Takes in those that are not forgotten, in one loop over plain numbers: a million a show have to be soon done. */
  private insert(added: Uint32Array, placeOf: Uint32Array | null, placeOfAll: number): void {
    const { hashes, places, scatter, firstSegment } = this
    const mask = hashes.length - 1
    const shift = 32 - this.bits
    for (let i = 0; i < added.length; i++) {
      const hash = added[i]!
      const place = placeOf === null ? placeOfAll : placeOf[i]!
      if (hash === EMPTY || place < firstSegment) continue
      let slot = Math.imul(hash, scatter) >>> shift
      while (hashes[slot] !== EMPTY) slot = (slot + 1) & mask
      hashes[slot] = hash
      places[slot] = place
    }
  }

  /** A table that has room for all that is not forgotten. */
  private rebuild(): void {
    const { hashes, places } = this
    this.waiting = this.waiting.filter(({ place }) => place >= this.firstSegment)
    this.taken = this.size
    this.bits = bitsFor(this.taken)
    this.hashes = new Uint32Array(2 ** this.bits)
    this.places = new Uint32Array(2 ** this.bits)
    this.insert(hashes, places, 0)
  }
}

function firstNotBelow(ascending: Uint32Array, value: number): number {
  let from = 0
  let to = ascending.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (ascending[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}

/** Of a table for so many keys. */
function bitsFor(keys: number): number {
  return Math.max(BITS_MIN, 33 - Math.clz32(keys))
}

function isOld({ newestAt }: Segment, now: number): boolean {
  return now - newestAt >= IDEMPOTENCY_MS
}

/** What is kept of a user's key: FNV-1a (32 bit) of both, and 1 for 0. Part of the format of segments. */
export function keyHash(user: string, key: string): number {
  const hash = mix(Math.imul(mix(0x811c9dc5, user) ^ 0x1f, 0x01000193), key) >>> 0
  return hash === EMPTY ? 1 : hash
}

function mix(from: number, text: string): number {
  let hash = from
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
