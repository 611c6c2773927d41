// Reads the journal for `frontrow journal dump`: beside a running server, or from the folder of one that
// does not run.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFrame } from '../../core/codec/frame-codec.ts'
import { JOURNAL_READ_BYTES_MAX } from '../../core/limits.ts'
import { runningEmbeddedPostgres, startEmbeddedPostgres } from '../../persistence/embedded/embedded-postgres.ts'
import { createPool } from '../../persistence/postgres/postgres.ts'
import { readFrames } from '../../persistence/postgres/postgres-journal.ts'
import type { Settings } from '../config.ts'

export interface DumpOptions {
  /** Null: all of them, one after another. */
  readonly shard: number | null
  readonly from: number
  readonly limit: number
}

const ROWS_PER_READ = 1_000

export async function dumpJournal(settings: Settings, { shard, from, limit }: DumpOptions): Promise<void> {
  const database = await reachDatabase(settings)
  const pool = createPool(database.url)
  try {
    const shards = shard === null ? Array.from({ length: settings.shards }, (_, i) => i) : [shard]
    let left = limit
    for (const one of shards) {
      for (let after = from - 1; left > 0; ) {
        const rows = await readFrames(
          pool,
          one,
          after,
          Math.min(left, ROWS_PER_READ),
          JOURNAL_READ_BYTES_MAX,
          'journal_all'
        )
        for (const { seq, epoch, stampedAt, bytes } of rows) {
          const events = decodeFrame(bytes).entries
          const at = new Date(stampedAt).toISOString()
          await print(JSON.stringify({ shard: one, epoch, seq, at, events }))
        }
        left -= rows.length
        if (rows.length === 0) break
        after = rows.at(-1)!.seq
      }
    }
  } finally {
    await pool.end()
    await database.stop()
  }
}

async function reachDatabase({ databaseUrl, dataDir }: Settings): Promise<{ url: string; stop(): Promise<void> }> {
  const url = databaseUrl ?? runningEmbeddedPostgres(dataDir)
  if (url !== null) return { url, stop: async () => {} }
  if (existsSync(join(dataDir, 'postgres'))) return startEmbeddedPostgres(dataDir)
  throw new Error(`There is no database in ${dataDir}: set DATA_DIR or DATABASE_URL as the server has it.`)
}

/** Waits where the reader of our output is slower than we are. */
function print(line: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(`${line}\n`)) resolve()
    else process.stdout.once('drain', resolve)
  })
}
