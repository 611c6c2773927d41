// What a load counts: latencies in HDR histograms, grants and refusals apart, and a series of short intervals. Before
// `begin` intervals are told but nothing is kept: that is the warm-up.
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import type { Gap, LatencySummary, LoadResult, SeriesPoint } from './load.ts'

const MICROSECONDS_MAX = 600_000_000
const GAP_MS_MIN = 100
const GAPS_MAX = 20

export interface Recorder {
  granted(ms: number, now: number): void
  refused(code: string, ms: number): void
  failed(): void
  repeated(): void
  /** Of a step after the hold. */
  step(name: string, ms: number): void
  late(ms: number): void
  begin(now: number): void
  end(now: number): void
  /** Ends an interval. */
  point(now: number, underWay: number): SeriesPoint
  result(unanswered: number, ranOut: boolean): LoadResult
}

export function createRecorder(): Recorder {
  return new Counts()
}

class Counts implements Recorder {
  private readonly latency = newHistogram()
  private readonly refusalLatency = newHistogram()
  private readonly lateness = newHistogram()
  private readonly steps = new Map<string, Histogram>()
  private readonly refusals: Record<string, number> = {}
  private readonly series: SeriesPoint[] = []
  private readonly gaps: Gap[] = []
  private counting = false
  private startedAt = Number.NaN
  private endedAt = Number.NaN
  private grantedAt = 0
  private failures = 0
  private repeats = 0
  private readonly interval = build({ highestTrackableValue: MICROSECONDS_MAX, numberOfSignificantValueDigits: 2 })
  private intervalFrom = performance.now()
  private intervalRefused = 0
  private intervalFailed = 0

  granted(ms: number, now: number): void {
    const micros = microseconds(ms)
    this.interval.recordValue(micros)
    if (!this.counting) return
    this.latency.recordValue(micros)
    if (now - this.grantedAt > GAP_MS_MIN) this.noteGap(now)
    this.grantedAt = now
  }

  refused(code: string, ms: number): void {
    this.intervalRefused++
    if (!this.counting) return
    this.refusals[code] = (this.refusals[code] ?? 0) + 1
    this.refusalLatency.recordValue(microseconds(ms))
  }

  failed(): void {
    this.intervalFailed++
    if (this.counting) this.failures++
  }

  repeated(): void {
    if (this.counting) this.repeats++
  }

  step(name: string, ms: number): void {
    if (!this.counting) return
    let histogram = this.steps.get(name)
    if (histogram === undefined) {
      histogram = newHistogram()
      this.steps.set(name, histogram)
    }
    histogram.recordValue(microseconds(ms))
  }

  late(ms: number): void {
    if (this.counting) this.lateness.recordValue(microseconds(ms))
  }

  begin(now: number): void {
    this.counting = true
    this.startedAt = now
    this.grantedAt = now
  }

  end(now: number): void {
    this.counting = false
    this.endedAt = now
    if (now - this.grantedAt > GAP_MS_MIN) this.noteGap(now)
  }

  point(now: number, underWay: number): SeriesPoint {
    const { interval, intervalRefused, intervalFailed } = this
    const perSecond = (count: number) => Math.round((count * 1000) / (now - this.intervalFrom))
    const point: SeriesPoint = {
      second: (now - this.startedAt) / 1000,
      grantedPerSecond: perSecond(interval.totalCount),
      refusedPerSecond: perSecond(intervalRefused),
      failedPerSecond: perSecond(intervalFailed),
      msP50: milliseconds(interval, 50),
      msP99: milliseconds(interval, 99),
      underWay
    }
    if (this.counting) this.series.push(point)
    interval.reset()
    this.intervalFrom = now
    this.intervalRefused = 0
    this.intervalFailed = 0
    return point
  }

  result(unanswered: number, ranOut: boolean): LoadResult {
    return {
      kind: 'result',
      seconds: (this.endedAt - this.startedAt) / 1000,
      granted: this.latency.totalCount,
      refused: this.refusals,
      failed: this.failures,
      repeated: this.repeats,
      latency: summaryOf(this.latency),
      refusalLatency: summaryOf(this.refusalLatency),
      steps: Object.fromEntries([...this.steps].map(([name, histogram]) => [name, summaryOf(histogram)])),
      lateness: summaryOf(this.lateness),
      histogram: encodeIntoCompressedBase64(this.latency),
      series: this.series,
      gaps: this.gaps.sort((one, other) => other.ms - one.ms).slice(0, GAPS_MAX),
      unanswered,
      ranOut
    }
  }

  private noteGap(now: number): void {
    this.gaps.push({ second: (this.grantedAt - this.startedAt) / 1000, ms: now - this.grantedAt })
  }
}

function newHistogram(): Histogram {
  return build({ highestTrackableValue: MICROSECONDS_MAX, numberOfSignificantValueDigits: 3 })
}

function microseconds(ms: number): number {
  return Math.min(MICROSECONDS_MAX, Math.max(1, Math.round(ms * 1000)))
}

function milliseconds(histogram: Histogram, percentile: number): number {
  return histogram.totalCount === 0 ? Number.NaN : histogram.getValueAtPercentile(percentile) / 1000
}

function summaryOf(histogram: Histogram): LatencySummary {
  return {
    count: histogram.totalCount,
    msP50: milliseconds(histogram, 50),
    msP90: milliseconds(histogram, 90),
    msP99: milliseconds(histogram, 99),
    msP999: milliseconds(histogram, 99.9),
    msMax: milliseconds(histogram, 100)
  }
}
