// Seats that mean something to this visitor, told apart from the rest by shape: a ring around what is
// chosen, a tick in what is theirs, a dashed ring around what is offered.
import { type MapTheme, textOn } from './map-colors.ts'

export type Mark = 'selected' | 'held' | 'booked' | 'offered'

/** A seat on the screen, in CSS pixels. */
export interface MarkedSeat {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly color: string
  /** Its number, '' where there is no room for one. */
  readonly number: string
}

/** Marks stay visible where seats are only dots. */
const RADIUS_PX_MIN = 3.5
const TICK_PX = 5

/** The context has the font of seat numbers, centred. */
export function drawMark(context: CanvasRenderingContext2D, mark: Mark, seat: MarkedSeat, theme: MapTheme): void {
  const { x, y, color, number } = seat
  const radius = Math.max(seat.radius, RADIUS_PX_MIN)
  const line = Math.max(1.5, Math.min(3, radius * 0.18))
  if (mark === 'offered') {
    context.setLineDash([line * 1.6, line * 1.2])
    ring(context, x, y, radius + line, line, theme.accent)
    context.setLineDash([])
    return
  }
  disc(context, x, y, radius + line * 1.6, theme.background)
  disc(context, x, y, radius, mark === 'selected' ? color : mark === 'held' ? theme.ink : theme.accent)
  ring(context, x, y, radius + line, line, mark === 'booked' ? theme.accent : theme.ink)
  if (mark !== 'selected') {
    if (radius >= TICK_PX) tick(context, x, y, radius, theme.background)
  } else if (number) {
    context.fillStyle = textOn(color)
    context.fillText(number, x, y + radius * 0.06)
  } else {
    disc(context, x, y, radius * 0.38, theme.ink)
  }
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fillStyle = color
  context.fill()
}

function ring(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  line: number,
  color: string
): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.lineWidth = line
  context.strokeStyle = color
  context.stroke()
}

function tick(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string): void {
  context.beginPath()
  context.moveTo(x - radius * 0.45, y)
  context.lineTo(x - radius * 0.12, y + radius * 0.34)
  context.lineTo(x + radius * 0.46, y - radius * 0.32)
  context.lineWidth = Math.max(1.5, radius * 0.2)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.strokeStyle = color
  context.stroke()
}
