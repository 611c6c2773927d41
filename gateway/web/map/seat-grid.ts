// Finds seats by place: which ones are in view, and which one is under a finger.
import type { Bounds } from './camera.ts'

/** Width of a cell, in usual distances between seats. */
const CELL_PITCHES = 8

export class SeatGrid {
  readonly bounds: Bounds
  readonly #x: Float32Array
  readonly #y: Float32Array
  readonly #cell: number
  readonly #columns: number
  readonly #rows: number
  /** Seats of cell c: `#seats` from `#starts[c]` to `#starts[c + 1]`. */
  readonly #starts: Uint32Array
  readonly #seats: Uint32Array

  constructor(x: Float32Array, y: Float32Array, pitch: number) {
    this.#x = x
    this.#y = y
    this.bounds = boundsOf(x, y)
    this.#cell = pitch * CELL_PITCHES
    this.#columns = Math.floor((this.bounds.right - this.bounds.left) / this.#cell) + 1
    this.#rows = Math.floor((this.bounds.bottom - this.bounds.top) / this.#cell) + 1
    this.#starts = new Uint32Array(this.#columns * this.#rows + 1)
    this.#seats = new Uint32Array(x.length)
    for (let seat = 0; seat < x.length; seat++) this.#starts[this.#cellOf(seat) + 1]!++
    for (let cell = 1; cell < this.#starts.length; cell++) this.#starts[cell]! += this.#starts[cell - 1]!
    const next = this.#starts.slice()
    for (let seat = 0; seat < x.length; seat++) this.#seats[next[this.#cellOf(seat)]!++] = seat
  }

  /** Writes the seats whose cells touch `box` into `into`; answers how many there are. */
  within(box: Bounds, into: Uint32Array): number {
    let found = 0
    const columns = this.#span(box.left, box.right, this.bounds.left, this.#columns)
    const rows = this.#span(box.top, box.bottom, this.bounds.top, this.#rows)
    for (let row = rows.first; row <= rows.last; row++) {
      const start = this.#starts[row * this.#columns + columns.first]!
      const end = this.#starts[row * this.#columns + columns.last + 1]!
      if (end <= start) continue
      into.set(this.#seats.subarray(start, end), found)
      found += end - start
    }
    return found
  }

  /** The seat nearest to a point, if one is within `reach`; −1 otherwise. */
  nearest(px: number, py: number, reach: number): number {
    const box = { left: px - reach, right: px + reach, top: py - reach, bottom: py + reach }
    const around = new Uint32Array(this.#x.length)
    const found = this.within(box, around)
    let nearest = -1
    let distance = reach
    for (const seat of around.subarray(0, found)) {
      const away = Math.hypot(this.#x[seat]! - px, this.#y[seat]! - py)
      if (away > distance) continue
      distance = away
      nearest = seat
    }
    return nearest
  }

  #cellOf(seat: number): number {
    const column = Math.floor((this.#x[seat]! - this.bounds.left) / this.#cell)
    const row = Math.floor((this.#y[seat]! - this.bounds.top) / this.#cell)
    return row * this.#columns + column
  }

  #span(from: number, to: number, origin: number, cells: number): { first: number; last: number } {
    const first = Math.floor((from - origin) / this.#cell)
    const last = Math.floor((to - origin) / this.#cell)
    return { first: Math.max(0, first), last: Math.min(cells - 1, last) }
  }
}

function boundsOf(x: Float32Array, y: Float32Array): Bounds {
  let [left, top, right, bottom] = [x[0] ?? 0, y[0] ?? 0, x[0] ?? 0, y[0] ?? 0]
  for (let seat = 1; seat < x.length; seat++) {
    left = Math.min(left, x[seat]!)
    right = Math.max(right, x[seat]!)
    top = Math.min(top, y[seat]!)
    bottom = Math.max(bottom, y[seat]!)
  }
  return { left, top, right, bottom }
}
