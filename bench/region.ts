// The actors over a database, in a process of a bench and without any doors: for whoever has much to put there.
import { ShardRegion } from '../actors/shard-region.ts'
import { systemClock } from '../gateway/system-clock.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../persistence/postgres/postgres-journal.ts'
import { createPostgresPlans } from '../persistence/postgres/postgres-plans.ts'
import { createPostgresSnapshots } from '../persistence/postgres/postgres-snapshots.ts'

export async function openRegion(url: string, shards: number, committed: (events: number) => void) {
  const pool = createPool(url)
  const journal = createPostgresJournal(url, pool)
  const plans = createPostgresPlans(pool)
  const quiet = () => {}
  const region = new ShardRegion({
    ...{ shards, owner: 'bench', journal, plans, clock: systemClock, snapshots: createPostgresSnapshots(pool) },
    observer: {
      ...{ answered: quiet, committed, pushed: quiet },
      incident: (level, what, facts) => console.log(level, what, facts)
    },
    feed: { isBehind: () => false, onBehind: quiet, diff: quiet, snapshot: quiet, holdExpired: quiet }
  })
  await region.start()
  return {
    ...{ region, pool, plans },
    close: async () => {
      await region.stop()
      await journal.close()
      await pool.end()
    }
  }
}
