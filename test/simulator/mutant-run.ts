// Every mutant in processes of its own, seed after seed, until a rule is broken: by which seed, and after how much.
// Caught is it only where the same run without the defect breaks nothing: else the run found something by itself.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from '../../bench/progress.ts'
import { formatTable } from '../../bench/table.ts'
import { Crew, type Order } from './crew.ts'
import { type Mutant, mutated } from './mutant.ts'
import { MUTANTS } from './mutants.ts'

const ROOT = join(import.meta.dirname, '../..')
/** A mutant that lives for so long has survived: most are caught within a tenth of it, from whatever seed. */
const OPS_MAX = 60_000
/** Short runs: many seeds, and so many turns of events, are tried in little time. */
const RUN_OPS = 1_000

interface Caught {
  readonly mutant: Mutant
  readonly seed: number
  readonly rule: string
  /** In all, and in the run that caught it. */
  readonly ops: number
  readonly opsOfRun: number
}

export interface Hunt {
  readonly workers: number
  /** Of this name; all without one. */
  readonly only: string | undefined
  /** The first seed. */
  readonly from: number
}

/** The exit code: 0 when every mutant was caught. */
export async function runMutants(progress: Progress, { workers, only, from }: Hunt): Promise<number> {
  const mutants = MUTANTS.filter(({ name }) => only === undefined || name === only)
  if (mutants.length === 0) {
    progress.say(`there is no mutant ${only}: ${MUTANTS.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const caught: Caught[] = []
  let survived = 0
  const waiting = [...mutants]
  const stop = progress.watch(() => `${caught.length} of ${mutants.length} caught`)
  const lane = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await hunt(mutant, from)
      if (typeof result === 'string') survived++
      else caught.push(result)
      progress.say(
        typeof result === 'string'
          ? `${mutant.name} ${result}`
          : `${mutant.name}: ${result.rule}, seed ${result.seed}, ${result.ops} operations`
      )
    }
  }
  await Promise.all(Array.from({ length: workers }, lane))
  stop()
  progress.say(tableOf(caught, survived))
  return survived === 0 ? 0 : 1
}

function tableOf(caught: readonly Caught[], survived: number): string {
  return formatTable({
    title: `mutants: ${caught.length} caught, ${survived} survived`,
    columns: ['mutant', 'defect', 'rule', 'seed', 'operations of that run', 'operations in all'],
    rows: caught.map(({ mutant, seed, rule, ops, opsOfRun }) => [mutant.name, mutant.defect, rule, seed, opsOfRun, ops])
  })
}

/** What caught it, or why nothing did. Rejects where it does not apply: its processes would just end, as if caught. */
async function hunt(mutant: Mutant, from: number): Promise<Caught | string> {
  mutated(mutant, await readFile(join(ROOT, mutant.file), 'utf8'))
  const crew = new Crew(1, mutant.name)
  try {
    for (let seed = from, before = 0; before < OPS_MAX; seed++) {
      const order = { seed, ops: RUN_OPS, ...(mutant.focus !== undefined && { focus: mutant.focus }) }
      const { rule, ops } = await judged(crew, order)
      if (rule !== null) {
        const without = await breaksWithout(order)
        if (without !== null) return `SURVIVED: seed ${seed} breaks ${without} without it, too`
        return { mutant, seed, rule, ops: before + ops, opsOfRun: ops }
      }
      before += ops
    }
    return 'SURVIVED'
  } finally {
    crew.dismiss()
  }
}

/** The rule that the same run breaks without any defect: the simulator has found something. */
async function breaksWithout(order: Order): Promise<string | null> {
  const crew = new Crew(1)
  try {
    return (await judged(crew, order)).rule
  } finally {
    crew.dismiss()
  }
}

/** The rule that a run broke, and after how many operations; all of them, where it broke none. */
async function judged(crew: Crew, order: Order): Promise<{ readonly rule: string | null; readonly ops: number }> {
  try {
    const { violation, ops } = await crew.run(order)
    return violation ?? { rule: null, ops }
  } catch {
    // A mutant may also bring the process down, or keep it from coming to an end.
    return { rule: 'crash', ops: RUN_OPS }
  }
}
