// Snapshots of shows in Postgres, and the keys that are sealed with them. Keeps true: what is stored for a show never
// goes back to an earlier position, and no key is stored with a snapshot that was not.
import type { Pool } from 'pg'
import type { KeyHashes, SnapshotRow, SnapshotSave, SnapshotStore } from '../../actors/ports.ts'
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
    where excluded.seq >= stored.seq
  returning show_id as show, seq, shard`

/** Hashes and events of a segment stand one behind the other in $14. */
const SAVE_WITH_KEYS = `
  with moved as (${SAVE}), sealed as (
    insert into frontrow.show_keys as known (show_id, seq, shard, newest_at, hashes, events)
    select moved.show, moved.seq, moved.shard, newest_at,
      substring($14::bytea from start for hashes), substring($14::bytea from start + hashes for length - hashes)
    from unnest($8::text[], $9::bigint[], $10::bigint[], $11::int[], $12::int[], $13::int[])
      as input (show, seq, newest_at, hashes, start, length)
    join moved on moved.show = input.show and moved.seq = input.seq
    order by moved.show
    on conflict (show_id, seq) do update
      set newest_at = excluded.newest_at, hashes = excluded.hashes, events = excluded.events
      where octet_length(excluded.events) > octet_length(known.events)
  )
  select show from moved`

const LOAD_HASHES = `
  select seq, newest_at as "newestAt", hashes from frontrow.show_keys where show_id = $1 order by seq`
const LOAD_KEYS = 'select events from frontrow.show_keys where show_id = $1 and seq = any($2::bigint[])'
const FORGET_KEYS = 'delete from frontrow.show_keys where shard = $1 and newest_at < $2'

export function createPostgresSnapshots(pool: Pool): SnapshotStore {
  return {
    load: async (show) => (await pool.query<SnapshotRow>(LOAD, [show])).rows[0] ?? null,
    loadWithHolds: async (shard) => (await pool.query<SnapshotRow>(LOAD_WITH_HOLDS, [shard])).rows,
    save: async (rows) => {
      if (rows.length === 0) return new Set()
      const keys = keyValues(rows)
      const [text, values] = keys === null ? [SAVE, []] : [SAVE_WITH_KEYS, keys]
      const saved = await pool.query<{ show: string }>(text, [...snapshotValues(rows), ...values])
      return new Set(saved.rows.map(({ show }) => show))
    },
    loadKeyHashes: async (show) => (await pool.query<KeyHashes>(LOAD_HASHES, [show])).rows,
    loadKeys: async (show, seqs) => {
      const { rows } = await pool.query<{ events: Uint8Array }>(LOAD_KEYS, [show, arrayLiteral(seqs)])
      return rows.map(({ events }) => events)
    },
    forgetKeys: async (shard, time) => {
      await pool.query(FORGET_KEYS, [shard, time])
    }
  }
}

function snapshotValues(rows: readonly SnapshotRow[]): unknown[] {
  const column = (name: 'shard' | 'seq' | 'nextExpiry') => arrayLiteral(rows.map((row) => row[name]))
  const { bytes, starts, lengths } = packBytes(rows)
  const shows = rows.map(({ show }) => show)
  return [shows, column('shard'), column('seq'), column('nextExpiry'), starts, lengths, bytes]
}

/** Null where no keys are sealed. */
function keyValues(rows: readonly SnapshotSave[]): unknown[] | null {
  const sealed = rows.flatMap(({ show, seq, keys }) => (keys === null ? [] : [{ show, seq, ...keys }]))
  if (sealed.length === 0) return null
  const { bytes, starts, lengths } = packBytes(
    sealed.map(({ hashes, events }) => ({ bytes: Buffer.concat([hashes, events]) }))
  )
  const shows = sealed.map(({ show }) => show)
  const seqs = arrayLiteral(sealed.map(({ seq }) => seq))
  const newest = arrayLiteral(sealed.map(({ newestAt }) => newestAt))
  const hashes = arrayLiteral(sealed.map((each) => each.hashes.length))
  return [shows, seqs, newest, hashes, starts, lengths, bytes]
}
