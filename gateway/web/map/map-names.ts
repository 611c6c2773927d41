// Names on the map: zones while the whole house is in view, rows at both their ends when one comes nearer.
import type { Layout } from '../visit/layout.ts'
import type { Camera, Sheet } from './camera.ts'
import type { MapTheme } from './map-colors.ts'

interface Name {
  readonly text: string
  readonly x: number
  readonly y: number
  /** Room for it, in plan units. */
  readonly width: number
}

export interface MapNames {
  readonly zones: readonly Name[]
  readonly rows: readonly Name[]
}

const ZONE_FONT_PX = 12

export function readNames(layout: Layout): MapNames {
  const named = layout.rows.filter((row) => row.label !== '')
  return {
    zones: layout.zones.length > 2 ? layout.zones.map((zone) => zoneName(layout, zone)) : [],
    rows: named.flatMap(({ label, seats }) => [
      rowEnd(layout, label, seats[0]!, seats[1]),
      rowEnd(layout, label, seats[seats.length - 1]!, seats[seats.length - 2])
    ])
  }
}

function zoneName(layout: Layout, zone: Layout['zones'][number]): Name {
  const seats = zone.rows.flatMap((row) => layout.rows[row]!.seats)
  const xs = seats.map((seat) => layout.x[seat]!)
  const ys = seats.map((seat) => layout.y[seat]!)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const width = xs.reduce((a, b) => Math.max(a, b)) - xs.reduce((a, b) => Math.min(a, b))
  return { text: zone.name, x: mean(xs), y: mean(ys), width }
}

/** Nearly one seat further than the end of the row. */
function rowEnd(layout: Layout, text: string, end: number, before: number | undefined): Name {
  const x = layout.x[end]!
  const y = layout.y[end]!
  const dx = before === undefined ? -1 : x - layout.x[before]!
  const dy = before === undefined ? 0 : y - layout.y[before]!
  const step = (layout.pitch * 0.85) / (Math.hypot(dx, dy) || 1)
  return { text, x: x + dx * step, y: y + dy * step, width: 0 }
}

export function drawRowNames(
  context: CanvasRenderingContext2D,
  names: MapNames,
  sheet: Sheet,
  theme: MapTheme,
  radius: number
): void {
  const { scale, x, y } = sheet.camera
  context.setTransform(sheet.pixels, 0, 0, sheet.pixels, 0, 0)
  context.font = `600 ${Math.min(13, Math.max(9, radius * 0.8))}px ${theme.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillStyle = theme.muted
  for (const name of names.rows) {
    const nameX = (name.x - x) * scale
    const nameY = (name.y - y) * scale
    if (nameX < 0 || nameY < 0 || nameX > sheet.width || nameY > sheet.height) continue
    context.fillText(name.text, nameX, nameY)
  }
}

export function drawZoneNames(
  context: CanvasRenderingContext2D,
  names: MapNames,
  { scale, x, y }: Camera,
  theme: MapTheme
): void {
  context.font = `650 ${ZONE_FONT_PX}px ${theme.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  context.lineWidth = 4
  context.strokeStyle = theme.background
  context.fillStyle = theme.ink
  for (const name of names.zones) {
    if (context.measureText(name.text).width > name.width * scale) continue
    context.strokeText(name.text, (name.x - x) * scale, (name.y - y) * scale)
    context.fillText(name.text, (name.x - x) * scale, (name.y - y) * scale)
  }
}
