// Which keys a show has used whose events are no longer in memory: 32 bits of each, and the segment its event stands in.
// A key that is not here was not used; one that seems to be may be another with the same bits, and its segment tells.
import { IDEMPOTENCY_MS } from './limits.ts'

/** Keys that were sealed together. */
export interface SealedSegment {
  /** Journal position of the snapshot it was stored with, which is its name. */
  readonly seq: number
  /** When its youngest key was used, epoch milliseconds. */
  readonly newestAt: number
  /** Of its keys, each once. */
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

/** Open addressing with linear probing, half of the slots empty, eight bytes a slot. */
export class SealedKeys {
  /** Oldest first. The table names a segment by its place among all there ever were. */
  private readonly segments: Segment[] = []
  private firstSegment = 0
  private bits = 0
  private hashes = new Uint32Array(1)
  private places = new Uint32Array(1)
  private taken = 0
  /** Odd. Multiplied with a hash it says where to look first. */
  private scatter = 1
  /** Keys in segments that are not forgotten. */
  size = 0

  /**
   * Segments come after all that were added before; those that are here change nothing. `scatter` is any number that
   * who chooses keys does not know: or they could be chosen so that all take the same slots.
   */
  add(segments: readonly SealedSegment[], scatter: number): void {
    if (this.bits === 0) this.scatter = (scatter | 1) & 0x3fffffff
    let more = 0
    for (const { hashes } of segments) more += hashes.length
    this.reserve(more)
    for (const { seq, newestAt, hashes } of segments) {
      if (this.segments.some((segment) => segment.seq === seq)) continue
      const place = this.firstSegment + this.segments.length
      this.segments.push({ seq, newestAt, keys: hashes.length })
      this.size += hashes.length
      this.insert(hashes, place)
    }
  }

  /** Names of the segments that may have the key with this hash, used within a day before `now`; most often none. */
  find(hash: number, now: number): readonly number[] {
    if (this.bits === 0) return NONE
    let found: number[] | null = null
    const mask = this.hashes.length - 1
    for (let slot = this.slotOf(hash); this.hashes[slot] !== EMPTY; slot = (slot + 1) & mask) {
      if (this.hashes[slot] !== hash) continue
      const segment = this.segments[this.places[slot]! - this.firstSegment]
      if (segment === undefined || isOld(segment, now)) continue
      if (found === null) found = [segment.seq]
      else found.push(segment.seq)
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
    if (this.taken > 2 * this.size) this.rebuild(bitsFor(this.size))
  }

  private slotOf(hash: number): number {
    return Math.imul(hash, this.scatter) >>> (32 - this.bits)
  }

  /** One loop over plain numbers: ten million of them are to take well below a second. */
  private insert(added: Uint32Array, place: number): void {
    const { hashes, places, scatter } = this
    const mask = hashes.length - 1
    const shift = 32 - this.bits
    for (let i = 0; i < added.length; i++) {
      const hash = added[i]!
      let slot = Math.imul(hash, scatter) >>> shift
      while (hashes[slot] !== EMPTY) slot = (slot + 1) & mask
      hashes[slot] = hash
      places[slot] = place
    }
    this.taken += added.length
  }

  /** Room for `more` keys. */
  private reserve(more: number): void {
    const bits = bitsFor(this.taken + more)
    if (bits > this.bits) this.rebuild(bits)
  }

  private rebuild(bits: number): void {
    const { hashes, places } = this
    this.bits = bits
    this.hashes = new Uint32Array(2 ** bits)
    this.places = new Uint32Array(2 ** bits)
    this.taken = 0
    for (let slot = 0; slot < hashes.length; slot++) {
      if (hashes[slot] === EMPTY || places[slot]! < this.firstSegment) continue
      this.insert(hashes.subarray(slot, slot + 1), places[slot]!)
    }
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
