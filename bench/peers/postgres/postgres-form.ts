// The ways to sell seats in Postgres: the SQL of each, what is sent, and what its answers mean.
import { readFileSync } from 'node:fs'
import type { Peer, PeerSettings } from '../peer.ts'
import { openBatchDriver } from './batch-driver.ts'
import { openPoolDriver } from './pool-driver.ts'

export interface PostgresForm {
  readonly name: string
  readonly what: string
  /** Tables and functions. */
  readonly sql: readonly string[]
  /** Empty, then an empty house: $1 shows of $2 seats. */
  readonly table: string
  readonly fill: string
  readonly sweep: readonly PeerSettings[]
  readonly openDriver: Peer['openDriver']
}

const FILL_SEATS = `
  insert into seats (show, seat)
  select show, seat from generate_series(0, $1::integer - 1) as show, generate_series(0, $2::integer - 1) as seat`

const FILL_BLOCKS = `
  insert into blocks (show, block)
  select show, block
  from generate_series(0, $1::integer - 1) as show, generate_series(0, ($2::integer - 1) / 64) as block`

const SEAT_ROWS = { table: 'seats', fill: FILL_SEATS }

const POOLED = {
  sweep: [{ connections: 32 }, { connections: 64 }, { connections: 16 }, { connections: 64, commitDelayMicros: 100 }],
  openDriver: openPoolDriver
}
const BATCHED = {
  sweep: [
    { connections: 2, batchMax: 256 },
    { connections: 1, batchMax: 256 },
    { connections: 4, batchMax: 256 }
  ],
  openDriver: openBatchDriver
}

export const nowait: PostgresForm = {
  name: 'nowait',
  what: 'one prepared call per hold locks its rows in order (FOR UPDATE NOWAIT) and marks them, with holder and expiry, any seats; knows no idempotency, no feed',
  sql: [sqlOf('seats'), sqlOf('nowait')],
  ...SEAT_ROWS,
  ...POOLED
}

export const version: PostgresForm = {
  name: 'version column',
  what: 'one prepared call per hold reads its rows and writes them if their versions are the same, with holder and expiry, any seats; knows no idempotency, no feed',
  sql: [sqlOf('seats'), sqlOf('version')],
  ...SEAT_ROWS,
  ...POOLED
}

export const skipLocked: PostgresForm = {
  name: 'skip locked',
  what: 'one prepared call per hold locks those of its rows that nobody else has locked (SKIP LOCKED) and marks them if that is all of them, with holder and expiry, any seats; knows no idempotency, no feed',
  sql: [sqlOf('seats'), sqlOf('skip-locked')],
  ...SEAT_ROWS,
  ...POOLED
}

export const batched: PostgresForm = {
  name: 'batched',
  what: 'gathers holds while the last batch commits and marks the rows of all of them in one statement, each all or nothing, with holder and expiry, for adjacent seats alone; knows no idempotency, no feed',
  sql: [sqlOf('seats'), sqlOf('batched')],
  ...SEAT_ROWS,
  ...BATCHED
}

export const batchedBitmap: PostgresForm = {
  name: 'batched bitmap',
  what: 'gathers holds while the last batch commits and sets the bits of all of them in one statement, each all or nothing, for adjacent seats alone; knows no holder, no expiry, no idempotency, no feed',
  sql: [sqlOf('batched-bitmap')],
  table: 'blocks',
  fill: FILL_BLOCKS,
  ...BATCHED
}

function sqlOf(name: string): string {
  return readFileSync(new URL(`${name}.sql`, import.meta.url), 'utf8')
}
