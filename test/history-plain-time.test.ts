// The plainest model of a show: what it makes of time and of limits.
import { describe, it } from 'vitest'
import { judged, type Turn } from './support/judged-turns.ts'
import { best, book, booked, extend, extended, gone, held, hold, refused, release } from './support/told-history.ts'

const ANN: Turn = ['ann', hold('A1 A2'), held('1', 'A1 A2')]

describe('the plainest model, time and limits', () => {
  it('LIN-3: limits that are known are kept, and are the reason where one is told of', () => {
    const rules = { seatsPerHoldMax: 3, seatsPerUserMax: 4, holdsPerUserMax: 2, extensionsMax: 1 }
    judged(
      [ANN],
      [
        [['ann', hold('B1'), refused('limit_exceeded')], false],
        [['ann', hold('B1 B2 B3'), refused('limit_exceeded')], true],
        [['ann', hold('B1 B2 B3'), held('2', 'B1 B2 B3')], false],
        [['ann', hold('A1 B2 B3'), gone('A1')], false],
        [['bob', hold('B1 B2 B3 B4'), held('2', 'B1 B2 B3 B4')], false],
        [['ann', extend('1'), refused('limit_exceeded')], false],
        [['ann', extend('1'), extended('1', 2_000)], true]
      ],
      rules
    )
    judged(
      [ANN, ['ann', hold('B1'), held('2', 'B1')]],
      [
        [['ann', hold('B2'), held('3', 'B2')], false],
        [['ann', hold('B2'), refused('limit_exceeded')], true],
        [['ann', hold('B2'), held('3', 'B2', 5_000), 1_000], true]
      ],
      rules
    )
    judged(
      [ANN, ['ann', extend('1'), extended('1', 2_000)]],
      [
        [['ann', extend('1'), extended('1', 3_000)], false],
        [['ann', extend('1'), refused('limit_exceeded')], true]
      ],
      rules
    )
    // Of two holds and three seats, one seat is booked: one hold and three seats are left.
    judged(
      [ANN, ['ann', hold('B1'), held('2', 'B1')], ['ann', book('1'), booked(1, 'A1 A2')]],
      [
        [['ann', hold('B2'), held('3', 'B2')], true],
        [['ann', hold('B2 B3'), held('3', 'B2 B3')], false]
      ],
      rules
    )
  })

  it('LIN-3: there are too few seats for the best only where there are too few', () => {
    const rules = { seats: new Set(['A1', 'A2', 'A3', 'A4']), bestOfAll: true }
    judged(
      [ANN],
      [
        [['bob', best(3), gone()], true],
        [['bob', best(2), gone()], false]
      ],
      rules
    )
    judged([ANN], [[['bob', best(2), gone()], true]])
  })

  it('LIN-4: a hold is over at its end and not before', () => {
    judged(
      [ANN],
      [
        [['bob', hold('A1'), held('2', 'A1', 2_000), 999], false],
        [['bob', hold('A1'), held('2', 'A1', 2_000), 1_000], true],
        [['bob', release('1'), refused('hold_expired'), 999], false],
        [['bob', release('1'), refused('hold_expired'), 1_000], true],
        [['bob', hold('A1 A2'), gone('A1'), 1_000], false],
        [['ann', extend('1'), extended('1', 900), 500], false]
      ]
    )
    judged([], [[['ann', hold('A1'), held('1', 'A1', 0)], false]])
  })

  it('LIN-4: what proves one hold over proves the time for all, and time does not go back', () => {
    const proof: Turn = ['cid', hold('A1'), held('3', 'A1', 9_000), 1_500]
    judged(
      [ANN, ['bob', hold('B1'), held('2', 'B1', 1_000)], proof],
      [
        [['bob', book('2'), booked(1, 'B1'), 1_500], false],
        [['bob', book('2'), refused('hold_expired'), 1_500], true],
        [['cid', hold('B1'), gone('B1'), 1_500], false],
        [['cid', hold('C1'), held('4', 'C1', 9_000), 999], false],
        [['cid', hold('C1'), held('4', 'C1', 9_000), 1_000], true]
      ]
    )
    judged(
      [ANN, ['bob', hold('B1'), held('2', 'B1', 1_001)], proof],
      [[['bob', book('2'), booked(1, 'B1'), 1_500], true]]
    )
  })

  it('LIN-4: where all holds last equally long, their ends tell the time', () => {
    judged(
      [ANN],
      [
        [['bob', hold('B1'), held('2', 'B1', 1_999), 2_000], true],
        [['bob', hold('B1'), held('2', 'B1', 999), 2_000], false],
        [['bob', hold('B1'), held('2', 'B1', 3_001), 2_000], false],
        [['bob', hold('A1'), held('2', 'A1', 1_999), 2_000], false],
        [['bob', hold('A1'), held('2', 'A1', 2_000), 2_000], true]
      ],
      { holdMs: 1_000 }
    )
    judged(
      [ANN, ['ann', extend('1'), extended('1', 1_700), 2_000]],
      [
        [['bob', hold('B1'), held('2', 'B1', 1_699), 2_000], false],
        [['bob', hold('B1'), held('2', 'B1', 1_700), 2_000], true]
      ],
      { holdMs: 1_000 }
    )
    judged(
      [ANN, ['bob', hold('B1'), held('2', 'B1', 2_000), 2_000]],
      [[['ann', book('1'), booked(1, 'A1 A2'), 2_000], false]],
      { holdMs: 1_000 }
    )
  })
})
