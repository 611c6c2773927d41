// From seat ids to seat indexes, and the small things done with lists of them.
import type { Inventory } from '../inventory.ts'
import type { Plan } from '../plan/plan.ts'
import { type Refusal, refuse } from '../refusal.ts'

/** Up to here a list is put in order as it is read, which costs nothing when it comes in order. */
const INSERTION_MAX = 64

/** Indexes of `ids`, ascending; a refusal where one is unknown or named twice, or none is named. */
export function resolveSeats(plan: Plan, ids: readonly string[]): number[] | Refusal {
  if (ids.length === 0) return refuse('invalid_request', 'Name at least one seat.')
  if (ids.length > INSERTION_MAX) return resolveMany(plan, ids)
  const seats = new Array<number>(ids.length)
  for (let i = 0; i < ids.length; i++) {
    const seat = plan.indexOf.get(ids[i]!)
    if (seat === undefined) return wrongSeats(plan, ids)
    let at = i
    for (; at > 0 && seats[at - 1]! > seat; at--) seats[at] = seats[at - 1]!
    if (at > 0 && seats[at - 1] === seat) return wrongSeats(plan, ids)
    seats[at] = seat
  }
  return seats
}

function resolveMany(plan: Plan, ids: readonly string[]): number[] | Refusal {
  const seats = ids.map((id) => plan.indexOf.get(id) ?? -1).sort((a, b) => a - b)
  const wrong = seats[0] === -1 || seats.some((seat, i) => seat === seats[i + 1])
  return wrong ? wrongSeats(plan, ids) : seats
}

/** What is wrong with `ids`, in whatever order they came: named twice comes before unknown. */
function wrongSeats(plan: Plan, ids: readonly string[]): Refusal {
  const once = new Set<string>()
  const twice = new Set<string>()
  for (const id of ids) (once.has(id) ? twice : once).add(id)
  if (twice.size > 0) return refuse('invalid_request', 'Name every seat once.', { seatIds: [...twice] })
  const seatIds = ids.filter((id) => !plan.indexOf.has(id))
  return refuse('not_found', 'This show has no such seats: read its seat map again.', { seatIds })
}

/** The price of each of `seats`, minor units. */
export function pricesAt(inventory: Inventory, seats: readonly number[]): readonly number[] {
  const { categoryOf } = inventory.plan
  const category = categoryOf[seats[0]!]!
  for (let i = 1; i < seats.length; i++) if (categoryOf[seats[i]!] !== category) return eachPrice(inventory, seats)
  return inventory.pricesOfSame(category, seats.length)
}

function eachPrice({ prices, plan }: Inventory, seats: readonly number[]): number[] {
  const found = new Array<number>(seats.length)
  for (let i = 0; i < seats.length; i++) found[i] = prices[plan.categoryOf[seats[i]!]!]!
  return found
}

/** `all` without `some`. */
export function without(all: readonly number[], some: readonly number[]): number[] {
  return all.filter((seat) => !some.includes(seat))
}

/** The prices that belong to `some` of the seats `all`. */
export function pricesOf(all: readonly number[], prices: readonly number[], some: readonly number[]): number[] {
  return some.map((seat) => prices[all.indexOf(seat)]!)
}
