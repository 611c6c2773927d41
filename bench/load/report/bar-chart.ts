// Systems side by side: a bar is the median, the dots are single runs, so that the spread is seen and not told.
import { at, escapeMarkup, figure, linear, niceTicks, short, WIDTH } from './svg.ts'

export interface Bar {
  readonly name: string
  readonly value: number
  readonly values: readonly number[]
  /** Drawn in the colour of what the page is about. */
  readonly ours: boolean
}

const TOP = 6
const ROW = 40
const BAR = 12
const LEFT = 2
const RIGHT = WIDTH - 62

export function barChart(title: string, caption: string, bars: readonly Bar[]): string {
  const height = TOP + bars.length * ROW + 22
  const max = Math.max(...bars.flatMap(({ value, values }) => [value, ...values]))
  const ticks = niceTicks(max, 3)
  const toX = linear(0, ticks.at(-1)!, LEFT, RIGHT)
  const bottom = height - 20
  const grid = ticks.map((tick) => {
    const x = at(toX(tick))
    return `<path class="grid" d="M${x} ${TOP}V${bottom}"/><text class="tick" x="${x}" y="${height - 5}" text-anchor="${tick === 0 ? 'start' : 'middle'}">${short(tick)}</text>`
  })
  const rows = bars.map(({ name, value, values, ours }, row) => {
    const y = TOP + row * ROW + 18
    const end = toX(value)
    const dots = values.map((one) => `<circle class="run" cx="${at(toX(one))}" cy="${y + BAR / 2}" r="3"/>`)
    const far = Math.max(end, ...values.map(toX))
    return [
      `<text class="name" x="${LEFT}" y="${y - 5}">${escapeMarkup(name)}</text>`,
      `<path class="bar ${ours ? 'ours' : 'other'}" d="${barPath(LEFT, y, end)}"><title>${escapeMarkup(`${name}: ${value.toLocaleString('en-US')}`)}</title></path>`,
      ...(values.length > 1 ? dots : []),
      `<text class="value" x="${at(far + 7)}" y="${y + BAR - 2}">${short(value)}</text>`
    ].join('')
  })
  return figure(title, caption, '', [...grid, ...rows].join(''), height)
}

/** Square where it begins, round where it ends. */
function barPath(left: number, top: number, end: number): string {
  const radius = Math.min(4, Math.max(0, end - left))
  const straight = at(end - radius)
  const bottom = top + BAR
  return `M${left} ${top}H${straight}Q${at(end)} ${top} ${at(end)} ${top + radius}V${bottom - radius}Q${at(end)} ${bottom} ${straight} ${bottom}H${left}Z`
}
