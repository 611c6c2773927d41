// Colours of the map: the theme's from the style sheet, the plan's made legible on it.

export interface MapTheme {
  readonly dark: boolean
  readonly background: string
  readonly ink: string
  readonly muted: string
  readonly faint: string
  readonly accent: string
  readonly font: string
}

type Rgb = readonly [red: number, green: number, blue: number]

/** WCAG 2.2, 1.4.11: what graphics need against what is beside them. */
const CONTRAST_MIN = 3

export function readTheme(element: Element): MapTheme {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  return {
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    background: color('--map'),
    ink: color('--ink'),
    muted: color('--muted'),
    faint: color('--taken'),
    accent: color('--accent'),
    font: style.fontFamily
  }
}

const probe = document.createElement('canvas').getContext('2d')!

/** Any CSS colour; what is not one is grey. */
function rgb(color: string): Rgb {
  probe.fillStyle = '#888888'
  probe.fillStyle = color
  const text = String(probe.fillStyle)
  if (text.startsWith('#')) {
    const value = Number.parseInt(text.slice(1), 16)
    return [value >> 16, (value >> 8) & 255, value & 255]
  }
  const [red = 128, green = 128, blue = 128] = (text.match(/[\d.]+/g) ?? []).map(Number)
  return [red, green, blue]
}

/** `share` 0: all of `color`, 1: all of `other`. */
export function mix(color: string, other: string, share: number): string {
  const [a, b] = [rgb(color), rgb(other)]
  const channel = (index: 0 | 1 | 2) => Math.round(a[index] + (b[index] - a[index]) * share)
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`
}

function luminance(color: string): number {
  const linear = rgb(color).map((channel) => {
    const value = channel / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one)
  return (light! + 0.05) / (dark! + 0.05)
}

/** `color`, moved towards `ink` until it stands out from `background`. */
export function edgeOf(color: string, background: string, ink: string): string {
  for (let share = 0; share < 1; share += 0.1) {
    const edge = mix(color, ink, share)
    if (contrast(edge, background) >= CONTRAST_MIN) return edge
  }
  return ink
}

/** Black or white, whichever reads better on `color`. */
export function textOn(color: string): string {
  return contrast(color, '#ffffff') >= contrast(color, '#111111') ? '#ffffff' : '#111111'
}
