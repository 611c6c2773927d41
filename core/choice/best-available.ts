// The best seats for a party, as a ladder; a step is tried where the one before has nothing:
//   (a) `count` neighbours that leave no orphan,
//   (b) `count` neighbours,
//   (c) two blocks of neighbours, near each other (not for who needs an accessible seat),
//   (d) the closest seats there are; for who needs an accessible seat, those around one.
//
// Within a step the lowest cost wins, the first by index of equal ones:
//
//   cost = sum of sights + count × (orphan × new orphans + accessible × (accessible seats − 1))
//
// Under a lenient or strict rule `orphan` is the number of seats in the house, more than sight can make up
// for: (a) comes before (b) whatever the distance. With the rule off it is 2 % of the house: (a) comes
// before (b) among seats that are about equally good, and orphans are counted as the lenient rule does.
// `accessible` is 2 % of the house for a party that needs one accessible seat and gets more, else 0.
//
// Who did not ask for accessible seats gets one only when there are too few others in the whole house. Who
// asked gets at least one; the others may be ordinary seats beside it.
//
// Measured for four seats in an arena of 20,000, which has 1,250 segments: 0.5 µs empty or half sold at random,
// 14 µs with its better half sold, 24 µs sold out, 18 µs a call over a whole sale. Steps (c) and (d) cost 0.15 ms
// with 600 lone seats left, and 0.4 ms at worst, with every second seat sold.

import type { Plan } from '../plan/plan.ts'
import { type BestQuery, type Search, startSearch } from './best-search.ts'
import { bestPair, closestGroup, freeSeats, nearestTo } from './best-split.ts'
import { bestWindow } from './best-window.ts'

export type { BestQuery } from './best-search.ts'

/**
 * Seat indexes, ascending; null when there are not `count` fitting seats. The orphan rule orders the
 * choices and forbids none: what the house chooses itself needs no other judge.
 */
export function bestAvailable(plan: Plan, statuses: Uint8Array, query: BestQuery): number[] | null {
  if (query.count < 1 || query.count > plan.seatCount) return null
  const search = startSearch(plan, statuses, query, query.accessible ? 'mixed' : 'ordinary')
  const seats = neighbours(search)
  if (seats !== null) return seats
  const reserve = startSearch(plan, statuses, query, 'accessible')
  const accessible = freeSeats(reserve)
  if (query.accessible && accessible.length === 0) return null
  const free = freeSeats(search)
  if (free.length < query.count) return query.accessible ? null : lastSeats(reserve, free, accessible)
  return query.accessible ? ascending(closestGroup(search, free, accessible)) : apart(search, free)
}

function neighbours(search: Search): number[] | null {
  const first = bestWindow(search)
  return first < 0 ? null : Array.from({ length: search.count }, (_, at) => first + at)
}

function apart(search: Search, free: readonly number[]): number[] {
  return ascending(bestPair(search, free) ?? closestGroup(search, free, free))
}

/** All ordinary seats that are left, with the accessible ones nearest to the best of them. */
function lastSeats(reserve: Search, ordinary: readonly number[], accessible: readonly number[]): number[] | null {
  const { plan, count } = reserve
  if (ordinary.length + accessible.length < count) return null
  if (ordinary.length === 0) return neighbours(reserve) ?? apart(reserve, accessible)
  const best = ordinary.reduce((a, b) => (plan.sight[b]! < plan.sight[a]! ? b : a))
  return ascending([...ordinary, ...nearestTo(plan, best, accessible, count - ordinary.length)])
}

function ascending(seats: number[]): number[] {
  return seats.sort((a, b) => a - b)
}
