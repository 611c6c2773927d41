// Stores over a database, as the contract suites and the tests of projections want them.
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { FrameRow } from '../../actors/ports.ts'
import { migrate } from '../../persistence/migrate.ts'
import { createPool } from '../../persistence/postgres/postgres.ts'
import { createPostgresJournal, readFrames } from '../../persistence/postgres/postgres-journal.ts'
import { createPostgresNodes } from '../../persistence/postgres/postgres-nodes.ts'
import { createPostgresPlans } from '../../persistence/postgres/postgres-plans.ts'
import { createPostgresRoster } from '../../persistence/postgres/postgres-roster.ts'
import { createPostgresSnapshots } from '../../persistence/postgres/postgres-snapshots.ts'
import type { StoreStage } from '../journal-contract.ts'
import type { RosterStage } from '../roster-contract.ts'

const HISTORY = `
  select shard, seq, epoch, stamped_at as "stampedAt", frame as bytes
  from frontrow.journal_history where shard = $1 order by seq`
const PROJECT = `
  insert into frontrow.projection_position (shard, seq) values ($1, $2)
  on conflict (shard) do update set seq = excluded.seq`

/** Two nodes' stores over the database at `url`, which is brought to the newest schema. */
export async function storesOn(url: string): Promise<StoreStage & { readonly pool: Pool }> {
  await migrate(url)
  const pool = createPool(url)
  const journal = createPostgresJournal(url, pool)
  const other = createPostgresJournal(url, pool)
  return {
    pool,
    journal,
    other,
    snapshots: createPostgresSnapshots(pool),
    plans: createPostgresPlans(pool),
    project: async (shard, seq) => {
      await pool.query(PROJECT, [shard, seq])
    },
    all: (shard) => readFrames(pool, shard, 0, 10_000, 1e9, 'journal_all'),
    history: async (shard) => (await pool.query<FrameRow>(HISTORY, [shard])).rows,
    close: async () => {
      await Promise.all([journal.close(), other.close()])
      await pool.end()
    }
  }
}

/** Two nodes' rosters over the database at `url`, which is brought to the newest schema. */
export async function rostersOn(url: string): Promise<RosterStage> {
  await migrate(url)
  const [pool, otherPool] = [createPool(url), createPool(url)]
  return {
    roster: createPostgresRoster(pool),
    other: createPostgresRoster(otherPool),
    drain: (node) => createPostgresNodes(otherPool).drain(node),
    pass: (ms) => delay(ms),
    close: async () => {
      await Promise.all([pool.end(), otherPool.end()])
    }
  }
}
