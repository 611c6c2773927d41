// How many shards a database was made with. Another number would look for shows in other shards: they
// would seem lost, and could be made and sold once more.
import type { Pool } from 'pg'

/** Rejects where the database has heads of another number of shards. */
export async function checkShardCount(pool: Pool, shards: number): Promise<void> {
  const { rows } = await pool.query<{ count: number }>('select count(*) as count from frontrow.shard_head')
  const known = rows[0]!.count
  if (known === 0 || known === shards) return
  throw new Error(`SHARDS is ${shards}, but this database was made with ${known}: set SHARDS=${known}.`)
}
