// The demo hall: a theatre of 1,129 seats, stalls and balcony. All rows are arcs around one point behind the stage.
import {
  arcPlaces,
  caption,
  categoriesOf,
  ground,
  onArc,
  type Point,
  type PretixPlan,
  polygon,
  type Row,
  rounded,
  rowOf,
  SPACING,
  WHEELCHAIR,
  zoneOf
} from './demo-plan-parts.ts'

/** Prices by category, in euro cents. */
export const HALL_PRICES: Readonly<Record<string, number>> = {
  Premium: 8900,
  First: 6900,
  Second: 4900,
  Third: 2900,
  Wheelchair: 2900
}

const HALL_COLORS = ['#b5179e', '#3f6fd8', '#2a9d8f', '#e0a030', '#7a8b99']
const HALL_CENTRE: Point = { x: 680, y: -700 }
const HALL_PITCH = 32
const HALL_AISLE = 58
const HALL_LETTERS = 'ABCDEFGHJKLMNOPQRST'
const STALLS_ROWS = 19
const STALLS_RADIUS = 960
const BALCONY_ROWS = 10
const BALCONY_RADIUS = 1680

/** Left, middle and right block of one row; `isWheelchair` says which seats of the side blocks are. */
function hallRow(
  zone: string,
  row: number,
  radius: number,
  blocks: { readonly sides: number; readonly middle: number },
  category: string,
  isWheelchair: (at: number) => boolean
): Row[] {
  const { sides, middle } = blocks
  const label = HALL_LETTERS[row]!
  const along = ((middle + sides) / 2) * SPACING + HALL_AISLE
  const side = (at: number) => (isWheelchair(at) ? WHEELCHAIR : category)
  return [
    rowOf(zone, label, arcPlaces(HALL_CENTRE, radius, sides, -along), 1, side),
    rowOf(zone, label, arcPlaces(HALL_CENTRE, radius, middle, 0), sides + 1, () => category),
    rowOf(zone, label, arcPlaces(HALL_CENTRE, radius, sides, along), sides + middle + 1, side)
  ]
}

function hallGround(first: number, last: number, firstHalf: number, lastHalf: number): Record<string, unknown> {
  const line = (radius: number, half: number) =>
    Array.from({ length: 13 }, (_, at) => onArc(HALL_CENTRE, radius, ((at - 6) / 6) * half))
  return ground(line(first - 28, firstHalf), line(last + 28, lastHalf))
}

/** 1,129 seats: 19 rows of stalls, 10 of balcony, two aisles, 8 places for wheelchairs in the last row of the stalls. */
export function demoHall(): PretixPlan {
  const stalls = Array.from({ length: STALLS_ROWS }, (_, row) => {
    const category = row < 6 ? 'Premium' : row < 13 ? 'First' : 'Second'
    const blocks = { sides: 8 + Math.floor(row / 3), middle: 15 + (row % 2) }
    const isWheelchair = (at: number) => row === STALLS_ROWS - 1 && at >= 5 && at <= 11 && at % 5 < 2
    return hallRow('Stalls', row, STALLS_RADIUS + row * HALL_PITCH, blocks, category, isWheelchair)
  })
  const balcony = Array.from({ length: BALCONY_ROWS }, (_, row) => {
    const blocks = { sides: 12 + Math.floor(row / 3), middle: 16 + (row % 2) }
    const category = row < 3 ? 'Second' : 'Third'
    return hallRow('Balcony', row, BALCONY_RADIUS + row * HALL_PITCH, blocks, category, () => false)
  })
  const front = Array.from({ length: 13 }, (_, at) => onArc(HALL_CENTRE, 905, ((at - 6) / 6) * 330))
  const stage = {
    ...polygon([...front, { x: 960, y: 40 }, { x: 400, y: 40 }], '#3a3f47', '#22262c'),
    text: {
      position: { x: 680 - rounded(front[0]!.x), y: 115 - rounded(front[0]!.y) },
      color: '#f4f5f7',
      text: 'STAGE',
      size: 40
    }
  }
  const stallsGround = hallGround(STALLS_RADIUS, STALLS_RADIUS + 18 * HALL_PITCH, 470, 625)
  const balconyGround = hallGround(BALCONY_RADIUS, BALCONY_RADIUS + 9 * HALL_PITCH, 590, 675)
  return {
    name: 'Demo Hall',
    size: { width: 1360, height: 1340 },
    categories: categoriesOf(HALL_PRICES, HALL_COLORS),
    zones: [
      zoneOf('Stalls', stalls.flat(), [stallsGround, stage, caption('STALLS', 680, 222, 16)]),
      zoneOf('Balcony', balcony.flat(), [balconyGround, caption('BALCONY', 680, 912, 20)])
    ]
  }
}
