// The orphan rule, held against the words of the rule and against every other take there is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newOrphans, orphansBeside, orphansLeft } from '../core/choice/orphans.ts'
import type { Plan } from '../core/plan/plan.ts'
import { arbitraryHouse, arbitraryStatuses, chainsOf, houseOf, orphansMade, statusesOf } from './support/small-plan.ts'

const RULES = ['lenient', 'strict'] as const

/** A house, its statuses, and a take of free seats. */
const arbitraryTake = arbitraryHouse
  .chain((plan) => fc.tuple(fc.constant(plan), arbitraryStatuses(plan.seatCount)))
  .filter(([, statuses]) => statuses.includes(0))
  .chain(([plan, statuses]) => {
    const free = [...statuses.keys()].filter((seat) => statuses[seat] === 0)
    const take = fc.subarray(free, { minLength: 1, maxLength: Math.min(4, free.length) })
    return fc.tuple(fc.constant(plan), fc.constant(statuses), take)
  })

/** The fewest orphans that a take of as many seats from the same segments makes: all of them are tried. */
function fewest(plan: Plan, statuses: Uint8Array, seats: readonly number[], rule: 'lenient' | 'strict'): number {
  const usesAccessible = seats.some((seat) => plan.accessible[seat] === 1)
  const candidates = chainsOf(plan)
    .filter((chain) => chain.some((seat) => seats.includes(seat)))
    .flat()
    .filter((seat) => statuses[seat] === 0 && (usesAccessible || plan.accessible[seat] === 0))
  let least = Number.POSITIVE_INFINITY
  for (const take of subsets(candidates, seats.length)) {
    least = Math.min(least, orphansMade(plan, statuses, take, rule).length)
    if (least === 0) break
  }
  return least
}

function* subsets(items: readonly number[], size: number): Generator<number[]> {
  if (size === 0) yield []
  else {
    for (let at = 0; at + size <= items.length; at++) {
      for (const rest of subsets(items.slice(at + 1), size - 1)) yield [items[at]!, ...rest]
    }
  }
}

describe('the orphan rule', () => {
  it('ORPHAN-1: allows everything when it is off', () => {
    const plan = houseOf('AAAAAA')
    expect(orphansLeft(plan, new Uint8Array(6), [1, 3, 5], 'off')).toEqual([])
  })

  it('ORPHAN-2: lenient counts a seat between two taken ones, not one at the end of a row or at an aisle', () => {
    const plan = houseOf('AAAA AAAA')
    expect(orphansLeft(plan, statusesOf('........'), [0, 2], 'lenient')).toEqual([1])
    expect(orphansLeft(plan, statusesOf('........'), [1, 2], 'lenient')).toEqual([])
    expect(orphansLeft(plan, statusesOf('........'), [5, 6], 'lenient')).toEqual([])
  })

  it('ORPHAN-3: strict counts a seat beside a wall or an aisle too', () => {
    const plan = houseOf('AAAA AAAA')
    expect(orphansLeft(plan, statusesOf('........'), [1, 2], 'strict')).toEqual([0, 3])
    expect(orphansLeft(plan, statusesOf('........'), [5, 6], 'strict')).toEqual([4, 7])
    expect(orphansLeft(plan, statusesOf('........'), [0, 1], 'strict')).toEqual([])
  })

  it('ORPHAN-4: judges a take as a whole: the same seats one after another may be forbidden', () => {
    const plan = houseOf('AAAAA')
    const statuses = statusesOf('.....')
    expect(orphansLeft(plan, statuses, [1], 'strict')).toEqual([0])
    expect(orphansLeft(plan, statuses, [0, 1, 2], 'strict')).toEqual([])
  })

  it('ORPHAN-4: a seat that was alone before is nobody’s fault', () => {
    const plan = houseOf('AAAAAAA')
    expect(orphansLeft(plan, statusesOf('x.x....'), [3, 4], 'strict')).toEqual([])
  })

  it('ORPHAN-5: allows what cannot be done better', () => {
    // Of three in a row, two must leave one behind; of four they need not.
    expect(orphansLeft(houseOf('AAAAA'), statusesOf('x...x'), [1, 2], 'strict')).toEqual([])
    expect(orphansLeft(houseOf('AAAAAA'), statusesOf('x....x'), [2, 3], 'strict')).toEqual([1, 4])
  })

  it('ORPHAN-6: an accessible seat that waits alone is no orphan', () => {
    const plan = houseOf('AAWAAA')
    expect(orphansLeft(plan, new Uint8Array(6), [0, 1, 3, 4], 'lenient')).toEqual([])
    expect(orphansLeft(plan, statusesOf('xx....'), [3, 4, 5], 'strict')).toEqual([])
  })

  it('ORPHAN-6: nobody is sent to an accessible seat to avoid an orphan', () => {
    const plan = houseOf('WAAAA')
    // One of the pair must be left, unless the accessible seat at the other end is taken instead.
    expect(orphansLeft(plan, statusesOf('.x..x'), [2], 'strict')).toEqual([])
    expect(orphansLeft(houseOf('AAAAA'), statusesOf('.x..x'), [2], 'strict')).toEqual([3])
  })

  it('ORPHAN-7: held, booked and blocked seats are all taken', () => {
    const plan = houseOf('AAAAAAA')
    for (const status of [1, 2, 3]) {
      const statuses = Uint8Array.from([0, 0, 0, 0, status, 0, 0])
      expect(orphansLeft(plan, statuses, [1, 2], 'lenient')).toEqual([3])
    }
  })

  it('ORPHAN-2, ORPHAN-3, ORPHAN-4: finds just the orphans that are there after and were not before', () => {
    fc.assert(
      fc.property(arbitraryTake, fc.constantFrom('off', ...RULES), ([plan, statuses, take], rule) => {
        const found = newOrphans(plan, statuses, take, rule)
        expect(found.toSorted((a, b) => a - b)).toEqual(orphansMade(plan, statuses, take, rule))
      }),
      { numRuns: 1_000 }
    )
  })

  it('ORPHAN-5, ORPHAN-6: forbids a take only if one of all other takes of its size leaves fewer', () => {
    fc.assert(
      fc.property(arbitraryTake, fc.constantFrom(...RULES), ([plan, statuses, take], rule) => {
        const made = orphansMade(plan, statuses, take, rule)
        const forbidden = made.length > fewest(plan, statuses, take, rule)
        const left = orphansLeft(plan, statuses, take, rule)
        expect(left.toSorted((a, b) => a - b)).toEqual(forbidden ? made : [])
      }),
      { numRuns: 1_000 }
    )
  })

  it('ORPHAN-4: neighbours taken together are judged the same by looking only beside them', () => {
    fc.assert(
      fc.property(arbitraryTake, fc.constantFrom('off', ...RULES), ([plan, statuses, [first]], rule) => {
        let last = first!
        while (plan.right[last]! >= 0 && statuses[plan.right[last]!] === 0 && last - first! < 3) last++
        const take = Array.from({ length: last - first! + 1 }, (_, at) => first! + at)
        expect(orphansBeside(plan, statuses, first!, last, rule)).toBe(newOrphans(plan, statuses, take, rule).length)
      }),
      { numRuns: 500 }
    )
  })
})
