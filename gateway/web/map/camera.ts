// Which part of the plan the map shows. Plain numbers in, plain numbers out.

export interface Camera {
  /** CSS pixels per plan unit. */
  readonly scale: number
  /** The plan's point at the top left of the viewport. */
  readonly x: number
  readonly y: number
}

export interface Viewport {
  /** CSS pixels. */
  readonly width: number
  readonly height: number
}

/** A box in plan units. */
export interface Bounds {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** What to paint on: `width` by `height` CSS pixels, of `pixels` device pixels each. */
export interface Sheet extends Viewport {
  readonly context: CanvasRenderingContext2D
  readonly camera: Camera
  readonly pixels: number
}

export interface ScaleLimits {
  readonly min: number
  readonly max: number
}

const MARGIN_PX = 24
/** Neighbouring seats are at most this far apart. */
const PITCH_PX_MAX = 52

export function fitCamera(bounds: Bounds, viewport: Viewport): Camera {
  const width = Math.max(1, bounds.right - bounds.left)
  const height = Math.max(1, bounds.bottom - bounds.top)
  const room = { width: viewport.width - 2 * MARGIN_PX, height: viewport.height - 2 * MARGIN_PX }
  const scale = Math.max(1e-3, Math.min(room.width / width, room.height / height))
  return {
    scale,
    x: (bounds.left + bounds.right - viewport.width / scale) / 2,
    y: (bounds.top + bounds.bottom - viewport.height / scale) / 2
  }
}

/** From a little less than the whole plan to seats that a thumb hits. */
export function scaleLimits(bounds: Bounds, viewport: Viewport, pitch: number): ScaleLimits {
  const fit = fitCamera(bounds, viewport).scale
  return { min: Math.min(fit, PITCH_PX_MAX / pitch) * 0.8, max: Math.max(fit, PITCH_PX_MAX / pitch) }
}

/** Zooms so that what is at (`px`, `py`) of the viewport stays there. */
export function zoomed(camera: Camera, factor: number, px: number, py: number, limits: ScaleLimits): Camera {
  const scale = Math.min(limits.max, Math.max(limits.min, camera.scale * factor))
  return { scale, x: camera.x + px / camera.scale - px / scale, y: camera.y + py / camera.scale - py / scale }
}

/** Moves the picture by pixels. */
export function panned(camera: Camera, dx: number, dy: number): Camera {
  return { scale: camera.scale, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale }
}

/** Keeps some of the plan in the middle, so that nobody loses it. */
export function kept(camera: Camera, bounds: Bounds, viewport: Viewport): Camera {
  const halfWidth = viewport.width / camera.scale / 2
  const halfHeight = viewport.height / camera.scale / 2
  const x = Math.min(bounds.right, Math.max(bounds.left, camera.x + halfWidth)) - halfWidth
  const y = Math.min(bounds.bottom, Math.max(bounds.top, camera.y + halfHeight)) - halfHeight
  return { scale: camera.scale, x, y }
}

/** Between two cameras, `t` from 0 to 1; the scale changes by equal factors. */
export function between(from: Camera, to: Camera, t: number, viewport: Viewport): Camera {
  const scale = from.scale * (to.scale / from.scale) ** t
  const along = to.scale === from.scale ? t : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale)
  const middle = (camera: Camera) => ({
    x: camera.x + viewport.width / camera.scale / 2,
    y: camera.y + viewport.height / camera.scale / 2
  })
  const [a, b] = [middle(from), middle(to)]
  return {
    scale,
    x: a.x + (b.x - a.x) * along - viewport.width / scale / 2,
    y: a.y + (b.y - a.y) * along - viewport.height / scale / 2
  }
}
