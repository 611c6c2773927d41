// Which seat is better than which: front and centre first.
//
//   score(seat) = nearest(block) + (distance(seat) − nearest(block)) / 4
//               + side(seat) / 4 + max(0, side(seat) − depth(seat)) / 2
//
// distance(seat): from the stage. block: the neighbours the seat stands among, a row or a part of one between
// aisles; nearest(block): the smallest distance in it. The centre line leads from the stage to the middle of
// all seats; depth(seat) is how far along it a seat stands, side(seat) how far off. So the row counts first:
// with rows 30 and seats 25 apart, one row farther back costs about as much as four seats off the centre.
// Who looks at the stage from more than 45° pays more. Scores are rounded to 1/16 so that seats that mirror
// each other tie; ties go by index.
//
// The stage is the area whose text says so; if several do (arrows that point to it), the largest one.
// Where no area does, it is thought above the topmost seats, in the middle.
import type { PlanArea, PlanPoint } from './plan.ts'

const STAGE = /stage|screen|podium|bühne|panggung|layar/i
const OWN_WEIGHT = 1 / 4
const SIDE_WEIGHT = 1 / 4
const STEEP_WEIGHT = 1 / 2
const SCORE_STEPS = 16
/** How far above the topmost seats a stage is thought where none is drawn. */
const STAGE_ABOVE = 100
/** Nearer to the middle of the house than this share of its size, the stage has seats all around. */
const ARENA_STAGE = 0.05

/** Rank by seat index, 0 the best; `right` is each seat's neighbour as in `Plan`. */
export function rankSight(
  x: Float32Array,
  y: Float32Array,
  right: Int32Array,
  areas: readonly PlanArea[]
): Uint32Array {
  const stage = findStage(areas) ?? stageAbove(x, y)
  const line = centreLine(x, y, stage)
  const scores = new Float64Array(x.length)
  for (let start = 0; start < x.length; ) {
    let end = start
    while (right[end]! >= 0) end = right[end]!
    let nearest = Number.POSITIVE_INFINITY
    for (let seat = start; seat <= end; seat++) {
      nearest = Math.min(nearest, length(x[seat]! - stage.x, y[seat]! - stage.y))
    }
    for (let seat = start; seat <= end; seat++) {
      const dx = x[seat]! - stage.x
      const dy = y[seat]! - stage.y
      const side = Math.abs(dx * line.y - dy * line.x)
      const depth = dx * line.x + dy * line.y
      const row = nearest + (length(dx, dy) - nearest) * OWN_WEIGHT
      const score = row + side * SIDE_WEIGHT + Math.max(0, side - depth) * STEEP_WEIGHT
      scores[seat] = Math.round(score * SCORE_STEPS)
    }
    start = end + 1
  }
  const order = new Uint32Array(x.length).map((_, seat) => seat)
  order.sort((a, b) => scores[a]! - scores[b]! || a - b)
  const ranks = new Uint32Array(x.length)
  order.forEach((seat, rank) => {
    ranks[seat] = rank
  })
  return ranks
}

function findStage(areas: readonly PlanArea[]): PlanPoint | null {
  let best: { size: number; centre: PlanPoint } | null = null
  for (const area of areas) {
    // Drawn words are often spaced out: S T A G E.
    if (!STAGE.test(area.text?.text.replace(/\s+/g, '') ?? '')) continue
    const found = boundsOf(area)
    const size = found.width * found.height
    if (best === null || size > best.size || (size === best.size && comesFirst(found.centre, best.centre))) {
      best = { size, centre: found.centre }
    }
  }
  return best === null ? null : best.centre
}

function comesFirst(a: PlanPoint, b: PlanPoint): boolean {
  return a.y < b.y || (a.y === b.y && a.x < b.x)
}

function boundsOf(area: PlanArea): { width: number; height: number; centre: PlanPoint } {
  const points = area.points ?? []
  if (points.length > 0) {
    let { x: left, y: top } = points[0]!
    let { x: right, y: bottom } = points[0]!
    for (const point of points) {
      left = Math.min(left, point.x)
      right = Math.max(right, point.x)
      top = Math.min(top, point.y)
      bottom = Math.max(bottom, point.y)
    }
    const centre = turned(area, { x: (left + right) / 2, y: (top + bottom) / 2 })
    return { width: right - left, height: bottom - top, centre }
  }
  const width = area.width ?? 2 * (area.radiusX ?? 0)
  const height = area.height ?? 2 * (area.radiusY ?? 0)
  // A rectangle stands at its corner; circles, ellipses and texts at their middle.
  const isCorner = area.shape === 'rectangle'
  const centre = isCorner ? turned(area, { x: area.x + width / 2, y: area.y + height / 2 }) : { x: area.x, y: area.y }
  return { width, height, centre }
}

/** `point` turned with the area around the area's position. */
function turned(area: PlanArea, point: PlanPoint): PlanPoint {
  if (area.rotation === 0) return point
  const sin = Math.sin((area.rotation * Math.PI) / 180)
  const cos = Math.cos((area.rotation * Math.PI) / 180)
  const dx = point.x - area.x
  const dy = point.y - area.y
  return { x: area.x + dx * cos - dy * sin, y: area.y + dx * sin + dy * cos }
}

function stageAbove(x: Float32Array, y: Float32Array): PlanPoint {
  let left = Number.POSITIVE_INFINITY
  let right = Number.NEGATIVE_INFINITY
  let top = Number.POSITIVE_INFINITY
  for (let seat = 0; seat < x.length; seat++) {
    left = Math.min(left, x[seat]!)
    right = Math.max(right, x[seat]!)
    top = Math.min(top, y[seat]!)
  }
  return { x: (left + right) / 2, y: top - STAGE_ABOVE }
}

/** Direction of the centre line, of length 1; (0, 0), so that no seat is at the side, in the round. */
function centreLine(x: Float32Array, y: Float32Array, stage: PlanPoint): PlanPoint {
  let sumX = 0
  let sumY = 0
  let farthest = 0
  for (let seat = 0; seat < x.length; seat++) {
    const dx = x[seat]! - stage.x
    const dy = y[seat]! - stage.y
    sumX += dx
    sumY += dy
    farthest = Math.max(farthest, length(dx, dy))
  }
  const meanX = sumX / x.length
  const meanY = sumY / x.length
  const size = length(meanX, meanY)
  return size <= farthest * ARENA_STAGE ? { x: 0, y: 0 } : { x: meanX / size, y: meanY / size }
}

function length(dx: number, dy: number): number {
  return Math.sqrt(dx * dx + dy * dy)
}
