// Histories of the real core: one show, asked by clients one after another as a list of steps says; then each
// operation is spread over an interval around the moment at which it was done, so that those of different clients
// overlap, and of some the outcome is forgotten.
import type { Command } from '../../core/command.ts'
import { bookingId, holdId } from '../../core/event.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { Policy } from '../../core/policy.ts'
import type { Decision } from '../../core/rules/decide.ts'
import { seatIds } from '../support/seat-names.ts'
import { NOON, planJson, planOf, Sale, SHOW } from '../support/small-show.ts'
import type { Asked, Operation, Told } from './operation.ts'
import { ADMIN } from './plain-needs.ts'

/** Numbers that a turn is made of: any will do. */
export interface RecordedStep {
  readonly client: number
  readonly op: number
  readonly pick: number
  readonly count: number
  readonly waitMs: number
  /** From 0 to 1: how long before and after it was done it was asked and answered. */
  readonly before: number
  readonly after: number
  readonly lost: 'no' | 'answer' | 'request'
}

export interface RecordedHouse {
  readonly clients: number
  readonly rows: number
  readonly seatsPerRow: number
  readonly policy: Partial<Policy>
}

/** What was asked and told, and the moments between which it was done. */
export function recordSale(house: RecordedHouse, steps: readonly RecordedStep[]): Operation[] {
  const rows = Array.from({ length: house.rows }, (_, at) => ({
    row: `R${at + 1}-`,
    count: house.seatsPerRow,
    zone: 'Stalls',
    category: 'Front'
  }))
  const sale = new Sale(house.policy, planOf(planJson(rows)), { prices: { Front: 100 } })
  let now = NOON
  const unheard = new Set<string>()
  const turns = steps.map((step) => {
    now += step.waitMs
    sale.pass(now)
    const command = commandOf(sale, step, house, unheard)
    const told = step.lost === 'request' ? null : toldOf(sale, sale.ask(command, now))
    if (step.lost === 'answer' && told?.kind === 'held') unheard.add(`hold ${told.hold}`)
    if (step.lost === 'answer' && told?.kind === 'booked') unheard.add(`booking ${told.booking}`)
    return { step, user: command.user, asked: askedOf(command, sale.inventory.plan), told, now }
  })
  const clientOf = (at: number) => steps[at]!.client % house.clients
  const spans = turns.map((_, at) => at)
  return turns.map(({ step, user, asked, told, now: doneMs }, at) => {
    const previous = spans.findLast((other) => other < at && clientOf(other) === clientOf(at))
    const next = spans.find((other) => other > at && clientOf(other) === clientOf(at))
    const from = halfway(previous ?? at - house.clients, at)
    const to = halfway(at, next ?? at + house.clients)
    // Fractions of a turn, so that no two moments are the same.
    const invokedAt = at - step.before * (at - from) * 0.99 - 0.001
    const returnedAt = at + step.after * (to - at) * 0.99 + 0.001
    if (step.lost !== 'no') {
      return { show: SHOW, user, asked, invokedAt, returnedAt: Infinity, told: null, clockMs: Infinity }
    }
    const last = turns[Math.min(Math.floor(returnedAt), turns.length - 1)]!
    return { show: SHOW, user, asked, invokedAt, returnedAt, told, clockMs: Math.max(last.now, doneMs) }
  })
}

function halfway(from: number, to: number): number {
  return (from + to) / 2
}

/** Nobody knows the ids that are `unheard`, but one in eight guesses. */
export function commandOf(sale: Sale, step: RecordedStep, house: RecordedHouse, unheard: ReadonlySet<string>): Command {
  const { inventory, plan } = sale
  const client = step.client % house.clients
  const admin = client === house.clients - 1
  const user = admin ? ADMIN : `user${client}`
  const asked = { show: SHOW, user, admin, key: '' }
  const guesses = step.count === 0
  const holds = [...inventory.holds.values()].filter((hold) => {
    return (admin || hold.user === user) && (guesses || !unheard.has(`hold ${hold.number}`))
  })
  const bookings = [...inventory.bookings.values()].filter((booking) => {
    return (admin || booking.user === user) && (guesses || !unheard.has(`booking ${bookingId(SHOW, booking.number)}`))
  })
  const hold = holds[step.pick % Math.max(holds.length, 1)]?.number ?? step.pick % inventory.nextHold
  const booking = bookings[step.pick % Math.max(bookings.length, 1)]
  const part = (seats: readonly number[] | undefined) =>
    step.count === 1 && seats !== undefined ? sale.ids(seats.slice(0, 1 + (step.pick % seats.length))) : null
  const first = step.pick % plan.seatCount
  const seats = Array.from({ length: 1 + (step.count % 4) }, (_, at) => plan.ids[(first + at) % plan.seatCount]!)
  const op = step.op % 20
  if (op < 8) return { ...asked, op: 'hold', seats: [...new Set(seats)], best: null }
  if (op < 9) return { ...asked, op: 'hold', seats: null, best: { count: 1 + (step.count % 4) } }
  if (op < 11) return { ...asked, op: 'release', hold: holdId(hold) }
  if (op < 12) return { ...asked, op: 'extend', hold: holdId(hold) }
  if (op < 13) return { ...asked, op: 'extend', hold: holdId(step.pick % (inventory.nextHold + 2)) }
  if (op < 16) {
    return { ...asked, op: 'book', hold: holdId(hold), seats: part(inventory.holds.get(hold)?.seats), payment: '' }
  }
  if (op < 18) {
    const number = booking?.number ?? step.pick % (inventory.nextBooking + 1)
    return { ...asked, op: 'cancel', booking: bookingId(SHOW, number), seats: part(booking?.seats) }
  }
  const blocked = plan.ids.filter((_, seat) => inventory.status[seat] === 3)
  if (op < 19 || blocked.length === 0) return { ...asked, op: 'block', seats: [...new Set(seats)].slice(0, 2) }
  return { ...asked, op: 'unblock', seats: blocked.slice(0, 2) }
}

/** The same, as a client says it. */
export function askedOf(command: Command, plan: Plan): Asked {
  switch (command.op) {
    case 'hold':
      return { op: 'hold', seats: seatIds(command.seats, plan), count: command.seats?.length ?? command.best!.count }
    case 'extend':
    case 'release':
      return { op: command.op, hold: command.hold }
    case 'book':
      return { op: 'book', hold: command.hold, seats: seatIds(command.seats, plan) }
    case 'cancel':
      return { op: 'cancel', booking: command.booking, seats: seatIds(command.seats, plan) }
    case 'block':
    case 'unblock':
      return { op: command.op, seats: command.seats }
    default:
      throw new Error(`${command.op} is no operation of a history`)
  }
}

export function toldOf(sale: Sale, decision: Decision): Told {
  switch (decision.kind) {
    case 'refused':
      return { kind: 'refused', code: decision.code, seats: decision.seatIds ?? sale.ids(decision.seats) }
    case 'held':
      return {
        kind: 'held',
        hold: holdId(decision.hold),
        seats: sale.ids(decision.seats),
        expiresAt: decision.expiresAt
      }
    case 'extended':
      return { kind: 'extended', hold: holdId(decision.hold), expiresAt: decision.expiresAt }
    case 'booked':
      return { kind: 'booked', booking: bookingId(SHOW, decision.booking), seats: sale.ids(decision.seats) }
    case 'cancelled':
      return { kind: 'cancelled', seats: sale.ids(decision.seats) }
    case 'released':
    case 'blocked':
    case 'unblocked':
      return { kind: decision.kind }
    default:
      throw new Error(`${decision.kind} is no answer of a history`)
  }
}
