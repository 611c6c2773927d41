// Histories written by hand: what can have happened in some order, and what in none.
import { describe, expect, it } from 'vitest'
import { type LinearizeOptions, linearize } from './history/linearize.ts'
import type { Operation } from './history/operation.ts'
import {
  best,
  book,
  booked,
  cancel,
  cancelled,
  extend,
  extended,
  gone,
  held,
  hold,
  refused,
  release,
  released,
  said,
  unheard
} from './support/told-history.ts'

function can(history: readonly Operation[], options: LinearizeOptions = {}): boolean {
  return linearize(history, options).ok
}

describe('answers that overlap', () => {
  it('LIN-5: may have been given in any order, those that do not in their own', () => {
    const ann = (span: [number, number]) => said('ann', span, hold('A1'), held('1', 'A1'))
    const bob = (span: [number, number]) => said('bob', span, hold('A1'), gone('A1'))
    expect(can([ann([1, 4]), bob([2, 3])])).toBe(true)
    expect(can([bob([1, 4]), ann([2, 3])])).toBe(true)
    expect(can([ann([1, 2]), bob([3, 4])])).toBe(true)
    expect(can([bob([1, 2]), ann([3, 4])])).toBe(false)
  })

  it('LIN-5: a seat that was refused as it was being freed was not free yet', () => {
    const start = said('ann', [1, 2], hold('A1 A2'), held('1', 'A1 A2'))
    const freed = said('ann', [3, 8], release('1'), released)
    const late = said('bob', [4, 7], hold('A1'), gone('A1'))
    const early = said('cid', [5, 6], hold('A2'), held('2', 'A2'))
    expect(can([start, freed, late, early])).toBe(true)
    expect(can([start, freed, { ...late, invokedAt: 6.5 }, early])).toBe(false)
  })

  it('LIN-5: what a refusal names was gone at one moment, all of it and nothing else', () => {
    const both = [said('ann', [1, 20], hold('A1'), held('1', 'A1')), said('bob', [2, 21], hold('A2'), held('2', 'A2'))]
    const one = said('cid', [3, 22], hold('A1 A2'), gone('A1'))
    const other = said('dan', [4, 23], hold('A1 A2'), gone('A2'))
    expect(can([...both, one])).toBe(true)
    expect(can([...both, other])).toBe(true)
    expect(can([...both, one, other])).toBe(false)
  })

  it('LIN-5: shows have nothing to do with each other', () => {
    const one = said('ann', [1, 2], hold('A1'), held('1', 'A1'))
    expect(can([one, { ...one, show: 'lear', invokedAt: 3, returnedAt: 4 }])).toBe(true)
    expect(can([one, { ...one, invokedAt: 3, returnedAt: 4 }])).toBe(false)
    expect(can([])).toBe(true)
  })
})

describe('what must never happen', () => {
  const ann = said('ann', [1, 2], hold('A1 A2'), held('1', 'A1 A2'))
  const sold = said('ann', [3, 4], book('1'), booked(1, 'A1 A2'))

  it('LIN-8: a seat that is sold twice', () => {
    expect(can([ann, sold, said('bob', [5, 6], hold('A2'), held('2', 'A2'))])).toBe(false)
    expect(can([ann, said('bob', [1.5, 6], hold('A2'), held('2', 'A2')), sold])).toBe(false)
  })

  it('LIN-8: a booking that is lost', () => {
    expect(can([ann, sold, said('ann', [5, 6], cancel(1), refused('not_found'))])).toBe(false)
    expect(can([ann, sold, said('ann', [5, 6], book('1'), booked(2, 'A1 A2'))])).toBe(false)
    expect(can([ann, sold, said('ann', [5, 6], cancel(1, 'A1'), gone('A1'))])).toBe(false)
  })

  it('LIN-8: a refusal of what is free since long', () => {
    const freed = said('ann', [3, 4], release('1'), released)
    expect(can([ann, freed, said('bob', [5, 6], hold('A1'), gone('A1'))])).toBe(false)
    expect(can([ann, freed, said('bob', [3.5, 6], hold('A1'), gone('A1'))])).toBe(true)
  })

  it('LIN-8: an effect of what was refused', () => {
    const refusal = said('bob', [3, 4], hold('A2 A3'), gone('A2'))
    expect(can([ann, refusal, said('cid', [5, 6], hold('A3'), gone('A3'))])).toBe(false)
    expect(can([ann, refusal, said('cid', [5, 6], hold('A3'), held('2', 'A3'))])).toBe(true)
  })

  it('LIN-8: a hold that is used after its end, or is over before it', () => {
    const taken = said('bob', [5, 6], hold('A1'), held('2', 'A1', 9_000), 1_000)
    expect(can([ann, taken, said('ann', [7, 8], book('1'), booked(1, 'A1 A2'), 1_001)])).toBe(false)
    expect(can([ann, taken, said('ann', [5.5, 8], book('1'), booked(1, 'A1 A2'), 1_001)])).toBe(false)
    expect(can([ann, taken])).toBe(true)
    expect(can([ann, { ...taken, clockMs: 999 }])).toBe(false)
    expect(can([ann, said('bob', [5, 6], release('1'), refused('hold_expired'), 999)])).toBe(false)
  })

  it('LIN-8: a hold that ends at another time than it was told', () => {
    const longer = said('ann', [3, 4], extend('1'), extended('1', 2_000))
    expect(can([ann, longer, said('bob', [5, 6], hold('A1'), held('2', 'A1', 9_000), 1_500)])).toBe(false)
    expect(can([ann, longer, said('bob', [5, 6], hold('A1'), held('2', 'A1', 9_000), 2_000)])).toBe(true)
  })

  it('LIN-8: an answer that came before what it tells of', () => {
    expect(can([said('bob', [0, 0.5], hold('A1'), gone('A1')), ann])).toBe(false)
    expect(can([said('ann', [0, 0.5], book('1'), booked(1, 'A1 A2')), ann])).toBe(false)
    expect(can([said('ann', [0, 1.5], book('1'), booked(1, 'A1 A2')), ann])).toBe(true)
  })

  it('LIN-8: an order that goes round in a circle', () => {
    // Each saw the other's seat free after its own was taken.
    const history = [
      said('ann', [1, 10], hold('A1'), held('1', 'A1')),
      said('bob', [2, 11], hold('B1'), held('2', 'B1')),
      said('cid', [3, 12], hold('A1 B1'), gone('A1')),
      said('dan', [13, 14], hold('B1 C1'), gone('B1'))
    ]
    expect(can(history)).toBe(true)
    expect(can([...history, said('eve', [3.5, 12.5], hold('A1 B1'), gone('B1'))])).toBe(false)
  })
})

describe('what nobody heard of', () => {
  const ann = said('ann', [3, 4], hold('A1'), gone('A1'))

  it('LIN-6: was done at any time after it was asked, or never', () => {
    const lost = unheard('bob', 1, hold('A1 A2'))
    expect(can([lost, ann])).toBe(true)
    expect(can([lost, said('ann', [3, 4], hold('A1'), held('1', 'A1'))])).toBe(true)
    expect(can([said('ann', [3, 4], hold('A1'), held('1', 'A1')), lost, ann])).toBe(true)
    expect(can([unheard('bob', 5, hold('A1 A2')), ann])).toBe(false)
    expect(can([unheard('bob', 1, hold('A3 A2')), ann])).toBe(false)
    expect(
      can([said('cid', [2, 2.5], hold('A1'), held('1', 'A1')), said('cid', [2.6, 2.7], release('1'), released), ann])
    ).toBe(false)
  })

  it('LIN-6: was done once and as a whole', () => {
    const lost = unheard('bob', 1, hold('A1 A2'))
    const taken = said('cid', [1.5, 2], hold('A2'), held('1', 'A2', 9_000))
    // It took A1 after A2 was taken: it would have been refused.
    expect(can([taken, { ...lost, invokedAt: 2.5 }, ann])).toBe(false)
    const twice = [
      said('dan', [1, 2], hold('A1'), held('1', 'A1')),
      unheard('dan', 3, book('1')),
      said('dan', [4, 5], release('1'), refused('hold_expired')),
      said('eve', [6, 7], hold('A1'), gone('A1'))
    ]
    expect(can(twice)).toBe(true)
    expect(can([...twice, said('eve', [8, 9], hold('A1'), held('2', 'A1'))])).toBe(false)
  })

  it('LIN-6: may turn out to be what a later answer speaks of by its name', () => {
    const lost = [unheard('bob', 1, hold('A1 A2')), unheard('cid', 1.5, hold('A1 A3'))]
    expect(can([...lost, said('bob', [3, 4], book('7'), booked(1, 'A1 A2'))])).toBe(true)
    expect(can([...lost, said('bob', [3, 4], book('7'), booked(1, 'A1 A3'))])).toBe(false)
    expect(can([...lost, said('cid', [3, 4], release('7'), refused('forbidden')), ann])).toBe(true)
    expect(can([...lost, said('dan', [3, 4], release('7'), refused('not_found'))])).toBe(true)
    const made = said('ann', [1, 2], hold('A1'), held('1', 'A1'))
    const booking = [made, unheard('ann', 3, book('1')), said('ann', [5, 6], cancel(4), cancelled('A1'))]
    expect(can(booking)).toBe(true)
    expect(can([made, said('ann', [5, 6], cancel(4), cancelled('A1'))])).toBe(false)
  })

  it('LIN-6: may have had any seats, where it asked for the best', () => {
    const lost = unheard('bob', 1, best(2))
    const seen = (span: [number, number], seats: string) => said('ann', span, hold(seats), gone(seats))
    expect(can([lost, seen([3, 4], 'A1'), seen([5, 6], 'B7')])).toBe(true)
    expect(can([lost, seen([3, 4], 'A1'), seen([5, 6], 'B7'), seen([7, 8], 'C1')])).toBe(false)
    expect(can([lost, seen([3, 4], 'A1'), said('bob', [5, 6], book('1'), booked(1, 'A1 A2'))])).toBe(true)
    expect(can([lost, seen([3, 4], 'A1'), said('bob', [5, 6], book('1'), booked(1, 'A3 A2'))])).toBe(false)
  })

  it('LIN-6: may have been a booking just before the end of its hold, found out long after', () => {
    const history = [
      said('ann', [1, 2], hold('A1'), held('1', 'A1')),
      unheard('ann', 3, book('1')),
      said('bob', [4, 5], hold('B1'), held('2', 'B1', 1_500)),
      said('cid', [6, 7], hold('B1'), held('3', 'B1', 9_000), 1_500)
    ]
    expect(can([...history, said('dan', [8, 9], hold('A1'), gone('A1'), 1_500)])).toBe(true)
    expect(can([...history, said('dan', [8, 9], hold('A1'), held('4', 'A1', 9_000), 1_500)])).toBe(true)
    const late = history.map((operation) => (operation.told === null ? { ...operation, invokedAt: 7.5 } : operation))
    expect(can([...late, said('dan', [8, 9], hold('A1'), gone('A1'), 1_500)])).toBe(false)
  })
})

describe('the answer of the checker', () => {
  it('LIN-10: says where it stood, and what could not be next, for people', () => {
    const found = linearize([
      said('ann', [1, 2], hold('A1'), held('1', 'A1')),
      said('ann', [3, 4], book('1'), booked(1, 'A1')),
      said('bob', [5, 6], hold('A1 A2'), held('2', 'A1 A2')),
      said('cid', [7, 8], hold('C1'), held('3', 'C1'))
    ])
    expect(found.ok).toBe(false)
    if (found.ok) return
    expect(found.show).toBe('hamlet')
    expect(found.stuck.map(({ user }) => user)).toEqual(['bob'])
    expect(found.explained.split('\n')).toEqual([
      'Show hamlet: there is no order that explains all answers.',
      '2 of 4 operations could be put in order. The last of them that matter here:',
      '  ann hold A1 1 [1, 2] → held 1 A1 1000',
      '  ann book 1 [3, 4] → booked hamlet.1 A1',
      'Then it is so:',
      '  seat A1: booking hamlet.1 of ann: A1',
      '  seat A2: free',
      '  hold 2: never was',
      '  It is 0 or later.',
      'None of these can be next, and one must be:',
      '  bob hold A1 A2 2 [5, 6] → held 2 A1 A2 1000: A1 is taken by booking hamlet.1'
    ])
  })

  it('LIN-9: is not a yes where the bound does not suffice to tell', () => {
    const history = [
      said('ann', [1, 20], hold('A1'), held('1', 'A1')),
      said('bob', [2, 21], hold('A2'), held('2', 'A2'))
    ]
    const found = linearize(history, { stepsMax: 1 })
    expect(found.ok).toBe(false)
    expect(!found.ok && found.explained).toContain('undecided after 1 places')
    expect(can(history, { stepsMax: 10 })).toBe(true)
  })
})
