// Every look a seat can have, drawn once per size into one picture: copying a sprite is many times cheaper
// than filling a circle, and 20,000 of them are drawn for a frame.
import { BLOCKED, BOOKED, HELD } from '../../../core/plan/plan.ts'
import { edgeOf, type MapTheme } from './map-colors.ts'

/** Sprites in a line of the sheet, so that 1,000 categories fit into a canvas. */
const COLUMNS = 32

/** Looks 0 … categories − 1 are free seats; then one look for each other status. */
export function lookOf(status: number, category: number, categories: number): number {
  return status === 0 ? category : categories + status - 1
}

export class SeatSprites {
  readonly sheet = document.createElement('canvas')
  readonly #theme: MapTheme
  readonly #colors: readonly string[]
  readonly #edges: readonly string[]
  #radius = 0
  #size = 0

  constructor(colors: readonly string[], theme: MapTheme) {
    this.#theme = theme
    this.#colors = colors
    this.#edges = colors.map((color) => edgeOf(color, theme.background, theme.ink))
  }

  /** A look where a seat is only a few pixels: its colour, its share of the full radius, a ring or filled. */
  plain(look: number): { color: string; share: number; hollow: boolean } {
    const status = look - this.#colors.length + 1
    if (status < HELD) return { color: this.#colors[look]!, share: 1, hollow: false }
    if (status === HELD) return { color: this.#theme.muted, share: 0.75, hollow: true }
    return { color: this.#theme.faint, share: status === BOOKED ? 0.78 : 0.35, hollow: false }
  }

  /** Side of a sprite, in device pixels. */
  get size(): number {
    return this.#size
  }

  /** Where a look's sprite begins in the sheet. */
  left(look: number): number {
    return (look % COLUMNS) * this.#size
  }

  top(look: number): number {
    return Math.floor(look / COLUMNS) * this.#size
  }

  /** Makes the sheet for seats of `radius` device pixels. */
  prepare(radius: number): void {
    if (radius === this.#radius) return
    this.#radius = radius
    this.#size = Math.ceil(radius * 2) + 4
    const looks = this.#colors.length + 3
    this.sheet.width = this.#size * COLUMNS
    this.sheet.height = this.#size * Math.ceil(looks / COLUMNS)
    const context = this.sheet.getContext('2d')!
    for (let look = 0; look < looks; look++) {
      context.setTransform(1, 0, 0, 1, this.left(look) + this.#size / 2, this.top(look) + this.#size / 2)
      const status = look - this.#colors.length + 1
      if (status < HELD) this.#drawFree(context, look)
      else this.#drawTaken(context, status)
    }
  }

  #drawFree(context: CanvasRenderingContext2D, category: number): void {
    const line = Math.max(1, this.#radius * 0.1)
    circle(context, this.#radius - line / 2)
    context.fillStyle = this.#colors[category]!
    context.fill()
    context.lineWidth = line
    context.strokeStyle = this.#edges[category]!
    context.stroke()
  }

  /** Held is a ring, booked a smaller dot, blocked a cross: told apart without any colour. */
  #drawTaken(context: CanvasRenderingContext2D, status: number): void {
    const radius = this.#radius
    context.lineWidth = Math.max(1, radius * 0.16)
    if (status === HELD) {
      circle(context, radius * 0.86 - context.lineWidth / 2)
      context.strokeStyle = this.#theme.muted
      context.stroke()
    } else if (status === BOOKED) {
      circle(context, radius * 0.78)
      context.fillStyle = this.#theme.faint
      context.fill()
    } else if (status === BLOCKED) {
      const arm = radius * 0.4
      context.beginPath()
      context.moveTo(-arm, -arm)
      context.lineTo(arm, arm)
      context.moveTo(arm, -arm)
      context.lineTo(-arm, arm)
      context.strokeStyle = this.#theme.faint
      context.stroke()
    }
  }
}

function circle(context: CanvasRenderingContext2D, radius: number): void {
  context.beginPath()
  context.arc(0, 0, Math.max(0.5, radius), 0, 2 * Math.PI)
}
