// Where the seats of a show are: read once from the server's answer into typed arrays, by seat index, with
// rows in walking order. Never changes while the page is open; statuses stand in the show store.
import type { Category, Seat, SeatList, Show } from '../../client/client.ts'

interface LayoutRow {
  readonly zone: number
  readonly label: string
  /** Seat indexes, from one end of the row to the other. */
  readonly seats: readonly number[]
}

interface LayoutZone {
  readonly name: string
  /** Indexes into `Layout.rows`. */
  readonly rows: readonly number[]
}

export interface Layout {
  readonly seatCount: number
  readonly ids: readonly string[]
  readonly numbers: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly x: Float32Array
  readonly y: Float32Array
  readonly categories: readonly Category[]
  readonly categoryOf: Uint16Array
  /** Minor units. */
  readonly prices: Float64Array
  readonly zones: readonly LayoutZone[]
  readonly rows: readonly LayoutRow[]
  readonly rowOf: Uint32Array
  /** Usual distance between neighbours, in plan units. */
  readonly pitch: number
}

export function readLayout(show: Pick<Show, 'categories'>, list: Pick<SeatList, 'seats'>): Layout {
  const { seats } = list
  const x = Float32Array.from(seats, (seat) => seat.x)
  const y = Float32Array.from(seats, (seat) => seat.y)
  const categoryIndex = new Map(show.categories.map((category, index) => [category.name, index]))
  return {
    seatCount: seats.length,
    ids: seats.map((seat) => seat.id),
    numbers: seats.map((seat) => seat.number),
    indexOf: new Map(seats.map((seat, index) => [seat.id, index])),
    x,
    y,
    categories: show.categories,
    categoryOf: Uint16Array.from(seats, (seat) => categoryIndex.get(seat.category) ?? 0),
    prices: Float64Array.from(seats, (seat) => seat.price),
    ...readRows(seats, x, y),
    pitch: usualPitch(x, y)
  }
}

/** Rows of one label in one zone are one row: plans may draw it in several pieces, with aisles between. */
function readRows(seats: readonly Seat[], x: Float32Array, y: Float32Array) {
  const zoneNumbers = new Map<string, number>()
  const rowNumbers = new Map<string, number>()
  const members: { zone: number; label: string; seats: number[] }[] = []
  const rowOf = new Uint32Array(seats.length)
  for (const [index, seat] of seats.entries()) {
    const zone = numberOf(zoneNumbers, seat.zone)
    const row = numberOf(rowNumbers, `${zone} ${seat.row}`)
    if (row === members.length) members.push({ zone, label: seat.row, seats: [] })
    members[row]!.seats.push(index)
    rowOf[index] = row
  }
  const zones = Array.from(zoneNumbers.keys(), (name) => ({ name, rows: [] as number[] }))
  for (const [row, { zone }] of members.entries()) zones[zone]!.rows.push(row)
  return { zones, rows: members.map((row) => ({ ...row, seats: inWalkingOrder(row.seats, x, y) })), rowOf }
}

/** Numbers keys in the order they are first seen. */
function numberOf(numbers: Map<string, number>, key: string): number {
  const known = numbers.get(key)
  if (known !== undefined) return known
  numbers.set(key, numbers.size)
  return numbers.size - 1
}

/** Along the line between the two ends of the row, from left to right (or from front to back). */
function inWalkingOrder(seats: readonly number[], x: Float32Array, y: Float32Array): readonly number[] {
  const first = seats[0]!
  const oneEnd = farthestFrom(first, seats, x, y)
  const otherEnd = farthestFrom(oneEnd, seats, x, y)
  let dx = x[otherEnd]! - x[oneEnd]!
  let dy = y[otherEnd]! - y[oneEnd]!
  if (dx < 0 || (dx === 0 && dy < 0)) {
    dx = -dx
    dy = -dy
  }
  return seats.toSorted((a, b) => (x[a]! - x[b]!) * dx + (y[a]! - y[b]!) * dy || a - b)
}

function farthestFrom(from: number, seats: readonly number[], x: Float32Array, y: Float32Array): number {
  let farthest = from
  let distance = 0
  for (const seat of seats) {
    const away = Math.hypot(x[seat]! - x[from]!, y[seat]! - y[from]!)
    if (away > distance) {
      distance = away
      farthest = seat
    }
  }
  return farthest
}

const PITCH_SAMPLES = 200

/** The lower quintile of the distance to the nearest other seat, from a sample. */
function usualPitch(x: Float32Array, y: Float32Array): number {
  const distances: number[] = []
  const step = Math.max(1, Math.floor(x.length / PITCH_SAMPLES))
  for (let seat = 0; seat < x.length; seat += step) {
    let nearest = Number.POSITIVE_INFINITY
    for (let other = 0; other < x.length; other++) {
      if (other === seat) continue
      const dx = x[other]! - x[seat]!
      const dy = y[other]! - y[seat]!
      nearest = Math.min(nearest, dx * dx + dy * dy)
    }
    if (nearest > 0 && nearest < Number.POSITIVE_INFINITY) distances.push(Math.sqrt(nearest))
  }
  distances.sort((a, b) => a - b)
  return distances[Math.floor(distances.length / 5)] ?? 20
}
