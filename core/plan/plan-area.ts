// What a plan draws beside its seats: stage, walls, texts. Everything becomes absolute, the corners of a
// polygon and the place of a text too; a rotation turns the area around its own position.
import { PLAN_CAPTION_MAX, PLAN_POINTS_MAX } from '../limits.ts'
import type { PlanArea, PlanPoint } from './plan.ts'
import { isRecord, readColor, readLength, readNumber, readPoint } from './plan-value.ts'

const SHAPES: ReadonlySet<unknown> = new Set(['rectangle', 'circle', 'ellipse', 'polygon', 'text'])
const DEFAULT_FILL = '#dddddd'
const DEFAULT_TEXT_COLOR = '#333333'

type Extent = Pick<PlanArea, 'width' | 'height' | 'radiusX' | 'radiusY' | 'points'>
type AreaText = NonNullable<PlanArea['text']>

/** One area of a zone that starts at `origin`; null, with faults, where it cannot be drawn. */
export function readArea(value: unknown, origin: PlanPoint): { area: PlanArea | null; faults: string[] } {
  if (!isRecord(value)) return { area: null, faults: ['the area is not an object'] }
  const faults: string[] = []
  if (!SHAPES.has(value.shape)) faults.push('the area has a shape that does not exist')
  const position = readPoint(value.position)
  if (position === null) faults.push("the area's position is not two sensible numbers")
  const rotation = readNumber(value.rotation ?? 0)
  if (rotation === null) faults.push("the area's rotation is not a sensible number")
  const color = readColor(value.color, DEFAULT_FILL)
  const borderColor = readColor(value.border_color, color ?? DEFAULT_FILL)
  if (color === null || borderColor === null) faults.push('a colour of the area is not #rgb or #rrggbb')
  const x = origin.x + (position?.x ?? 0)
  const y = origin.y + (position?.y ?? 0)
  const extent = readExtent(value, x, y)
  if (extent === null) faults.push("the area's size does not fit its shape, or is not sensible")
  const text = readText(value.text, x, y)
  if (text === null) faults.push("the area's text is not a sensible one")
  if (faults.length > 0) return { area: null, faults }
  const shape = value.shape as PlanArea['shape']
  const area = { shape, x, y, rotation: rotation!, color: color!, borderColor: borderColor!, ...extent }
  return { area: text === undefined || text === null ? area : { ...area, text }, faults }
}

function readExtent(value: Record<string, unknown>, x: number, y: number): Extent | null {
  if (value.shape === 'rectangle') {
    const size = isRecord(value.rectangle) ? value.rectangle : {}
    const width = readLength(size.width)
    const height = readLength(size.height)
    return width === null || height === null ? null : { width, height }
  }
  if (value.shape === 'circle') {
    const radius = readLength(isRecord(value.circle) ? value.circle.radius : null)
    return radius === null ? null : { radiusX: radius, radiusY: radius }
  }
  if (value.shape === 'ellipse') {
    const radius = readPoint(isRecord(value.ellipse) ? value.ellipse.radius : null)
    return radius === null || radius.x < 0 || radius.y < 0 ? null : { radiusX: radius.x, radiusY: radius.y }
  }
  if (value.shape === 'polygon') return readPolygon(value.polygon, x, y)
  return {}
}

function readPolygon(value: unknown, x: number, y: number): Extent | null {
  const list = isRecord(value) ? value.points : null
  if (!Array.isArray(list) || list.length > PLAN_POINTS_MAX) return null
  const points: PlanPoint[] = []
  for (const entry of list) {
    const point = readPoint(entry)
    if (point === null) return null
    points.push({ x: x + point.x, y: y + point.y })
  }
  return { points }
}

/** undefined: there is nothing to write. */
function readText(value: unknown, x: number, y: number): AreaText | undefined | null {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) return null
  const text = value.text ?? ''
  if (typeof text !== 'string' || text.length > PLAN_CAPTION_MAX || !text.isWellFormed()) return null
  if (text.trim() === '') return undefined
  const position = readPoint(value.position ?? { x: 0, y: 0 })
  const color = readColor(value.color, DEFAULT_TEXT_COLOR)
  const size = value.size === undefined || value.size === null ? undefined : readLength(value.size)
  if (position === null || color === null || size === null) return null
  const written = { text, x: x + position.x, y: y + position.y, color }
  return size === undefined ? written : { ...written, size }
}
