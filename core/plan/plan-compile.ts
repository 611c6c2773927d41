// Turns the parts of a faultless file into a Plan. Seat indexes go by zone name, row label (both in natural
// order), where the row stands, and the seat's place along it: so the seats of a row have consecutive
// indexes, and a neighbour is always index ± 1. Best available counts on that.
import type { Plan, PlanRow } from './plan.ts'
import { compareText, sortedNaturally } from './plan-natural-order.ts'
import { gapsOf, joinParts, median, NEIGHBOUR_SPACINGS, typicalSpacing, walkRow } from './plan-rows.ts'
import { rankSight } from './plan-sight.ts'
import type { PlanSource, SourcePart, SourceSeat } from './plan-source.ts'

/** Seat spacing of a house whose rows have one seat each. */
const DEFAULT_SPACING = 25
/** A row with fewer gaps than this does not show what its typical spacing is. */
const TELLING_GAPS = 3
/** Space around the seats where the file gives no size. */
const MARGIN = 50

interface Row {
  readonly zone: number
  readonly label: string
  readonly seats: readonly SourceSeat[]
}

export function compilePlan(source: PlanSource): Plan {
  const parts = source.parts.map((part) => ({ ...part, seats: walkRow(part.seats) }))
  const zones = sortedNaturally(new Set(parts.map((part) => part.zone)))
  const spacing = houseSpacing(parts)
  const rows = orderedRows(parts, zones, spacing)
  const seats = rows.flatMap((row) => row.seats)
  const x = Float32Array.from(seats, (seat) => seat.x)
  const y = Float32Array.from(seats, (seat) => seat.y)
  const categoryOf = Uint16Array.from(seats, (seat) => seat.category)
  const placed = placeRows(rows, seats.length, spacing)
  const size = sizeOf(source, x, y)
  return {
    name: source.name,
    seatCount: seats.length,
    width: size.width,
    height: size.height,
    ids: seats.map((seat) => seat.id),
    numbers: seats.map((seat) => seat.number),
    indexOf: new Map(seats.map((seat, index) => [seat.id, index])),
    categories: source.categories,
    categoryOf,
    zones,
    ...placed,
    accessible: Uint8Array.from(categoryOf, (category) => (source.categories[category]!.accessible ? 1 : 0)),
    sight: rankSight(x, y, placed.right, source.areas),
    x,
    y,
    radius: Float32Array.from(seats, (seat) => seat.radius),
    areas: source.areas
  }
}

/** The middle one of all distances between seats next to each other in the house. */
function houseSpacing(parts: readonly SourcePart[]): number {
  const gaps = parts.flatMap((part) => [...gapsOf(part.seats)])
  return median(Float64Array.from(gaps)) || DEFAULT_SPACING
}

function orderedRows(parts: readonly SourcePart[], zones: readonly string[], spacing: number): Row[] {
  const byZone = new Map<string, Map<string, SourceSeat[][]>>(zones.map((zone) => [zone, new Map()]))
  for (const { zone, label, seats } of parts) {
    const byLabel = byZone.get(zone)!
    const group = byLabel.get(label)
    if (group === undefined) byLabel.set(label, [seats])
    else group.push(seats)
  }
  const rows: Row[] = []
  zones.forEach((name, zone) => {
    const labels = sortedNaturally(byZone.get(name)!.keys())
    for (const label of labels) {
      const joined = joinParts(byZone.get(name)!.get(label)!, label, spacing)
      for (const seats of joined.toSorted(compareRows)) rows.push({ zone, label, seats })
    }
  })
  return rows
}

/** Rows of one label: the upper first, then the one more to the left. */
function compareRows(a: readonly SourceSeat[], b: readonly SourceSeat[]): number {
  const [p, q] = [a[0]!, b[0]!]
  return p.y - q.y || p.x - q.x || compareText(p.id, q.id)
}

type Placed = Pick<Plan, 'zoneOf' | 'rows' | 'rowOf' | 'left' | 'right'>

function placeRows(rows: readonly Row[], seatCount: number, spacing: number): Placed {
  const zoneOf = new Uint16Array(seatCount)
  const rowOf = new Uint32Array(seatCount)
  const left = new Int32Array(seatCount).fill(-1)
  const right = new Int32Array(seatCount).fill(-1)
  const planRows: PlanRow[] = []
  let start = 0
  rows.forEach(({ zone, label, seats }, row) => {
    const end = start + seats.length
    zoneOf.fill(zone, start, end)
    rowOf.fill(row, start, end)
    const gaps = gapsOf(seats)
    const own = typicalSpacing(seats)
    const aisle = NEIGHBOUR_SPACINGS * (gaps.length < TELLING_GAPS ? Math.min(own, spacing) : own)
    for (let i = 0; i < gaps.length; i++) {
      if (gaps[i]! > aisle) continue
      right[start + i] = start + i + 1
      left[start + i + 1] = start + i
    }
    const first = start
    planRows.push({ zone, label, seats: new Uint32Array(seats.length).map((_, at) => first + at) })
    start = end
  })
  return { zoneOf, rows: planRows, rowOf, left, right }
}

function sizeOf(source: PlanSource, x: Float32Array, y: Float32Array): { width: number; height: number } {
  const most = (values: Float32Array) => Math.ceil(values.reduce((a, b) => Math.max(a, b), 0)) + MARGIN
  return { width: source.width || most(x), height: source.height || most(y) }
}
