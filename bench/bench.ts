// What a bench is: a name's worth of options, a run that says what it does, and tables at the end.
import type { LoadGroup } from './load/load-tables.ts'
import type { Progress } from './progress.ts'
import type { Table } from './table.ts'

interface BenchOption {
  /** What it is unless given, as typed on the command line. */
  readonly preset: string
  readonly what: string
}

/** By option name; every option of the bench is there. */
export type BenchSettings = Readonly<Record<string, string>>

/** A figure and what it should be. */
export interface Verdict {
  readonly what: string
  /** The median of `values`, which are those of single runs. */
  readonly value: number
  readonly values: readonly number[]
  readonly unit: string
  readonly goal: number
  /** Below the goal, and still good enough. */
  readonly floor?: number
  readonly better: 'higher' | 'lower'
}

export interface BenchReport {
  readonly tables: readonly Table[]
  /** What was checked and is not so: any of them fails the bench. */
  readonly failures: readonly string[]
  /** What reports make plots of. */
  readonly loads?: readonly LoadGroup[]
  readonly verdicts?: readonly Verdict[]
}

export interface Bench {
  readonly what: string
  readonly options: Readonly<Record<string, BenchOption>>
  run(settings: BenchSettings, progress: Progress): Promise<BenchReport>
}

/** The option `name` as a number of at least `minimum`. */
export function numberSetting(settings: BenchSettings, name: string, minimum = 1): number {
  const value = Number(settings[name])
  if (!(value >= minimum)) throw new Error(`--${name}: expected a number of at least ${minimum}, not ${settings[name]}`)
  return value
}

/** The option `name` as one of `words`. */
export function wordSetting<W extends string>(settings: BenchSettings, name: string, words: readonly W[]): W {
  const found = words.find((word) => word === settings[name])
  if (found === undefined) throw new Error(`--${name}: expected ${words.join(', ')}, not ${settings[name]}`)
  return found
}
