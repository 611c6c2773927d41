// Brings a database to the newest schema: numbered SQL files, each once, each in a transaction of its own.
// Keeps true: processes that start at the same time do it one after the other, and a database whose history
// is not ours is refused.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { connectionTo } from './postgres/postgres.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/
/** Of the advisory lock, which is held to the end of a transaction: embedded connections share one session. */
const LOCK = 7_302_614

interface Migration {
  readonly id: number
  readonly name: string
  readonly sql: string
  /** Of its text, whatever its line ends. */
  readonly checksum: string
}

interface Applied {
  readonly id: number
  readonly name: string
  readonly checksum: string
}

/** Answers the names of the migrations it applied. */
export async function migrate(url: string, folder: URL = FOLDER): Promise<readonly string[]> {
  const known = await readMigrations(folder)
  const client = new Client(connectionTo(url, 'migrate'))
  client.on('error', () => {})
  await client.connect()
  try {
    const names: string[] = []
    for (;;) {
      const name = await applyNext(client, known)
      if (name === null) return names
      names.push(name)
    }
  } finally {
    await client.end()
  }
}

async function readMigrations(folder: URL): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const id = Number(FILE_NAME.exec(name)![1])
      if (id !== index + 1) throw new Error(`Migration ${name} should have the number ${index + 1}`)
      const sql = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      return { id, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
  )
}

/** Under the lock: checks what was applied, and applies the first that was not. */
async function applyNext(client: Client, known: readonly Migration[]): Promise<string | null> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await ensureTable(client)
    const { rows } = await client.query<Applied>('select id, name, checksum from frontrow.migration order by id')
    check(rows, known)
    const next = known[rows.length]
    if (next !== undefined) {
      await client.query(next.sql)
      await client.query('insert into frontrow.migration (id, name, checksum) values ($1, $2, $3)', [
        next.id,
        next.name,
        next.checksum
      ])
    }
    await client.query('commit')
    return next?.name ?? null
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Asks first: `create schema if not exists` wants the right to create one even where it exists. */
async function ensureTable(client: Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('frontrow.migration') is not null as there`
  )
  if (rows[0]!.there) return
  await client.query('create schema if not exists frontrow')
  await client.query(`create table frontrow.migration (
    id int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
  )`)
}

function check(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const [index, { id, name, checksum }] of applied.entries()) {
    const migration = known[index]
    if (migration === undefined) {
      throw new Error(`The database is newer than this program: it has the migration ${name}. Run the newer program.`)
    }
    if (migration.id !== id || migration.checksum !== checksum) {
      throw new Error(
        `The migration ${migration.name} is not what this database was made with (${name}). An applied migration ` +
          'must never change: put the file back as it was, and add a new one.'
      )
    }
  }
}
