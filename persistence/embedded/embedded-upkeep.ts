// What Postgres's background processes do elsewhere, and the embedded database has not got: checkpoints, so that
// the log does not grow for ever and a start after a crash is short, and vacuum.
import { Client } from 'pg'
import { connectionTo } from '../postgres/postgres.ts'

const ROUND_MS = 2_000
/** A checkpoint of this much log takes about 0.1 s, in which nothing else runs. */
const LOG_BYTES_MAX = 32 * 1024 * 1024

const LOG_BYTES = `
  select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint as bytes from pg_control_checkpoint()`
/** As autovacuum chooses: many changes for its size, or row versions that are getting too old. */
const NEEDS_VACUUM = `
  select format('%I.%I', s.schemaname, s.relname) as name
  from pg_stat_all_tables s join pg_class c on c.oid = s.relid
  where c.relkind = 'r' and (
    greatest(s.n_dead_tup, s.n_mod_since_analyze) > 1000 + 0.2 * s.n_live_tup or age(c.relfrozenxid) > 100000000
  )
  order by s.n_dead_tup desc limit 1`

/** Until it is stopped; one table a round, so that nobody waits for long. */
export function keepUp(url: string): { stop(): Promise<void> } {
  let client: Client | null = null
  let timer: NodeJS.Timeout
  let underway = Promise.resolve()

  async function round(): Promise<void> {
    try {
      client ??= await open(url)
      const { rows: log } = await client.query<{ bytes: number }>(LOG_BYTES)
      if (log[0]!.bytes > LOG_BYTES_MAX) await client.query('checkpoint')
      const { rows: tables } = await client.query<{ name: string }>(NEEDS_VACUUM)
      if (tables[0]) await client.query(`vacuum (analyze) ${tables[0].name}`)
    } catch {
      // The database is being started again, or stopped: the next round has a new connection.
      void client?.end()
      client = null
    }
  }

  function later(): void {
    timer = setTimeout(() => {
      underway = round().then(later)
    }, ROUND_MS)
    timer.unref()
  }
  later()

  return {
    stop: async () => {
      clearTimeout(timer)
      await underway
      clearTimeout(timer)
      await client?.end()
    }
  }
}

async function open(url: string): Promise<Client> {
  const client = new Client(connectionTo(url, 'upkeep'))
  client.on('error', () => {})
  await client.connect()
  return client
}
