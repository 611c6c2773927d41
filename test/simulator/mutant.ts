// A seeded defect: a change of one product file that a careless hand might make, and that the simulator has to see.
import type { Focus } from './scenario.ts'

export interface Mutant {
  readonly name: string
  /** The defect, in words. */
  readonly defect: string
  readonly file: string
  /** Stands in the file exactly once; else the mutant does not apply, which is an error. */
  readonly find: string
  readonly replace: string
  /** What it takes to see it soon; without it the seeds decide, and show it often enough. */
  readonly focus?: Focus
}

/** `source`, of the mutant's file, with the defect in it. Throws where its place is not there exactly once. */
export function mutated({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`mutant ${name} does not apply: ${file} has its place ${parts.length - 1} times`)
}
