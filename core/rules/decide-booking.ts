// What becomes of a hold, and of a booking.
import type { BookCommand, CancelCommand, ExtendCommand, ReleaseCommand, SeatNames } from '../command.ts'
import { type BookedEvent, bookingId, type CancelledEvent, type ExtendedEvent, type ReleasedEvent } from '../event.ts'
import type { Booking, Hold, Inventory } from '../inventory.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { pricesOf, resolveSeats, without } from './seat-list.ts'

export function decideExtend(
  inventory: Inventory,
  command: ExtendCommand,
  now: number,
  fingerprint: number
): ExtendedEvent | Refusal {
  const hold = ownHold(inventory, command.hold, command.user, command.admin)
  if ('kind' in hold) return hold
  const { extensionsMax, holdMs } = inventory.definition.policy
  if (hold.extensions >= extensionsMax) {
    const times = extensionsMax === 1 ? 'once' : `${extensionsMax} times`
    const detail = extensionsMax === 0 ? 'Holds of this show cannot be extended.' : `A hold may be extended ${times}.`
    return refuse('limit_exceeded', detail, { expiresAt: hold.expiresAt })
  }
  const expiresAt = Math.max(hold.expiresAt, now + holdMs)
  const { user, key } = command
  const { number, seats, prices } = hold
  return { kind: 'extended', at: now, user, key, fingerprint, hold: number, seats, prices, expiresAt }
}

export function decideRelease(
  inventory: Inventory,
  command: ReleaseCommand,
  now: number,
  fingerprint: number
): ReleasedEvent | Refusal {
  const hold = ownHold(inventory, command.hold, command.user, command.admin)
  if ('kind' in hold) return hold
  const { user, key } = command
  return { kind: 'released', at: now, user, key, fingerprint, hold: hold.number, seats: hold.seats }
}

export function decideBook(
  inventory: Inventory,
  command: BookCommand,
  now: number,
  fingerprint: number
): BookedEvent | Refusal {
  const hold = ownHold(inventory, command.hold, command.user, command.admin)
  if ('kind' in hold) return hold
  const seats = command.seats === null ? hold.seats : part(inventory, command.seats, hold.seats, 'hold')
  if ('kind' in seats) return seats
  return {
    kind: 'booked',
    at: now,
    user: command.user,
    key: command.key,
    fingerprint,
    booking: inventory.nextBooking,
    owner: hold.user,
    hold: hold.number,
    seats,
    prices: command.seats === null ? hold.prices : pricesOf(hold.seats, hold.prices, seats),
    freed: without(hold.seats, seats),
    payment: command.payment
  }
}

export function decideCancel(
  inventory: Inventory,
  command: CancelCommand,
  now: number,
  fingerprint: number
): CancelledEvent | Refusal {
  const booking = ownBooking(inventory, command)
  if ('kind' in booking) return booking
  const seats = command.seats === null ? booking.seats : part(inventory, command.seats, booking.seats, 'booking')
  if ('kind' in seats) return seats
  const left = without(booking.seats, seats)
  return {
    kind: 'cancelled',
    at: now,
    user: command.user,
    key: command.key,
    fingerprint,
    booking: booking.number,
    owner: booking.user,
    bookedAt: booking.bookedAt,
    seats,
    left,
    leftPrices: pricesOf(booking.seats, booking.prices, left)
  }
}

const WHOLE_NUMBER = /^[1-9][0-9]{0,14}$/

function ownHold(inventory: Inventory, id: string, user: string, admin: boolean): Hold | Refusal {
  const number = WHOLE_NUMBER.test(id) ? Number(id) : 0
  const hold = inventory.holds.get(number)
  if (hold === undefined) {
    if (number === 0 || number >= inventory.nextHold) return refuse('not_found', 'There is no such hold on this show.')
    return refuse('hold_expired', 'This hold is over: it ran out, or was released or booked. Hold the seats again.')
  }
  if (hold.user !== user && !admin) return refuse('forbidden', 'This hold is not yours.')
  return hold
}

function ownBooking(inventory: Inventory, command: CancelCommand): Booking | Refusal {
  const number = command.booking.slice(command.show.length + 1)
  const known = WHOLE_NUMBER.test(number) && command.booking === bookingId(command.show, Number(number))
  if (!known || Number(number) >= inventory.nextBooking) return refuse('not_found', 'There is no such booking.')
  const booking = inventory.bookings.get(Number(number))
  if (booking === undefined) return refuse('seats_unavailable', 'This booking was cancelled before.')
  if (booking.user !== command.user && !command.admin) return refuse('forbidden', 'This booking is not yours.')
  return booking
}

/** The seats named, of a hold or booking that has `all`. */
function part(
  inventory: Inventory,
  names: SeatNames,
  all: readonly number[],
  of: 'hold' | 'booking'
): number[] | Refusal {
  const seats = resolveSeats(inventory.plan, names)
  if ('kind' in seats) return seats
  const others = without(seats, all)
  if (others.length === 0) return seats
  return refuse('seats_unavailable', `These seats are not in this ${of}.`, { seats: others })
}
