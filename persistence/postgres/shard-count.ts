// How many shards a database was made with. Another number would look for shows in other shards: they
// would seem lost, and could be made and sold once more.
import type { Pool } from 'pg'

/** All at once: nodes that start together claim a part each, and a third one must not take a part for the whole. */
const MAKE = `
  insert into frontrow.shard_head (shard, epoch, seq, stamped_at, snapshot_seq)
  select shard, 0, 0, 0, 0 from generate_series(0, $1::int - 1) as shard
  where not exists (select from frontrow.shard_head)
  on conflict do nothing`

/** Makes the heads of a new database; rejects where there are those of another number of shards. */
export async function checkShardCount(pool: Pool, shards: number): Promise<void> {
  await pool.query(MAKE, [shards])
  const { rows } = await pool.query<{ count: number }>('select count(*) as count from frontrow.shard_head')
  const known = rows[0]!.count
  if (known === shards) return
  throw new Error(`SHARDS is ${shards}, but this database was made with ${known}: set SHARDS=${known}.`)
}
