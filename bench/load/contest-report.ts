// What came of a contest, as tables, and the ratios that goals are about: always of neighbours in time, round by round.
import type { BenchReport, Verdict } from '../bench.ts'
import { median, spreadPercent } from '../statistics.ts'
import type { Cell, Table } from '../table.ts'
import type { ContestResult } from './contest.ts'
import { failuresOf, type LoadGroup, processTable, refusalTable, resultTable } from './load-tables.ts'
import type { LoadRun } from './run-load.ts'
import { grantedPerSecond, summaryOfRuns } from './statistics-of-runs.ts'

/** `ours` is the name of the entry that the others stand beside. */
export function contestReport(
  title: string,
  ours: string,
  { groups, sweep }: ContestResult,
  verdicts: readonly Verdict[] = []
): BenchReport {
  const rate = ({ runs }: LoadGroup) => summaryOfRuns(runs).grantedPerSecond
  const sorted = [...groups].sort((one, other) => rate(other) - rate(one))
  const refusals = refusalTable(sorted)
  return {
    tables: [
      resultTable(`${title}, median of the rounds`, sorted),
      ...(groups.length > 1 ? [ratioTable(groupNamed(groups, ours), sorted)] : []),
      ...(refusals.rows.length > 0 ? [refusals] : []),
      processTable(sorted),
      ...(sweep === null ? [] : [sweep])
    ],
    failures: failuresOf(groups),
    loads: sorted,
    ...(verdicts.length > 0 && { verdicts })
  }
}

function ratioTable(ours: LoadGroup, groups: readonly LoadGroup[]): Table {
  const rows = groups
    .filter((group) => group !== ours)
    .map((other): Cell[] => {
      const ratios = ratiosOf(ours, other, grantedPerSecond)
      return [other.name, median(ratios), spreadPercent(ratios), median(ratiosOf(ours, other, p99))]
    })
  return {
    title: `${ours.name} beside each`,
    columns: ['', 'times as many grants', 'spread %', 'times its p99'],
    rows,
    notes: ['Ratios within a round, then their median.']
  }
}

export function groupNamed(groups: readonly LoadGroup[], name: string): LoadGroup {
  const found = groups.find((group) => group.name === name)
  if (found === undefined) throw new Error(`there is no load of ${name}`)
  return found
}

/** Of those whose name has `words`, the one with the most grants; null where there is none. */
export function fastest(groups: readonly LoadGroup[], isMeant: (name: string) => boolean): LoadGroup | null {
  const meant = groups.filter(({ name }) => isMeant(name))
  const rates = meant.map(({ runs }) => summaryOfRuns(runs).grantedPerSecond)
  return meant[rates.indexOf(Math.max(...rates))] ?? null
}

export const p99 = ({ result }: LoadRun): number => result.latency.msP99

/** `of` ours to `of` the other's, round by round. */
export function ratiosOf(ours: LoadGroup, other: LoadGroup, of: (run: LoadRun) => number): readonly number[] {
  return ours.runs.map((run, at) => of(run) / of(other.runs[at]!))
}

export function verdict(
  what: string,
  values: readonly number[],
  goal: Omit<Verdict, 'what' | 'value' | 'values'>
): Verdict {
  return { what, value: median(values), values, ...goal }
}
