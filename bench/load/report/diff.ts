// Two reports side by side: what became faster or slower, and whether by more than the runs of each lie apart.
import { readFileSync } from 'node:fs'
import type { BenchReport } from '../../bench.ts'
import { median } from '../../statistics.ts'
import type { Cell, Table } from '../../table.ts'
import type { LoadRun } from '../run-load.ts'
import { grantedPerSecond } from '../statistics-of-runs.ts'
import type { Report } from './report.ts'

type Figure = readonly [name: string, better: 'higher' | 'lower', of: (run: LoadRun) => number]

const FIGURES: readonly Figure[] = [
  ['granted/s', 'higher', grantedPerSecond],
  ['ms p50', 'lower', ({ result }) => result.latency.msP50],
  ['ms p99', 'lower', ({ result }) => result.latency.msP99],
  ['ms p99.9', 'lower', ({ result }) => result.latency.msP999]
]

const COLUMNS = ['bench', 'what', 'figure', 'before', 'after', 'change %', '']

export function diffTables(beforeFile: string, afterFile: string): readonly Table[] {
  const before = readReport(beforeFile)
  const after = readReport(afterFile)
  const rows = Object.entries(before.benches).flatMap(([name, bench]) => {
    const other = after.benches[name]
    return other === undefined ? [] : [...loadRows(name, bench, other), ...verdictRows(name, bench, other)]
  })
  const about = ({ startedAt, commit, machine }: Report) =>
    `${startedAt.slice(0, 16).replace('T', ' ')}, commit ${commit}, ${machine.processors} × ${machine.processor}`
  const notes = [
    `before: ${about(before)}`,
    `after:  ${about(after)}`,
    'Better and worse: the runs of one and of the other do not overlap. Otherwise it may be chance.'
  ]
  return [{ title: 'before and after, medians', columns: COLUMNS, rows, notes }]
}

function readReport(file: string): Report {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  if (report.format !== 1) throw new Error(`${file} is not a report that --json has written`)
  return report
}

function loadRows(bench: string, before: BenchReport, after: BenchReport): Cell[][] {
  return (before.loads ?? []).flatMap(({ name, runs }) => {
    const other = after.loads?.find((group) => group.name === name)
    if (other === undefined) return []
    return FIGURES.map(([figure, better, of]) => [
      ...[bench, name, figure],
      ...compared(runs.map(of), other.runs.map(of), better)
    ])
  })
}

function verdictRows(bench: string, before: BenchReport, after: BenchReport): Cell[][] {
  return (before.verdicts ?? []).flatMap(({ what, unit, values, better }) => {
    const other = after.verdicts?.find((verdict) => verdict.what === what)
    return other === undefined ? [] : [[bench, what, unit, ...compared(values, other.values, better)]]
  })
}

function compared(before: readonly number[], after: readonly number[], better: 'higher' | 'lower'): Cell[] {
  const [from, to] = [median(before), median(after)]
  const isHigher = Math.min(...after) > Math.max(...before)
  const isLower = Math.max(...after) < Math.min(...before)
  const word = !(isHigher || isLower) ? '' : isHigher === (better === 'higher') ? 'better' : 'worse'
  return [from, to, ((to - from) / from) * 100, word]
}
