// Paints a plan as everybody sees it: areas, seats by look, numbers and row names where there is room.
// Knows nothing of the screen: it paints what a camera sees onto a canvas of a given size.
import type { PlanArea } from '../../../core/plan/plan.ts'
import type { Layout } from '../visit/layout.ts'
import type { Camera, Sheet } from './camera.ts'
import { type MapTheme, textOn } from './map-colors.ts'
import { drawRowNames, type MapNames } from './map-names.ts'
import { drawAreas } from './plan-areas.ts'
import type { SeatGrid } from './seat-grid.ts'
import { lookOf, SeatSprites } from './seat-sprites.ts'

/** Radius of a seat, in usual distances between seats. */
export const RADIUS_PITCHES = 0.42
/** Below this radius, in device pixels, circles are cheaper than sprites, and details would not be seen. */
const SPRITE_PX = 4
/** Circles in one path: a path of one circle and a path of thousands both cost more. */
const PATH_CIRCLES = 100
/** From these radii on, in CSS pixels, seats have numbers, and rows have names. */
export const NUMBER_PX = 8
const ROW_NAME_PX = 5

export class SeatPainter {
  readonly #layout: Layout
  readonly #areas: readonly PlanArea[]
  readonly #statuses: Uint8Array
  readonly #grid: SeatGrid
  readonly #names: MapNames
  readonly #theme: MapTheme
  readonly #sprites: SeatSprites
  readonly #visible: Uint32Array
  readonly #byLook: Uint32Array
  /** Seats of look l: `#byLook` from `#lookStarts[l]` to `#lookStarts[l + 1]`. */
  readonly #lookStarts: Uint32Array

  constructor(
    layout: Layout,
    areas: readonly PlanArea[],
    statuses: Uint8Array,
    grid: SeatGrid,
    names: MapNames,
    theme: MapTheme
  ) {
    this.#layout = layout
    this.#areas = areas
    this.#statuses = statuses
    this.#grid = grid
    this.#names = names
    this.#theme = theme
    const colors = layout.categories.map((category) => category.color)
    this.#sprites = new SeatSprites(colors, theme)
    this.#visible = new Uint32Array(layout.seatCount)
    this.#byLook = new Uint32Array(layout.seatCount)
    this.#lookStarts = new Uint32Array(colors.length + 4)
  }

  paintAll(sheet: Sheet): void {
    const { camera, context, width, height } = sheet
    this.#paintGround(sheet)
    const reach = this.#layout.pitch
    const box = {
      left: camera.x - reach,
      top: camera.y - reach,
      right: camera.x + width / camera.scale + reach,
      bottom: camera.y + height / camera.scale + reach
    }
    this.#paintSeats(sheet, this.#visible.subarray(0, this.#grid.within(box, this.#visible)))
    const radius = this.#radiusPx(camera)
    if (radius >= ROW_NAME_PX) drawRowNames(context, this.#names, sheet, this.#theme, radius)
  }

  /** Paints some seats anew, and nothing outside them. */
  paintChanged(sheet: Sheet, seats: readonly number[]): void {
    const { camera, context, pixels } = sheet
    const radius = this.#layout.pitch * 0.5 * camera.scale
    context.save()
    context.setTransform(pixels, 0, 0, pixels, 0, 0)
    context.beginPath()
    for (const seat of seats) {
      const x = (this.#layout.x[seat]! - camera.x) * camera.scale
      const y = (this.#layout.y[seat]! - camera.y) * camera.scale
      context.moveTo(x + radius, y)
      context.arc(x, y, radius, 0, 2 * Math.PI)
    }
    context.clip()
    this.#paintGround(sheet)
    this.#paintSeats(sheet, seats)
    context.restore()
  }

  #radiusPx(camera: Camera): number {
    return this.#layout.pitch * RADIUS_PITCHES * camera.scale
  }

  #paintGround({ context, camera, width, height, pixels }: Sheet): void {
    const scale = camera.scale * pixels
    context.setTransform(pixels, 0, 0, pixels, 0, 0)
    context.fillStyle = this.#theme.background
    context.fillRect(0, 0, width, height)
    context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale)
    drawAreas(context, this.#areas, this.#theme, 1 / camera.scale)
  }

  #paintSeats(sheet: Sheet, seats: Uint32Array | readonly number[]): void {
    this.#sortByLook(seats)
    const radius = this.#radiusPx(sheet.camera)
    sheet.context.setTransform(1, 0, 0, 1, 0, 0)
    if (radius * sheet.pixels < SPRITE_PX) this.#paintCircles(sheet, radius * sheet.pixels)
    else this.#paintSprites(sheet, radius * sheet.pixels)
    if (radius >= NUMBER_PX) this.#paintNumbers(sheet, radius)
  }

  #sortByLook(seats: Uint32Array | readonly number[]): void {
    const { categories, categoryOf } = this.#layout
    const look = (seat: number) => lookOf(this.#statuses[seat]!, categoryOf[seat]!, categories.length)
    const starts = this.#lookStarts.fill(0)
    for (const seat of seats) starts[look(seat) + 1]!++
    for (let index = 1; index < starts.length; index++) starts[index]! += starts[index - 1]!
    const next = starts.slice()
    for (const seat of seats) this.#byLook[next[look(seat)]!++] = seat
  }

  /** Calls `paint` for each look that is there, with its seats. */
  #eachLook(paint: (look: number, seats: Uint32Array) => void): void {
    for (let look = 0; look + 1 < this.#lookStarts.length; look++) {
      const seats = this.#byLook.subarray(this.#lookStarts[look]!, this.#lookStarts[look + 1]!)
      if (seats.length > 0) paint(look, seats)
    }
  }

  #paintCircles({ context, camera, pixels }: Sheet, radius: number): void {
    const factor = camera.scale * pixels
    this.#eachLook((look, seats) => {
      const { color, share, hollow } = this.#sprites.plain(look)
      const circle = Math.max(0.5, radius * share)
      context.fillStyle = color
      context.strokeStyle = color
      context.lineWidth = Math.max(0.6, radius * 0.3)
      for (let start = 0; start < seats.length; start += PATH_CIRCLES) {
        context.beginPath()
        for (const seat of seats.subarray(start, start + PATH_CIRCLES)) {
          const x = (this.#layout.x[seat]! - camera.x) * factor
          const y = (this.#layout.y[seat]! - camera.y) * factor
          context.moveTo(x + circle, y)
          context.arc(x, y, circle, 0, 2 * Math.PI)
        }
        if (hollow) context.stroke()
        else context.fill()
      }
    })
  }

  #paintSprites({ context, camera, pixels }: Sheet, radius: number): void {
    const factor = camera.scale * pixels
    this.#sprites.prepare(radius)
    const { sheet, size } = this.#sprites
    this.#eachLook((look, seats) => {
      const left = this.#sprites.left(look)
      const top = this.#sprites.top(look)
      for (const seat of seats) {
        // Whole pixels are copied in half the time of fractions, and stay sharp.
        const x = Math.round((this.#layout.x[seat]! - camera.x) * factor - size / 2)
        const y = Math.round((this.#layout.y[seat]! - camera.y) * factor - size / 2)
        context.drawImage(sheet, left, top, size, size, x, y, size, size)
      }
    })
  }

  #paintNumbers({ context, camera, pixels }: Sheet, radius: number): void {
    const { categories, numbers, x, y } = this.#layout
    context.setTransform(pixels, 0, 0, pixels, 0, 0)
    context.font = numberFont(radius, this.#theme)
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    this.#eachLook((look, seats) => {
      context.fillStyle = look < categories.length ? textOn(categories[look]!.color) : this.#theme.muted
      for (const seat of seats) {
        const centre = (y[seat]! - camera.y) * camera.scale + radius * 0.06
        context.fillText(numbers[seat]!, (x[seat]! - camera.x) * camera.scale, centre)
      }
    })
  }
}

export function numberFont(radius: number, theme: MapTheme): string {
  return `500 ${Math.min(15, Math.round(radius * 0.95))}px ${theme.font}`
}
