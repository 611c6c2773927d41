// What a plan shows beside its seats: stage, walls, texts.
import type { PlanArea } from '../../../core/plan/plan.ts'
import { type MapTheme, mix, textOn } from './map-colors.ts'

/** A plan's colours are made for white paper: on a dark map most of the fill gives way to it. */
const DARK_FILL = 0.84
const DARK_BORDER = 0.5

/**
 * Draws in plan units: the context's transform is the camera's. `pixel` is one pixel in plan units. All of an
 * area has absolute coordinates; it is turned around its own position.
 */
export function drawAreas(
  context: CanvasRenderingContext2D,
  areas: readonly PlanArea[],
  theme: MapTheme,
  pixel: number
): void {
  for (const area of areas) {
    context.save()
    context.translate(area.x, area.y)
    context.rotate((area.rotation * Math.PI) / 180)
    context.translate(-area.x, -area.y)
    const fill = theme.dark ? mix(area.color, theme.background, DARK_FILL) : area.color
    tracePath(context, area)
    if (area.shape !== 'text') {
      context.fillStyle = fill
      context.fill()
      context.lineWidth = pixel
      context.strokeStyle = borderOf(area, theme)
      context.stroke()
    }
    if (area.text) drawText(context, area, area.text, theme, area.shape === 'text' ? theme.background : fill)
    context.restore()
  }
}

/** A border of the fill's own colour is meant to be none. */
function borderOf({ color, borderColor }: PlanArea, theme: MapTheme): string {
  if (!theme.dark) return borderColor
  const isNone = borderColor.toLowerCase() === color.toLowerCase()
  return mix(borderColor, theme.background, isNone ? DARK_FILL : DARK_BORDER)
}

function tracePath(context: CanvasRenderingContext2D, area: PlanArea): void {
  context.beginPath()
  if (area.shape === 'rectangle') {
    context.rect(area.x, area.y, area.width ?? 0, area.height ?? 0)
  } else if (area.shape === 'circle' || area.shape === 'ellipse') {
    const radiusX = area.radiusX ?? 0
    context.ellipse(area.x, area.y, radiusX, area.radiusY ?? radiusX, 0, 0, 2 * Math.PI)
  } else if (area.points) {
    for (const point of area.points) context.lineTo(point.x, point.y)
    context.closePath()
  }
}

function drawText(
  context: CanvasRenderingContext2D,
  area: PlanArea,
  text: NonNullable<PlanArea['text']>,
  theme: MapTheme,
  behind: string
): void {
  context.font = `600 ${text.size ?? 16}px ${theme.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillStyle = theme.dark || area.shape !== 'text' ? textOn(behind) : text.color
  context.fillText(text.text, text.x, text.y)
}
