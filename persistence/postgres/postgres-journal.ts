// The journal in Postgres: one row per shard and commit, fenced by `shard_head` in the same statement.
// Keeps true: frames of a shard have no gaps, its epoch and seq only grow, and no frame is ever deleted.
import { randomUUID } from 'node:crypto'
import type { Pool, QueryConfig, QueryResult } from 'pg'
import { type FrameRow, type Journal, JournalError, type ShardHead, type ShardLease } from '../../actors/ports.ts'
import { JOURNAL_READ_BYTES_MAX } from '../../core/limits.ts'
import { arrayLiteral, packBytes } from './packed-rows.ts'
import { type AppendDone, createAppendConnection } from './postgres-append.ts'

export interface PostgresJournal extends Journal {
  close(): Promise<void>
}

/** Of a claim or a renewal: appends it waits for are given up before by their own server-side limit. */
const LEASING_MS_MAX = 3_000
/** Frames moved into history by one statement: the embedded database does nothing else meanwhile. */
const MOVED_ROWS_MAX = 500
const MOVED_BYTES_MAX = 2 * 1024 * 1024
const NONE: ReadonlySet<number> = new Set()

/** The statement of a hot show: half the work of the one for several shards (50 µs in Postgres against 85). */
const APPEND_ONE = `
  with moved as (
    update frontrow.shard_head set seq = $3::bigint, stamped_at = $4::bigint
    where shard = $1::int and epoch = $2::bigint and seq = $3::bigint - 1
    returning shard
  )
  insert into frontrow.journal (shard, seq, epoch, stamped_at, frame)
  select shard, $3, $2, $4, $5::bytea from moved
  returning shard`

/**
 * Every statement that locks several heads does so in order of the shards, or two nodes could wait for each
 * other until Postgres ends one of them, a second later.
 */
const APPEND_MANY = `
  with input as (
    select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[])
      as input (shard, epoch, seq, stamped_at, start, length)
  ), locked as (
    select input.* from frontrow.shard_head h join input on h.shard = input.shard
    where h.epoch = input.epoch and h.seq = input.seq - 1
    order by h.shard for update of h
  ), moved as (
    update frontrow.shard_head h set seq = l.seq, stamped_at = l.stamped_at
    from locked l where h.shard = l.shard and h.epoch = l.epoch and h.seq = l.seq - 1
    returning l.*
  )
  insert into frontrow.journal (shard, seq, epoch, stamped_at, frame)
  select shard, seq, epoch, stamped_at, substring($7::bytea from start for length) from moved
  returning shard`

/** Heads that somebody else has are not even looked at for update, which would keep their appends waiting. */
const CLAIM = `
  insert into frontrow.shard_head as h (shard, epoch, seq, stamped_at, snapshot_seq, owner, expires)
  select shard, 1, 0, 0, 0, $2, clock_timestamp() + $3 * interval '1 ms'
  from unnest($1::int[]) as wanted (shard)
  where not exists (
    select from frontrow.shard_head taken
    where taken.shard = wanted.shard and taken.owner <> $2 and taken.expires >= clock_timestamp()
  )
  order by shard
  on conflict (shard) do update
    set epoch = h.epoch + 1, owner = excluded.owner, expires = clock_timestamp() + $3 * interval '1 ms'
    where h.owner is null or h.owner = excluded.owner or h.expires < clock_timestamp()
  returning shard, epoch, seq, snapshot_seq as "snapshotSeq", stamped_at as "stampedAt"`

const OWNED = `
  select shard from frontrow.shard_head where shard = any($1::int[]) and owner = $2 order by shard for update`
const RENEW = `
  update frontrow.shard_head h set expires = clock_timestamp() + $3 * interval '1 ms'
  from (${OWNED}) owned where h.shard = owned.shard returning h.shard, h.epoch`
const RELEASE = `
  update frontrow.shard_head h set owner = null, expires = null
  from (
    select h.shard from frontrow.shard_head h join unnest($1::int[], $2::bigint[]) as given (shard, epoch)
      on h.shard = given.shard and h.epoch = given.epoch
    order by h.shard for update of h
  ) ours where h.shard = ours.shard`

/** Frames in order, until there are enough rows or bytes; the first always. Lengths are known without reading. */
const bounded = (relation: 'journal' | 'journal_all') => `
  select * from (
    select *, sum(octet_length(frame)) over (order by seq) - octet_length(frame) as bytes_before
    from (select * from frontrow.${relation} where shard = $1 and seq > $2 order by seq limit $3) first
  ) counted where bytes_before < $4`
const read = (relation: 'journal' | 'journal_all') => `
  select shard, seq, epoch, stamped_at as "stampedAt", frame as bytes from (${bounded(relation)}) frames order by seq`

const COVERED = `
  update frontrow.shard_head set snapshot_seq = greatest(snapshot_seq, $2) where shard = $1 and epoch = $3 and seq >= $2`
const READ_BY_ALL = `
  select least(h.snapshot_seq, coalesce(p.seq, 0)) as seq
  from frontrow.shard_head h left join frontrow.projection_position p using (shard) where h.shard = $1`
/** This month's, and the next one's in time. */
const PARTITIONS = `
  select frontrow.ensure_history_partition(now()), frontrow.ensure_history_partition(now() + interval '1 hour')`
const MOVE = `
  with bounded as (${bounded('journal')}), gone as (
    delete from frontrow.journal j using bounded b where j.shard = b.shard and j.seq = b.seq and j.seq <= $5
    returning j.*
  ), kept as (
    insert into frontrow.journal_history (shard, seq, epoch, stamped_at, frame, moved_at)
    select shard, seq, epoch, stamped_at, frame, now() from gone returning seq
  )
  select max(seq) as last from kept`

/**
 * Frames of `shard` with `seq > after`, ascending, at most `rows` of them and about `bytes`: of what is not history
 * yet, or of `journal_all`.
 */
export async function readFrames(
  pool: Pool,
  shard: number,
  after: number,
  rows: number,
  bytes: number,
  relation: 'journal' | 'journal_all' = 'journal'
): Promise<readonly FrameRow[]> {
  return (await pool.query<FrameRow>(read(relation), [shard, after, rows, bytes])).rows
}

export function createPostgresJournal(url: string, pool: Pool): PostgresJournal {
  /** Shards that may be appended to: none after an answer was lost, until they are claimed again. */
  const claimed = new Set<number>()
  const connection = createAppendConnection(url, () => claimed.clear())
  // Embedded connections share one session, and with it the names of prepared statements.
  const id = randomUUID()
  const one = { name: `append_one_${id}`, text: APPEND_ONE }
  const many = { name: `append_many_${id}`, text: APPEND_MANY }
  const unclaimed = () => new JournalError('lost', 'An answer was lost before: claim the shards again')

  return {
    claim: async (shards, owner, leaseMs) => {
      const { rows } = await orLost(pool.query<ShardHead>(leasing(CLAIM, shards, owner, leaseMs)))
      for (const { shard } of rows) claimed.add(shard)
      return rows
    },
    renew: async (shards, owner, leaseMs) => {
      const { rows } = await orLost(pool.query<ShardLease>(leasing(RENEW, shards, owner, leaseMs)))
      return rows
    },
    release: async (leases) => {
      const column = (name: keyof ShardLease) => arrayLiteral(leases.map((lease) => lease[name]))
      await orLost(pool.query(RELEASE, [column('shard'), column('epoch')]))
    },
    append: (frames, done) => {
      if (frames.some(({ shard }) => !claimed.has(shard))) return queueMicrotask(() => done(unclaimed(), NONE))
      const answered: AppendDone = (error, rows) => {
        done(error, error === null ? new Set(rows.map(([shard]) => shard!)) : NONE)
      }
      const [first] = frames
      if (first === undefined) return queueMicrotask(() => done(null, NONE))
      if (frames.length === 1) connection.send(one, valuesOfOne(first), answered)
      else connection.send(many, valuesOfMany(frames), answered)
    },
    read: (shard, after, limit) => orLost(readFrames(pool, shard, after, limit, JOURNAL_READ_BYTES_MAX)),
    checkpoint: async (shard, epoch, seq) => {
      await orLost(moveToHistory(pool, shard, epoch, seq))
    },
    close: () => connection.close()
  }
}

function leasing(text: string, shards: readonly number[], owner: string, leaseMs: number): QueryConfig {
  return { text, values: [arrayLiteral(shards), owner, leaseMs], query_timeout: LEASING_MS_MAX } as QueryConfig
}

/** The caller may use the bytes again, and the driver may keep what it gets: copied. */
function valuesOfOne({ shard, epoch, seq, stampedAt, bytes }: FrameRow): (string | Buffer)[] {
  return [`${shard}`, `${epoch}`, `${seq}`, `${stampedAt}`, Buffer.from(bytes)]
}

function valuesOfMany(frames: readonly FrameRow[]): (string | Buffer)[] {
  const column = (name: 'shard' | 'epoch' | 'seq' | 'stampedAt') => arrayLiteral(frames.map((row) => row[name]))
  const { bytes, starts, lengths } = packBytes(frames)
  return [column('shard'), column('epoch'), column('seq'), column('stampedAt'), starts, lengths, bytes]
}

async function moveToHistory(pool: Pool, shard: number, epoch: number, covered: number): Promise<void> {
  await pool.query(COVERED, [shard, covered, epoch])
  const { rows } = await pool.query<{ seq: number }>(READ_BY_ALL, [shard])
  const upTo = rows[0]?.seq ?? 0
  await pool.query(PARTITIONS)
  // From where the last statement ended: what it deleted stays in the index until it is vacuumed.
  for (let after: number | null = 0; after !== null; ) {
    const values = [shard, after, MOVED_ROWS_MAX, MOVED_BYTES_MAX, upTo]
    const answer: QueryResult<{ last: number | null }> = await pool.query(MOVE, values)
    after = answer.rows[0]!.last
  }
}

/** What fails is lost: nobody knows whether it took effect. */
export async function orLost<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new JournalError('lost', `The journal did not answer: ${message}`, { cause })
  }
}
