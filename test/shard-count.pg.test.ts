// Another number of shards would look for shows where they are not.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrate } from '../persistence/migrate.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../persistence/postgres/postgres-journal.ts'
import { checkShardCount } from '../persistence/postgres/shard-count.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.dispose())

it('MIGRATE-6: a database keeps the number of shards it was made with, and says which it is', async () => {
  const url = await postgres.createDatabase('shard_count')
  await migrate(url)
  const pool = createPool(url)
  const journal = createPostgresJournal(url, pool)
  try {
    // Two nodes that start at once, and claim a part each.
    await Promise.all([checkShardCount(pool, 8), checkShardCount(pool, 8)])
    expect(await journal.claim([0, 1, 2, 3], 'node-1', 10_000)).toHaveLength(4)
    await checkShardCount(pool, 8)
    await expect(checkShardCount(pool, 4)).rejects.toThrow('SHARDS=8')
    const claimed = await journal.claim([4, 5, 6, 7], 'node-2', 10_000)
    expect(claimed.map(({ epoch, seq }) => [epoch, seq])).toEqual(Array.from({ length: 4 }, () => [1, 0]))
  } finally {
    await journal.close()
    await pool.end()
  }
})
