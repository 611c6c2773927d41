// What to offer someone whose seats have just gone: as many adjacent free seats, as near as there are, of
// the same kind if possible. A suggestion only; the server decides.
import { AVAILABLE } from '../../../core/plan/plan.ts'
import type { Layout } from './layout.ts'

export interface Offer {
  /** Seat indexes, in walking order. */
  readonly seats: readonly number[]
  /** All next to each other. */
  readonly together: boolean
}

/** Seats farther apart than this many pitches have an aisle between them. */
const AISLE_PITCHES = 1.75
/** What another category, or a single seat left over, counts for, in pitches of distance. */
const OTHER_CATEGORY_PITCHES = 6
const SINGLE_LEFT_PITCHES = 4

/** The nearest offer to `wanted` (seat indexes), or null when nothing is left that is like it. */
export function nearestOffer(layout: Layout, statuses: Uint8Array, wanted: readonly number[]): Offer | null {
  const count = wanted.length
  if (count === 0) return null
  const target = {
    x: wanted.reduce((sum, seat) => sum + layout.x[seat]!, 0) / count,
    y: wanted.reduce((sum, seat) => sum + layout.y[seat]!, 0) / count,
    categories: new Set(wanted.map((seat) => layout.categoryOf[seat]!))
  }
  const accessible = [...target.categories].some((category) => layout.categories[category]?.accessible)
  const isFree = (seat: number) =>
    statuses[seat] === AVAILABLE && (accessible || !layout.categories[layout.categoryOf[seat]!]?.accessible)
  const cost = (seats: readonly number[]) =>
    seats.reduce((sum, seat) => sum + seatCost(layout, target, seat), 0) / seats.length

  const runs = layout.rows.flatMap((row) => freeRuns(layout, row.seats, isFree))
  let best: readonly number[] | null = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const run of runs) {
    for (let start = 0; start + count <= run.length; start++) {
      const seats = run.slice(start, start + count)
      const single = start === 1 || run.length - start - count === 1
      const blockCost = cost(seats) + (single ? SINGLE_LEFT_PITCHES * layout.pitch : 0)
      if (blockCost < bestCost) {
        bestCost = blockCost
        best = seats
      }
    }
  }
  if (best) return { seats: best, together: true }
  const free = runs.flat()
  if (free.length < count) return null
  const byCost = new Map(free.map((seat) => [seat, cost([seat])]))
  return { seats: free.sort((a, b) => byCost.get(a)! - byCost.get(b)!).slice(0, count), together: false }
}

function seatCost(
  layout: Layout,
  target: { readonly x: number; readonly y: number; readonly categories: ReadonlySet<number> },
  seat: number
): number {
  const distance = Math.hypot(layout.x[seat]! - target.x, layout.y[seat]! - target.y)
  return distance + (target.categories.has(layout.categoryOf[seat]!) ? 0 : OTHER_CATEGORY_PITCHES * layout.pitch)
}

/** Stretches of a row without an aisle or a taken seat. */
function freeRuns(layout: Layout, seats: readonly number[], isFree: (seat: number) => boolean): number[][] {
  const runs: number[][] = []
  let run: number[] = []
  let before = -1
  for (const seat of seats) {
    const aisle =
      before >= 0 &&
      Math.hypot(layout.x[seat]! - layout.x[before]!, layout.y[seat]! - layout.y[before]!) >
        AISLE_PITCHES * layout.pitch
    if ((aisle || !isFree(seat)) && run.length > 0) {
      runs.push(run)
      run = []
    }
    if (isFree(seat)) run.push(seat)
    before = seat
  }
  if (run.length > 0) runs.push(run)
  return runs
}
