// How far those who read the journal are behind it.
import { Client } from 'pg'
import type { RunningFrontrow } from './frontrow.ts'

const FRAMES = `
  select
    coalesce(sum(h.seq - coalesce(p.seq, 0)), 0)::float8 as "not in the read model",
    coalesce(sum(h.seq - coalesce(e.seq, 0)), 0)::float8 as "not on the event stream"
  from frontrow.shard_head h
  left join frontrow.projection_position p using (shard) left join frontrow.event_position e using (shard)`

/** Frames by reader. */
export async function backlogOf({ databaseUrl }: RunningFrontrow): Promise<Readonly<Record<string, number>>> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query<Record<string, number>>(FRAMES)).rows[0]!
  } finally {
    await client.end()
  }
}
