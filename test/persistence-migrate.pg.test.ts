// Bringing a database to the newest schema.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../persistence/migrate.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const parent = temporaryFolder('migrations')
let postgres: TestPostgres
let folder = ''
let url = ''
let database = 0

beforeAll(async () => {
  postgres = await startPostgres()
})
beforeEach(async () => {
  url = await postgres.createDatabase(`migrate_${++database}`)
  folder = mkdtempSync(join(parent.path, 'files-'))
  write('0001-first.sql', 'create table frontrow.first (id int);\n')
  write('0002-second.sql', 'create table frontrow.second (id int);\ninsert into frontrow.second values (1);\n')
})
afterAll(async () => {
  await postgres.dispose()
  await parent.dispose()
})

function write(name: string, sql: string): void {
  writeFileSync(join(folder, name), sql)
}

const apply = () => migrate(url, pathToFileURL(`${folder}/`))

async function query(text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('migrations', () => {
  it('MIGRATE-1: are applied in order, each once', async () => {
    expect(await apply()).toEqual(['0001-first.sql', '0002-second.sql'])
    expect(await apply()).toEqual([])
    write('0003-third.sql', 'alter table frontrow.second add column name text')
    expect(await apply()).toEqual(['0003-third.sql'])
    expect(await query('select * from frontrow.second')).toEqual([{ id: 1, name: null }])
    expect(await query('select id, name from frontrow.migration order by id')).toEqual([
      { id: 1, name: '0001-first.sql' },
      { id: 2, name: '0002-second.sql' },
      { id: 3, name: '0003-third.sql' }
    ])
  })

  it('MIGRATE-1: ours make a database from nothing, and leave the public schema alone', async () => {
    expect((await migrate(url)).length).toBeGreaterThan(1)
    const tables = await query(`select distinct table_schema as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema')`)
    expect(tables).toEqual([{ name: 'frontrow' }])
  })

  it('MIGRATE-2: are applied once by processes that start at the same time', async () => {
    write('0003-slow.sql', 'select pg_sleep(0.2); create table frontrow.third (id int)')
    const applied = await Promise.all(Array.from({ length: 6 }, apply))
    expect(applied.flat().sort()).toEqual(['0001-first.sql', '0002-second.sql', '0003-slow.sql'])
    expect(await query('select count(*)::int as count from frontrow.second')).toEqual([{ count: 1 }])
  })

  it('MIGRATE-3: leave nothing behind when they fail, and those before them stay', async () => {
    write('0003-wrong.sql', 'create table frontrow.half (id int); select 1 / 0;')
    await expect(apply()).rejects.toThrow('division by zero')
    expect(await query(`select to_regclass('frontrow.half') as half, max(id) as last from frontrow.migration`)).toEqual(
      [{ half: null, last: 2 }]
    )
    write('0003-wrong.sql', 'create table frontrow.half (id int)')
    expect(await apply()).toEqual(['0003-wrong.sql'])
  })

  it('MIGRATE-4: must not change once they were applied, but for their line ends', async () => {
    await apply()
    const sql = readFileSync(join(folder, '0002-second.sql'), 'utf8')
    write('0002-second.sql', sql.replaceAll('\n', '\r\n'))
    expect(await apply()).toEqual([])
    write('0002-second.sql', `${sql}-- A remark.\n`)
    write('0003-third.sql', 'create table frontrow.third (id int)')
    await expect(apply()).rejects.toThrow(/0002-second\.sql is not what this database was made with.*must never change/)
    expect(await query(`select to_regclass('frontrow.third') as third`)).toEqual([{ third: null }])
  })

  it('MIGRATE-5: a database that is newer than the program is refused', async () => {
    await apply()
    rmSync(join(folder, '0002-second.sql'))
    await expect(apply()).rejects.toThrow(/newer than this program: it has the migration 0002-second\.sql/)
  })

  it('MIGRATE-5: numbers without gaps are asked for', async () => {
    write('0004-fourth.sql', 'select 1')
    await expect(apply()).rejects.toThrow('0004-fourth.sql should have the number 3')
  })
})
