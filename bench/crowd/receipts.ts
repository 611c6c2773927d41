// When how many viewers were told something: counts by the millisecond from the first of them on.

const FIRST_ROOM_MS = 64
/** Whoever hears of it later counts as this late. */
const LATE_MS_MAX = 600_000

export class Receipts {
  readonly firstAt: number
  counts = new Uint32Array(FIRST_ROOM_MS)

  constructor(now: number) {
    this.firstAt = now
    this.counts[0] = 1
  }

  add(now: number): void {
    const ms = Math.min(LATE_MS_MAX, Math.floor(now - this.firstAt))
    if (ms >= this.counts.length) {
      const roomier = new Uint32Array(Math.max(ms + 1, this.counts.length * 2))
      roomier.set(this.counts)
      this.counts = roomier
    }
    this.counts[ms]!++
  }
}
