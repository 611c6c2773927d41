// Latencies as percentiles (HdrHistogram, three digits), and runs as their median and spread.
import { build, type Histogram } from 'hdr-histogram-js'

const MICROSECONDS_MAX = 600_000_000

export interface Latencies {
  readonly count: number
  readonly msP50: number
  readonly msP99: number
}

/** Gathers durations in milliseconds; what takes more than ten minutes counts as that. */
export function createLatencies(): { add(ms: number): void; summary(): Latencies } {
  const histogram: Histogram = build({ highestTrackableValue: MICROSECONDS_MAX, numberOfSignificantValueDigits: 3 })
  return {
    add: (ms) => histogram.recordValue(Math.min(MICROSECONDS_MAX, Math.max(1, Math.round(ms * 1000)))),
    summary: () => ({
      count: histogram.totalCount,
      msP50: percentile(histogram, 50),
      msP99: percentile(histogram, 99)
    })
  }
}

export function latenciesOf(values: Iterable<number>): Latencies {
  const latencies = createLatencies()
  for (const ms of values) latencies.add(ms)
  return latencies.summary()
}

function percentile(histogram: Histogram, at: number): number {
  return histogram.totalCount === 0 ? Number.NaN : histogram.getValueAtPercentile(at) / 1000
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How far the runs lie apart: highest minus lowest, in percent of their median. */
export function spreadPercent(values: readonly number[]): number {
  return ((Math.max(...values) - Math.min(...values)) / median(values)) * 100
}
