// From a run that fails to the shortest one: the same seed with fewer operations, after which nothing goes wrong
// any more. Whether that still fails does not follow from longer ones, so what bisecting finds is tried downwards.
import { Crew, type Order } from './crew.ts'
import type { Violation } from './verdict.ts'

/** Prefixes tried below what bisecting found. */
const DOWNWARDS = 20

export async function shrink(
  order: Order,
  violation: Violation,
  say: (text: string) => void
): Promise<{ readonly ops: number; readonly violation: Violation }> {
  const crew = new Crew(1)
  let best = { ops: violation.ops, violation }
  const fails = async (ops: number) => {
    const { violation: found } = await crew.run({ ...order, ops })
    if (found !== null && ops < best.ops) best = { ops, violation: found }
    say(`  ${ops} operations: ${found === null ? 'all is well' : found.rule}`)
    return found !== null
  }
  let low = 0
  while (best.ops - low > 1) {
    const middle = (low + best.ops) >> 1
    if (!(await fails(middle))) low = middle
  }
  for (let ops = best.ops - 1; ops > Math.max(0, low - DOWNWARDS); ops--) await fails(ops)
  crew.dismiss()
  return best
}
