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

/** A table with open addressing and linear probing, half of its slots empty at least, eight bytes a slot. */
export class SealedKeys {
  /** Oldest first. Elsewhere a segment is named by its place among all there ever were. */
  private readonly segments: Segment[] = []
  private firstSegment = 0
  private bits = 0
  private hashes = new Uint32Array(1)
  private places = new Uint32Array(1)
  /** Slots taken, and those that are about to be. */
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
    const latest = this.segments.at(-1)?.seq ?? Number.NEGATIVE_INFINITY
    const added = segments.filter(({ seq }) => seq > latest)
    for (const { hashes } of added) {
      this.size += hashes.length
      this.taken += hashes.length
    }
    if (bitsFor(this.taken) > this.bits) this.rebuild()
    for (const { seq, newestAt, hashes } of added) {
      const place = this.firstSegment + this.segments.length
      this.segments.push({ seq, newestAt, keys: hashes.length })
      this.insert(hashes, null, place)
    }
  }

  /** Names of the segments that may have the key with this hash, used within a day before `now`; most often none. */
  find(hash: number, now: number): readonly number[] {
    if (this.segments.length === 0) return NONE
    let found: number[] | null = null
    const mask = this.hashes.length - 1
    let slot = Math.imul(hash, this.scatter) >>> (32 - this.bits)
    for (; this.hashes[slot] !== EMPTY; slot = (slot + 1) & mask) {
      if (this.hashes[slot] === hash) found = this.named(found, this.places[slot]!, now)
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
    this.taken = this.size
    this.bits = bitsFor(this.taken)
    this.hashes = new Uint32Array(2 ** this.bits)
    this.places = new Uint32Array(2 ** this.bits)
    this.insert(hashes, places, 0)
  }
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
