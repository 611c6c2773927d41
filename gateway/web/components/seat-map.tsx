// The drawing: a canvas that follows the show, its buttons, and the words about the seat that is pointed at.
import { useEffect, useRef, useState } from 'preact/hooks'
import { AVAILABLE, BOOKED, HELD } from '../../../core/plan/plan.ts'
import { categoryName, money } from '../format.ts'
import { attachGestures } from '../map/map-gestures.ts'
import { SeatCanvas } from '../map/seat-canvas.ts'
import { STATUS_WORDS, seatNames } from '../visit/seat-words.ts'
import type { Visit } from '../visit/visit.ts'
import { readMarks } from './seat-map-marks.ts'

/** Seats nearer to each other than this are not aimed at: a click goes closer instead. */
const PITCH_PX_MOUSE = 9
const PITCH_PX_TOUCH = 22
/** How close a click goes. */
const PITCH_PX_CLOSE = 34
const ZOOM_STEP = 1.6

interface Pointed {
  readonly seat: number
  readonly px: number
  readonly py: number
  /** Where the words about it have room: classes of the tip. */
  readonly side: string
}

/** Nearer to an edge of the map than this, the tip moves inwards. */
const TIP_WIDTH_PX = 130
const TIP_HEIGHT_PX = 96

export function SeatMap({ visit }: { visit: Visit }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const map = useRef<SeatCanvas | null>(null)
  const [pointed, setPointed] = useState<Pointed | null>(null)
  useEffect(() => {
    const { layout, seats, show } = visit
    const element = canvas.current!
    const drawing = new SeatCanvas(element, layout, show.plan.areas, seats.statuses)
    map.current = drawing
    const stops = [
      followSize(element, drawing),
      followTheme(drawing),
      followSeats(element, drawing, visit),
      followGestures(element, drawing, visit, setPointed),
      () => drawing.close()
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [visit])
  const view = () => map.current?.view
  return (
    <section class="map" aria-label="Seat map">
      <canvas
        ref={canvas}
        data-testid="seat-map"
        role="img"
        tabIndex={0}
        aria-label="Drawing of the seats, which are also in the list by row. Arrow keys move it, plus and minus zoom, zero shows all."
      />
      {pointed && <Tip visit={visit} pointed={pointed} />}
      <div class="map-buttons">
        <button type="button" aria-label="Zoom in" onClick={() => view()?.glideZoom(ZOOM_STEP)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => view()?.glideZoom(1 / ZOOM_STEP)}>
          −
        </button>
        <button type="button" aria-label="Show all" onClick={() => view()?.glideFit()}>
          <span class="fit-sign" />
        </button>
      </div>
    </section>
  )
}

function Tip({ visit, pointed }: { visit: Visit; pointed: Pointed }) {
  const { layout, seats, show } = visit
  const category = layout.categoryOf[pointed.seat]!
  const status = seats.statuses[pointed.seat]!
  return (
    <div class={`tip ${pointed.side}`} aria-hidden="true" style={{ left: `${pointed.px}px`, top: `${pointed.py}px` }}>
      <strong>{seatNames(layout, [pointed.seat])}</strong>
      <span>
        {categoryName(layout.categories[category]!, category)} · {money(layout.prices[pointed.seat]!, show.currency)}
      </span>
      {status !== AVAILABLE && <span class="small">{STATUS_WORDS[status]}</span>}
    </div>
  )
}

function followSize(element: HTMLCanvasElement, drawing: SeatCanvas): () => void {
  const resize = () => drawing.resize(element.clientWidth, element.clientHeight)
  const observer = new ResizeObserver(resize)
  observer.observe(element)
  resize()
  return () => observer.disconnect()
}

function followTheme(drawing: SeatCanvas): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const restyle = () => drawing.restyle()
  dark.addEventListener('change', restyle)
  return () => dark.removeEventListener('change', restyle)
}

function followSeats(element: HTMLCanvasElement, drawing: SeatCanvas, visit: Visit): () => void {
  const tell = (changed: readonly number[] | null) => {
    const { counts } = visit.seats
    element.dataset.available = String(counts[AVAILABLE])
    element.dataset.held = String(counts[HELD])
    element.dataset.booked = String(counts[BOOKED])
    drawing.change(changed)
    mark()
  }
  const mark = () => drawing.mark(readMarks(visit))
  tell(null)
  const stops = [visit.seats.onChange(tell), visit.state.subscribe(mark), visit.holds.all.subscribe(mark)]
  return () => {
    for (const stop of stops) stop()
  }
}

function followGestures(
  element: HTMLCanvasElement,
  drawing: SeatCanvas,
  visit: Visit,
  setPointed: (pointed: Pointed | null) => void
): () => void {
  const { view } = drawing
  const pointAt = (px: number, py: number, reachPx: number): number => {
    const seat = drawing.seatAt(px, py, reachPx)
    const across = px < TIP_WIDTH_PX ? 'start' : px > view.viewport.width - TIP_WIDTH_PX ? 'end' : ''
    const side = `${across} ${py < TIP_HEIGHT_PX ? 'below' : ''}`
    setPointed(seat < 0 ? null : { seat, px, py, side })
    return seat
  }
  return attachGestures(element, view, {
    tap: (px, py, touch) => {
      const seat = pointAt(px, py, touch ? PITCH_PX_TOUCH : 0)
      if (seat < 0) return false
      if (view.pitchPx < (touch ? PITCH_PX_TOUCH : PITCH_PX_MOUSE)) {
        setPointed(null)
        view.glideTo(visit.layout.x[seat]!, visit.layout.y[seat]!, PITCH_PX_CLOSE)
      } else visit.toggle(seat)
      return true
    },
    point: (at) => {
      element.style.cursor = at && pointAt(at.px, at.py, 0) >= 0 ? 'pointer' : ''
      if (!at) setPointed(null)
    }
  })
}
