// Frames that this node has committed of late, at hand for the read model and the event stream, which read each moments after
// it was written. Keeps true: a frame that is here is in the journal, and is the one that stands there. What is not here,
// as it is older or another node's, is read from the journal.
import type { FrameRow } from '../actors/ports.ts'
import { RECENT_FRAMES_BYTES_MAX, SHARDS_MAX } from '../core/limits.ts'

export interface RecentFrames {
  /** `frame` was committed. Its bytes are kept. */
  add(frame: FrameRow): void
  /** Frames of `shard` from `after` on without a gap, at most `rows` of them and about `bytes`; none where the next is not here. */
  read(shard: number, after: number, rows: number, bytes: number): readonly FrameRow[]
}

/** Of a frame in memory, beside its bytes. */
const BESIDE_BYTES = 200
/** What is let go at a time: a map forgets its oldest entries fast when they are many. */
const KEPT_SHARE = 0.9

export function createRecentFrames(bytesMax = RECENT_FRAMES_BYTES_MAX): RecentFrames {
  /** In the order they were committed. */
  const frames = new Map<number, FrameRow>()
  let size = 0

  function letGo(): void {
    for (const [key, { bytes }] of frames) {
      if (size <= bytesMax * KEPT_SHARE) break
      frames.delete(key)
      size -= bytes.length + BESIDE_BYTES
    }
  }

  return {
    add(frame) {
      frames.set(keyOf(frame.shard, frame.seq), frame)
      size += frame.bytes.length + BESIDE_BYTES
      if (size > bytesMax) letGo()
    },
    read(shard, after, rows, bytes) {
      const found: FrameRow[] = []
      for (let left = bytes; found.length < rows && left > 0; ) {
        const frame = frames.get(keyOf(shard, after + found.length + 1))
        if (frame === undefined) break
        found.push(frame)
        left -= frame.bytes.length
      }
      return found
    }
  }
}

function keyOf(shard: number, seq: number): number {
  return seq * SHARDS_MAX + shard
}
