// A house of any size in one category, and servers on a real Postgres with shows in it: what the tests of the whole
// server stand on.
import { Client } from 'pg'
import { vi } from 'vitest'
import { type HttpStage, startStage } from './http-stage.ts'
import { startPostgres, type TestPostgres } from './postgres.ts'
import { planJson } from './small-show.ts'

/** More than any test needs. */
export const ROOMY = { seatsPerHoldMax: 100, seatsPerUserMax: 100_000, holdsPerUserMax: 10_000 }

/** Seats `r1-1`, `r1-2` … in rows of `seatsPerRow`. */
export function house(rows: number, seatsPerRow: number) {
  const plan = planJson(
    Array.from({ length: rows }, (_, i) => ({ row: `r${i + 1}-`, count: seatsPerRow, zone: 'Floor', category: 'One' }))
  )
  const seats = Array.from({ length: rows * seatsPerRow }, (_, i) => {
    return `r${Math.floor(i / seatsPerRow) + 1}-${(i % seatsPerRow) + 1}`
  })
  return { seats, show: { plan, prices: { One: 1_000 }, policy: ROOMY } }
}

export interface WireStage extends HttpStage {
  readonly postgres: TestPostgres
  sql<Row extends object>(query: string, values?: unknown[]): Promise<Row[]>
  dispose(): Promise<void>
}

export async function startWireStage(env: Readonly<Record<string, string>> = {}): Promise<WireStage> {
  const postgres = await startPostgres()
  const stage = await startStage({ DATABASE_URL: postgres.url, ...env }).catch(async (error: unknown) => {
    await postgres.dispose()
    throw error
  })
  return {
    ...stage,
    postgres,
    async sql<Row extends object>(query: string, values: unknown[] = []) {
      const client = new Client({ connectionString: postgres.url })
      await client.connect()
      try {
        return (await client.query<Row>(query, values)).rows
      } finally {
        await client.end()
      }
    },
    async dispose() {
      await stage.server.dispose()
      await postgres.dispose()
    }
  }
}

/** Waits for what comes about by itself, generously: what is asserted is that it does, not how soon. */
export function eventually<T>(check: () => T | Promise<T>, timeout = 20_000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 10 })
}
