// The tables that every load ends with: what came of it, who was refused and why, and what it took.
import type { Cell, Table } from '../table.ts'
import type { LoadRun } from './run-load.ts'
import { processesOfRuns, summaryOfRuns } from './statistics-of-runs.ts'

/** Runs of one load on one system. */
export interface LoadGroup {
  readonly name: string
  readonly runs: readonly LoadRun[]
}

const COLUMNS = [
  '',
  'granted/s',
  'refused/s',
  'failed',
  'ms p50',
  'ms p99',
  'ms p99.9',
  'ms max',
  'CPU system',
  'CPU load',
  'CPU others',
  'spread %'
]
/** A generator that is busier than this may itself be what is measured. */
const GENERATOR_BUSY = 0.9
/** Processors: with more than this busy elsewhere, figures say less. */
const OTHERS_BUSY = 0.2
/** Of the time to be measured: who runs out of seats later has been measured well enough. */
const ENOUGH = 0.5

export function resultTable(title: string, groups: readonly LoadGroup[]): Table {
  const rows = groups.map(({ name, runs }): Cell[] => {
    const of = summaryOfRuns(runs)
    const latencies = [of.msP50, of.msP99, of.msP999, of.msMax]
    return [
      name,
      of.grantedPerSecond,
      of.refusedPerSecond,
      of.failed,
      ...latencies,
      of.system,
      of.generator,
      of.others,
      of.spreadPercent
    ]
  })
  const others = Math.max(...groups.map(({ runs }) => summaryOfRuns(runs).others))
  const busy = groups.filter(({ runs }) => summaryOfRuns(runs).generator > GENERATOR_BUSY)
  return {
    ...{ title, columns: COLUMNS, rows },
    notes: [
      `Latencies of grants${hasOpenLoop(groups) ? ', from when they should have been sent' : ''}. CPU: processors busy, on average.`,
      ...busy.map(({ name }) => `${name}: the generator had no processor to spare, and may be what limits it.`),
      ...(others > OTHERS_BUSY
        ? ['The machine was busy with something else, too: figures are lower than they might be.']
        : [])
    ]
  }
}

function hasOpenLoop(groups: readonly LoadGroup[]): boolean {
  return groups.some(({ runs }) => runs.some(({ plan }) => plan.loop.kind === 'open'))
}

export function processTable(groups: readonly LoadGroup[]): Table {
  const rows = groups.flatMap(({ name, runs }) =>
    processesOfRuns(runs).map((process): Cell[] => [name, process.name, process.processors, process.megabytes])
  )
  return { title: 'processes', columns: ['', 'process', 'CPU', 'MB'], rows }
}

export function refusalTable(groups: readonly LoadGroup[]): Table {
  const rows = groups.flatMap(({ name, runs }) => {
    const codes = new Set(runs.flatMap(({ result }) => Object.keys(result.refused)))
    return [...codes].map((code): Cell[] => {
      const counts = runs.map(({ result }) => (result.refused[code] ?? 0) / result.seconds)
      return [name, code, counts.reduce((sum, count) => sum + count, 0) / counts.length]
    })
  })
  return { title: 'refusals', columns: ['', 'code', 'per second'], rows }
}

export function gapTable(runs: readonly LoadRun[], title: string): Table {
  const rows = runs.flatMap(({ result }, run) => result.gaps.map(({ second, ms }): Cell[] => [run + 1, second, ms]))
  const notes = ['Those over a tenth of a second, longest first.']
  return { title, columns: ['run', 'from second', 'ms without a grant'], rows, notes }
}

/** Of what buyers did after their hold. */
export function stepTable(runs: readonly LoadRun[]): Table {
  const rows = runs.flatMap(({ result }) =>
    Object.entries({ hold: result.latency, ...result.steps }).map(([step, of]): Cell[] => {
      return [step, of.count, of.count / result.seconds, of.msP50, of.msP99, of.msP999]
    })
  )
  return { title: 'what buyers did', columns: ['step', 'done', 'per second', 'ms p50', 'ms p99', 'ms p99.9'], rows }
}

/** What must not be, in whatever load. */
export function failuresOf(groups: readonly LoadGroup[]): readonly string[] {
  return groups.flatMap(({ name, runs }) =>
    runs.flatMap(({ plan, result: { failed, unanswered, granted, ranOut, seconds } }) => [
      ...(failed > 0 ? [`${name}: ${failed} asks got no answer, or an error`] : []),
      ...(unanswered > 0 ? [`${name}: ${unanswered} asks were not answered within ten seconds of the end`] : []),
      ...(granted === 0 ? [`${name}: nothing was granted`] : []),
      ...(ranOut && seconds < (plan.measureMs / 1000) * ENOUGH
        ? [`${name}: every seat was asked for after ${seconds.toFixed(2)} s: give it more --seats or --shows`]
        : [])
    ])
  )
}
