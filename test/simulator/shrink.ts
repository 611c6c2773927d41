// From a run that fails to the shortest one: the same seed with fewer operations, after which nothing goes wrong
// any more. Whether that still fails does not follow from longer ones, so what bisecting finds is tried downwards.
import { Crew, type Order } from './crew.ts'
import type { Violation } from './verdict.ts'

/** Prefixes tried below what bisecting found. */
const DOWNWARDS = 20

/** `order` where no shorter run fails: it may take what is asked after the one that shows the fault. */
export async function shrink(
  order: Order,
  violation: Violation,
  say: (text: string) => void
): Promise<{ readonly order: Order; readonly violation: Violation }> {
  const crew = new Crew(1)
  let best = { order, violation }
  let high = violation.ops
  const fails = async (ops: number) => {
    const shorter = { ...order, ops }
    const { violation: found } = await crew.run(shorter)
    say(`  ${ops} operations: ${found === null ? 'all is well' : found.rule}`)
    if (found === null) return false
    best = { order: shorter, violation: found }
    high = ops
    return true
  }
  if (await fails(violation.ops)) {
    let low = 0
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (!(await fails(middle))) low = middle
    }
    for (let ops = high - 1; ops > Math.max(0, low - DOWNWARDS); ops--) await fails(ops)
  }
  crew.dismiss()
  return best
}
