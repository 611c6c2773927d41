// Which nodes are there, in Postgres: a row a node, alive as long as its lease is.
import type { Pool } from 'pg'
import type { Member, Roster } from '../../actors/ports.ts'
import { orLost } from './postgres-journal.ts'

/** An operator's `draining` lasts as long as the process does. An empty first row: somebody younger has the name. */
const ATTEND = `
  with said as (
    insert into frontrow.node as n (node, started_at, expires, connected, draining)
    values ($1, $2, clock_timestamp() + $3 * interval '1 ms', $4, $5)
    on conflict (node) do update set
      started_at = excluded.started_at, expires = excluded.expires, connected = excluded.connected,
      draining = excluded.draining or (n.draining and n.started_at = excluded.started_at)
      where n.started_at <= excluded.started_at or n.expires < clock_timestamp()
    returning node, connected, draining
  )
  select node, connected, draining from said
  union all
  select node, connected, draining from frontrow.node where node <> $1 and expires > clock_timestamp()`
/** Rows of nodes that are long gone go along. */
const LEAVE = `
  delete from frontrow.node
  where (node = $1 and started_at = $2) or expires < clock_timestamp() - interval '1 hour'`

export function createPostgresRoster(pool: Pool): Roster {
  return {
    attend: async ({ node, startedAt, connected, leaving }, leaseMs) => {
      const values = [node, startedAt, leaseMs, connected, leaving]
      const { rows } = await orLost(pool.query<Member>(ATTEND, values))
      return rows.some((row) => row.node === node) ? rows : null
    },
    leave: async (node, startedAt) => {
      await orLost(pool.query(LEAVE, [node, startedAt]))
    }
  }
}
