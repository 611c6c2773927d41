// Whether two events are the same, and whether an event may come of a command.
import type { Command } from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { seatIds } from '../support/seat-names.ts'

/** Field by field; lists item by item. */
export function same(one: object, other: object): boolean {
  const members = Object.entries(one)
  if (members.length !== Object.keys(other).length) return false
  for (const [name, value] of members) {
    const against: unknown = other[name as keyof typeof other]
    if (value === against) continue
    if (typeof value !== 'object' || value === null || typeof against !== 'object' || against === null) return false
    if (!same(value, against)) return false
  }
  return true
}

/** Whether `event` may come of `command`. */
export function answers(command: Command, event: ShowEvent, plan: Plan): boolean {
  const named = (seats: readonly number[]) =>
    seats
      .map((seat) => plan.ids[seat])
      .sort()
      .join()
  const asked = 'seats' in command && command.seats != null ? [...seatIds(command.seats, plan)].sort().join() : null
  const fits = (seats: readonly number[]) => asked === null || asked === named(seats)
  switch (event.kind) {
    case 'held':
      return (
        command.op === 'hold' && fits(event.seats) && (asked !== null || event.seats.length === command.best?.count)
      )
    case 'extended':
      return command.op === 'extend' && command.hold === String(event.hold)
    case 'released':
      return command.op === 'release' && command.hold === String(event.hold)
    case 'booked':
      return command.op === 'book' && command.hold === String(event.hold) && fits(event.seats)
    case 'cancelled':
      return command.op === 'cancel' && command.booking === `${command.show}.${event.booking}` && fits(event.seats)
    case 'blocked':
      return command.op === 'block' && fits(event.seats)
    case 'unblocked':
      return command.op === 'unblock' && fits(event.seats)
    case 'created':
      return command.op === 'create'
    case 'changed':
      return command.op === 'change'
    case 'expired':
      return false
  }
}
