// A number for where a search is: which operations have their place, and the state they led to. It is kept up
// with every change, whatever the size of the state; 53 bits, so that a million places are told apart.
import type { Change } from './plain-show.ts'

export class StateHash {
  private low = 0
  private high = 0

  get value(): number {
    return (this.low >>> 0) * 0x200000 + (this.high >>> 11)
  }

  /** In or out, the same. */
  toggle(text: string): void {
    let low = 0x811c9dc5
    let high = 0x6c62272e
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ (code + 0x9e), 0x85ebca6b)
      high ^= high >>> 13
    }
    this.low ^= Math.imul(low ^ (low >>> 15), 0x2c1b3c6d)
    this.high ^= Math.imul(high ^ (high >>> 16), 0x297a2d39)
  }

  /** `change` was made, and `back` takes it back; or the other way round. */
  change(change: Change, back: Change): void {
    this.toggle(`now ${change.nowMs}`)
    this.toggle(`now ${back.nowMs}`)
    for (const { claims, seats } of [change, back]) {
      for (const [key, claim] of claims) {
        if (claim === undefined) continue
        const what =
          claim === null
            ? ''
            : `${claim.user} ${claim.from} ${claim.until} ${claim.extensions} ${claim.more} ${claim.seats}`
        this.toggle(`${key} ${what}`)
      }
      for (const [seat, by] of seats) if (by !== undefined) this.toggle(`seat ${seat} ${by}`)
    }
  }
}
