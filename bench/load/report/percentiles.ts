// The percentile curve of several runs together, from the histograms they left.
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import type { LoadRun } from '../run-load.ts'

export interface PercentilePoint {
  /** 1 is p90, 2 is p99, 3 is p99.9. */
  readonly nines: number
  readonly ms: number
}

const STEPS_PER_NINE = 8

export function percentileCurve(runs: readonly LoadRun[]): readonly PercentilePoint[] {
  const [first, ...others] = runs.map(({ result }) => decodeFromCompressedBase64(result.histogram))
  for (const other of others) first!.add(other)
  const count = first?.totalCount ?? 0
  const points: PercentilePoint[] = []
  // Not from the very first: the one that was luckiest says nothing. Up to where less than one lies beyond.
  for (let step = 1; 10 ** (step / STEPS_PER_NINE) <= count; step++) {
    const nines = step / STEPS_PER_NINE
    points.push({ nines, ms: first!.getValueAtPercentile(100 * (1 - 10 ** -nines)) / 1000 })
  }
  return points
}
