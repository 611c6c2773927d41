// Orphans and best available where everything can be tried: every row of up to eight seats, in every state it can be in,
// under every take there is.
import { describe, expect, it } from 'vitest'
import { bestAvailable } from '../core/choice/best-available.ts'
import { orphansLeft } from '../core/choice/orphans.ts'
import type { Plan } from '../core/plan/plan.ts'
import { plainBest } from './support/plain-best.ts'
import { houseOf, orphansMade } from './support/small-plan.ts'

const SEATS_MAX = 8
const RULES = ['lenient', 'strict'] as const
type Rule = (typeof RULES)[number]

/** A row, and in brackets one with an aisle, a place for wheelchairs at its end and one in its middle. */
function rowsOf(seats: number): Plan[] {
  const row = 'A'.repeat(seats)
  if (seats < 3 || seats === SEATS_MAX) return [houseOf(row)]
  const half = seats >> 1
  return [row, `${row.slice(half)} ${row.slice(seats - half)}`, `${row.slice(1)}W`, `${row.slice(2)}WA`].map(houseOf)
}

/** The seats whose bits are set. */
function seatsIn(bits: number): number[] {
  return Array.from({ length: 32 - Math.clz32(bits) }, (_, seat) => seat).filter((seat) => (bits >> seat) & 1)
}

/** Sets of free seats, as bits: all takes there are. */
function* takesOf(free: number): Generator<number> {
  for (let take = free; take > 0; take = (take - 1) & free) yield take
}

/** The rule by its words: forbidden is what makes more orphans than another take of as many from its segments would. */
function judge(plan: Plan, taken: number, rule: Rule): Map<number, readonly number[]> {
  const statuses = Uint8Array.from({ length: plan.seatCount }, (_, seat) => (taken >> seat) & 1)
  const free = ((1 << plan.seatCount) - 1) & ~taken
  const takes = [...takesOf(free)].map((take) => {
    const seats = seatsIn(take)
    const accessible = seats.some((seat) => plan.accessible[seat] === 1)
    const touched = segmentsOf(plan, seats)
    return { take, seats, accessible, touched, orphans: orphansMade(plan, statuses, seats, rule) }
  })
  return new Map(
    takes.map(({ take, seats, accessible, touched, orphans }) => {
      const others = takes.filter(
        (other) =>
          other.seats.length === seats.length && (other.touched & ~touched) === 0 && (accessible || !other.accessible)
      )
      const fewest = Math.min(...others.map((other) => other.orphans.length))
      return [take, orphans.length > fewest ? orphans : []]
    })
  )
}

/** The segments that seats stand in, each a bit: that of its first seat. */
function segmentsOf(plan: Plan, seats: readonly number[]): number {
  let bits = 0
  for (let seat of seats) {
    while (plan.left[seat]! >= 0) seat = plan.left[seat]!
    bits |= 1 << seat
  }
  return bits
}

describe('every row of up to eight seats', () => {
  it.each(RULES)(
    'ORPHAN-2, ORPHAN-3, ORPHAN-4, ORPHAN-5, ORPHAN-6: every take is judged by the words of the rule, when it is %s',
    (rule) => {
      let judged = 0
      for (let seats = 1; seats <= SEATS_MAX; seats++) {
        for (const plan of rowsOf(seats)) {
          for (let taken = 0; taken < 1 << seats; taken++) {
            const statuses = Uint8Array.from({ length: seats }, (_, seat) => ((taken >> seat) & 1) * (1 + (seat % 3)))
            for (const [take, orphans] of judge(plan, taken, rule)) {
              const left = orphansLeft(plan, statuses, seatsIn(take), rule).sort((a, b) => a - b)
              judged++
              if (left.join() !== orphans.join()) {
                expect({ left }, `${plan.ids} taken ${seatsIn(taken)} take ${seatsIn(take)}`).toEqual({ left: orphans })
              }
            }
          }
        }
      }
      expect(judged).toBeGreaterThan(15_000)
    }
  )

  it('BEST-1, BEST-2, BEST-3, BEST-4, BEST-5, BEST-6, BEST-8: the best is what trying everything finds', () => {
    const steps = new Map<string, number>()
    const queries = (['off', ...RULES] as const).flatMap((orphans) =>
      [1, 2, 3, 4].flatMap((count) => [false, true].map((accessible) => ({ count, orphans, accessible })))
    )
    for (let seats = 1; seats < SEATS_MAX; seats++) {
      for (const plan of rowsOf(seats)) {
        for (let taken = 0; taken < 1 << seats; taken++) {
          const statuses = Uint8Array.from({ length: seats }, (_, seat) => (taken >> seat) & 1)
          for (const query of queries) {
            if (query.accessible && !plan.accessible.includes(1)) continue
            const asked = { ...query, category: -1, zone: -1 }
            const best = bestAvailable(plan, statuses, asked)
            const { step, choices } = plainBest(plan, statuses, asked)
            steps.set(step, (steps.get(step) ?? 0) + 1)
            const isRight = best === null ? step === 'none' : choices.some((seats) => seats.join() === best.join())
            if (!isRight) expect(choices, `${plan.ids} ${statuses} ${JSON.stringify(query)}`).toContainEqual(best)
          }
        }
      }
    }
    expect([...steps.keys()].sort()).toEqual(['group', 'last', 'neighbours', 'none', 'pair'])
  })
})
