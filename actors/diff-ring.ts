// The latest diffs of one feed, without gaps, for viewers that come back.
import { FEED_RING_MAX } from '../core/limits.ts'
import type { Diff } from './outcome.ts'

export class DiffRing {
  private diffs: Diff[] = []

  add(diff: Diff): void {
    this.diffs.push(diff)
    if (this.diffs.length > FEED_RING_MAX) this.diffs.shift()
  }

  /** What is in it leads nowhere any more. */
  clear(): void {
    this.diffs = []
  }

  /** Those that lead from (epoch, seq) to `at`, where the feed stands; null when they are not all on record. */
  between(epoch: number, seq: number, at: { readonly epoch: number; readonly seq: number }): readonly Diff[] | null {
    if (epoch !== at.epoch || seq > at.seq) return null
    const missing = at.seq - seq
    if (missing > this.diffs.length) return null
    return this.diffs.slice(this.diffs.length - missing)
  }
}
