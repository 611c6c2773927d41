// Seating plans in Postgres, each stored once under the hash of its JSON.
import type { Pool } from 'pg'
import type { PlanStore } from '../../actors/ports.ts'

export function createPostgresPlans(pool: Pool): PlanStore {
  return {
    load: async (hash) => {
      const { rows } = await pool.query<{ json: Buffer }>('select json from frontrow.plan where hash = $1', [hash])
      return rows[0]?.json ?? null
    },
    save: async (hash, json) => {
      const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength)
      await pool.query('insert into frontrow.plan (hash, json) values ($1, $2) on conflict do nothing', [hash, bytes])
    }
  }
}
