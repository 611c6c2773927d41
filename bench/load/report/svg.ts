// The little that plots need: scales, ticks, numbers as people read them, and text that is safe in markup.

/** Of every plot. Small, so that letters stay readable where the page is narrow. */
export const WIDTH = 440
export const HEIGHT = 260

export type Scale = (value: number) => number

export function linear(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1
  return (value) => start + ((value - from) / span) * (end - start)
}

export function logarithmic(from: number, to: number, start: number, end: number): Scale {
  const scale = linear(Math.log10(from), Math.log10(to), start, end)
  return (value) => scale(Math.log10(Math.max(value, from)))
}

/** About `count` round numbers from nought up to at least `max`. */
export function niceTicks(max: number, count = 4): readonly number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / count
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((candidate) => candidate >= rough)!
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, at) => at * step)
}

/** Powers of ten around what is there. */
export function decades(min: number, max: number): readonly number[] {
  const from = Math.floor(Math.log10(min))
  const to = Math.max(from + 1, Math.ceil(Math.log10(max)))
  return Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at))
}

export function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 1_000_000) return `${trim(value / 1_000_000)}M`
  if (size >= 1_000) return `${trim(value / 1_000)}k`
  return trim(value)
}

function trim(value: number): string {
  return Number(value.toPrecision(3)).toString()
}

export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** One decimal is finer than a screen. */
export function at(value: number): string {
  return value.toFixed(1)
}

export function figure(title: string, caption: string, legend: string, drawing: string, height = HEIGHT): string {
  return [
    `<figure><figcaption><b>${escapeMarkup(title)}</b><span>${escapeMarkup(caption)}</span></figcaption>${legend}`,
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeMarkup(title)}">${drawing}</svg></figure>`
  ].join('')
}
