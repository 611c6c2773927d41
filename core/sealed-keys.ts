// Which keys a show has used whose events are no longer in memory: 32 bits of each, and the segment its event stands in.
// A key that is not here was not used; one that seems to be may be another with the same bits, and its segment tells.
// Sorted, not hashed: who chooses keys cannot choose how long it takes to find one.
import { IDEMPOTENCY_MS } from './limits.ts'

interface Segment {
  /** Journal position of the snapshot it was stored with, which is its name. */
  readonly seq: number
  /** When its youngest key was used, epoch milliseconds. */
  readonly newestAt: number
  readonly keys: number
}

/** Hashes of one or several segments, ascending, and the place of the segment of each. */
interface Run {
  readonly hashes: Uint32Array
  readonly places: Uint32Array
}

const NONE: readonly number[] = []

export class SealedKeys {
  /** Oldest first. Runs name a segment by its place among all there ever were. */
  private readonly segments: Segment[] = []
  private firstSegment = 0
  /** Each at least twice as long as the next, so that there are few, and a hash is merged but a few times. */
  private runs: Run[] = []
  private stored = 0
  /** Hashes in segments that are not forgotten. */
  size = 0

  /** Ascending `hashes` of a segment that comes after all that were added before. One that is here changes nothing. */
  add(seq: number, newestAt: number, hashes: Uint32Array): void {
    if (this.segments.some((segment) => segment.seq === seq)) return
    const place = this.firstSegment + this.segments.length
    this.segments.push({ seq, newestAt, keys: hashes.length })
    this.size += hashes.length
    this.push({ hashes, places: new Uint32Array(hashes.length).fill(place) })
  }

  /** Names of the segments that may have the key with this hash, used within a day before `now`; most often none. */
  find(hash: number, now: number): readonly number[] {
    let found: number[] | null = null
    for (const { hashes, places } of this.runs) {
      for (let at = firstNotBelow(hashes, hash); at < hashes.length && hashes[at] === hash; at++) {
        const segment = this.segments[places[at]! - this.firstSegment]
        if (segment === undefined || isOld(segment, now)) continue
        if (found === null) found = [segment.seq]
        else found.push(segment.seq)
      }
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
    // What is forgotten goes when runs are merged: all of them, once it is the most of what is stored.
    if (this.stored <= 2 * this.size) return
    const { runs } = this
    this.runs = []
    this.stored = 0
    for (const run of runs) this.push(run, true)
  }

  private push(run: Run, always = false): void {
    let last = run
    this.stored += run.hashes.length
    for (let before = this.runs.at(-1); before !== undefined; before = this.runs.at(-1)) {
      if (!always && before.hashes.length >= 2 * last.hashes.length) break
      this.runs.pop()
      const merged = this.merge(before, last)
      this.stored += merged.hashes.length - before.hashes.length - last.hashes.length
      last = merged
    }
    this.runs.push(last)
  }

  private merge(one: Run, other: Run): Run {
    const length = one.hashes.length + other.hashes.length
    const hashes = new Uint32Array(length)
    const places = new Uint32Array(length)
    let end = 0
    for (let i = 0, j = 0; i < one.hashes.length || j < other.hashes.length; ) {
      const isOne = j >= other.hashes.length || (i < one.hashes.length && one.hashes[i]! <= other.hashes[j]!)
      const place = isOne ? one.places[i]! : other.places[j]!
      const hash = isOne ? one.hashes[i++]! : other.hashes[j++]!
      if (place < this.firstSegment) continue
      hashes[end] = hash
      places[end++] = place
    }
    return end === length ? { hashes, places } : { hashes: hashes.slice(0, end), places: places.slice(0, end) }
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

function isOld({ newestAt }: Segment, now: number): boolean {
  return now - newestAt >= IDEMPOTENCY_MS
}

/** What is kept of a user's key: FNV-1a (32 bit) of both. Part of the format of segments. */
export function keyHash(user: string, key: string): number {
  return mix(Math.imul(mix(0x811c9dc5, user) ^ 0x1f, 0x01000193), key) >>> 0
}

function mix(from: number, text: string): number {
  let hash = from
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
