// Taking seats: by name or the best there are.
import { type BestQuery, bestAvailable } from '../choice/best-available.ts'
import { orphansLeft } from '../choice/orphans.ts'
import type { BestRequest, HoldCommand } from '../command.ts'
import type { HeldEvent } from '../event.ts'
import type { Inventory } from '../inventory.ts'
import { AVAILABLE } from '../plan/plan.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { pricesAt, resolveSeats } from './seat-list.ts'

export function decideHold(
  inventory: Inventory,
  command: HoldCommand,
  now: number,
  fingerprint: number
): HeldEvent | Refusal {
  const asked =
    command.seats === null ? bestQuery(inventory, command.best) : resolveSeats(inventory.plan, command.seats)
  if ('kind' in asked) return asked
  const count = 'count' in asked ? asked.count : asked.length
  const refusal = closed(inventory, now) ?? overLimit(inventory, command, count)
  if (refusal !== null) return refusal

  const seats =
    'count' in asked ? best(inventory, asked) : (unavailable(inventory, asked) ?? orphaned(inventory, asked))
  if ('kind' in seats) return seats
  return {
    kind: 'held',
    at: now,
    user: command.user,
    key: command.key,
    fingerprint,
    hold: inventory.nextHold,
    seats,
    prices: pricesAt(inventory, seats),
    expiresAt: now + inventory.definition.policy.holdMs
  }
}

function bestQuery(inventory: Inventory, best: BestRequest | null): BestQuery | Refusal {
  if (best === null) return refuse('invalid_request', 'Name the seats, or ask for the best.')
  if (!(best.count >= 1)) return refuse('invalid_request', 'Ask for one seat at least.')
  const { plan, definition } = inventory
  const category = best.category === undefined ? -1 : plan.categories.findIndex(({ name }) => name === best.category)
  const zone = best.zone === undefined ? -1 : plan.zones.indexOf(best.zone)
  if (best.category !== undefined && category < 0) {
    return refuse('not_found', `There is no category ${best.category} in this show.`)
  }
  if (best.zone !== undefined && zone < 0) return refuse('not_found', `There is no zone ${best.zone} in this show.`)
  return {
    count: best.count,
    category,
    zone,
    accessible: best.accessible === true,
    orphans: definition.policy.orphans
  }
}

function closed(inventory: Inventory, now: number): Refusal | null {
  const { saleStartsAt, saleEndsAt } = inventory.definition.policy
  if (saleStartsAt !== null && now < saleStartsAt) {
    return refuse('sale_closed', 'The sale has not opened yet.', { retryAfterMs: saleStartsAt - now })
  }
  if (saleEndsAt !== null && now >= saleEndsAt) return refuse('sale_closed', 'The sale is over.')
  return null
}

function overLimit(inventory: Inventory, command: HoldCommand, count: number): Refusal | null {
  const { seatsPerHoldMax, seatsPerUserMax, holdsPerUserMax } = inventory.definition.policy
  if (count > seatsPerHoldMax) {
    return refuse('limit_exceeded', `A hold takes ${seatsPerHoldMax} seats at the most; you asked for ${count}.`)
  }
  const tally = inventory.tallies.get(command.user)
  if (tally !== undefined && tally.holds >= holdsPerUserMax) {
    return refuse('limit_exceeded', 'You have a hold on this show already: book or release it first.')
  }
  const has = tally === undefined ? 0 : tally.seats
  if (has + count > seatsPerUserMax) {
    return refuse('limit_exceeded', `You may have ${seatsPerUserMax} seats of this show, and have ${has}.`)
  }
  return null
}

function best(inventory: Inventory, query: BestQuery): readonly number[] | Refusal {
  const seats = bestAvailable(inventory.plan, inventory.status, query)
  if (seats !== null) return seats
  return refuse('seats_unavailable', `There are no ${query.count} such seats left: ask for fewer, or for others.`)
}

function unavailable(inventory: Inventory, seats: readonly number[]): Refusal | null {
  const { status } = inventory
  let free = true
  for (let i = 0; i < seats.length; i++) if (status[seats[i]!] !== AVAILABLE) free = false
  if (free) return null
  const gone = seats.filter((seat) => status[seat] !== AVAILABLE)
  const word = gone.length === 1 ? 'This seat is' : 'These seats are'
  return refuse('seats_unavailable', `${word} no longer available: choose others.`, { seats: gone })
}

/** `seats`, unless the show's rule forbids what taking them leaves behind. */
function orphaned(inventory: Inventory, seats: readonly number[]): readonly number[] | Refusal {
  const { orphans } = inventory.definition.policy
  if (orphans === 'off') return seats
  const left = orphansLeft(inventory.plan, inventory.status, seats, orphans)
  if (left.length === 0) return seats
  return refuse('orphan_seat', 'This would leave a single seat between others: move by one seat.', { seats: left })
}
