// Writes what a chunk of frames did to the read model, in one transaction with the position it leads to.
// Keeps true: each frame is projected once, whoever else projects the same shard.
import { DatabaseError, type Pool, type PoolClient } from 'pg'
import type { ProjectionRows } from './projection-rows.ts'

/** `advance_projection` found another position than the one we started from. */
const MOVED_ON = 'FR001'

const ADVANCE = 'select frontrow.advance_projection($1, $2, $3)'
const SAVE_SHOWS = `
  insert into frontrow.shows
    (show_id, title, starts_at, currency, plan_hash, prices, policy, seat_count, created_at)
  select show_id, title, starts_at, currency, plan_hash, prices, policy, seat_count, created_at
  from jsonb_populate_recordset(null::frontrow.shows, $1::jsonb)
  on conflict (show_id) do update set
    title = excluded.title, starts_at = excluded.starts_at, currency = excluded.currency,
    plan_hash = excluded.plan_hash, prices = excluded.prices, policy = excluded.policy,
    seat_count = excluded.seat_count`
const CHANGE_HOLDS = `
  update frontrow.holds h set
    expires_at = coalesce(c.expires_at, h.expires_at), extensions = h.extensions + c.extensions,
    ended_at = coalesce(c.ended_at, h.ended_at), outcome = coalesce(c.outcome, h.outcome)
  from jsonb_populate_recordset(null::frontrow.holds, $1::jsonb) c
  where h.show_id = c.show_id and h.hold = c.hold`
const ADD_HOLDS = `
  insert into frontrow.holds
    (show_id, hold, user_id, seats, held_at, expires_at, extensions, ended_at, outcome)
  select show_id, hold, user_id, seats, held_at, expires_at, extensions, ended_at, outcome
  from jsonb_populate_recordset(null::frontrow.holds, $1::jsonb)`
const CANCEL_SEATS = `
  update frontrow.booking_seats s set status = 'cancelled'
  from jsonb_populate_recordset(null::frontrow.booking_seats, $1::jsonb) c
  where s.booking_id = c.booking_id and s.seat_index = c.seat_index`
const CHANGE_BOOKINGS = `
  update frontrow.bookings b set status = c.status, total = c.total, updated_at = c.updated_at
  from jsonb_populate_recordset(null::frontrow.bookings, $1::jsonb) c where b.booking_id = c.booking_id`
const ADD_BOOKINGS = `
  insert into frontrow.bookings
    (booking_id, show_id, user_id, status, total, currency, payment_reference, booked_at, updated_at)
  select booking_id, show_id, user_id, status, total, currency, payment_reference, booked_at, updated_at
  from jsonb_populate_recordset(null::frontrow.bookings, $1::jsonb)`
const ADD_SEATS = `
  insert into frontrow.booking_seats (booking_id, show_id, seat_index, seat_id, price, status)
  select booking_id, show_id, seat_index, seat_id, price, status
  from jsonb_populate_recordset(null::frontrow.booking_seats, $1::jsonb)`

/** Answers false, and writes nothing, when the projection of `shard` is not at `from`. */
export async function writeProjection(
  pool: Pool,
  shard: number,
  from: number,
  to: number,
  rows: ProjectionRows
): Promise<boolean> {
  const client = await pool.connect()
  try {
    await transact(client, [
      [ADVANCE, [shard, from, to]],
      // A seat that was cancelled and sold again within the chunk: first it is free, then it is sold.
      ...statement(CANCEL_SEATS, rows.cancelledSeats),
      ...statement(CHANGE_BOOKINGS, rows.bookingChanges.values()),
      ...statement(CHANGE_HOLDS, rows.holdChanges.values()),
      ...statement(SAVE_SHOWS, rows.shows.values()),
      ...statement(ADD_HOLDS, rows.holds.values()),
      ...statement(ADD_BOOKINGS, rows.bookings.values()),
      ...statement(ADD_SEATS, rows.bookingSeats.values())
    ])
    client.release()
    return true
  } catch (error) {
    const isAnswer = error instanceof DatabaseError && error.code !== undefined
    client.release(!isAnswer)
    if (isAnswer && error.code === MOVED_ON) return false
    throw error
  }
}

/** Whether the same rows would be refused again: they break a rule of the tables. */
export function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && /^2[23]/.test(error.code ?? '')
}

/** All at once, without waiting for answers: the embedded database does nothing else until the commit. */
async function transact(client: PoolClient, statements: readonly (readonly [string, unknown[]])[]): Promise<void> {
  const asked = [
    client.query('begin'),
    // A commit lost with the machine is made again from the journal; waiting for the disk would hold up appends.
    // Whatever moves frames into history commits later, and takes this one to disk with it.
    client.query('set local synchronous_commit = off'),
    ...statements.map(([text, values]) => client.query(text, values)),
    // Rolls back where one of them failed.
    client.query('commit')
  ]
  const outcomes = await Promise.allSettled(asked)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

function statement(text: string, rows: Iterable<object>): [string, unknown[]][] {
  const list = [...rows]
  return list.length === 0 ? [] : [[text, [JSON.stringify(list, storable)]]]
}

/** Postgres stores no NUL and no half of a surrogate pair in texts; the journal does. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value
}
