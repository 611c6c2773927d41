// One search for the best seats: what is looked for, where, and what a choice costs. All steps of the
// ladder in best-available.ts share it.

import { AVAILABLE, type Plan } from '../plan/plan.ts'
import type { OrphanRule } from '../policy.ts'
import {
  type Layout,
  layoutOf,
  SEGMENT_ACCESSIBLE,
  SEGMENT_CATEGORY,
  SEGMENT_END,
  SEGMENT_START
} from './best-layout.ts'

export interface BestQuery {
  readonly count: number
  /** Index into `Plan.categories`, or −1 for any. */
  readonly category: number
  /** Index into `Plan.zones`, or −1 for any. */
  readonly zone: number
  /** At least one seat must be an accessible one. */
  readonly accessible: boolean
  readonly orphans: OrphanRule
}

/** Which seats a search may take: only ordinary ones, only accessible ones, or any with one accessible. */
export type Pool = 'ordinary' | 'accessible' | 'mixed'

export interface Search extends BestQuery {
  readonly plan: Plan
  readonly layout: Layout
  readonly statuses: Uint8Array
  readonly pool: Pool
  /** What one orphan costs a seat of the choice, in ranks of sight. */
  readonly orphanRanks: number
  /** What each accessible seat but the first costs a seat of the choice, in ranks of sight. */
  readonly accessibleRanks: number
}

/** Seats that are within this share of the house of each other in sight are about equally good. */
const ABOUT_EQUAL = 1 / 50

export function startSearch(plan: Plan, statuses: Uint8Array, query: BestQuery, pool: Pool): Search {
  const aboutEqual = Math.ceil(plan.seatCount * ABOUT_EQUAL)
  return {
    count: query.count,
    category: query.category,
    zone: query.zone,
    accessible: query.accessible,
    orphans: query.orphans,
    plan,
    layout: layoutOf(plan),
    statuses,
    pool,
    orphanRanks: query.orphans === 'off' ? aboutEqual : plan.seatCount,
    accessibleRanks: pool === 'mixed' ? aboutEqual : 0
  }
}

/** Whether the search may take `seat`. */
export function seatFits(search: Search, seat: number): boolean {
  const { plan, category, zone, pool } = search
  if (search.statuses[seat] !== AVAILABLE) return false
  if (category >= 0 && plan.categoryOf[seat] !== category) return false
  if (zone >= 0 && plan.zoneOf[seat] !== zone) return false
  return pool === 'mixed' || (plan.accessible[seat] === 1) === (pool === 'accessible')
}

/**
 * What is known of the segment whose entry is at `at` in `Layout.segments`, before looking at its seats:
 * that none of them fits (0), that some may (1), that every available one does (2).
 */
export function segmentFits(search: Search, at: number): 0 | 1 | 2 {
  const { plan, category, zone, pool } = search
  const { segments } = search.layout
  const start = segments[at + SEGMENT_START]!
  const common = segments[at + SEGMENT_CATEGORY]!
  const accessible = segments[at + SEGMENT_ACCESSIBLE]!
  if (zone >= 0 && plan.zoneOf[start] !== zone) return 0
  if (category >= 0 && common >= 0 && common !== category) return 0
  if (pool !== 'ordinary' && accessible === 0) return 0
  if (pool === 'ordinary' && accessible === segments[at + SEGMENT_END]! - start) return 0
  if (category >= 0 && common < 0) return 1
  return pool === 'mixed' || (pool === 'ordinary' && accessible === 0) ? 2 : 1
}

/** Sum of the sights of `seats`, and what their accessible seats cost. */
export function sightCost(search: Search, seats: readonly number[]): number {
  let sum = 0
  let accessible = 0
  for (const seat of seats) {
    sum += search.plan.sight[seat]!
    accessible += search.plan.accessible[seat]!
  }
  return sum + search.count * search.accessibleRanks * Math.max(0, accessible - 1)
}
