// Turns of one show, one after another, and what the plainest model says of the last.
import { expect } from 'vitest'
import type { Asked, Told } from '../history/operation.ts'
import type { Rules } from '../history/plain-needs.ts'
import { judge } from '../history/plain-seats.ts'
import { apply, emptyShow } from '../history/plain-show.ts'

export type Turn = readonly [user: string, asked: Asked, told: Told, clockMs?: number]

/** Why the last of `turns` is wrong, null where it is right; all before it must be right. */
function wrongAfter(turns: readonly Turn[], rules: Rules = {}): string | null {
  const show = emptyShow()
  for (const [at, [user, asked, told, clockMs = 0]] of turns.entries()) {
    const verdict = judge(show, rules, { user, asked, told, clockMs })
    if (at === turns.length - 1) return 'wrong' in verdict ? verdict.wrong : null
    if ('wrong' in verdict) throw new Error(`turn ${at}: ${verdict.wrong}`)
    apply(show, verdict)
  }
  return null
}

/** The same beginning, and how each end is judged. */
export function judged(
  before: readonly Turn[],
  ends: readonly (readonly [Turn, right: boolean])[],
  rules: Rules = {}
): void {
  for (const [end, right] of ends) {
    const wrong = wrongAfter([...before, end], rules)
    expect(wrong === null, `${JSON.stringify(end)}: ${wrong}`).toBe(right)
  }
}
