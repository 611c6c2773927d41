// Who wrote where of late, so that a read waits until the read model has it: everyone sees what they
// just did (read your writes), and nobody waits for what others did. A table of one size, with a few places for all
// users of one hash: a write is noted in place, and overwrites one that was noted thousands of writes before.
import type { Shows } from '../actors/outcome.ts'
import { READ_YOUR_WRITES_MS, RECENT_WRITES_MAX } from '../core/limits.ts'
import { fnv1a } from '../core/shard.ts'
import type { Projector } from './ports.ts'

export interface RecentWrites {
  /** Call when a write of `user` on `show` was answered. */
  note(user: string, show: string): void
  /** Resolves when the read model has all that was noted for `user`, or after a second. */
  settled(user: string): Promise<void>
}

const WAYS = 8
const SETS = RECENT_WRITES_MAX / WAYS

export function createRecentWrites(shows: Pick<Shows, 'position'>, projector: Projector): RecentWrites {
  const users = new Uint32Array(RECENT_WRITES_MAX)
  const shards = new Uint32Array(RECENT_WRITES_MAX)
  /** 0: nothing was noted there. */
  const seqs = new Float64Array(RECENT_WRITES_MAX)
  /** When each was noted, by the number of the note. */
  const notedAt = new Float64Array(RECENT_WRITES_MAX)
  let notes = 0

  /** Where the user and shard stand already, or else the oldest place of their set. */
  function placeOf(hash: number, shard: number): number {
    const first = (hash % SETS) * WAYS
    let oldest = first
    for (let at = first; at < first + WAYS; at++) {
      if (users[at] === hash && shards[at] === shard) return at
      if (notedAt[at]! < notedAt[oldest]!) oldest = at
    }
    return oldest
  }

  return {
    note(user, show) {
      const { shard, seq } = shows.position(show)
      const hash = fnv1a(user)
      const at = placeOf(hash, shard)
      users[at] = hash
      shards[at] = shard
      seqs[at] = seq
      notedAt[at] = ++notes
    },
    async settled(user) {
      const hash = fnv1a(user)
      const first = (hash % SETS) * WAYS
      const waits: Promise<boolean>[] = []
      for (let at = first; at < first + WAYS; at++) {
        if (users[at] !== hash || seqs[at] === 0) continue
        waits.push(projector.caughtUp(shards[at]!, seqs[at]!, READ_YOUR_WRITES_MS))
      }
      await Promise.all(waits)
    }
  }
}
