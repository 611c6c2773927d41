// What best available works out once per plan: its segments (seats linked as neighbours), those with the
// best seat first, so that a search can stop as soon as no later segment can be better.
import { assert } from '../assert.ts'
import type { Plan } from '../plan/plan.ts'

export interface Layout {
  /** Five numbers a segment, side by side as they are read together; see the constants. */
  readonly segments: Int32Array
  /** All accessible seats, ascending. */
  readonly accessible: readonly number[]
  /** Typical distance from a seat to its neighbour. */
  readonly spacing: number
}

/** Numbers in one segment's entry of `Layout.segments`. */
export const SEGMENT_SIZE = 5
/** First seat, and the one after the last. */
export const SEGMENT_START = 0
export const SEGMENT_END = 1
/** Sight of its best seat; the order of the segments. */
export const SEGMENT_SIGHT = 2
/** The category all its seats have, or −1. */
export const SEGMENT_CATEGORY = 3
/** How many of its seats are accessible. */
export const SEGMENT_ACCESSIBLE = 4

/** Where no two seats are neighbours. */
const DEFAULT_SPACING = 25

const layouts = new WeakMap<Plan, Layout>()

export function layoutOf(plan: Plan): Layout {
  let layout = layouts.get(plan)
  if (layout === undefined) {
    layout = buildLayout(plan)
    layouts.set(plan, layout)
  }
  return layout
}

export function seatDistance(plan: Plan, a: number, b: number): number {
  const dx = plan.x[a]! - plan.x[b]!
  const dy = plan.y[a]! - plan.y[b]!
  return Math.sqrt(dx * dx + dy * dy)
}

function buildLayout(plan: Plan): Layout {
  const segments: { start: number; end: number; sight: number }[] = []
  const gaps: number[] = []
  for (let start = 0; start < plan.seatCount; ) {
    let end = start
    let sight = plan.sight[start]!
    for (; plan.right[end]! >= 0; end++) {
      assert(plan.right[end] === end + 1, 'neighbours have consecutive indexes')
      gaps.push(seatDistance(plan, end, end + 1))
      sight = Math.min(sight, plan.sight[end + 1]!)
    }
    segments.push({ start, end: end + 1, sight })
    start = end + 1
  }
  segments.sort((a, b) => a.sight - b.sight)
  const spacing = gaps.sort((a, b) => a - b)[gaps.length >> 1] || DEFAULT_SPACING
  const entries = segments.map(({ start, end, sight }) => {
    const accessible = plan.accessible.subarray(start, end).reduce((sum, seat) => sum + seat, 0)
    return [start, end, sight, commonCategory(plan, start, end), accessible]
  })
  const accessible = [...plan.accessible.keys()].filter((seat) => plan.accessible[seat] === 1)
  return { segments: Int32Array.from(entries.flat()), accessible, spacing }
}

function commonCategory(plan: Plan, start: number, end: number): number {
  const category = plan.categoryOf[start]!
  return plan.categoryOf.subarray(start, end).every((other) => other === category) ? category : -1
}
