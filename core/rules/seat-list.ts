// From the names of seats to seat indexes, and the small things done with lists of them.
import type { SeatNames } from '../command.ts'
import type { Inventory } from '../inventory.ts'
import type { Plan } from '../plan/plan.ts'
import { type Refusal, refuse } from '../refusal.ts'

/** Up to here a list is put in order as it is read, which costs nothing when it comes in order. */
const INSERTION_MAX = 64

/** Indexes of the seats named, ascending; a refusal where one is unknown or named twice, or none is named. */
export function resolveSeats(plan: Plan, names: SeatNames): number[] | Refusal {
  if (names.length === 0) return refuse('invalid_request', 'Name at least one seat.')
  if (names.length > INSERTION_MAX) return resolveMany(plan, names)
  const seats = new Array<number>(names.length)
  for (let i = 0; i < names.length; i++) {
    const seat = seatNamed(plan, names[i]!)
    if (seat === undefined) return wrongSeats(plan, names)
    let at = i
    for (; at > 0 && seats[at - 1]! > seat; at--) seats[at] = seats[at - 1]!
    if (at > 0 && seats[at - 1] === seat) return wrongSeats(plan, names)
    seats[at] = seat
  }
  return seats
}

function seatNamed(plan: Plan, name: string | number): number | undefined {
  if (typeof name === 'string') return plan.indexOf.get(name)
  return name < plan.seatCount ? name : undefined
}

function resolveMany(plan: Plan, names: SeatNames): number[] | Refusal {
  const seats = names.map((name: string | number) => seatNamed(plan, name) ?? -1).sort((a, b) => a - b)
  const wrong = seats[0] === -1 || seats.some((seat, i) => seat === seats[i + 1])
  return wrong ? wrongSeats(plan, names) : seats
}

/** What is wrong with `names`, in whatever order they came: named twice comes before unknown. */
function wrongSeats(plan: Plan, names: SeatNames): Refusal {
  const once = new Set<string | number>()
  const twice = new Set<string | number>()
  for (const name of names) (once.has(name) ? twice : once).add(name)
  if (twice.size > 0) {
    const seatIds = [...twice].map((name) => seatId(plan, name))
    return refuse('invalid_request', 'Name every seat once.', { seatIds })
  }
  const unknown = [...once].filter((name) => seatNamed(plan, name) === undefined)
  const seatIds = unknown.map((name) => seatId(plan, name))
  return refuse('not_found', 'This show has no such seats: read its seat map again.', { seatIds })
}

/** What a person calls the seat; an index that the plan does not have, as it came. */
export function seatId({ ids }: Pick<Plan, 'ids'>, name: string | number): string {
  return typeof name === 'string' ? name : (ids[name] ?? String(name))
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
