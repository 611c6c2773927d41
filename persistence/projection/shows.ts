// Shows as the read model has them.
import type { Pool } from 'pg'
import type { Policy } from '../../core/policy.ts'
import type { ShowDefinition } from '../../core/show.ts'
import { type Page, pageOf, placeOf } from './page.ts'

interface StoredShow extends ShowDefinition {
  readonly seatCount: number
}

export interface Shows {
  /** Soonest first. `cursor` is a `next` answered before, or null. */
  list(limit: number, cursor: string | null): Promise<Page<StoredShow>>
  byId(id: string): Promise<StoredShow | null>
}

interface Row extends Omit<StoredShow, 'startsAt' | 'policy'> {
  readonly startsAt: Date
  readonly policy: Policy
}

const SELECT = `
  select show_id as id, title, starts_at as "startsAt", currency, plan_hash as "planHash", prices, policy,
    seat_count as "seatCount"
  from frontrow.shows`
const LIST = `
  ${SELECT}
  where $2::timestamptz is null or (starts_at, show_id) > ($2, $3)
  order by starts_at, show_id limit $1`

export function createShows(pool: Pool): Shows {
  return {
    list: async (limit, cursor) => {
      const place = placeOf(cursor)
      const values = [limit + 1, place && new Date(place.at), place?.id]
      const rows = (await pool.query<Row>(LIST, values)).rows.map(stored)
      return pageOf(rows, limit, ({ startsAt, id }) => ({ at: startsAt, id }))
    },
    byId: async (id) => {
      const [row] = (await pool.query<Row>(`${SELECT} where show_id = $1`, [id])).rows
      return row === undefined ? null : stored(row)
    }
  }
}

function stored(row: Row): StoredShow {
  return { ...row, startsAt: row.startsAt.getTime() }
}
