// Bookings as the read model has them. Money in minor units.
import type { Pool } from 'pg'
import { type Page, pageOf, placeOf } from './page.ts'

export interface StoredBooking {
  readonly id: string
  readonly showId: string
  readonly userId: string
  /** Seats it still has, by seat index; none when it was cancelled. */
  readonly seats: readonly { readonly index: number; readonly id: string; readonly price: number }[]
  /** Of those seats. */
  readonly total: number
  readonly currency: string
  readonly payment: string
  /** Epoch milliseconds. */
  readonly bookedAt: number
  readonly status: 'confirmed' | 'cancelled'
  /** The plan that tells the seats' categories. */
  readonly planHash: string
}

export interface Bookings {
  /** Latest first. `cursor` is a `next` answered before, or null. */
  byUser(user: string, limit: number, cursor: string | null): Promise<Page<StoredBooking>>
  byId(id: string): Promise<StoredBooking | null>
}

interface Row extends Omit<StoredBooking, 'bookedAt'> {
  readonly bookedAt: Date
}

const SELECT = `
  select b.booking_id as id, b.show_id as "showId", b.user_id as "userId", b.total, b.currency,
    b.payment_reference as payment, b.booked_at as "bookedAt", b.status, s.plan_hash as "planHash",
    (
      select coalesce(jsonb_agg(jsonb_build_object('index', seat_index, 'id', seat_id, 'price', price)
        order by seat_index), '[]')
      from frontrow.booking_seats where booking_id = b.booking_id and status = 'booked'
    ) as seats
  from frontrow.bookings b join frontrow.shows s using (show_id)`
const BY_USER = `
  ${SELECT}
  where user_id = $1 and ($3::timestamptz is null or (booked_at, booking_id) < ($3, $4))
  order by booked_at desc, booking_id desc limit $2`

export function createBookings(pool: Pool): Bookings {
  return {
    byUser: async (user, limit, cursor) => {
      const place = placeOf(cursor)
      const values = [user, limit + 1, place && new Date(place.at), place?.id]
      const rows = (await pool.query<Row>(BY_USER, values)).rows.map(stored)
      return pageOf(rows, limit, ({ bookedAt, id }) => ({ at: bookedAt, id }))
    },
    byId: async (id) => {
      const [row] = (await pool.query<Row>(`${SELECT} where booking_id = $1`, [id])).rows
      return row === undefined ? null : stored(row)
    }
  }
}

function stored(row: Row): StoredBooking {
  return { ...row, bookedAt: row.bookedAt.getTime() }
}
