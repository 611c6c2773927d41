// Shows to be sold under load: their plan, their ids, and the terms that let one buyer be many.
import type { Policy } from '../../../core/policy.ts'
import { type BlockShape, parties } from '../../bench-plan.ts'
import type { House } from '../../peers/peer.ts'
import { ROW_SEATS } from '../trace.ts'
import type { FrontrowAddress } from './address.ts'

const ROWS_PER_BLOCK = 50

export const LOAD_POLICY = {
  seatsPerHoldMax: 32,
  holdsPerUserMax: 10_000,
  seatsPerUserMax: 100_000
} satisfies Partial<Policy>

/** What the trace calls show 0, 1, 2 …; `prefix` tells runs on one server apart. */
export function showIdsOf(shows: number, prefix = 'bench'): readonly string[] {
  return Array.from({ length: shows }, (_, at) => `${prefix}-${at + 1}`)
}

/** Rows of 40, blocks of 50 rows: at least as many seats as the house has. */
export function shapeOf({ seatsPerShow }: House): BlockShape {
  const rows = Math.ceil(seatsPerShow / ROW_SEATS)
  return { blocks: Math.ceil(rows / ROWS_PER_BLOCK), rows: Math.min(rows, ROWS_PER_BLOCK), seatsPerRow: ROW_SEATS }
}

/** The same list for each show, in the order that the trace counts them in. */
export function seatIdsOf(house: House): FrontrowAddress['seatIds'] {
  const ids = parties(shapeOf(house), 1).flat()
  return Array.from({ length: house.shows }, () => ids)
}
