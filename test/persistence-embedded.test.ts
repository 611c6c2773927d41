// The embedded database: what a server would do by itself, and what its own way of taking turns must not break.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedPostgres,
  runningEmbeddedPostgres,
  startEmbeddedPostgres
} from '../persistence/embedded/embedded-postgres.ts'
import { migrate } from '../persistence/migrate.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../persistence/postgres/postgres-journal.ts'
import { childEnvironment } from './support/child-environment.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const folder = temporaryFolder('embedded')
const crashes: Error[] = []
let embedded: EmbeddedPostgres

beforeAll(async () => {
  embedded = await startEmbeddedPostgres(folder.path, (error) => crashes.push(error))
})
afterAll(async () => {
  await embedded.stop()
  await folder.dispose()
})

async function connected(options: ClientConfig = {}): Promise<Client> {
  const client = new Client({ connectionString: embedded.url, ...options })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** As Postgres's protocol has it: a type, the length of the rest, the rest. */
function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('what is on disk', () => {
  it('EMBEDDED-1, EMBEDDED-3: a process killed while it commits has lost nothing that it acknowledged', async () => {
    const own = temporaryFolder('killed')
    for (let round = 0; round < 2; round++) {
      const acknowledged = await killWhileCommitting(own.path, 150 + round * 250)
      const again = await startEmbeddedPostgres(own.path)
      const pool = createPool(again.url)
      const journal = createPostgresJournal(again.url, pool)
      const [head] = await journal.claim([1], 'killed', 1)
      const frames = await journal.read(1, 0, 100_000)
      expect(head!.seq).toBeGreaterThanOrEqual(acknowledged)
      expect(frames.map(({ seq }) => seq)).toEqual(Array.from({ length: head!.seq }, (_, i) => i + 1))
      expect(frames.every(({ seq, bytes }) => Buffer.from(bytes).toString() === `${seq}`)).toBe(true)
      await pool.end()
      await again.stop()
    }
    await own.dispose()
  }, 90_000)

  it('EMBEDDED-1: syncs to disk before it answers', async () => {
    const names = `'fsync', 'synchronous_commit', 'full_page_writes'`
    expect(await query(embedded.url, `select distinct setting from pg_settings where name in (${names})`)).toEqual([
      { setting: 'on' }
    ])
    expect(await query(embedded.url, 'show wal_sync_method')).toEqual([{ wal_sync_method: 'fsync' }])
  })

  it('EMBEDDED-2: a first start that was killed half way is started over', async () => {
    const own = temporaryFolder('half')
    const first = await startEmbeddedPostgres(own.path)
    await first.stop()
    const complete = join(own.path, 'postgres')
    rmSync(complete, { recursive: true })
    writeFileSync(join(own.path, 'postgres.new'), 'half of something')
    const second = await startEmbeddedPostgres(own.path)
    expect(await migrate(second.url)).not.toEqual([])
    await second.stop()
    expect(readdirSync(own.path)).toEqual(['postgres'])
    await own.dispose()
  })
})

/** Answers the last seq that the process acknowledged. */
async function killWhileCommitting(path: string, afterMs: number): Promise<number> {
  const script = join(import.meta.dirname, 'support', 'commit-forever.ts')
  const child = spawn(process.execPath, [script, path], {
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  while (said === '') await delay(10)
  await delay(afterMs)
  await expect(startEmbeddedPostgres(path)).rejects.toThrow(`Another process uses this data folder: ${child.pid}`)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
  expect(last).toBeGreaterThan(10)
  return last
}

describe('a data folder', () => {
  it('EMBEDDED-3: is used once at a time', async () => {
    await expect(startEmbeddedPostgres(folder.path)).rejects.toThrow(
      new RegExp(`Another process uses this data folder: ${process.pid}`)
    )
  })

  it('EMBEDDED-3: does not belong to a process that only has the number of the one that is gone', async () => {
    const own = temporaryFolder('stale')
    for (const pid of [1, process.pid]) {
      writeFileSync(join(own.path, 'postgres.lock'), JSON.stringify({ pid, start: 'another boot', note: '' }))
      await (await startEmbeddedPostgres(own.path)).stop()
    }
    writeFileSync(join(own.path, 'postgres.lock'), '')
    await (await startEmbeddedPostgres(own.path)).stop()
    expect(existsSync(join(own.path, 'postgres.lock'))).toBe(false)
    await own.dispose()
  })

  it('EMBEDDED-4: tells tools of the same user where its database answers, while it does', async () => {
    expect(runningEmbeddedPostgres(folder.path)).toBe(embedded.url)
    expect(statSync(join(folder.path, 'postgres.lock')).mode & 0o777).toBe(0o600)
    const own = temporaryFolder('idle')
    expect(runningEmbeddedPostgres(own.path)).toBeNull()
    await own.dispose()
  })

  it('EMBEDDED-4: answers nobody without the password', async () => {
    for (const password of ['', 'wrong', `${new URL(embedded.url).password}x`]) {
      const guess = new URL(embedded.url)
      guess.password = password
      await expect(query(guess.href, 'select 1')).rejects.toThrow(/password/)
    }
  })
})

describe('sessions', () => {
  it('EMBEDDED-5: do not see each other’s requests, also when one arrives in pieces', async () => {
    const { port, password } = new URL(embedded.url)
    const socket = connect(Number(port), '127.0.0.1')
    let said = ''
    socket.setEncoding('latin1').on('data', (text) => {
      said += text
    })
    const until = async (text: string) => {
      while (!said.includes(text)) await delay(5)
      said = ''
    }
    socket.write(message('', '\0\x03\0\0user\0postgres\0database\0postgres\0\0'))
    await until('R\0\0\0\x08\0\0\0\x03')
    socket.write(message('p', `${password}\0`))
    await until('Z\0\0\0\x05I')
    const request = Buffer.concat([
      message('P', '\0select $1::text as whose\0\0\0'),
      message('B', '\0\0\0\0\0\x01\0\0\0\x04mine\0\0'),
      message('E', '\0\0\0\0\0'),
      message('S', '')
    ])
    const other = await connected()
    for (let cut = 1; cut < request.length; cut += 7) {
      socket.write(request.subarray(0, cut))
      await delay(1)
      expect((await other.query('select $1::text as whose', ['theirs'])).rows).toEqual([{ whose: 'theirs' }])
      socket.write(request.subarray(cut))
      await until('mine')
    }
    socket.destroy()
    await other.end()
  })

  it('EMBEDDED-5: take turns by transaction', async () => {
    const [one, two] = [await connected(), await connected()]
    await one.query('create table turns (id int)')
    await one.query('begin')
    await one.query('insert into turns values (1)')
    let isAnswered = false
    const counted = two.query('select count(*)::int as count from turns').then(({ rows }) => {
      isAnswered = true
      return rows
    })
    await delay(50)
    expect(isAnswered).toBe(false)
    await one.query('commit')
    expect(await counted).toEqual([{ count: 1 }])
    await one.query('begin')
    await one.query('insert into turns values (2)')
    await one.end()
    expect((await two.query('select count(*)::int as count from turns')).rows).toEqual([{ count: 1 }])
    await two.end()
  })

  it('EMBEDDED-5: a pipeline is answered in order, an error in it is the answer to its own query', async () => {
    const client = await connected({ pipeline: true })
    const asked = Array.from({ length: 50 }, (_, i) => client.query('select 100 / ($1::int - 25) as one', [i]))
    const answers = await Promise.allSettled(asked)
    for (const [i, answer] of answers.entries()) {
      if (i === 25) expect(answer).toMatchObject({ status: 'rejected', reason: { message: 'division by zero' } })
      else expect(answer).toMatchObject({ value: { rows: [{ one: Math.trunc(100 / (i - 25)) }] } })
    }
    await client.end()
  })

  it('EMBEDDED-6: one that says nothing in the middle of a transaction is sent away', async () => {
    const [silent, other] = [await connected(), await connected()]
    await silent.query('create table silent (id int)')
    await silent.query('begin')
    await silent.query('insert into silent values (1)')
    expect((await other.query('select count(*)::int as count from silent')).rows).toEqual([{ count: 0 }])
    await expect(silent.query('commit')).rejects.toThrow()
    await other.end()
  })

  it('EMBEDDED-7: after a crash of the database it is started again, with what was committed', async () => {
    const client = await connected()
    await client.query('create table kept (id int)')
    await client.query('insert into kept values (7)')
    // PGlite has no COPY from a client: it takes the end of what it got for the end of the connection.
    await expect(client.query('copy kept from stdin')).rejects.toThrow()
    let rows: readonly unknown[] | null = null
    while (rows === null) {
      await delay(50)
      rows = await query(embedded.url, 'select id from kept').catch(() => null)
    }
    expect(rows).toEqual([{ id: 7 }])
    expect(crashes).toHaveLength(1)
  })

  it('EMBEDDED-8: the log is cut and dead rows are cleared away while it runs', async () => {
    const client = await connected()
    await client.query('create table busy (id int, filler text)')
    await client.query(`insert into busy select i, repeat('x', 1000) from generate_series(1, 40000) i`)
    await client.query('update busy set id = id + 1')
    const bytes = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::int as log,
      (select n_dead_tup::int from pg_stat_all_tables where relname = 'busy') as dead from pg_control_checkpoint()`
    let state = { log: Number.POSITIVE_INFINITY, dead: Number.POSITIVE_INFINITY }
    while (state.log > 33_000_000 || state.dead > 1_000) {
      await delay(100)
      state = (await client.query<typeof state>(bytes)).rows[0]!
    }
    await client.end()
  })
})
