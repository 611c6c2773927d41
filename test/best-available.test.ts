// Best available, held against a search that tries everything.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BestQuery, bestAvailable } from '../core/choice/best-available.ts'
import type { Plan } from '../core/plan/plan.ts'
import { demoArena } from '../gateway/demo/demo-plans.ts'
import { plainBest } from './support/plain-best.ts'
import { arbitraryHouse, arbitraryStatuses, houseOf, planFrom, statusesOf } from './support/small-plan.ts'

const FOUR: BestQuery = { count: 4, category: -1, zone: -1, accessible: false, orphans: 'off' }

const arbitraryQuery: fc.Arbitrary<BestQuery> = fc.record({
  count: fc.integer({ min: 1, max: 5 }),
  category: fc.constantFrom(-1, -1, -1, 0, 1),
  zone: fc.constantFrom(-1, -1, -1, 0, 1),
  accessible: fc.constantFrom(false, false, true),
  orphans: fc.constantFrom('off', 'lenient', 'strict')
})

/** A house, its statuses and a query. */
const arbitraryQuestion = arbitraryHouse.chain((plan) =>
  fc.tuple(fc.constant(plan), arbitraryStatuses(plan.seatCount), arbitraryQuery)
)

function best(plan: Plan, picture: string, query: Partial<BestQuery> = {}): string[] | null {
  const statuses = picture === '' ? new Uint8Array(plan.seatCount) : statusesOf(picture)
  return bestAvailable(plan, statuses, { ...FOUR, ...query })?.map((seat) => plan.ids[seat]!) ?? null
}

describe('best available', () => {
  it('BEST-1: gives neighbours, front and centre first', () => {
    const plan = houseOf('AAAAAAAA\nAAAAAAAA')
    expect(best(plan, '')).toEqual(['1-1-3', '1-1-4', '1-1-5', '1-1-6'])
    expect(best(plan, '..xxxx.. ........')).toEqual(['1-2-3', '1-2-4', '1-2-5', '1-2-6'])
  })

  it('BEST-1: no block reaches over an aisle', () => {
    expect(best(houseOf('AAA AAA\nAAAA'), '')).toEqual(['1-2-1', '1-2-2', '1-2-3', '1-2-4'])
  })

  it('BEST-2: under a rule, a block that leaves no orphan comes first wherever it is', () => {
    const plan = houseOf('AAAAAAA\nAAAAAAA\nAAAAAAA')
    const picture = 'x.....x x.....x ....xxx'
    expect(best(plan, picture, { orphans: 'lenient' })).toEqual(['1-3-1', '1-3-2', '1-3-3', '1-3-4'])
    expect(best(plan, picture)?.[0]).toMatch(/^1-1-/)
  })

  it('BEST-2: with the rule off, it comes first among seats about equally good', () => {
    const plan = houseOf(Array(10).fill('A'.repeat(20)).join('\n'))
    const front = (row: string) => `${row}${'.'.repeat(180)}`
    // Six free seats: the middle three of them would leave two behind.
    expect(best(plan, front('xxxxxxx......xxxxxxx'), { count: 3 })).toEqual(['1-1-8', '1-1-9', '1-1-10'])
    // Four free seats: three of them leave one, but the others are far behind.
    const picture = `xxxxxxxx....xxxxxxxx${'x'.repeat(160)}${'.'.repeat(20)}`
    expect(best(plan, picture, { count: 3 })).toEqual(['1-1-9', '1-1-10', '1-1-11'])
    expect(best(plan, picture, { count: 3, orphans: 'lenient' })?.[0]).toMatch(/^1-10-/)
  })

  it('BEST-3: splits into two blocks near each other, nobody alone if it can be helped', () => {
    const plan = houseOf('AAAAAA\nAAAAAA\nAAAAAA')
    expect(best(plan, '...xxx .xxxxx ..x.xx')).toEqual(['1-1-2', '1-1-3', '1-3-1', '1-3-2'])
    expect(best(plan, '...xxx .xxxxx xxxxxx')).toEqual(['1-1-1', '1-1-2', '1-1-3', '1-2-1'])
  })

  it('BEST-4: gives the closest seats there are when nothing else is left', () => {
    const plan = houseOf('AAAAAA\nAAAAAA\nAAAAAA\nAAAAAA')
    expect(best(plan, '.xxxxx xxxxx. xxxx.x xxx.x.')).toEqual(['1-2-6', '1-3-5', '1-4-4', '1-4-6'])
  })

  it('BEST-5: gives accessible seats last to who did not ask', () => {
    const plan = houseOf('WWWWWW\nAAAAAA')
    expect(best(plan, '')).toEqual(['1-2-2', '1-2-3', '1-2-4', '1-2-5'])
    expect(best(plan, '...... .xx.xx', { count: 2 })).toEqual(['1-2-1', '1-2-4'])
    expect(best(plan, '...... .xx.xx', { count: 3 })).toEqual(['1-1-4', '1-2-1', '1-2-4'])
    expect(best(plan, '...... xxxxxx')).toEqual(['1-1-2', '1-1-3', '1-1-4', '1-1-5'])
  })

  it('BEST-6: who needs an accessible seat gets one, with the others beside it', () => {
    const plan = houseOf('AAAAAAAA\nAAAAAAWA')
    expect(best(plan, '', { accessible: true, count: 3 })).toEqual(['1-2-5', '1-2-6', '1-2-7'])
    expect(best(plan, '........ .....x.x', { accessible: true, count: 2 })).toEqual(['1-1-7', '1-2-7'])
    expect(best(plan, '........ ......x.', { accessible: true, count: 1 })).toBeNull()
  })

  it('BEST-7: keeps to category and zone', () => {
    const plan = houseOf('AAAA\nBBBB\n\nAAAA\nBBBB')
    expect(best(plan, '', { category: 1 })).toEqual(['1-2-1', '1-2-2', '1-2-3', '1-2-4'])
    expect(best(plan, '', { zone: 1 })).toEqual(['2-1-1', '2-1-2', '2-1-3', '2-1-4'])
    expect(best(plan, '', { zone: 1, category: 1 })).toEqual(['2-2-1', '2-2-2', '2-2-3', '2-2-4'])
    expect(best(plan, '', { zone: 1, category: 1, count: 5 })).toBeNull()
  })

  it('BEST-1, BEST-2, BEST-3, BEST-4, BEST-5, BEST-6, BEST-7: is what trying everything finds', () => {
    const steps = new Set<string>()
    fc.assert(
      fc.property(arbitraryQuestion, ([plan, statuses, query]) => {
        const seats = bestAvailable(plan, statuses, query)
        const { step, choices } = plainBest(plan, statuses, query)
        steps.add(step)
        if (step === 'none') expect(seats).toBeNull()
        else expect(choices).toContainEqual(seats)
      }),
      { numRuns: 3_000 }
    )
    expect([...steps].sort()).toEqual(['group', 'last', 'neighbours', 'none', 'pair'])
  })

  it('BEST-8: sells a whole arena, always the number asked for, each seat once', () => {
    const plan = planFrom(demoArena())
    const statuses = new Uint8Array(plan.seatCount)
    let left = plan.seatCount
    for (let call = 0; left > 0; call++) {
      const count = 1 + (call % 5)
      const seats = bestAvailable(plan, statuses, { ...FOUR, count, accessible: call % 40 === 0 })
      if (seats === null) {
        const accessible = plan.accessible.some((seat, at) => seat === 1 && statuses[at] === 0)
        expect(count > left || (call % 40 === 0 && !accessible)).toBe(true)
        if (count > left) break
        continue
      }
      expect(new Set(seats).size).toBe(count)
      for (const seat of seats) {
        expect(statuses[seat]).toBe(0)
        statuses[seat] = 1
      }
      left -= count
    }
    expect(left).toBeLessThan(5)
  })

  it('BEST-8: answers null to a count below one or above the house', () => {
    const plan = houseOf('AAAA')
    for (const count of [0, -1, 5]) expect(best(plan, '', { count })).toBeNull()
  })
})
