// What the demo plans are built from: pretix's seating-plan format, and seats along lines.

export interface Point {
  readonly x: number
  readonly y: number
}

interface Seat {
  readonly seat_guid: string
  readonly seat_number: string
  readonly position: Point
  readonly category: string
  readonly radius: number
}

export interface Row {
  readonly row_number: string
  readonly row_number_position: 'both'
  readonly position: Point
  readonly seats: Seat[]
}

export interface Zone {
  readonly name: string
  readonly zone_id: string
  readonly position: Point
  readonly rows: Row[]
  readonly areas: Readonly<Record<string, unknown>>[]
}

export interface PretixPlan {
  readonly name: string
  readonly size: { readonly width: number; readonly height: number }
  readonly categories: readonly { readonly name: string; readonly color: string }[]
  readonly zones: readonly Zone[]
}

export const SPACING = 25
const RADIUS = 10
const ORIGIN: Point = { x: 0, y: 0 }
export const WHEELCHAIR = 'Wheelchair'

export function categoriesOf(
  prices: Readonly<Record<string, number>>,
  colors: readonly string[]
): PretixPlan['categories'] {
  return Object.keys(prices).map((name, at) => ({ name, color: colors[at]! }))
}

export function zoneOf(name: string, rows: Row[], areas: Zone['areas'] = []): Zone {
  return { name, zone_id: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'), position: ORIGIN, rows, areas }
}

/** A row entry out of absolute places; `numbersFrom` is the number of the first of them. */
export function rowOf(
  idPrefix: string,
  label: string,
  places: readonly Point[],
  numbersFrom: number,
  categoryAt: (at: number) => string
): Row {
  const position = { x: rounded(places[0]!.x), y: rounded(places[0]!.y) }
  const seats = places.map((place, at) => ({
    seat_guid: `${idPrefix}-${label}-${numbersFrom + at}`,
    seat_number: String(numbersFrom + at),
    position: { x: rounded(place.x - position.x), y: rounded(place.y - position.y) },
    category: categoryAt(at),
    radius: RADIUS
  }))
  return { row_number: label, row_number_position: 'both', position, seats }
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

export function caption(text: string, x: number, y: number, size: number, color = '#8a8f98'): Record<string, unknown> {
  return { shape: 'text', position: { x, y }, rotation: 0, text: { position: ORIGIN, color, text, size } }
}

export function polygon(points: readonly Point[], color: string, borderColor: string): Record<string, unknown> {
  const at = points[0]!
  const relative = points.map(({ x, y }) => ({ x: rounded(x - at.x), y: rounded(y - at.y) }))
  const position = { x: rounded(at.x), y: rounded(at.y) }
  return { shape: 'polygon', position, rotation: 0, color, border_color: borderColor, polygon: { points: relative } }
}

/** A ground for seats: the outline between an inner and an outer line. */
export function ground(inner: readonly Point[], outer: readonly Point[]): Record<string, unknown> {
  return polygon([...inner, ...outer.toReversed()], '#eef0f3', '#d3d8de')
}

export function onArc(centre: Point, radius: number, along: number): Point {
  return { x: centre.x + radius * Math.sin(along / radius), y: centre.y + radius * Math.cos(along / radius) }
}

/** `count` places on an arc, their middle `along` it from the centre line. */
export function arcPlaces(centre: Point, radius: number, count: number, along: number): Point[] {
  return Array.from({ length: count }, (_, at) => onArc(centre, radius, along + (at - (count - 1) / 2) * SPACING))
}
