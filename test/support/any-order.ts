// The search for an order as the textbook has it: whatever may be next is tried, one after another, without a
// memory and without a thought. Good for a handful of operations, and to hold the real one against.
import type { Operation, Told } from '../history/operation.ts'
import type { Answered, Rules } from '../history/plain-needs.ts'
import { judge } from '../history/plain-seats.ts'
import { apply, emptyShow, type Show } from '../history/plain-show.ts'

export function hasAnyOrder(history: readonly Operation[], rules: Rules, house: readonly string[]): boolean {
  const show = emptyShow()
  const ids = namesIn(history)
  const placed = new Set<Operation>()

  const next = (): boolean => {
    const waiting = history.filter((operation) => !placed.has(operation))
    const known = waiting.filter(({ told }) => told !== null)
    if (known.length === 0) return true
    const deadline = Math.min(...known.map(({ returnedAt }) => returnedAt))
    return waiting
      .filter(({ invokedAt }) => invokedAt <= deadline)
      .some((operation) => outcomes(show, operation, ids, house).some((told) => tried(operation, told)))
  }
  const tried = (operation: Operation, told: Told): boolean => {
    const change = judge(show, rules, { ...operation, told } satisfies Answered)
    if ('wrong' in change) return false
    const back = apply(show, change)
    placed.add(operation)
    const found = next()
    placed.delete(operation)
    apply(show, back)
    return found
  }
  return next()
}

/** All that may have been told of a success; what was told where that is known. */
function outcomes(show: Show, operation: Operation, ids: readonly string[], house: readonly string[]): Told[] {
  const { asked, told } = operation
  if (told !== null) return [told]
  switch (asked.op) {
    case 'hold':
      return ids.flatMap((hold) => {
        const chosen = asked.seats === null ? subsets(house, asked.count) : [asked.seats]
        return chosen.map((seats) => ({ kind: 'held' as const, hold, seats, expiresAt: Infinity }))
      })
    case 'extend':
      return [{ kind: 'extended', hold: asked.hold, expiresAt: Infinity }]
    case 'release':
      return [{ kind: 'released' }]
    case 'book': {
      const seats = asked.seats ?? show.claims.get(`hold ${asked.hold}`)?.seats ?? []
      return ids.map((booking) => ({ kind: 'booked', booking, seats }))
    }
    case 'cancel':
      return [{ kind: 'cancelled', seats: asked.seats ?? show.claims.get(`booking ${asked.booking}`)?.seats ?? [] }]
    default:
      return [{ kind: asked.op === 'block' ? 'blocked' : 'unblocked' }]
  }
}

/** Ids that somebody asks for, and one for each operation that needs a name of its own. */
function namesIn(history: readonly Operation[]): string[] {
  const asked = history.flatMap(({ asked }) => ('hold' in asked ? asked.hold : 'booking' in asked ? asked.booking : []))
  return [...new Set([...asked, ...history.map((_, at) => `?${at}`)])]
}

function subsets(of: readonly string[], size: number): string[][] {
  if (size === 0) return [[]]
  return of.flatMap((one, at) => subsets(of.slice(at + 1), size - 1).map((rest) => [one, ...rest]))
}
