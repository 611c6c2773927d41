// A plot of lines: over time, or over percentiles. Each line has its colour in the legend, each point says what it is.
import { at, escapeMarkup, figure, HEIGHT, type Scale, short, WIDTH } from './svg.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Line {
  readonly name: string
  /** Place in the palette: a system keeps its own from plot to plot. */
  readonly colour: number
  readonly points: readonly Point[]
}

export interface Axis {
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
  readonly scale: (start: number, end: number) => Scale
}

export interface LineChart {
  readonly title: string
  readonly caption: string
  readonly lines: readonly Line[]
  readonly x: Axis
  readonly y: Axis
  /** What a point says when pointed at. */
  readonly tell: (point: Point) => string
}

const LEFT = 44
const RIGHT = WIDTH - 14
const TOP = 10
const BOTTOM = HEIGHT - 26

export function lineChart({ title, caption, lines, x, y, tell }: LineChart): string {
  const toX = x.scale(LEFT, RIGHT)
  const toY = y.scale(BOTTOM, TOP)
  const drawn = lines.map(({ points, ...line }) => ({ ...line, points: points.filter(isThere) }))
  const grid = y.ticks.map(({ value, label }) => {
    const height = at(toY(value))
    return `<path class="grid" d="M${LEFT} ${height}H${RIGHT}"/><text class="tick" x="${LEFT - 6}" y="${height}" dy="4" text-anchor="end">${escapeMarkup(label)}</text>`
  })
  const below = x.ticks.map(({ value, label }) => {
    const anchor = toX(value) > RIGHT - 20 ? 'end' : 'middle'
    return `<text class="tick" x="${at(toX(value))}" y="${BOTTOM + 17}" text-anchor="${anchor}">${escapeMarkup(label)}</text>`
  })
  const paths = drawn.map(({ colour, points }) => {
    const path = points.map((point) => `${at(toX(point.x))} ${at(toY(point.y))}`).join('L')
    return path === '' ? '' : `<path class="line c${colour}" d="M${path}"/>`
  })
  const marks = drawn.flatMap(({ name, points }) =>
    points.map((point) => {
      const words = lines.length > 1 ? `${name}: ${tell(point)}` : tell(point)
      return `<circle class="mark" cx="${at(toX(point.x))}" cy="${at(toY(point.y))}" r="6"><title>${escapeMarkup(words)}</title></circle>`
    })
  )
  const axis = `<path class="axis" d="M${LEFT} ${BOTTOM}H${RIGHT}"/>`
  return figure(title, caption, legendOf(lines), [...grid, axis, ...below, ...paths, ...marks].join(''))
}

function isThere({ x, y }: Point): boolean {
  // In a report that was read from JSON, what is no number is null.
  return x !== null && y !== null && Number.isFinite(x) && Number.isFinite(y)
}

function legendOf(lines: readonly Line[]): string {
  if (lines.length < 2) return ''
  const items = lines.map(({ name, colour }) => `<li><i class="c${colour}"></i>${escapeMarkup(name)}</li>`)
  return `<ul class="legend">${items.join('')}</ul>`
}

/** Ticks of a straight axis from nought. */
export function axisTicks(values: readonly number[], label: (value: number) => string = short): Axis['ticks'] {
  return values.map((value) => ({ value, label: label(value) }))
}
