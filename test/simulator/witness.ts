// Linearizability with the journal as witness: every operation must have happened at one moment between its
// invocation and its answer, and the journal says in which order. What was done must be in the journal at such a
// moment; what was refused must be explained by the house as it was at one. No search: near linear, for any size.
import type { Command } from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { Refusal } from '../../core/refusal.ts'
import { House } from './house.ts'

/** An event, and the moment at which its frame was in the journal. */
export interface Happened {
  readonly moment: number
  readonly event: ShowEvent
}

/** A refusal as a client got it. */
export interface Refused {
  readonly command: Command
  readonly refusal: Refusal
  readonly invokedAt: number
  readonly returnedAt: number
}

/** The first refusal that no moment explains; null where each has one. */
export function unexplained(journal: readonly Happened[], refusals: readonly Refused[], plan: Plan): Refused | null {
  const house = new House(plan)
  const waiting = refusals.toSorted((one, other) => one.invokedAt - other.invokedAt)
  let open: Refused[] = []
  let next = 0
  for (let at = 0; at <= journal.length; at++) {
    // From the entry before (if there is one) until this moment the house stands as it is.
    const until = journal[at]?.moment ?? Number.POSITIVE_INFINITY
    open = open.filter((one) => !explains(house, one, plan))
    while (next < waiting.length && waiting[next]!.invokedAt <= until) {
      const one = waiting[next++]!
      if (!explains(house, one, plan)) open.push(one)
    }
    const late = open.find(({ returnedAt }) => returnedAt < until)
    if (late !== undefined) return late
    if (at < journal.length) house.take(journal[at]!.event)
  }
  return null
}

/** Codes that follow from the key, or from how much there is to do, whatever the house is like. */
const OF_THE_KEY = new Set(['idempotency_conflict', 'busy'])

function explains(house: House, { command, refusal }: Refused, plan: Plan): boolean {
  const { code, seats } = refusal
  if (OF_THE_KEY.has(code)) return true
  const why = house.refusalOf(command)
  // Orphans are judged against every other take, in tests of their own.
  if (code === 'orphan_seat') return why === null
  if (why?.code !== code || why.seats === undefined) return why?.code === code
  const named = (seats ?? []).map((seat) => plan.ids[seat]!)
  return why.seats.length === named.length && named.every((seat) => why.seats!.includes(seat))
}
