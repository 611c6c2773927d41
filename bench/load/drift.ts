// Whether something grows that should not: a straight line through what was seen over time, and the two ends of it.
import type { Cell, Table } from '../table.ts'

export interface Trail {
  readonly name: string
  readonly points: readonly { readonly second: number; readonly value: number }[]
}

const SECONDS_PER_HOUR = 3_600
/** Of the time: what the beginning and the end are taken from. */
const END_SHARE = 0.1

export function driftTable(title: string, trails: readonly Trail[], notes: readonly string[]): Table {
  const rows = trails.map(({ name, points }): Cell[] => {
    const seen = points.filter(({ value }) => value !== null && Number.isFinite(value))
    const count = Math.max(1, Math.floor(seen.length * END_SHARE))
    return [name, mean(seen.slice(0, count)), mean(seen.slice(-count)), slopeOf(seen) * SECONDS_PER_HOUR]
  })
  return { title, columns: ['what', 'at first', 'at last', 'per hour'], rows, notes }
}

function mean(points: Trail['points']): number {
  return points.reduce((sum, { value }) => sum + value, 0) / points.length
}

/** Per second, by least squares. */
export function slopeOf(points: Trail['points']): number {
  const middle = mean(points.map(({ second }) => ({ second, value: second })))
  const level = mean(points)
  let rise = 0
  let run = 0
  for (const { second, value } of points) {
    rise += (second - middle) * (value - level)
    run += (second - middle) ** 2
  }
  return rise / run
}
