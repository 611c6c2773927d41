// Several runs of one load on one system as one row: medians, and how far the runs lie apart.
import { median, spreadPercent } from '../statistics.ts'
import type { LoadRun } from './run-load.ts'

export interface LoadSummary {
  readonly grantedPerSecond: number
  readonly refusedPerSecond: number
  readonly failed: number
  readonly msP50: number
  readonly msP99: number
  readonly msP999: number
  readonly msMax: number
  /** Processors busy: all of the system's processes, and the generator. */
  readonly system: number
  readonly generator: number
  /** Processors that were busy with something else. */
  readonly others: number
  readonly spreadPercent: number
}

const GENERATOR = 'generator'

export function grantedPerSecond({ result }: LoadRun): number {
  return result.granted / result.seconds
}

export function summaryOfRuns(runs: readonly LoadRun[]): LoadSummary {
  const middle = (of: (run: LoadRun) => number) => median(runs.map(of))
  const refused = ({ result }: LoadRun) => Object.values(result.refused).reduce((sum, count) => sum + count, 0)
  return {
    grantedPerSecond: Math.round(middle(grantedPerSecond)),
    refusedPerSecond: Math.round(middle((run) => refused(run) / run.result.seconds)),
    failed: middle(({ result }) => result.failed),
    msP50: middle(({ result }) => result.latency.msP50),
    msP99: middle(({ result }) => result.latency.msP99),
    msP999: middle(({ result }) => result.latency.msP999),
    msMax: middle(({ result }) => result.latency.msMax),
    system: middle((run) => processorsOf(run, (name) => name !== GENERATOR)),
    generator: middle((run) => processorsOf(run, (name) => name === GENERATOR)),
    others: middle(({ usage }) => usage.others),
    spreadPercent: spreadPercent(runs.map(grantedPerSecond))
  }
}

/** Medians of each process over the runs. */
export function processesOfRuns(runs: readonly LoadRun[]): { name: string; processors: number; megabytes: number }[] {
  return runs[0]!.usage.processes.map(({ name }, at) => ({
    name,
    processors: median(runs.map(({ usage }) => usage.processes[at]!.processors)),
    megabytes: median(runs.map(({ usage }) => usage.processes[at]!.megabytes))
  }))
}

function processorsOf({ usage }: LoadRun, counts: (name: string) => boolean): number {
  return usage.processes.filter(({ name }) => counts(name)).reduce((sum, { processors }) => sum + processors, 0)
}
