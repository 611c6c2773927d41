// Seats for a party that cannot sit in one piece: two blocks near each other, else the closest seats there
// are. Only a house that is nearly sold out, or full of gaps, comes here; the work is capped all the same,
// as the show's single writer does it.

import { AVAILABLE, type Plan } from '../plan/plan.ts'
import { seatDistance } from './best-layout.ts'
import { type Search, seatFits, sightCost } from './best-search.ts'
import { newOrphans } from './orphans.ts'

/** Blocks are near if an end of one is within this many seat spacings of an end of the other. */
const NEAR_SPACINGS = 3
/** Runs of free seats that are paired: those with the best seats. */
const RUNS_MAX = 128
/** Pairs of blocks that are looked at. */
const PAIRS_MAX = 20_000
/** Seats around which the closest group is sought, and distances measured for it. */
const SEEDS_MAX = 32
const DISTANCES_MAX = 8_192
/** After so many sold seats in a row `indexOf` finds the next free one faster than a loop: 0.3 against 1.1 ns a seat. */
const LONG_SOLD = 64

/** Free seats next to each other. */
interface Run {
  readonly first: number
  readonly length: number
  /** Of the best of them. */
  readonly sight: number
  /** From the first to the one farthest from it. */
  readonly reach: number
}

interface Pairing {
  seats: number[]
  smaller: number
  cost: number
  /** How many more pairs of blocks may be looked at. */
  left: number
}

/**
 * Two blocks of the `free` seats, near each other: those whose smaller block is largest (nobody sits alone if
 * it can be helped), then those with the lowest cost; null: there are none.
 */
export function bestPair(search: Search, free: readonly number[]): number[] | null {
  const { plan, count } = search
  const runs = findRuns(plan, free)
  const longest = runs.reduce((length, run) => Math.max(length, run.length), 0)
  const best: Pairing = { seats: [], smaller: 0, cost: Number.POSITIVE_INFINITY, left: PAIRS_MAX }
  const near = NEAR_SPACINGS * search.layout.spacing
  for (let i = 0; i < runs.length && best.left > 0; i++) {
    const a = runs[i]!
    if (a.length + longest < count) continue
    for (let j = i + 1; j < runs.length && best.left > 0; j++) {
      const b = runs[j]!
      if (a.length + b.length < count) continue
      if (seatDistance(plan, a.first, b.first) > near + a.reach + b.reach) continue
      pairRuns(search, a, b, near, best)
    }
  }
  return best.smaller === 0 ? null : best.seats
}

/** The runs among `free`, those with the best seats first. */
function findRuns(plan: Plan, free: readonly number[]): Run[] {
  const starts: number[] = []
  const sights = new Float64Array(free.length)
  for (let at = 0; at < free.length; at++) {
    const seat = free[at]!
    const sight = plan.sight[seat]!
    if (at > 0 && plan.left[seat] === free[at - 1]) {
      const run = starts.length - 1
      sights[run] = Math.min(sights[run]!, sight)
    } else {
      sights[starts.length] = sight
      starts.push(at)
    }
  }
  return lowest(starts, sights, RUNS_MAX).map((start) => runFrom(plan, free, start))
}

function runFrom(plan: Plan, free: readonly number[], start: number): Run {
  const first = free[start]!
  let sight = plan.sight[first]!
  let reach = 0
  let at = start + 1
  for (; at < free.length && plan.left[free[at]!] === free[at - 1]; at++) {
    sight = Math.min(sight, plan.sight[free[at]!]!)
    reach = Math.max(reach, seatDistance(plan, first, free[at]!))
  }
  return { first, length: at - start, sight, reach }
}

function pairRuns(search: Search, a: Run, b: Run, near: number, best: Pairing): void {
  const { count } = search
  const largest = Math.min(a.length, b.length, count >> 1)
  for (let smaller = largest; smaller >= Math.max(1, best.smaller); smaller--) {
    if (smaller === best.smaller && count * Math.min(a.sight, b.sight) >= best.cost) return
    const before = best.seats
    const sizes = smaller * 2 === count ? [smaller] : [smaller, count - smaller]
    for (const size of sizes) {
      if (size <= a.length && count - size <= b.length) pairBlocks(search, a, b, size, near, best)
    }
    if (best.seats !== before) return
  }
}

/** Every block of `size` seats of run `a` with every block of run `b` that makes the party full. */
function pairBlocks(search: Search, a: Run, b: Run, size: number, near: number, best: Pairing): void {
  const rest = search.count - size
  for (let i = a.first; i + size <= a.first + a.length; i++) {
    for (let j = b.first; j + rest <= b.first + b.length; j++) {
      if (best.left-- <= 0) return
      if (blockDistance(search.plan, i, i + size - 1, j, j + rest - 1) > near) continue
      consider(search, [...seatsFrom(i, size), ...seatsFrom(j, rest)], Math.min(size, rest), best)
    }
  }
}

function consider(search: Search, seats: number[], smaller: number, best: Pairing): void {
  const { plan, statuses, count } = search
  let cost = sightCost(search, seats)
  if (smaller === best.smaller && cost >= best.cost) return
  cost += count * search.orphanRanks * newOrphans(plan, statuses, seats, search.orphans).length
  if (smaller === best.smaller && cost >= best.cost) return
  best.seats = seats
  best.smaller = smaller
  best.cost = cost
}

/**
 * The closest group of the `free` seats: around each of the best of `around` the seats nearest to it. The group
 * that reaches the fewest times as far as "near" wins, then the one with the lowest cost by sight, then the one
 * around the better seat.
 */
export function closestGroup(search: Search, free: readonly number[], around: readonly number[]): number[] {
  const { plan, count, layout } = search
  const seedCount = Math.min(SEEDS_MAX, Math.max(1, Math.floor(DISTANCES_MAX / free.length)))
  const sights = new Float64Array(around.length)
  for (let i = 0; i < around.length; i++) sights[i] = plan.sight[around[i]!]!
  const near = NEAR_SPACINGS * layout.spacing
  let best: number[] = []
  let bestSteps = Number.POSITIVE_INFINITY
  let bestCost = Number.POSITIVE_INFINITY
  for (const seed of lowest(around, sights, seedCount)) {
    const group = nearestTo(plan, seed, free, count)
    const steps = Math.ceil(seatDistance(plan, seed, group[count - 1]!) / near)
    const cost = sightCost(search, group)
    if (steps > bestSteps || (steps === bestSteps && cost >= bestCost)) continue
    best = group
    bestSteps = steps
    bestCost = cost
  }
  return best
}

/** All seats the search may take, ascending. */
export function freeSeats(search: Search): number[] {
  const { statuses, plan, layout } = search
  if (search.pool === 'accessible') return layout.accessible.filter((seat) => seatFits(search, seat))
  const free: number[] = []
  let taken = 0
  for (let seat = 0; seat < plan.seatCount; seat++) {
    if (statuses[seat] === AVAILABLE) {
      taken = 0
      if (seatFits(search, seat)) free.push(seat)
    } else if (++taken === LONG_SOLD) {
      const next = statuses.indexOf(AVAILABLE, seat)
      if (next < 0) break
      seat = next - 1
      taken = 0
    }
  }
  return free
}

/** The `count` of `seats` that are nearest to `seed` (itself too, if it is one of them), the nearest first. */
export function nearestTo(plan: Plan, seed: number, seats: readonly number[], count: number): number[] {
  const { x, y } = plan
  const seedX = x[seed]!
  const seedY = y[seed]!
  const squares = new Float64Array(seats.length)
  for (let i = 0; i < seats.length; i++) {
    const dx = x[seats[i]!]! - seedX
    const dy = y[seats[i]!]! - seedY
    squares[i] = dx * dx + dy * dy
  }
  return lowest(seats, squares, count)
}

/** The `count` of `items` with the lowest keys, lowest first, of equal ones the earlier first. */
function lowest(items: readonly number[], keys: Float64Array, count: number): number[] {
  const chosen: number[] = []
  const chosenKeys: number[] = []
  let highest = Number.POSITIVE_INFINITY
  for (let i = 0; i < items.length; i++) {
    const key = keys[i]!
    if (key >= highest) continue
    let at = Math.min(chosen.length, count - 1)
    for (; at > 0 && chosenKeys[at - 1]! > key; at--) {
      chosen[at] = chosen[at - 1]!
      chosenKeys[at] = chosenKeys[at - 1]!
    }
    chosen[at] = items[i]!
    chosenKeys[at] = key
    if (chosen.length === count) highest = chosenKeys[count - 1]!
  }
  return chosen
}

/** The distance between the nearest ends of two blocks, each given by its first and last seat. */
function blockDistance(plan: Plan, a: number, aLast: number, b: number, bLast: number): number {
  return Math.min(
    seatDistance(plan, a, b),
    seatDistance(plan, a, bLast),
    seatDistance(plan, aLast, b),
    seatDistance(plan, aLast, bLast)
  )
}

function seatsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at)
}
