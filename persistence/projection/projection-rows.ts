// What events do to the read model, as rows to insert and rows to change: pure, so that a chunk of frames becomes
// one statement per table. Rows have the names of their columns. What began and ended within the chunk is one row.

import type { FrameEntry } from '../../core/codec/frame-codec.ts'
import {
  type BookedEvent,
  bookingId,
  type CancelledEvent,
  type CreatedEvent,
  type HeldEvent
} from '../../core/event.ts'

/** What events do not say of their show. */
export interface ShowFacts {
  readonly currency: string
  readonly seatIds: readonly string[]
}

interface ShowRow {
  readonly show_id: string
  readonly title: string
  readonly starts_at: string
  readonly currency: string
  readonly plan_hash: string
  readonly prices: object
  readonly policy: object
  readonly seat_count: number
  readonly created_at: string
}
type HoldOutcome = 'released' | 'expired' | 'booked'
interface HoldRow {
  readonly show_id: string
  readonly hold: number
  readonly user_id: string
  readonly seats: readonly number[]
  readonly held_at: string
  expires_at: string
  extensions: number
  ended_at: string | null
  outcome: HoldOutcome | null
}
/** Of a hold of an earlier chunk: null where it stays as it is; `extensions` are added. */
interface HoldChange {
  readonly show_id: string
  readonly hold: number
  expires_at: string | null
  extensions: number
  ended_at: string | null
  outcome: HoldOutcome | null
}
interface BookingChange {
  readonly booking_id: string
  status: 'confirmed' | 'cancelled'
  total: number
  updated_at: string
}
interface BookingRow extends BookingChange {
  readonly show_id: string
  readonly user_id: string
  readonly currency: string
  readonly payment_reference: string
  readonly booked_at: string
}
interface SeatRow {
  readonly booking_id: string
  readonly show_id: string
  readonly seat_index: number
  readonly seat_id: string
  readonly price: number
  status: 'booked' | 'cancelled'
}

export class ProjectionRows {
  readonly shows = new Map<string, ShowRow>()
  readonly holds = new Map<string, HoldRow>()
  readonly holdChanges = new Map<string, HoldChange>()
  readonly bookings = new Map<string, BookingRow>()
  readonly bookingChanges = new Map<string, BookingChange>()
  readonly bookingSeats = new Map<string, SeatRow>()
  readonly cancelledSeats: { readonly booking_id: string; readonly seat_index: number }[] = []
  private readonly factsOf: (show: string) => ShowFacts

  constructor(factsOf: (show: string) => ShowFacts) {
    this.factsOf = factsOf
  }

  add({ show, event }: FrameEntry): void {
    switch (event.kind) {
      case 'held':
        return this.hold(show, event)
      case 'extended': {
        const row = this.heldOrChanged(show, event.hold)
        row.expires_at = time(event.expiresAt)
        row.extensions++
        return
      }
      case 'released':
      case 'expired':
        return this.end(show, event.hold, event.at, event.kind)
      case 'booked':
        this.end(show, event.hold, event.at, 'booked')
        return this.book(show, event)
      case 'cancelled':
        return this.cancel(show, event)
      case 'created':
      case 'changed':
        return this.define(show, event)
      case 'blocked':
      case 'unblocked':
        return
    }
  }

  private hold(show: string, { hold, user, seats, at, expiresAt }: HeldEvent): void {
    this.holds.set(holdKey(show, hold), {
      show_id: show,
      hold,
      user_id: user,
      seats,
      held_at: time(at),
      expires_at: time(expiresAt),
      extensions: 0,
      ended_at: null,
      outcome: null
    })
  }

  private end(show: string, hold: number, at: number, outcome: HoldOutcome): void {
    const row = this.heldOrChanged(show, hold)
    row.ended_at = time(at)
    row.outcome = outcome
  }

  private heldOrChanged(show: string, hold: number): HoldRow | HoldChange {
    const key = holdKey(show, hold)
    const known = this.holds.get(key) ?? this.holdChanges.get(key)
    if (known !== undefined) return known
    const change = { show_id: show, hold, expires_at: null, extensions: 0, ended_at: null, outcome: null }
    this.holdChanges.set(key, change)
    return change
  }

  private book(show: string, event: BookedEvent): void {
    const id = bookingId(show, event.booking)
    const { currency, seatIds } = this.factsOf(show)
    const at = time(event.at)
    this.bookings.set(id, {
      booking_id: id,
      show_id: show,
      user_id: event.owner,
      status: 'confirmed',
      total: sum(event.prices),
      currency,
      payment_reference: event.payment,
      booked_at: at,
      updated_at: at
    })
    for (const [i, seat] of event.seats.entries()) {
      this.bookingSeats.set(seatKey(id, seat), {
        booking_id: id,
        show_id: show,
        seat_index: seat,
        seat_id: seatIds[seat]!,
        price: event.prices[i]!,
        status: 'booked'
      })
    }
  }

  private cancel(show: string, event: CancelledEvent): void {
    const id = bookingId(show, event.booking)
    const row: BookingChange = this.bookings.get(id) ?? {
      booking_id: id,
      status: 'confirmed',
      total: 0,
      updated_at: ''
    }
    row.status = event.left.length === 0 ? 'cancelled' : 'confirmed'
    row.total = sum(event.leftPrices)
    row.updated_at = time(event.at)
    if (!this.bookings.has(id)) this.bookingChanges.set(id, row)
    for (const seat of event.seats) {
      const sold = this.bookingSeats.get(seatKey(id, seat))
      if (sold !== undefined) sold.status = 'cancelled'
      else this.cancelledSeats.push({ booking_id: id, seat_index: seat })
    }
  }

  private define(show: string, { at, definition }: CreatedEvent): void {
    const { title, startsAt, currency, planHash, prices, policy } = definition
    this.shows.set(show, {
      show_id: show,
      title,
      starts_at: time(startsAt),
      currency,
      plan_hash: planHash,
      prices,
      policy,
      seat_count: this.factsOf(show).seatIds.length,
      created_at: this.shows.get(show)?.created_at ?? time(at)
    })
  }
}

function holdKey(show: string, hold: number): string {
  return `${show} ${hold}`
}

function seatKey(booking: string, seat: number): string {
  return `${booking} ${seat}`
}

function sum(prices: readonly number[]): number {
  return prices.reduce((total, price) => total + price, 0)
}

function time(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
