// Snapshots of shows in Postgres. Keeps true: what is stored for a show never goes back to an earlier position.
import type { Pool } from 'pg'
import type { SnapshotRow, SnapshotStore } from '../../actors/ports.ts'
import { arrayLiteral, packBytes } from './packed-rows.ts'

const COLUMNS = 'show_id as show, shard, seq, next_expiry as "nextExpiry", bytes'
const LOAD = `select ${COLUMNS} from frontrow.show_snapshot where show_id = $1`
const LOAD_WITH_HOLDS = `select ${COLUMNS} from frontrow.show_snapshot where shard = $1 and next_expiry > 0`

/** Shows are locked in order, so that two savers never wait for each other; of a show named twice the latest. */
const SAVE = `
  insert into frontrow.show_snapshot as stored (show_id, shard, seq, next_expiry, bytes)
  select distinct on (show) show, shard, seq, next_expiry, substring($7::bytea from start for length)
  from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::int[])
    as input (show, shard, seq, next_expiry, start, length)
  order by show, seq desc
  on conflict (show_id) do update
    set shard = excluded.shard, seq = excluded.seq, next_expiry = excluded.next_expiry, bytes = excluded.bytes
    where excluded.seq >= stored.seq`

export function createPostgresSnapshots(pool: Pool): SnapshotStore {
  return {
    load: async (show) => (await pool.query<SnapshotRow>(LOAD, [show])).rows[0] ?? null,
    loadWithHolds: async (shard) => (await pool.query<SnapshotRow>(LOAD_WITH_HOLDS, [shard])).rows,
    save: async (rows) => {
      if (rows.length === 0) return
      const column = (name: 'shard' | 'seq' | 'nextExpiry') => arrayLiteral(rows.map((row) => row[name]))
      const { bytes, starts, lengths } = packBytes(rows)
      const shows = rows.map(({ show }) => show)
      await pool.query(SAVE, [shows, column('shard'), column('seq'), column('nextExpiry'), starts, lengths, bytes])
    }
  }
}
