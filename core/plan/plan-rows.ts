// Which seats stand in one row, and in what order one passes them walking along it, from left to right
// (downwards where the row is upright). The answer depends on where seats are and what they are called,
// never on the order of the file.
//
// A file often writes one row in several parts: the blocks between aisles. Parts with the same label in
// the same zone are one row where they line up: an end of one looks at an end of the other, within 45°
// on both sides, not farther than an aisle may be wide.
import { PLAN_ROW_PARTS_MAX } from '../limits.ts'
import { compareText } from './plan-natural-order.ts'
import type { SourceSeat } from './plan-source.ts'

/** Seats farther apart than this many spacings of their row have an aisle between them. */
export const NEIGHBOUR_SPACINGS = 1.6
/** The widest aisle, in seat spacings, across which two parts are still one row. */
const AISLE_SPACINGS = 12
/** Cosine of the angle within which an end must look at the other. */
const LOOKS_AT = 0.7
/** Below this share of its length a row's depth cannot make it turn back on itself. */
const FLAT = 0.1

/** A walked part, as far as joining it to another needs it. */
interface Part {
  /** Both ends, each with the seat before it (itself, if it is the only one). */
  readonly ends: readonly (readonly [SourceSeat, SourceSeat])[]
  readonly spacing: number
}

/** Seats in the order of the walk. */
export function walkRow(seats: readonly SourceSeat[]): SourceSeat[] {
  // Sums of floats depend on their order, so it is fixed first.
  const fixed = [...seats].sort((a, b) => a.x - b.x || a.y - b.y || compareNumbers(a, b))
  if (fixed.length < 3) return leftToRight(fixed)
  const axis = principalAxis(fixed)
  const along = (seat: SourceSeat) => seat.x * axis.x + seat.y * axis.y
  const across = (seat: SourceSeat) => seat.y * axis.x - seat.x * axis.y
  const straight = sortedBy(fixed, along)
  const [alongMin, alongMax] = range(fixed, along)
  const [acrossMin, acrossMax] = range(fixed, across)
  if (acrossMax - acrossMin <= FLAT * (alongMax - alongMin)) return leftToRight(straight)
  // A row that bends round, up to a full ring, is walked around the middle of its bounds instead.
  const middleAlong = (alongMin + alongMax) / 2
  const middleAcross = (acrossMin + acrossMax) / 2
  const turn = (seat: SourceSeat) => pseudoAngle(along(seat) - middleAlong, across(seat) - middleAcross)
  const round = cutAtWidestGap(sortedBy(fixed, turn))
  return leftToRight(walkLength(round) < walkLength(straight) * 0.999 ? round : straight)
}

/** The middle one of the distances between seats next to each other; 0 for a single seat. */
export function typicalSpacing(walked: readonly SourceSeat[]): number {
  return median(gapsOf(walked))
}

/** Distance from each seat of a walk to the next. */
export function gapsOf(walked: readonly SourceSeat[]): Float64Array {
  const gaps = new Float64Array(Math.max(0, walked.length - 1))
  for (let i = 0; i < gaps.length; i++) gaps[i] = distance(walked[i]!, walked[i + 1]!)
  return gaps
}

/** The lower median; 0 for none. */
export function median(values: Float64Array): number {
  return values.length === 0 ? 0 : values.slice().sort()[(values.length - 1) >> 1]!
}

/**
 * Rows out of the walked parts of one label in one zone, each in the order of the walk. `spacing` is the
 * typical one of the house, for parts that have none of their own.
 */
export function joinParts(walks: readonly SourceSeat[][], label: string, spacing: number): readonly SourceSeat[][] {
  // Parts without a label say nothing about belonging together.
  if (walks.length < 2 || label === '' || walks.length > PLAN_ROW_PARTS_MAX) return walks
  const parts = walks.map((seats) => ({ ends: endsOf(seats), spacing: typicalSpacing(seats) || spacing }))
  const joined = parts.map((_, at) => at)
  const rootOf = (at: number): number => (joined[at] === at ? at : rootOf(joined[at]!))
  for (let a = 0; a < parts.length; a++) {
    for (let b = a + 1; b < parts.length; b++) {
      if (linesUp(parts[a]!, parts[b]!)) joined[rootOf(b)] = rootOf(a)
    }
  }
  const rows = Map.groupBy(walks.keys(), rootOf)
  return [...rows.values()].map((row) =>
    row.length === 1 ? walks[row[0]!]! : walkRow(row.flatMap((at) => walks[at]!))
  )
}

function linesUp(a: Part, b: Part): boolean {
  const reach = AISLE_SPACINGS * Math.max(a.spacing, b.spacing)
  for (const [aEnd, aBefore] of a.ends) {
    for (const [bEnd, bBefore] of b.ends) {
      if (distance(aEnd, bEnd) > reach) continue
      if (looksAt(aBefore, aEnd, bEnd) && looksAt(bBefore, bEnd, aEnd)) return true
    }
  }
  return false
}

function endsOf(seats: readonly SourceSeat[]): [SourceSeat, SourceSeat][] {
  const last = seats.length - 1
  const inner = Math.min(1, last)
  return [
    [seats[0]!, seats[inner]!],
    [seats[last]!, seats[last - inner]!]
  ]
}

/** Going on from `before` over `end` one comes towards `other`; a single seat looks everywhere. */
function looksAt(before: SourceSeat, end: SourceSeat, other: SourceSeat): boolean {
  const lengths = distance(before, end) * distance(end, other)
  const product = (end.x - before.x) * (other.x - end.x) + (end.y - before.y) * (other.y - end.y)
  return product >= LOOKS_AT * lengths
}

function leftToRight(walked: SourceSeat[]): SourceSeat[] {
  const first = walked[0]
  const last = walked[walked.length - 1]
  if (first === undefined || last === undefined) return walked
  const dx = last.x - first.x
  const dy = last.y - first.y
  const backwards = Math.abs(dx) > Math.abs(dy) / 10 ? dx < 0 : dy < 0
  return backwards ? walked.reverse() : walked
}

/** The direction of the largest spread, from sums and square roots alone: exact on every machine. */
function principalAxis(seats: readonly SourceSeat[]): { x: number; y: number } {
  let sumX = 0
  let sumY = 0
  for (const seat of seats) {
    sumX += seat.x
    sumY += seat.y
  }
  const meanX = sumX / seats.length
  const meanY = sumY / seats.length
  let xx = 0
  let xy = 0
  let yy = 0
  for (const seat of seats) {
    const dx = seat.x - meanX
    const dy = seat.y - meanY
    xx += dx * dx
    xy += dx * dy
    yy += dy * dy
  }
  const half = (xx - yy) / 2
  const root = Math.sqrt(half * half + xy * xy)
  const x = half >= 0 ? half + root : xy
  const y = half >= 0 ? xy : root - half
  const length = Math.sqrt(x * x + y * y)
  return length === 0 ? { x: 1, y: 0 } : { x: x / length, y: y / length }
}

/** Grows with the angle of (x, y), from −2 to 2; only its order means anything. */
function pseudoAngle(x: number, y: number): number {
  const size = Math.abs(x) + Math.abs(y)
  if (size === 0) return 0
  return x >= 0 ? y / size : y >= 0 ? 2 - y / size : -2 - y / size
}

function cutAtWidestGap(ring: SourceSeat[]): SourceSeat[] {
  let cut = 0
  let widest = distance(ring[ring.length - 1]!, ring[0]!)
  for (let i = 1; i < ring.length; i++) {
    const gap = distance(ring[i - 1]!, ring[i]!)
    if (gap > widest) {
      widest = gap
      cut = i
    }
  }
  return [...ring.slice(cut), ...ring.slice(0, cut)]
}

function sortedBy(seats: readonly SourceSeat[], key: (seat: SourceSeat) => number): SourceSeat[] {
  const keyed = seats.map((seat) => ({ seat, key: key(seat) }))
  return keyed.sort((a, b) => a.key - b.key || compareNumbers(a.seat, b.seat)).map((entry) => entry.seat)
}

function range(seats: readonly SourceSeat[], key: (seat: SourceSeat) => number): [number, number] {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const seat of seats) {
    least = Math.min(least, key(seat))
    most = Math.max(most, key(seat))
  }
  return [least, most]
}

function walkLength(walked: readonly SourceSeat[]): number {
  let length = 0
  for (let i = 1; i < walked.length; i++) length += distance(walked[i - 1]!, walked[i]!)
  return length
}

function distance(a: SourceSeat, b: SourceSeat): number {
  const dx = a.x - b.x
  const dy = a.y - b.y
  return Math.sqrt(dx * dx + dy * dy)
}

function compareNumbers(a: SourceSeat, b: SourceSeat): number {
  return compareText(a.numberKey, b.numberKey) || compareText(a.id, b.id)
}
