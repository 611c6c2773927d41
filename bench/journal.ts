// The journal alone: commands a second by how many of them share a commit, on real Postgres and on the embedded one,
// with what the disk's own sync costs beside it. Every commit is durable when it is counted.
import { once } from 'node:events'
import { Client } from 'pg'
import type { FrameRow, Journal } from '../actors/ports.ts'
import { COMMITS_IN_FLIGHT_MAX } from '../core/limits.ts'
import { migrate } from '../persistence/migrate.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../persistence/postgres/postgres-journal.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { type Bench, type BenchSettings, numberSetting, wordSetting } from './bench.ts'
import { syncLatencies } from './disk-sync.ts'
import type { Progress } from './progress.ts'
import { DATABASES, startDurablePostgres } from './stage.ts'
import { createLatencies, type Latencies, median, spreadPercent } from './statistics.ts'
import type { Table } from './table.ts'

/** Takes frames of `bytes` and says when they are on disk. */
interface Sink {
  readonly name: string
  commit(bytes: Uint8Array, done: (error: Error | null) => void): void
  close(): Promise<void>
}

interface Run {
  readonly perSecond: number
  readonly latencies: Latencies
}

const BATCHES = [1, 16, 256, 1024]
const LEASE_MS = 600_000
const CREATE_PLAIN = 'create table plain_journal (id bigserial primary key, frame bytea not null)'
const INSERT_PLAIN = { name: 'plain', text: 'insert into plain_journal (frame) values ($1)' }

export const journal: Bench = {
  what: 'journal commands a second by commands per commit, on Postgres and embedded',
  options: {
    database: { preset: 'both', what: 'embedded, postgres or both' },
    seconds: { preset: '2', what: 'seconds of each run' },
    runs: { preset: '5', what: 'runs of each batch size' },
    bytes: { preset: '100', what: 'bytes of each command' }
  },
  run: async (settings, progress) => {
    const wanted = wordSetting(settings, 'database', [...DATABASES, 'both'])
    const sinks: Sink[] = []
    try {
      if (wanted !== 'embedded') sinks.push(...(await postgresSinks(progress)))
      if (wanted !== 'postgres') sinks.push(await embeddedSink(progress))
      return { tables: [await measure(sinks, settings, progress)], failures: [] }
    } finally {
      for (const sink of sinks.reverse()) await sink.close()
    }
  }
}

async function measure(sinks: readonly Sink[], settings: BenchSettings, progress: Progress): Promise<Table> {
  const runs = numberSetting(settings, 'runs')
  const seconds = numberSetting(settings, 'seconds', 0.01)
  const bytes = numberSetting(settings, 'bytes')
  const sync = await syncLatencies()
  progress.say(
    `journal: ${COMMITS_IN_FLIGHT_MAX} commits in flight, ${bytes} bytes a command, ${runs} runs of ${seconds} s`
  )
  const cases = BATCHES.flatMap((batch) => sinks.map((sink) => ({ sink, batch, runs: [] as Run[] })))
  for (const { sink, batch } of cases) await run(sink, batch * bytes, Math.min(seconds, 0.3))
  for (let at = 1; at <= runs; at++) {
    for (const one of cases) {
      const result = await run(one.sink, one.batch * bytes, seconds)
      one.runs.push(result)
      const commands = Math.round(result.perSecond * one.batch).toLocaleString('en-US')
      progress.say(`  run ${at}/${runs}  ${one.sink.name}, ${one.batch} a commit: ${commands} commands/s`)
    }
  }
  return {
    title: 'journal: one frame a commit, median of the runs',
    columns: ['journal', 'commands a commit', 'commands/s', 'commits/s', 'ms p50', 'ms p99', 'spread %'],
    rows: cases.map(({ sink, batch, runs: results }) => {
      const rates = results.map(({ perSecond }) => perSecond)
      const commits = median(rates)
      const p50 = median(results.map(({ latencies }) => latencies.msP50))
      const p99 = median(results.map(({ latencies }) => latencies.msP99))
      return [sink.name, batch, Math.round(commits * batch), Math.round(commits), p50, p99, spreadPercent(rates)]
    }),
    notes: [
      `Writing 8 KB and fdatasync on this disk: p50 ${sync.msP50.toFixed(3)} ms, p99 ${sync.msP99.toFixed(3)} ms.`,
      'Plain insert: the same bytes as one row, without fence, position or time: the price of those.'
    ]
  }
}

/** Keeps as many commits under way as the commit loop does, for `seconds`. */
async function run(sink: Sink, frameBytes: number, seconds: number): Promise<Run> {
  const bytes = new Uint8Array(frameBytes).map(() => Math.random() * 256)
  const latencies = createLatencies()
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  let commits = 0
  await new Promise<void>((resolve, reject) => {
    let underway = 0
    const next = () => {
      if (performance.now() >= endsAt) return underway === 0 && resolve()
      underway++
      const sentAt = performance.now()
      sink.commit(bytes, (error) => {
        underway--
        if (error !== null) return reject(error)
        latencies.add(performance.now() - sentAt)
        commits++
        next()
      })
    }
    for (let i = 0; i < COMMITS_IN_FLIGHT_MAX; i++) next()
  })
  return { perSecond: (commits / (performance.now() - startedAt)) * 1000, latencies: latencies.summary() }
}

async function postgresSinks(progress: Progress): Promise<Sink[]> {
  progress.say('journal: starting Postgres, durable')
  const postgres = await startDurablePostgres()
  const ours = await journalSink('postgres', postgres.url, postgres.dispose)
  return [ours, await plainSink('postgres, plain insert', postgres.url)]
}

async function embeddedSink(progress: Progress): Promise<Sink> {
  progress.say('journal: starting the embedded Postgres')
  const { startEmbeddedPostgres } = await import('../persistence/embedded/embedded-postgres.ts')
  const folder = temporaryFolder('journal-bench')
  const embedded = await startEmbeddedPostgres(folder.path)
  return journalSink('embedded', embedded.url, async () => {
    await embedded.stop()
    await folder.dispose()
  })
}

async function journalSink(name: string, url: string, dispose: () => Promise<void>): Promise<Sink> {
  await migrate(url)
  const pool = createPool(url)
  const journal = createPostgresJournal(url, pool)
  const append = await appender(journal)
  return {
    name,
    commit: append,
    close: async () => {
      await journal.close()
      await pool.end()
      await dispose()
    }
  }
}

async function appender(journal: Journal): Promise<Sink['commit']> {
  const [head] = await journal.claim([0], 'bench', LEASE_MS)
  if (head === undefined) throw new Error('the shard of the bench is not free')
  let { seq } = head
  return (bytes, done) => {
    const frame: FrameRow = { shard: 0, epoch: head.epoch, seq: ++seq, stampedAt: seq, bytes }
    journal.append([frame], (error, moved) => done(error ?? (moved.has(0) ? null : new Error('the shard was fenced'))))
  }
}

async function plainSink(name: string, url: string): Promise<Sink> {
  const client = new Client({ connectionString: url, pipeline: true })
  await client.connect()
  await client.query(CREATE_PLAIN)
  return {
    name,
    commit: (bytes, done) => {
      void client.query({ ...INSERT_PLAIN, values: [Buffer.from(bytes.buffer)] }, (error) => done(error ?? null))
    },
    close: async () => {
      const ended = once(client, 'end')
      void client.end()
      await ended
    }
  }
}
