// What a sell-out left in the database: the journal with its history, and the projections, read with plain SQL.
import { Client } from 'pg'
import { decodeFrame } from '../../core/codec/frame-codec.ts'
import type { BookingRow, JournalFrame } from './history.ts'

interface FrameRow {
  readonly shard: number
  readonly epoch: string
  readonly seq: string
  readonly frame: Uint8Array
}

interface SeatRow {
  readonly booking_id: string
  readonly show_id: string
  readonly user_id: string
  readonly total: string
  readonly seat_id: string
  readonly price: string
}

const FRAMES = `
  select shard, epoch, seq, frame from frontrow.journal
  union all select shard, epoch, seq, frame from frontrow.journal_history
  order by shard, seq`

const SEATS = `
  select booking_id, b.show_id, user_id, total, seat_id, price
  from frontrow.bookings b left join frontrow.booking_seats s using (booking_id)
  where s.status = 'booked' or s.status is null order by booking_id, seat_index`

export async function readDatabase(url: string): Promise<{ frames: JournalFrame[]; bookings: BookingRow[] }> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const frames = (await client.query<FrameRow>(FRAMES)).rows.map(({ shard, epoch, seq, frame }): JournalFrame => {
      return { shard, epoch: Number(epoch), seq: Number(seq), frame: decodeFrame(frame) }
    })
    const bookings = new Map<string, BookingRow & { seats: { id: string; price: number }[] }>()
    for (const row of (await client.query<SeatRow>(SEATS)).rows) {
      const id = row.booking_id
      const known = bookings.get(id) ?? {
        id,
        show: row.show_id,
        user: row.user_id,
        total: Number(row.total),
        seats: []
      }
      if (row.seat_id !== null) known.seats.push({ id: row.seat_id, price: Number(row.price) })
      bookings.set(id, known)
    }
    return { frames, bookings: [...bookings.values()] }
  } finally {
    await client.end()
  }
}
