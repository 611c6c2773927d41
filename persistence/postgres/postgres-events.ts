// What the publisher of events reads of the journal, and where it keeps how far it got.
// Keeps true: one owner at a time, and positions are saved by that owner only, together with where the stream ended.
import type { Pool } from 'pg'
import type { FrameRow } from '../../actors/ports.ts'
import { arrayLiteral } from './packed-rows.ts'
import { readFrames } from './postgres-journal.ts'

interface Position {
  readonly seq: number
  readonly events: number
}

export interface PostgresEvents {
  lease(owner: string, leaseMs: number): Promise<{ readonly streamSeq: number | null } | null>
  resign(owner: string): Promise<void>
  positions(): Promise<ReadonlyMap<number, Position>>
  save(owner: string, leaseMs: number, streamSeq: number, positions: ReadonlyMap<number, Position>): Promise<boolean>
  heads(): Promise<ReadonlyMap<number, number>>
  frames(shard: number, after: number, rows: number, bytes: number): Promise<readonly FrameRow[]>
  show(id: string): Promise<{ readonly currency: string; readonly planHash: string } | null>
}

const LEASE = `
  update frontrow.event_publisher set owner = $1, expires = clock_timestamp() + $2 * interval '1 ms'
  where owner is null or owner = $1 or expires < clock_timestamp()
  returning stream_seq as "streamSeq"`
const RESIGN = 'update frontrow.event_publisher set owner = null, expires = null where owner = $1'
const POSITIONS = 'select shard, seq, events from frontrow.event_position'
const SAVE = `
  with held as (
    update frontrow.event_publisher
    set stream_seq = $3, expires = clock_timestamp() + $2 * interval '1 ms' where owner = $1 returning owner
  ), saved as (
    insert into frontrow.event_position (shard, seq, events)
    select shard, seq, events from unnest($4::int[], $5::bigint[], $6::int[]) as input (shard, seq, events), held
    on conflict (shard) do update set seq = excluded.seq, events = excluded.events
  )
  select owner from held`
const HEADS = 'select shard, seq from frontrow.shard_head'
const SHOW = 'select currency, plan_hash as "planHash" from frontrow.shows where show_id = $1'

export function createPostgresEvents(pool: Pool): PostgresEvents {
  return {
    lease: async (owner, leaseMs) => {
      const { rows } = await pool.query<{ streamSeq: number | null }>(LEASE, [owner, leaseMs])
      return rows[0] ?? null
    },
    resign: async (owner) => {
      await pool.query(RESIGN, [owner])
    },
    positions: async () => {
      const { rows } = await pool.query<Position & { shard: number }>(POSITIONS)
      return new Map(rows.map(({ shard, seq, events }) => [shard, { seq, events }]))
    },
    save: async (owner, leaseMs, streamSeq, positions) => {
      const rows = [...positions.values()]
      const shards = arrayLiteral([...positions.keys()])
      const seqs = arrayLiteral(rows.map(({ seq }) => seq))
      const events = arrayLiteral(rows.map((row) => row.events))
      const { rowCount } = await pool.query(SAVE, [owner, leaseMs, streamSeq, shards, seqs, events])
      return rowCount === 1
    },
    heads: async () => {
      const { rows } = await pool.query<{ shard: number; seq: number }>(HEADS)
      return new Map(rows.map(({ shard, seq }) => [shard, seq]))
    },
    frames: async (shard, after, rows, bytes) => {
      const frames = await readFrames(pool, shard, after, rows, bytes)
      // Snapshots and projections may be ahead of events: then what comes next is history already.
      return frames[0]?.seq === after + 1 ? frames : readFrames(pool, shard, after, rows, bytes, 'journal_all')
    },
    show: async (id) => {
      const { rows } = await pool.query<{ currency: string; planHash: string }>(SHOW, [id])
      return rows[0] ?? null
    }
  }
}
