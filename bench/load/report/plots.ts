// The plots of one bench: systems side by side, rate and latency over time, percentile curves.
import { median } from '../../statistics.ts'
import type { LoadGroup } from '../load-tables.ts'
import type { LoadRun } from '../run-load.ts'
import { grantedPerSecond, summaryOfRuns } from '../statistics-of-runs.ts'
import { barChart } from './bar-chart.ts'
import { type Axis, axisTicks, type Line, lineChart, type Point } from './line-chart.ts'
import { percentileCurve } from './percentiles.ts'
import { decades, linear, logarithmic, niceTicks, short } from './svg.ts'

/** Lines in one plot: more than these cannot be told apart. */
const LINES_MAX = 5
const OURS = /^frontrow/

export function plotsOf(loads: readonly LoadGroup[]): string {
  const shown = worthALine(loads)
  const left = loads.length > shown.length ? `; the ${shown.length} fastest of ${loads.length}` : ''
  const [only] = loads.length === 1 ? loads : []
  return [
    ...(only === undefined ? sideBySide(loads) : []),
    ...overTime(shown, left),
    percentiles(shown, left),
    ...(only === undefined ? [] : [processors(middleRun(only.runs))])
  ].join('')
}

/** Ours first, then the fastest. */
function worthALine(loads: readonly LoadGroup[]): readonly LoadGroup[] {
  const rate = ({ runs }: LoadGroup) => summaryOfRuns(runs).grantedPerSecond
  const rank = (group: LoadGroup) => (OURS.test(group.name) ? Number.POSITIVE_INFINITY : rate(group))
  return [...loads].sort((one, other) => rank(other) - rank(one)).slice(0, LINES_MAX)
}

function sideBySide(loads: readonly LoadGroup[]): readonly string[] {
  const bars = (of: (run: LoadRun) => number) =>
    loads.flatMap(({ name, runs }) => {
      // In a report that was read from JSON, what is no number is null.
      const values = runs.map(of).filter((value) => Number.isFinite(value))
      return values.length === 0 ? [] : [{ name, values, value: median(values), ours: OURS.test(name) }]
    })
  const rates = bars(grantedPerSecond).sort((one, other) => other.value - one.value)
  const tails = bars(({ result }) => result.latency.msP99).sort((one, other) => one.value - other.value)
  const note = 'median of the runs; a dot is one run'
  return [
    barChart('Granted a second', `more is better; ${note}`, rates),
    barChart('Latency p99, ms', `less is better; ${note}`, tails)
  ]
}

function overTime(loads: readonly LoadGroup[], left: string): readonly string[] {
  const middle = loads.map(({ name, runs }) => ({ name, run: middleRun(runs) }))
  const seconds = Math.max(...middle.map(({ run }) => run.result.seconds))
  const linesOf = (y: (point: LoadRun['result']['series'][number]) => number): Line[] =>
    middle.map(({ name, run }, colour) => ({
      ...{ name, colour },
      points: run.result.series.map((point) => ({ x: point.second, y: y(point) }))
    }))
  const chart = (title: string, unit: string, lines: readonly Line[]) => {
    const ticks = niceTicks(Math.max(0, ...lines.flatMap(({ points }) => points.map(({ y }) => y || 0))))
    return lineChart({
      ...{ title, lines, caption: `seconds of ${loads[0]!.runs.length > 1 ? 'the middle run' : 'the run'}${left}` },
      x: timeAxis(seconds),
      y: { ticks: axisTicks(ticks), scale: (a, b) => linear(0, ticks.at(-1)!, a, b) },
      tell: ({ x, y }) => `${x.toFixed(1)} s: ${short(y)} ${unit}`
    })
  }
  const [only] = loads.length === 1 ? middle : []
  const latency: Line[] =
    only === undefined
      ? linesOf(({ msP99 }) => msP99)
      : [
          { name: 'p99', colour: 0, points: seriesOf(only.run, ({ msP99 }) => msP99) },
          { name: 'p50', colour: 1, points: seriesOf(only.run, ({ msP50 }) => msP50) }
        ]
  return [
    chart(
      'Granted a second, over time',
      'a second',
      linesOf(({ grantedPerSecond }) => grantedPerSecond)
    ),
    chart(only === undefined ? 'Latency p99 over time, ms' : 'Latency over time, ms', 'ms', latency)
  ]
}

function seriesOf({ result }: LoadRun, y: (point: LoadRun['result']['series'][number]) => number): Point[] {
  return result.series.map((point) => ({ x: point.second, y: y(point) }))
}

function percentiles(loads: readonly LoadGroup[], left: string): string {
  const lines = loads.map(({ name, runs }, colour): Line => {
    return { name, colour, points: percentileCurve(runs).map(({ nines, ms }) => ({ x: nines, y: ms })) }
  })
  const all = lines.flatMap(({ points }) => points)
  const heights = all.map(({ y }) => y)
  const ticks = decades(Math.min(...heights, 1), Math.max(...heights, 1))
  const nines = Math.max(1, Math.ceil(Math.max(0, ...all.map(({ x }) => x))))
  const labels = ['p0', 'p90', 'p99', 'p99.9', 'p99.99', 'p99.999', 'p99.9999', 'p99.99999']
  return lineChart({
    ...{ title: 'Latency by percentile, ms', lines, caption: `all runs together${left}` },
    x: {
      ticks: labels.slice(0, nines + 1).map((label, value) => ({ value, label })),
      scale: (a, b) => linear(0, nines, a, b)
    },
    y: { ticks: axisTicks(ticks), scale: (a, b) => logarithmic(ticks[0]!, ticks.at(-1)!, a, b) },
    tell: ({ x, y }) => `p${Number((100 * (1 - 10 ** -x)).toPrecision(2 + Math.ceil(x)))}: ${short(y)} ms`
  })
}

/** What each process of one run took. */
function processors({ result, usage }: LoadRun): string {
  const { seconds } = result
  const lines = usage.processes.map(({ name }, colour): Line => {
    const points = usage.series.flatMap(({ second, processes }) => {
      const found = processes.find((process) => process.name === name)
      return found === undefined ? [] : [{ x: second, y: found.processors }]
    })
    return { name, colour, points }
  })
  const ticks = niceTicks(Math.max(0, ...lines.flatMap(({ points }) => points.map(({ y }) => y || 0))))
  return lineChart({
    ...{ title: 'Processors busy, over time', caption: 'seconds of the run', lines },
    x: timeAxis(seconds),
    y: { ticks: axisTicks(ticks), scale: (a, b) => linear(0, ticks.at(-1)!, a, b) },
    tell: ({ x, y }) => `${x.toFixed(1)} s: ${short(y)}`
  })
}

function timeAxis(seconds: number): Axis {
  const ticks = niceTicks(seconds).filter((tick) => tick <= seconds)
  return { ticks: axisTicks(ticks), scale: (a, b) => linear(0, seconds, a, b) }
}

function middleRun(runs: readonly LoadRun[]): LoadRun {
  const sorted = [...runs].sort((one, other) => grantedPerSecond(one) - grantedPerSecond(other))
  return sorted[sorted.length >> 1]!
}
