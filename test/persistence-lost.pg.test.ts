// Appends whose answer is lost: the server is killed, frozen, cut off or unwilling in the middle of them.
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JournalError, type ShardHead } from '../actors/ports.ts'
import { migrate } from '../persistence/migrate.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { createPostgresJournal, type PostgresJournal } from '../persistence/postgres/postgres-journal.ts'
import { type Appended, append } from './journal-contract.ts'
import { frame } from './support/frame.ts'
import { type MutedProxy, mutedProxy } from './support/muted-proxy.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'

const LEASE_MS = 60_000
/** What a command may take to be refused when the journal is down. */
const TOLD_MS_MAX = 2_000
let postgres: TestPostgres
let url: string
let pool: Pool
let proxy: MutedProxy
let journal: PostgresJournal
let shard = 0

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.createDatabase('lost')
  await migrate(url)
  pool = createPool(url)
  proxy = await mutedProxy(url)
  journal = createPostgresJournal(proxy.url, pool)
})
beforeEach(async () => {
  shard++
  await postgres.start()
  proxy.isMuted = false
  expect((await claimed()).epoch).toBe(1)
  expect(await append(journal, frame(shard, 1, 1))).toEqual(moved)
})
afterAll(async () => {
  await journal.close()
  proxy.close()
  await pool.end()
  await postgres.dispose()
})

const moved = expect.objectContaining({ error: null, moved: [expect.any(Number)] })
const lost = { error: expect.objectContaining({ name: 'JournalError', reason: 'lost' }), moved: [] }

/** Claims the test's shard, again and again, as its owner does after a lost answer. */
async function claimed(): Promise<ShardHead> {
  for (let tries = 1; ; tries++) {
    try {
      return (await journal.claim([shard], 'a', LEASE_MS))[0]!
    } catch (error) {
      expect(error).toBeInstanceOf(JournalError)
      if (tries === 100) throw error
      await delay(100)
    }
  }
}

/** Appends from `seq` on, `count` of them under way at once, and whatever `meanwhile` does to them. */
async function appendDuring(seq: number, count: number, meanwhile: () => Promise<void>) {
  const answers: { seq: number; answer: Appended }[] = []
  const startedAt = performance.now()
  const all = Array.from({ length: count }, (_, i) =>
    append(journal, frame(shard, seq + i, 1)).then((answer) => answers.push({ seq: seq + i, answer }))
  )
  await meanwhile()
  await Promise.all(all)
  return { answers, tookMs: performance.now() - startedAt }
}

/** Keeps the shard's head locked, so that appends wait in the database. */
async function holdHead(): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from frontrow.shard_head where shard = $1 for update', [shard])
  return async () => {
    await client.query('rollback').catch(() => {})
    client.release(true)
  }
}

describe('an append whose answer is lost', () => {
  it('JOURNAL-8: is told so once, in order, and the next claim says what is in the journal', async () => {
    const release = await holdHead()
    const { answers } = await appendDuring(2, 3, async () => {
      await delay(100)
      await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%journal'`)
    })
    await release()
    expect(answers).toEqual([2, 3, 4].map((seq) => ({ seq, answer: lost })))
    const head = await claimed()
    expect(head).toMatchObject({ epoch: 2, seq: 1 })
    expect(await append(journal, frame(shard, 2, 2))).toEqual(moved)
  })

  it('JOURNAL-8: may have taken effect: the claim then has its seq', async () => {
    const { answers } = await appendDuring(2, 2, async () => {
      proxy.isMuted = true
      await delay(0)
    })
    expect(answers).toEqual([2, 3].map((seq) => ({ seq, answer: lost })))
    proxy.isMuted = false
    expect(await claimed()).toMatchObject({ epoch: 2, seq: 3, stampedAt: frame(shard, 3, 1).stampedAt })
    expect((await journal.read(shard, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  it('JOURNAL-8: a server that is killed keeps what it answered, and serves again when it is back', async () => {
    let acknowledged = 1
    let isKilled = false
    const killed = delay(150).then(async () => {
      isKilled = true
      await postgres.kill()
    })
    for (;;) {
      const [first, second] = await Promise.all([
        append(journal, frame(shard, acknowledged + 1, 1)),
        append(journal, frame(shard, acknowledged + 2, 1))
      ])
      if (first.error === null) acknowledged++
      if (second.error === null) acknowledged++
      if (first.error !== null || second.error !== null) break
    }
    expect(isKilled).toBe(true)
    await killed
    await postgres.start()
    const { seq } = await claimed()
    expect(seq).toBeGreaterThanOrEqual(acknowledged)
    expect(seq).toBeLessThanOrEqual(acknowledged + 2)
    const frames = await journal.read(shard, 0, 100_000)
    expect(frames.map((row) => row.seq)).toEqual(Array.from({ length: seq }, (_, i) => i + 1))
  })

  it('JOURNAL-8: a statement that fails is not an answer either', async () => {
    await pool.query('alter table frontrow.journal rename to journal_away')
    const { answers } = await appendDuring(2, 2, async () => {})
    await pool.query('alter table frontrow.journal_away rename to journal')
    expect(answers).toEqual([2, 3].map((seq) => ({ seq, answer: lost })))
    expect(await claimed()).toMatchObject({ epoch: 2, seq: 1 })
  })

  it('JOURNAL-9: comes within two seconds from a server that is frozen', async () => {
    postgres.pause()
    const { answers, tookMs } = await appendDuring(2, 2, async () => {})
    await expect(journal.claim([shard], 'a', LEASE_MS)).rejects.toMatchObject({ reason: 'lost' })
    postgres.resume()
    expect(answers).toEqual([2, 3].map((seq) => ({ seq, answer: lost })))
    expect(tookMs).toBeLessThan(TOLD_MS_MAX)
    const { epoch, seq } = await claimed()
    expect(await append(journal, frame(shard, seq + 1, epoch))).toEqual(moved)
    expect((await journal.read(shard, 0, 10)).map((row) => row.seq)).toEqual(
      Array.from({ length: seq + 1 }, (_, i) => i + 1)
    )
  })

  it('JOURNAL-10: those after it are lost at once, until their shards are claimed again', async () => {
    const other = 1_000 + shard
    await journal.claim([other], 'a', LEASE_MS)
    await postgres.stop('immediate')
    expect(await append(journal, frame(shard, 2, 1))).toEqual(lost)
    await postgres.start()
    expect(await append(journal, frame(shard, 2, 1))).toEqual(lost)
    await claimed()
    expect(await append(journal, frame(other, 1, 1))).toEqual(lost)
    expect(await append(journal, frame(shard, 2, 2), frame(other, 1, 1))).toEqual(lost)
    expect(await append(journal, frame(shard, 2, 2))).toEqual(moved)
    await journal.claim([other], 'a', LEASE_MS)
    expect(await append(journal, frame(other, 1, 2))).toEqual(moved)
  })

  it('JOURNAL-10: a connection that dies while nothing is under way loses nothing', async () => {
    await postgres.stop('fast')
    await postgres.start()
    await delay(50)
    expect(await append(journal, frame(shard, 2, 1))).toEqual(moved)
  })

  it('JOURNAL-10: closing the journal answers what is under way', async () => {
    const closing = createPostgresJournal(url, pool)
    const own = 2_000 + shard
    await closing.claim([own], 'closing', LEASE_MS)
    const last = Promise.all([append(closing, frame(own, 1, 1)), append(closing, frame(own, 2, 1))])
    await closing.close()
    expect(await last).toEqual([moved, moved])
  })
})

describe('a journal that is not connected yet', () => {
  it('JOURNAL-5: takes the bytes as they were when append was called', async () => {
    const fresh = createPostgresJournal(url, pool)
    const own = 3_000 + shard
    await fresh.claim([own], 'fresh', LEASE_MS)
    const bytes = Buffer.from('first')
    const first = append(fresh, frame(own, 1, 1, bytes))
    bytes.fill('x')
    expect(await first).toEqual(moved)
    expect((await fresh.read(own, 0, 10)).map((row) => row.bytes.toString())).toEqual(['first'])
    await fresh.close()
  })
})

describe('two owners', () => {
  it('JOURNAL-11: who take shards from each other leave no gap, no branch, and never wait for each other', async () => {
    const shards = Array.from({ length: 12 }, (_, i) => 5_000 + i)
    const ends = Date.now() + 2_000
    const acknowledged = new Map<string, string>()
    async function contend(owner: string): Promise<void> {
      const own = createPostgresJournal(url, pool)
      while (Date.now() < ends) {
        const heads = await own.claim(shards, owner, 5)
        await own.renew(shards, owner, 5)
        const at = new Map(heads.map((head) => [head.shard, { ...head }]))
        for (let round = 0; round < 20 && at.size > 0; round++) {
          // Against the order of the shards, as hard as it gets.
          const rows = [...at.values()].reverse().map((head) => {
            const seq = head.seq + 1
            return frame(head.shard, seq, head.epoch, Buffer.from(`${owner} ${head.epoch} ${seq}`))
          })
          const { error, moved: taken } = await append(own, ...rows)
          expect(error).toBeNull()
          for (const row of rows) {
            if (!taken.includes(row.shard)) at.delete(row.shard)
            else {
              at.set(row.shard, { ...at.get(row.shard)!, seq: row.seq })
              acknowledged.set(`${row.shard} ${row.seq}`, Buffer.from(row.bytes).toString())
            }
          }
        }
      }
      await own.close()
    }
    await Promise.all([contend('b'), contend('c'), contend('d')])
    let frames = 0
    let epochs = 0
    for (const each of shards) {
      const rows = await journal.read(each, 0, 100_000)
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1))
      expect(rows.map(({ epoch }) => epoch)).toEqual(rows.map(({ epoch }) => epoch).sort((a, b) => a - b))
      for (const row of rows) {
        expect(acknowledged.get(`${each} ${row.seq}`)).toBe(Buffer.from(row.bytes).toString())
      }
      frames += rows.length
      epochs = Math.max(epochs, rows.at(-1)?.epoch ?? 0)
    }
    expect(frames).toBe(acknowledged.size)
    expect(epochs).toBeGreaterThan(2)
    const { rows } = await pool.query('select deadlocks from pg_stat_database where datname = current_database()')
    expect(rows).toEqual([{ deadlocks: 0 }])
  })
})
