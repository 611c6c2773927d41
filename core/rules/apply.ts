// Events change the state here and nowhere else: when they are decided, when the journal is replayed.
// `apply` cannot fail: an event that does not fit is a bug or a damaged journal, and asserts.
import { assert } from '../assert.ts'
import type { BookedEvent, CancelledEvent, ShowEvent } from '../event.ts'
import type { Hold, Inventory } from '../inventory.ts'
import { AVAILABLE, BLOCKED, BOOKED, HELD } from '../plan/plan.ts'
import { count } from '../tally.ts'

export function apply(inventory: Inventory, event: ShowEvent): void {
  switch (event.kind) {
    case 'held':
      inventory.setStatus(event.seats, AVAILABLE, HELD)
      addHold(inventory, {
        number: event.hold,
        user: event.user,
        seats: event.seats,
        prices: event.prices,
        expiresAt: event.expiresAt,
        extensions: 0
      })
      inventory.nextHold = event.hold + 1
      break
    case 'extended': {
      const hold = holdOf(inventory, event.hold)
      hold.expiresAt = event.expiresAt
      hold.extensions++
      setDeadline(inventory, hold)
      break
    }
    case 'released':
    case 'expired': {
      const hold = removeHold(inventory, event.hold)
      inventory.setStatus(hold.seats, HELD, AVAILABLE)
      count(inventory.tallies, hold.user, -hold.seats.length, -1)
      break
    }
    case 'booked':
      book(inventory, event)
      break
    case 'cancelled':
      cancel(inventory, event)
      break
    case 'blocked':
      inventory.setStatus(event.seats, AVAILABLE, BLOCKED)
      break
    case 'unblocked':
      inventory.setStatus(event.seats, BLOCKED, AVAILABLE)
      break
    case 'created':
    case 'changed':
      inventory.define(event.definition)
      break
  }
  if (event.key !== '') inventory.keys.remember(event)
}

/** Also used when a snapshot is read: everything a live hold means but its seats' status. */
export function addHold(inventory: Inventory, hold: Hold): void {
  inventory.holds.set(hold.number, hold)
  setDeadline(inventory, hold)
  count(inventory.tallies, hold.user, hold.seats.length, 1)
}

/** Deadlines of holds that are gone stay in the heap until they are due, or until they are the most of it. */
const STALE_DEADLINES_MAX = 1_024

function setDeadline({ deadlines, holds }: Inventory, hold: Hold): void {
  deadlines.push(hold.expiresAt, hold.number)
  if (deadlines.size - holds.size <= Math.max(holds.size, STALE_DEADLINES_MAX)) return
  deadlines.clear()
  for (const { expiresAt, number } of holds.values()) deadlines.push(expiresAt, number)
}

function holdOf(inventory: Inventory, number: number): Hold {
  const hold = inventory.holds.get(number)
  assert(hold !== undefined, `hold ${number} does not exist`)
  return hold
}

function removeHold(inventory: Inventory, number: number): Hold {
  const hold = holdOf(inventory, number)
  inventory.holds.delete(number)
  return hold
}

function book(inventory: Inventory, event: BookedEvent): void {
  const hold = removeHold(inventory, event.hold)
  inventory.setStatus(event.seats, HELD, BOOKED)
  inventory.setStatus(event.freed, HELD, AVAILABLE)
  count(inventory.tallies, hold.user, -event.freed.length, -1)
  inventory.bookings.set(event.booking, {
    number: event.booking,
    user: event.owner,
    bookedAt: event.at,
    payment: event.payment,
    seats: event.seats,
    prices: event.prices
  })
  inventory.nextBooking = event.booking + 1
}

function cancel(inventory: Inventory, event: CancelledEvent): void {
  const booking = inventory.bookings.get(event.booking)
  assert(booking !== undefined, `booking ${event.booking} does not exist`)
  inventory.setStatus(event.seats, BOOKED, AVAILABLE)
  count(inventory.tallies, booking.user, -event.seats.length, 0)
  booking.seats = event.left
  booking.prices = event.leftPrices
  if (event.left.length === 0) inventory.bookings.delete(event.booking)
}
