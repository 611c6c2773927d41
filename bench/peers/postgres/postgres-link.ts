// What the drivers of Postgres have in common: connections, and what its errors mean.
import { Client, type DatabaseError } from 'pg'
import type { HoldResult, PeerSettings } from '../peer.ts'

export type Done = (result: HoldResult, code?: string) => void

/** Errors that undid the hold, and nothing but the hold. */
const REFUSALS: ReadonlyMap<string | undefined, string> = new Map([
  ['55P03', 'locked'],
  ['40001', 'changed'],
  ['40P01', 'deadlock']
])

/** As connections of a pool that have been there for long: each has had all pages of the table in its memory map. */
export function connectAll(url: string, { connections, commitDelayMicros }: PeerSettings): Promise<readonly Client[]> {
  return Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ connectionString: url })
      // A lost connection fails its query, and that is heard of.
      client.on('error', () => {})
      await client.connect()
      if (commitDelayMicros !== undefined) await client.query(`set commit_delay = ${commitDelayMicros}`)
      await client.query('select warm_up()')
      return client
    })
  )
}

export function explain(error: Error, done: Done): void {
  const code = REFUSALS.get((error as DatabaseError).code)
  if (code === undefined) done('failed', error.message)
  else done('refused', code)
}

/** As Postgres writes arrays. */
export function listOf(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`
}
