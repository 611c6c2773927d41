// The camera over a plan and how it moves: with the hand at once, by a button in a short glide (a jump for
// those who asked for less motion). Never loses the plan.
import {
  type Bounds,
  between,
  type Camera,
  fitCamera,
  kept,
  panned,
  scaleLimits,
  type Viewport,
  zoomed
} from './camera.ts'

const GLIDE_MS = 240

export class MapView {
  readonly #bounds: Bounds
  readonly #pitch: number
  readonly #moved: () => void
  #viewport: Viewport = { width: 1, height: 1 }
  #camera: Camera = { scale: 1, x: 0, y: 0 }
  /** Nobody has moved the camera yet: it shows all, whatever the size of the window. */
  #fitted = true
  #frame = 0

  constructor(bounds: Bounds, pitch: number, moved: () => void) {
    this.#bounds = bounds
    this.#pitch = pitch
    this.#moved = moved
  }

  get camera(): Camera {
    return this.#camera
  }

  get viewport(): Viewport {
    return this.#viewport
  }

  /** CSS pixels between neighbouring seats. */
  get pitchPx(): number {
    return this.#pitch * this.#camera.scale
  }

  resize(viewport: Viewport): void {
    const dx = (viewport.width - this.#viewport.width) / 2
    const dy = (viewport.height - this.#viewport.height) / 2
    this.#viewport = viewport
    this.#set(this.#fitted ? fitCamera(this.#bounds, viewport) : panned(this.#camera, dx, dy))
  }

  pan(dx: number, dy: number): void {
    this.#fitted = false
    this.#set(panned(this.#camera, dx, dy))
  }

  /** Around a point of the viewport. */
  zoom(factor: number, px: number, py: number): void {
    this.#fitted = false
    this.#set(zoomed(this.#camera, factor, px, py, this.#limits()))
  }

  /** Around a point, by default the middle. */
  glideZoom(factor: number, px = this.#viewport.width / 2, py = this.#viewport.height / 2): void {
    this.#fitted = false
    this.#glide(zoomed(this.#camera, factor, px, py, this.#limits()))
  }

  glideFit(): void {
    this.#glide(fitCamera(this.#bounds, this.#viewport), true)
  }

  /** Brings a point of the plan to the middle, with seats at least `pitchPx` apart. */
  glideTo(x: number, y: number, pitchPx: number): void {
    this.#fitted = false
    const scale = Math.max(this.#camera.scale, Math.min(pitchPx / this.#pitch, this.#limits().max))
    const { width, height } = this.#viewport
    this.#glide({ scale, x: x - width / scale / 2, y: y - height / scale / 2 })
  }

  toPlan(px: number, py: number): { x: number; y: number } {
    return { x: this.#camera.x + px / this.#camera.scale, y: this.#camera.y + py / this.#camera.scale }
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
  }

  #limits() {
    return scaleLimits(this.#bounds, this.#viewport, this.#pitch)
  }

  #glide(to: Camera, fitted = false): void {
    this.stop()
    const from = this.#camera
    const startedAt = performance.now()
    const durationMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : GLIDE_MS
    const step = (now: number) => {
      const t = durationMs === 0 ? 1 : Math.min(1, Math.max(0, (now - startedAt) / durationMs))
      this.#set(between(from, to, 1 - (1 - t) ** 3, this.#viewport))
      if (t < 1) this.#frame = requestAnimationFrame(step)
      else this.#fitted = fitted
    }
    step(startedAt)
  }

  #set(camera: Camera): void {
    this.#camera = kept(camera, this.#bounds, this.#viewport)
    this.#moved()
  }
}
