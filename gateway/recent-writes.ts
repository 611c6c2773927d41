// Who wrote where of late, so that a read waits until the read model has it: everyone sees what they
// just did (read your writes), and nobody waits for what others did.
import type { Shows } from '../actors/outcome.ts'
import { READ_YOUR_WRITES_MS, RECENT_SHARDS_MAX, RECENT_WRITERS_MAX } from '../core/limits.ts'
import type { Projector } from './ports.ts'
import { createRecentMap } from './recent-map.ts'

export interface RecentWrites {
  /** Call when a write of `user` on `show` was answered. */
  note(user: string, show: string): void
  /** Resolves when the read model has all that was noted for `user`, or after a second. */
  settled(user: string): Promise<void>
}

export function createRecentWrites(shows: Pick<Shows, 'position'>, projector: Projector): RecentWrites {
  const writers = createRecentMap<string, Map<number, number>>(RECENT_WRITERS_MAX)
  return {
    note(user, show) {
      const { shard, seq } = shows.position(show)
      const known = writers.get(user)
      if (known === undefined) return writers.set(user, new Map([[shard, seq]]))
      known.delete(shard)
      known.set(shard, seq)
      if (known.size > RECENT_SHARDS_MAX) known.delete(known.keys().next().value as number)
    },
    async settled(user) {
      const known = writers.get(user)
      if (known === undefined) return
      await Promise.all(
        Array.from(known, async ([shard, seq]) => {
          const reached = await projector.caughtUp(shard, seq, READ_YOUR_WRITES_MS)
          if (reached && known.get(shard) === seq) known.delete(shard)
        })
      )
    }
  }
}
