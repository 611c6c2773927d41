// Seating plans of any size in pretix's format: blocks of rows with an aisle between blocks, as an arena
// has them. Benches that need many seats in a known order take these.

export interface BlockShape {
  readonly blocks: number
  readonly rows: number
  readonly seatsPerRow: number
}

const SEAT_STEP = 25
const CATEGORIES = [
  { name: 'Front', color: '#c0392b' },
  { name: 'Middle', color: '#2980b9' },
  { name: 'Back', color: '#27ae60' }
]

export const BENCH_PRICES: Readonly<Record<string, number>> = { Front: 12_000, Middle: 8_000, Back: 4_500 }

/** The id of a seat: block, row and seat count from 0. */
function seatId(block: number, row: number, seat: number): string {
  return `Block${block + 1}-${row + 1}-${seat + 1}`
}

export function blockPlan(name: string, { blocks, rows, seatsPerRow }: BlockShape): object {
  const zones = Array.from({ length: blocks }, (_, block) => ({
    name: `Block ${block + 1}`,
    position: { x: block * (seatsPerRow + 2) * SEAT_STEP, y: 0 },
    rows: Array.from({ length: rows }, (_, row) => ({
      row_number: String(row + 1),
      position: { x: 0, y: row * SEAT_STEP * 1.4 },
      seats: Array.from({ length: seatsPerRow }, (_, seat) => ({
        seat_guid: seatId(block, row, seat),
        seat_number: String(seat + 1),
        position: { x: seat * SEAT_STEP, y: 0 },
        category: CATEGORIES[Math.floor((row * CATEGORIES.length) / rows)]!.name
      }))
    }))
  }))
  return { name, categories: CATEGORIES, zones }
}

/** All seats in parties of `size` neighbours; what a row has left over is left out. */
export function parties({ blocks, rows, seatsPerRow }: BlockShape, size: number): string[][] {
  const found: string[][] = []
  for (let block = 0; block < blocks; block++) {
    for (let row = 0; row < rows; row++) {
      for (let first = 0; first + size <= seatsPerRow; first += size) {
        found.push(Array.from({ length: size }, (_, at) => seatId(block, row, first + at)))
      }
    }
  }
  return found
}
