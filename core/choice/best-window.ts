// The best `count` neighbours. This is what nearly every call of best available comes to, on the show's
// single writer: segments with the best seats first, an end as soon as no later one can win, and from every
// taken seat a jump behind it.

import { AVAILABLE } from '../plan/plan.ts'
import { SEGMENT_ACCESSIBLE, SEGMENT_END, SEGMENT_SIGHT, SEGMENT_SIZE, SEGMENT_START } from './best-layout.ts'
import { type Search, seatFits, segmentFits } from './best-search.ts'
import { orphansBeside } from './orphans.ts'

/** The first of `count` neighbours with the lowest cost, of equal ones the first by index; −1: there are none. */
export function bestWindow(search: Search): number {
  const { count, statuses } = search
  const { segments } = search.layout
  const anySegment = search.category < 0 && search.zone < 0 && search.pool === 'ordinary'
  // Ranks differ, so n of them add up to no less than n times the best and 0 + 1 + … + n−1.
  const spread = (count * (count - 1)) / 2
  let best = -1
  let bestCost = Number.POSITIVE_INFINITY
  for (let at = 0; at < segments.length; at += SEGMENT_SIZE) {
    if (count * segments[at + SEGMENT_SIGHT]! + spread > bestCost) break
    const end = segments[at + SEGMENT_END]!
    let from = segments[at + SEGMENT_START]!
    if (from + count > end) continue
    const fits = anySegment && segments[at + SEGMENT_ACCESSIBLE] === 0 ? 2 : segmentFits(search, at)
    if (fits === 0) continue
    /** Seats from `from` up to here are known to fit. */
    let known = from
    while (from + count <= end) {
      let seat = from + count - 1
      while (seat >= known && statuses[seat] === AVAILABLE && (fits === 2 || seatFits(search, seat))) seat--
      if (seat >= known) {
        from = seat + 1
        known = from
        continue
      }
      known = from + count
      const cost = windowCost(search, from, bestCost)
      if (cost < bestCost || (cost === bestCost && from < best)) {
        best = from
        bestCost = cost
      }
      from++
    }
  }
  return best
}

/** What the window costs, or infinity where it is more than `limit` or does not serve. */
function windowCost(search: Search, from: number, limit: number): number {
  const { plan, count, pool } = search
  let cost = 0
  for (let seat = from; seat < from + count; seat++) cost += plan.sight[seat]!
  if (cost > limit) return Number.POSITIVE_INFINITY
  if (pool === 'mixed') {
    let accessible = 0
    for (let seat = from; seat < from + count; seat++) accessible += plan.accessible[seat]!
    if (accessible === 0) return Number.POSITIVE_INFINITY
    cost += count * search.accessibleRanks * (accessible - 1)
  }
  const orphans = orphansBeside(plan, search.statuses, from, from + count - 1, search.orphans)
  return cost + count * search.orphanRanks * orphans
}
