// Every mutant in processes of its own, seed after seed, until a rule is broken: by which seed, and after how much.
import type { Progress } from '../../bench/progress.ts'
import { formatTable } from '../../bench/table.ts'
import { Crew } from './crew.ts'
import { MUTANTS, type Mutant } from './mutants.ts'

/** A mutant that lives for so long has survived. */
const OPS_MAX = 500_000
/** Short runs: many seeds, and so many kinds of trouble, are tried in little time. */
const RUN_OPS = 1_000

interface Caught {
  readonly mutant: Mutant
  readonly seed: number
  readonly rule: string
  /** In all, and in the run that caught it. */
  readonly ops: number
  readonly opsOfRun: number
}

/** The exit code: 0 when every mutant was caught. */
export async function runMutants(progress: Progress, workers: number, only: string | undefined): Promise<number> {
  const mutants = MUTANTS.filter(({ name }) => only === undefined || name === only)
  if (mutants.length === 0) {
    progress.say(`there is no mutant ${only}: ${MUTANTS.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const caught: Caught[] = []
  const survived: string[] = []
  const waiting = [...mutants]
  const stop = progress.watch(() => `${caught.length} of ${mutants.length} caught`)
  const lane = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await hunt(mutant)
      if (result === null) survived.push(mutant.name)
      else caught.push(result)
      progress.say(
        result === null
          ? `${mutant.name} SURVIVED`
          : `${mutant.name}: ${result.rule}, seed ${result.seed}, ${result.ops} operations`
      )
    }
  }
  await Promise.all(Array.from({ length: workers }, lane))
  stop()
  const rows = caught.map(({ mutant, seed, rule, ops, opsOfRun }) => [
    mutant.name,
    mutant.defect,
    rule,
    seed,
    opsOfRun,
    ops
  ])
  progress.say(
    formatTable({
      title: `mutants: ${caught.length} caught, ${survived.length} survived`,
      columns: ['mutant', 'defect', 'rule', 'seed', 'operations of that run', 'operations in all'],
      rows
    })
  )
  return survived.length === 0 ? 0 : 1
}

async function hunt(mutant: Mutant): Promise<Caught | null> {
  const crew = new Crew(1, mutant.name)
  try {
    for (let turn = mutant.seed === undefined ? 1 : 0, ops = 0; ops < OPS_MAX; turn++) {
      const seed = turn === 0 ? mutant.seed! : turn
      const result = await crew
        .run(turn === 0 ? { seed } : { seed, ops: RUN_OPS })
        .catch((error: unknown) => String(error))
      // A mutant may also bring the process down, or keep it from coming to an end: but it has to have applied.
      if (typeof result === 'string') {
        if (result.includes('does not apply')) throw new Error(result)
        return { mutant, seed, rule: 'crash', ops, opsOfRun: 0 }
      }
      ops += result.ops
      const { violation } = result
      if (violation !== null)
        return { mutant, seed, rule: violation.rule, ops: ops - result.ops + violation.ops, opsOfRun: violation.ops }
    }
    return null
  } finally {
    crew.dismiss()
  }
}
