// The demo arena: 20,000 seats. Its rows are ellipses around an oval floor, open where the stage stands, and
// aisles cut them into blocks; every block is a zone.
import {
  arcPlaces,
  caption,
  categoriesOf,
  ground,
  type Point,
  type PretixPlan,
  type Row,
  rounded,
  rowOf,
  SPACING,
  WHEELCHAIR,
  type Zone,
  zoneOf
} from './demo-plan-parts.ts'

/** Prices by category, in euro cents. */
export const ARENA_PRICES: Readonly<Record<string, number>> = {
  Floor: 14900,
  'Lower front': 12900,
  'Lower side': 9900,
  'Upper front': 7900,
  'Upper side': 5900,
  'Upper rear': 3900,
  Wheelchair: 5900
}

const ARENA_COLORS = ['#c2255c', '#7048e8', '#3b6fe0', '#1098ad', '#37b24d', '#e8a317', '#7a8b99']
const ARENA_SEATS = 20_000
const ARENA_CENTRE: Point = { x: 2950, y: 2110 }
const ARENA_PITCH = 30
const ARENA_AISLE = 54
/** Angle from the middle, facing the stage, to where the bowl ends on either side of it. */
const BOWL_END = 2.35
const BOWL_STEPS = 360

interface Tier {
  readonly firstBlock: number
  readonly blocks: number
  /** Half axes of its first row. */
  readonly wide: number
  readonly deep: number
  readonly rows: number
  categoryOf(angle: number, row: number): string
}

const LOWER: Tier = {
  firstBlock: 101,
  blocks: 14,
  wide: 840,
  deep: 700,
  rows: 26,
  categoryOf: (angle) => (Math.abs(angle) < 1.2 ? 'Lower front' : 'Lower side')
}

/** It has rows until the house is full. */
const UPPER: Tier = {
  firstBlock: 201,
  blocks: 22,
  wide: 1760,
  deep: 1620,
  rows: 60,
  categoryOf: (angle, row) =>
    row >= 24 ? 'Upper rear' : Math.abs(angle) < 1.3 && row < 14 ? 'Upper front' : 'Upper side'
}

function onEllipse(wide: number, deep: number, angle: number): Point {
  return { x: ARENA_CENTRE.x + wide * Math.sin(angle), y: ARENA_CENTRE.y + deep * Math.cos(angle) }
}

/** Places 25 apart along an ellipse between two angles, with half an aisle free at both ends. */
function ellipsePlaces(wide: number, deep: number, from: number, to: number): Point[] {
  const lengths = [0]
  for (let step = 1; step <= BOWL_STEPS; step++) {
    const a = onEllipse(wide, deep, from + ((to - from) * (step - 1)) / BOWL_STEPS)
    const b = onEllipse(wide, deep, from + ((to - from) * step) / BOWL_STEPS)
    lengths.push(lengths[step - 1]! + Math.hypot(b.x - a.x, b.y - a.y))
  }
  const length = lengths[BOWL_STEPS]!
  const count = Math.floor((length - ARENA_AISLE) / SPACING) + 1
  let step = 1
  return Array.from({ length: count }, (_, at) => {
    const along = length / 2 + (at - (count - 1) / 2) * SPACING
    while (lengths[step]! < along) step++
    const part = (along - lengths[step - 1]!) / (lengths[step]! - lengths[step - 1]!)
    return onEllipse(wide, deep, from + ((to - from) * (step - 1 + part)) / BOWL_STEPS)
  })
}

/** The zones of a tier, one a block, with rows from the inside out until it has `seatsMax` seats. */
function tierZones(tier: Tier, seatsMax: number): Zone[] {
  const turn = (2 * BOWL_END) / tier.blocks
  const angleOf = (block: number) => -BOWL_END + block * turn
  const rows: Row[][] = Array.from({ length: tier.blocks }, () => [])
  let left = seatsMax
  let row = 0
  for (; row < tier.rows && left > 0; row++) {
    const out = row * ARENA_PITCH
    const places = rows.map((_, block) =>
      ellipsePlaces(tier.wide + out, tier.deep + out, angleOf(block), angleOf(block + 1))
    )
    const ring = places.reduce((sum, block) => sum + block.length, 0)
    let ringLeft = ring
    let seatsLeft = Math.min(left, ring)
    left -= seatsLeft
    places.forEach((block, at) => {
      // The last ring may be cut short: every block keeps its share, in its middle.
      const count = Math.round((seatsLeft * block.length) / ringLeft)
      ringLeft -= block.length
      seatsLeft -= count
      const kept = block.slice((block.length - count) >> 1).slice(0, count)
      if (kept.length > 0) rows[at]!.push(arenaRow(tier, at, row, kept, angleOf(at + 0.5)))
    })
  }
  const last = (row - 1) * ARENA_PITCH
  return rows.map((blockRows, block) => {
    const name = String(tier.firstBlock + block)
    const line = (out: number) =>
      Array.from({ length: 9 }, (_, at) =>
        onEllipse(tier.wide + out, tier.deep + out, angleOf(block + 0.02 + (at / 8) * 0.96))
      )
    const sign = onEllipse(tier.wide + last + 52, tier.deep + last + 52, angleOf(block + 0.5))
    return zoneOf(`Block ${name}`, blockRows, [
      ground(line(-24), line(last + 24)),
      caption(name, rounded(sign.x), rounded(sign.y), 34)
    ])
  })
}

function arenaRow(tier: Tier, block: number, row: number, places: readonly Point[], angle: number): Row {
  const isLastLower = tier === LOWER && row === LOWER.rows - 1
  const ends = [2, 3, places.length - 4, places.length - 3]
  const category = tier.categoryOf(angle, row)
  const categoryAt = (at: number) => (isLastLower && ends.includes(at) ? WHEELCHAIR : category)
  return rowOf(String(tier.firstBlock + block), String(row + 1), places, 1, categoryAt)
}

/** Six blocks on the floor: left, middle and right, before and behind a cross aisle. */
function floorZones(): Zone[] {
  const names = ['Floor A', 'Floor B', 'Floor C', 'Floor D', 'Floor E', 'Floor F']
  const rows: Row[][] = names.map(() => [])
  const bend: Point = { x: ARENA_CENTRE.x, y: ARENA_CENTRE.y - 2_400 }
  for (let row = 0; row < 24; row++) {
    const behind = row >= 12 ? 3 : 0
    const y = -260 + row * ARENA_PITCH + (behind > 0 ? 60 : 0)
    // Rows end with the oval of the floor.
    const half = 740 * Math.sqrt(1 - (y / 640) ** 2) - 60
    const sides = Math.min(16, Math.floor((half - 9 * SPACING - ARENA_AISLE) / SPACING))
    const along = ((18 + sides) / 2) * SPACING + ARENA_AISLE
    const blocks = [
      { count: sides, along: -along },
      { count: 18, along: 0 },
      { count: sides, along }
    ]
    blocks.forEach(({ count, along }, at) => {
      const places = arcPlaces(bend, 2_400 + y, count, along)
      const id = names[behind + at]!.replace(' ', '')
      rows[behind + at]!.push(rowOf(id, String((row % 12) + 1), places, 1, () => 'Floor'))
    })
  }
  return names.map((name, at) => zoneOf(name, rows[at]!))
}

/** 20,000 seats: six blocks on the floor, 14 in the lower tier, 22 in the upper one, and 56 places for wheelchairs. */
export function demoArena(): PretixPlan {
  const seatsIn = (zones: readonly Zone[]) =>
    zones.reduce((sum, zone) => sum + zone.rows.reduce((seats, row) => seats + row.seats.length, 0), 0)
  const floor = floorZones()
  const lower = tierZones(LOWER, ARENA_SEATS)
  const upper = tierZones(UPPER, ARENA_SEATS - seatsIn(floor) - seatsIn(lower))
  const oval = {
    shape: 'ellipse',
    position: ARENA_CENTRE,
    rotation: 0,
    color: '#e4e7eb',
    border_color: '#c9ced6',
    ellipse: { radius: { x: 790, y: 655 } }
  }
  const stage = {
    shape: 'rectangle',
    position: { x: ARENA_CENTRE.x - 380, y: ARENA_CENTRE.y - 700 },
    rotation: 0,
    color: '#3a3f47',
    border_color: '#22262c',
    text: { position: { x: 380, y: 130 }, color: '#f4f5f7', text: 'STAGE', size: 90 },
    rectangle: { width: 760, height: 260 }
  }
  return {
    name: 'Demo Arena',
    size: { width: 5900, height: 5000 },
    categories: categoriesOf(ARENA_PRICES, ARENA_COLORS),
    zones: [zoneOf('Arena', [], [oval, stage]), ...floor, ...lower, ...upper]
  }
}
