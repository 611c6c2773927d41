// What a running Frontrow keeps on disk, by what it keeps it for.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import type { RunningFrontrow } from './frontrow.ts'

/** The journal is for ever; the rest may grow with what is open, not with time. */
const TABLES = `
  select
    case
      when relname like 'journal%' then 'journal'
      when relname in ('shows', 'bookings', 'booking_seats', 'holds') then 'projections'
      else 'snapshots, plans, heads'
    end as kind,
    sum(pg_total_relation_size(c.oid))::float8 / 1048576 as megabytes
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where nspname = 'frontrow' and relkind in ('r', 'm')
  group by 1`

/** Megabytes by kind. */
export async function diskOf({ databaseUrl, folders }: RunningFrontrow): Promise<Readonly<Record<string, number>>> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ kind: string; megabytes: number }>(TABLES)
    return {
      ...Object.fromEntries(rows.map(({ kind, megabytes }) => [kind, megabytes])),
      'write-ahead log': megabytesBelow(join(folders.postgres, 'pg_wal')),
      'event stream': megabytesBelow(folders.nats)
    }
  } finally {
    await client.end()
  }
}

function megabytesBelow(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    // What is being tidied away while we look is gone.
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes / 1024 ** 2
}
