// The state of one show: who has which seat. Changed by `apply` alone; `decide` only looks.
// Everything here follows from the show's events, so a replay gives the same state byte by byte.
import { assert, Bug } from './assert.ts'
import { DeadlineHeap } from './deadline-heap.ts'
import { IdempotencyMemory } from './idempotency-memory.ts'
import type { Plan } from './plan/plan.ts'
import type { ShowDefinition } from './show.ts'
import { Tallies } from './tally.ts'

export interface Hold {
  readonly number: number
  readonly user: string
  readonly seats: readonly number[]
  readonly prices: readonly number[]
  expiresAt: number
  extensions: number
}

export interface Booking {
  readonly number: number
  readonly user: string
  readonly bookedAt: number
  readonly payment: string
  /** What is left of it after cancellations; without any seats it is gone from the state. */
  seats: readonly number[]
  prices: readonly number[]
}

export class Inventory {
  readonly plan: Plan
  definition: ShowDefinition
  /** Price by category index, minor units. */
  prices: readonly number[]
  /** Status by seat index. */
  readonly status: Uint8Array
  /** How many seats have each status. */
  readonly counts: [number, number, number, number]
  readonly holds = new Map<number, Hold>()
  readonly bookings = new Map<number, Booking>()
  readonly tallies = new Tallies()
  readonly keys = new IdempotencyMemory(this.tallies)
  /** Deadlines of holds; may name holds that are gone or were extended. */
  readonly deadlines = new DeadlineHeap()
  nextHold = 1
  nextBooking = 1
  /** Follows from `prices`. */
  readonly #samePrices = new Map<number, readonly number[]>()

  constructor(definition: ShowDefinition, plan: Plan) {
    this.plan = plan
    this.definition = definition
    this.prices = pricesOf(definition, plan)
    this.status = new Uint8Array(plan.seatCount)
    this.counts = [plan.seatCount, 0, 0, 0]
  }

  define(definition: ShowDefinition): void {
    this.definition = definition
    this.prices = pricesOf(definition, this.plan)
    this.#samePrices.clear()
  }

  /** The prices of `count` seats of one category: one list for all, as most parties sit in one. */
  pricesOfSame(category: number, count: number): readonly number[] {
    const key = count * this.prices.length + category
    let prices = this.#samePrices.get(key)
    if (prices === undefined) {
      prices = new Array<number>(count).fill(this.prices[category]!)
      this.#samePrices.set(key, prices)
    }
    return prices
  }

  setStatus(seats: readonly number[], from: number, to: number): void {
    const { status, counts } = this
    for (let i = 0; i < seats.length; i++) {
      const seat = seats[i]!
      // No `assert` here: putting its message together costs more than the hold itself.
      if (status[seat] !== from) throw new Bug(`seat ${seat} is ${status[seat]}, not ${from}`)
      status[seat] = to
    }
    counts[from as 0] -= seats.length
    counts[to as 0] += seats.length
  }
}

function pricesOf(definition: ShowDefinition, plan: Plan): number[] {
  return plan.categories.map(({ name }) => {
    assert(Object.hasOwn(definition.prices, name), `category ${name} has no price`)
    return definition.prices[name]!
  })
}
