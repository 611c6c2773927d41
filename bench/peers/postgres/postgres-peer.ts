// Postgres as a peer: tuned for many small commits, with a commit on disk before it is told (synchronous_commit=on) or
// some time later.
import { Client } from 'pg'
import { startPostgres } from '../../../test/support/postgres.ts'
import type { House, Peer, RunningPeer } from '../peer.ts'
import type { PostgresForm } from './postgres-form.ts'

/** With room for the pools of a few drivers. Plans are made once: the same few statements run all the time. */
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_connections: '300',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
  // A refusal of NOWAIT is an error to Postgres, and would be a line in its log.
  log_min_messages: 'fatal'
}

export function postgresPeer(form: PostgresForm, synchronousCommit: 'on' | 'off'): Peer {
  return {
    name: `postgres ${form.name}, synchronous_commit ${synchronousCommit}`,
    what: form.what,
    durable: synchronousCommit === 'on' ? 'always' : 'none',
    sweep: form.sweep,
    start: (house) => start(form, synchronousCommit, house),
    openDriver: form.openDriver
  }
}

async function start(form: PostgresForm, synchronousCommit: string, house: House): Promise<RunningPeer> {
  const postgres = await startPostgres({
    durable: true,
    settings: { ...SETTINGS, synchronous_commit: synchronousCommit }
  })
  const admin = new Client({ connectionString: postgres.url })
  // Who asks it will notice that it is gone.
  admin.on('error', () => {})
  await admin.connect()
  for (const sql of form.sql) await admin.query(sql)
  await reset(admin, form, house)
  const { rows } = await admin.query<{ server_version: string }>('show server_version')
  return {
    version: `PostgreSQL ${rows[0]!.server_version}`,
    processes: [{ name: 'postgres', pid: postgres.pid! }],
    address: { url: postgres.url },
    reset: () => reset(admin, form, house),
    stop: async () => {
      await admin.end()
      await postgres.dispose()
    }
  }
}

/**
 * The checkpoint comes first: then none falls into the run, and no page of the new rows has to be written whole to the
 * log when it first changes, as after a checkpoint.
 */
async function reset(admin: Client, { table, fill }: PostgresForm, { shows, seatsPerShow }: House): Promise<void> {
  await admin.query('checkpoint')
  await admin.query(`truncate ${table}`)
  await admin.query(fill, [shows, seatsPerShow])
  await admin.query(`vacuum (freeze, analyze) ${table}`)
}
