// The map on the screen. What everybody sees is painted once onto a layer somewhat larger than the screen
// and copied from there, so that moving the map costs a copy and not 20,000 seats; seats that change are
// painted over. What is this visitor's comes on top. Draws only when something has changed.
import type { PlanArea } from '../../../core/plan/plan.ts'
import type { Layout } from '../visit/layout.ts'
import type { Bounds, Camera, Sheet } from './camera.ts'
import { type MapTheme, readTheme } from './map-colors.ts'
import { drawZoneNames, type MapNames, readNames } from './map-names.ts'
import { MapView } from './map-view.ts'
import { SeatGrid } from './seat-grid.ts'
import { drawMark, type Mark } from './seat-marks.ts'
import { NUMBER_PX, numberFont, RADIUS_PITCHES, SeatPainter } from './seat-painter.ts'

/** How far the layer reaches beyond the screen, in CSS pixels. */
const MARGIN_PX = 160
/** A layer that took longer to paint is stretched while the zoom moves, and painted when it rests. */
const PAINT_MS = 8
const REST_MS = 90
/** When more seats than this change at once, everything is painted. */
const CHANGED_MAX = 400
/** Zone names give way to row names from this radius on, in CSS pixels. */
const ZONE_NAME_PX = 4

export class SeatCanvas {
  readonly view: MapView
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #layout: Layout
  readonly #areas: readonly PlanArea[]
  readonly #statuses: Uint8Array
  readonly #grid: SeatGrid
  readonly #names: MapNames
  readonly #layer = document.createElement('canvas')
  readonly #layerContext = this.#layer.getContext('2d', { alpha: false })!
  #theme: MapTheme
  #painter: SeatPainter
  #marks: ReadonlyMap<number, Mark> = new Map()
  #sheet: Sheet | null = null
  #paintMs = 0
  /** Seats to paint over. */
  #changed: number[] = []
  #frame = 0
  #rest: ReturnType<typeof setTimeout> | undefined
  #rested = true

  constructor(canvas: HTMLCanvasElement, layout: Layout, areas: readonly PlanArea[], statuses: Uint8Array) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })!
    this.#layout = layout
    this.#areas = areas
    this.#statuses = statuses
    this.#grid = new SeatGrid(layout.x, layout.y, layout.pitch)
    this.#names = readNames(layout)
    this.#theme = readTheme(canvas)
    this.#painter = this.#makePainter()
    this.view = new MapView(boundsOf(this.#grid.bounds, areas, layout.pitch), layout.pitch, () => this.#moved())
  }

  /** The theme has changed. */
  restyle(): void {
    this.#theme = readTheme(this.#canvas)
    this.#painter = this.#makePainter()
    this.change(null)
  }

  resize(width: number, height: number): void {
    this.#canvas.width = Math.round(width * devicePixelRatio)
    this.#canvas.height = Math.round(height * devicePixelRatio)
    this.#sheet = null
    this.view.resize({ width, height })
  }

  /** What is special about which seats. */
  mark(marks: ReadonlyMap<number, Mark>): void {
    this.#marks = marks
    this.#invalidate()
  }

  /** Statuses have changed: of `seats`, or of any. */
  change(seats: readonly number[] | null): void {
    if (seats) this.#changed.push(...seats)
    if (!seats || this.#changed.length > CHANGED_MAX) this.#sheet = null
    this.#invalidate()
  }

  /** The seat within `reachPx` of a point of the screen, or −1. */
  seatAt(px: number, py: number, reachPx: number): number {
    const { x, y } = this.view.toPlan(px, py)
    return this.#grid.nearest(x, y, Math.max(reachPx / this.view.camera.scale, this.#layout.pitch * RADIUS_PITCHES))
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#rest)
    this.view.stop()
  }

  #makePainter(): SeatPainter {
    return new SeatPainter(this.#layout, this.#areas, this.#statuses, this.#grid, this.#names, this.#theme)
  }

  #moved(): void {
    this.#rested = false
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => {
      this.#rested = true
      if (this.#sheet?.camera.scale !== this.view.camera.scale) this.#invalidate()
    }, REST_MS)
    this.#invalidate()
  }

  #invalidate(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.#draw()
    })
  }

  #draw(): void {
    const sheet = this.#freshSheet()
    this.#changed = []
    const context = this.#context
    const { camera, pitchPx } = this.view
    const { pixels } = sheet
    const stretch = camera.scale / sheet.camera.scale
    const left = (sheet.camera.x - camera.x) * camera.scale * pixels
    const top = (sheet.camera.y - camera.y) * camera.scale * pixels
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.fillStyle = this.#theme.background
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height)
    context.setTransform(stretch, 0, 0, stretch, Math.round(left), Math.round(top))
    context.drawImage(this.#layer, 0, 0)
    context.setTransform(pixels, 0, 0, pixels, 0, 0)
    const radius = pitchPx * RADIUS_PITCHES
    if (radius < ZONE_NAME_PX) drawZoneNames(context, this.#names, camera, this.#theme)
    this.#drawMarks(radius)
  }

  #drawMarks(radius: number): void {
    const context = this.#context
    const { x, y, categories, categoryOf, numbers } = this.#layout
    const { camera } = this.view
    context.font = numberFont(radius, this.#theme)
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    for (const [seat, mark] of this.#marks) {
      const place = { x: (x[seat]! - camera.x) * camera.scale, y: (y[seat]! - camera.y) * camera.scale, radius }
      const number = radius >= NUMBER_PX ? numbers[seat]! : ''
      drawMark(context, mark, { ...place, color: categories[categoryOf[seat]!]!.color, number }, this.#theme)
    }
  }

  /** A layer that is good enough for now. */
  #freshSheet(): Sheet {
    const sheet = this.#sheet
    if (!sheet) return this.#paintLayer()
    const stretched = sheet.camera.scale !== this.view.camera.scale
    const stretchable = !this.#rested && this.#paintMs > PAINT_MS
    if (stretched ? !stretchable : !this.#covers(sheet)) return this.#paintLayer()
    if (this.#changed.length > 0) this.#painter.paintChanged(sheet, this.#changed)
    return sheet
  }

  #covers({ camera, width, height }: Sheet): boolean {
    const { camera: screen, viewport } = this.view
    const left = (screen.x - camera.x) * camera.scale
    const top = (screen.y - camera.y) * camera.scale
    return left >= 0 && top >= 0 && left + viewport.width <= width && top + viewport.height <= height
  }

  #paintLayer(): Sheet {
    const startedAt = performance.now()
    const { camera: screen, viewport } = this.view
    const camera: Camera = {
      scale: screen.scale,
      x: screen.x - MARGIN_PX / screen.scale,
      y: screen.y - MARGIN_PX / screen.scale
    }
    const width = viewport.width + 2 * MARGIN_PX
    const height = viewport.height + 2 * MARGIN_PX
    const pixels = devicePixelRatio
    // Setting the size clears a canvas and costs a new buffer.
    if (this.#layer.width !== Math.round(width * pixels)) this.#layer.width = Math.round(width * pixels)
    if (this.#layer.height !== Math.round(height * pixels)) this.#layer.height = Math.round(height * pixels)
    this.#sheet = { context: this.#layerContext, camera, width, height, pixels }
    this.#painter.paintAll(this.#sheet)
    this.#paintMs = performance.now() - startedAt
    return this.#sheet
  }
}

/** What is to be seen: seats and areas, not counting how these are turned. */
function boundsOf(seats: Bounds, areas: readonly PlanArea[], pitch: number): Bounds {
  let { left, top, right, bottom } = seats
  for (const area of areas) {
    const { x, y, width = 0, height = 0, radiusX = 0, radiusY = radiusX, points = [] } = area
    const xs = [x - radiusX, x + Math.max(width, radiusX), ...points.map((point) => point.x)]
    const ys = [y - radiusY, y + Math.max(height, radiusY), ...points.map((point) => point.y)]
    left = Math.min(left, ...xs)
    right = Math.max(right, ...xs)
    top = Math.min(top, ...ys)
    bottom = Math.max(bottom, ...ys)
  }
  return { left: left - pitch, top: top - pitch, right: right + pitch, bottom: bottom + pitch }
}
