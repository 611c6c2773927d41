// What hands do to the map: drag, wheel, pinch, tap, double tap, keys. Says what was meant; moves the view.
import type { MapView } from './map-view.ts'

export interface GestureHandlers {
  /** A click or tap at a point of the viewport. True when it meant a seat: two of those are no double tap. */
  tap(px: number, py: number, touch: boolean): boolean
  /** The mouse is over a point, or (null) gone. */
  point(at: { readonly px: number; readonly py: number } | null): void
}

/** A pointer that moves less is a tap, not a drag. */
const SLOP_PX = 6
const DOUBLE_TAP_MS = 300
const KEY_PAN_PX = 80
const STEP_ZOOM = 1.6

interface Pointer {
  px: number
  py: number
}

export function attachGestures(canvas: HTMLCanvasElement, view: MapView, handlers: GestureHandlers): () => void {
  const stop = new AbortController()
  const { signal } = stop
  const pointers = new Pointers(view, handlers)
  const place = (event: MouseEvent): Pointer => ({ px: event.offsetX, py: event.offsetY })
  canvas.addEventListener(
    'pointerdown',
    (event) => {
      canvas.setPointerCapture(event.pointerId)
      pointers.down(event.pointerId, place(event))
    },
    { signal }
  )
  canvas.addEventListener('pointermove', (event) => pointers.move(event.pointerId, place(event)), { signal })
  canvas.addEventListener('pointerup', (event) => pointers.up(event.pointerId, event.pointerType !== 'mouse'), {
    signal
  })
  canvas.addEventListener('pointercancel', (event) => pointers.lost(event.pointerId), { signal })
  canvas.addEventListener(
    'pointerleave',
    (event) => {
      // A finger leaves with every tap; what it pointed at stays.
      if (event.pointerType === 'mouse') handlers.point(null)
    },
    { signal }
  )
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
      // A pinch on a trackpad arrives as a wheel with the control key, in smaller steps.
      const rate = event.ctrlKey ? 0.01 : 0.0018
      const delta = Math.max(-240, Math.min(240, event.deltaY * lines))
      view.zoom(Math.exp(-delta * rate), event.offsetX, event.offsetY)
    },
    { signal, passive: false }
  )
  canvas.addEventListener('keydown', (event) => onKey(event, view), { signal })
  return () => stop.abort()
}

function onKey(event: KeyboardEvent, view: MapView): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const moves: Record<string, () => void> = {
    ArrowLeft: () => view.pan(KEY_PAN_PX, 0),
    ArrowRight: () => view.pan(-KEY_PAN_PX, 0),
    ArrowUp: () => view.pan(0, KEY_PAN_PX),
    ArrowDown: () => view.pan(0, -KEY_PAN_PX),
    '+': () => view.glideZoom(STEP_ZOOM),
    '=': () => view.glideZoom(STEP_ZOOM),
    '-': () => view.glideZoom(1 / STEP_ZOOM),
    '0': () => view.glideFit()
  }
  const move = moves[event.key]
  if (!move) return
  event.preventDefault()
  move()
}

/** The pointers that are down, and whether they have been a drag or a pinch so far. */
class Pointers {
  readonly #view: MapView
  readonly #handlers: GestureHandlers
  readonly #down = new Map<number, Pointer>()
  #start: Pointer = { px: 0, py: 0 }
  #dragging = false
  #lastTap = { at: 0, px: 0, py: 0 }

  constructor(view: MapView, handlers: GestureHandlers) {
    this.#view = view
    this.#handlers = handlers
  }

  down(id: number, place: Pointer): void {
    this.#view.stop()
    if (this.#down.size === 0) {
      this.#start = place
      this.#dragging = false
    } else {
      this.#dragging = true
    }
    this.#down.set(id, place)
  }

  move(id: number, place: Pointer): void {
    const before = this.#down.get(id)
    if (!before) return this.#handlers.point(place)
    const far = Math.hypot(place.px - this.#start.px, place.py - this.#start.py) > SLOP_PX
    if (!this.#dragging && !far) return
    if (!this.#dragging) this.#handlers.point(null)
    this.#dragging = true
    const other = [...this.#down].find(([otherId]) => otherId !== id)?.[1]
    if (other) this.#pinch(other, before, place)
    else this.#view.pan(place.px - before.px, place.py - before.py)
    this.#down.set(id, place)
  }

  up(id: number, touch: boolean): void {
    const place = this.#down.get(id)
    this.lost(id)
    if (!place || this.#dragging) return
    const { at, px, py } = this.#lastTap
    const again = performance.now() - at < DOUBLE_TAP_MS && Math.hypot(place.px - px, place.py - py) < 4 * SLOP_PX
    this.#lastTap = { at: 0, ...place }
    if (again) this.#view.glideZoom(STEP_ZOOM * STEP_ZOOM, place.px, place.py)
    else if (!this.#handlers.tap(place.px, place.py, touch)) this.#lastTap.at = performance.now()
  }

  lost(id: number): void {
    this.#down.delete(id)
  }

  /** One finger moved from `before` to `after` while `other` stood still. */
  #pinch(other: Pointer, before: Pointer, after: Pointer): void {
    const spread = (place: Pointer) => Math.max(1, Math.hypot(place.px - other.px, place.py - other.py))
    this.#view.pan((after.px - before.px) / 2, (after.py - before.py) / 2)
    this.#view.zoom(spread(after) / spread(before), (other.px + after.px) / 2, (other.py + after.py) / 2)
  }
}
