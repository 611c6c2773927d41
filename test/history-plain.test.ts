// The plainest model of a show, answer by answer: which are right, and in what state they leave it.
import { describe, expect, it } from 'vitest'
import { judge } from './history/plain-seats.ts'
import { apply, emptyShow } from './history/plain-show.ts'
import { judged, type Turn } from './support/judged-turns.ts'
import {
  best,
  block,
  blocked,
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
  unblock,
  unblocked
} from './support/told-history.ts'

const ANN: Turn = ['ann', hold('A1 A2'), held('1', 'A1 A2')]
const ANN_BOOKED: Turn[] = [ANN, ['ann', book('1'), booked(1, 'A1 A2')]]

describe('the plainest model', () => {
  it('LIN-2: a seat is held again only after it was freed', () => {
    const again: Turn = ['bob', hold('A2'), held('2', 'A2')]
    judged([ANN], [[again, false]])
    judged([ANN, ['ann', release('1'), released]], [[again, true]])
    judged(ANN_BOOKED, [[again, false]])
    judged([...ANN_BOOKED, ['ann', cancel(1, 'A2'), cancelled('A2')]], [[again, true]])
    judged([...ANN_BOOKED, ['ann', cancel(1, 'A1'), cancelled('A1')]], [[again, false]])
    judged([ANN, ['ann', book('1', 'A1'), booked(1, 'A1')]], [[again, true]])
    judged([['admin', block('A2'), blocked]], [[again, false]])
    judged(
      [
        ['admin', block('A2'), blocked],
        ['admin', unblock('A2'), unblocked]
      ],
      [[again, true]]
    )
  })

  it('LIN-2: an answer has the seats that were asked for', () => {
    judged([], [[['ann', hold('A1 A2'), held('1', 'A2 A1')], true]])
    judged([], [[['ann', hold('A1 A2'), held('1', 'A1 A3')], false]])
    judged([], [[['ann', hold('A1 A2'), held('1', 'A1')], false]])
    judged([], [[['ann', best(2), held('1', 'B1 B7')], true]])
    judged([], [[['ann', best(2), held('1', 'B1')], false]])
    judged([], [[['ann', best(2), held('1', 'B1 B1')], false]])
    judged([], [[['ann', hold('A1'), released], false]])
    judged([], [[['ann', hold('A9'), held('1', 'A9')], false]], { seats: new Set(['A1']) })
    judged([ANN], [[['ann', book('1'), booked(1, 'A1')], false]])
    judged([ANN], [[['ann', book('1', 'A1'), booked(1, 'A1 A2')], false]])
    judged(ANN_BOOKED, [[['ann', cancel(1), cancelled('A1')], false]])
    judged(ANN_BOOKED, [[['ann', cancel(1, 'A3'), cancelled('A3')], false]])
    judged(ANN_BOOKED, [[['cid', hold('A3'), held('1', 'A3')], false]])
    judged([...ANN_BOOKED, ['bob', hold('B1'), held('2', 'B1')]], [[['bob', book('2'), booked(1, 'B1')], false]])
  })

  it('LIN-2: what is whose is for its holder or an admin to deal with', () => {
    for (const [user, right] of [
      ['ann', true],
      ['bob', false],
      ['admin', true]
    ] as const) {
      judged(
        [ANN],
        [
          [[user, extend('1'), extended('1', 2_000)], right],
          [[user, release('1'), released], right],
          [[user, book('1'), booked(1, 'A1 A2')], right],
          [[user, release('1'), refused('forbidden')], !right]
        ]
      )
      judged(ANN_BOOKED, [
        [[user, cancel(1), cancelled('A1 A2')], right],
        [[user, cancel(1), refused('forbidden')], !right]
      ])
    }
    judged(
      [],
      [
        [['ann', block('A1'), blocked], false],
        [['ann', block('A1'), refused('forbidden')], true],
        [['admin', block('A1'), refused('forbidden')], false]
      ]
    )
  })

  it('LIN-3: a refusal names exactly the seats that are in the way', () => {
    judged(
      [ANN],
      [
        [['bob', hold('A2 A3'), gone('A2')], true],
        [['bob', hold('A2 A3'), gone('A2 A3')], false],
        [['bob', hold('A1 A2'), gone('A2')], false],
        [['bob', hold('A2 A3'), gone()], true],
        [['bob', hold('A3'), gone()], false],
        [['bob', hold('A3'), gone('A2')], false],
        [['admin', block('A2 A3'), gone('A2')], true],
        [['admin', block('A2 A3'), gone('A3')], false],
        [['admin', unblock('A2 A3'), gone('A2 A3')], true],
        [['admin', unblock('A2 A3'), gone('A2')], false],
        [['ann', book('1', 'A2 A3'), gone('A3')], true],
        [['ann', book('1', 'A2 A3'), gone('A2')], false],
        [['ann', book('1', 'A2'), gone()], false],
        [['bob', hold('A3'), refused('orphan_seat', 'A4')], true],
        [['bob', hold('A2'), refused('orphan_seat', 'A3')], false]
      ]
    )
    judged(
      [['admin', block('A1'), blocked]],
      [
        [['admin', unblock('A1 A2'), gone('A2')], true],
        [['admin', unblock('A1'), gone('A1')], false],
        [['admin', unblock('A1'), gone()], false]
      ]
    )
  })

  it('LIN-3: what never was is not found, what is over is over, and what is there is neither', () => {
    judged(
      [ANN],
      [
        [['ann', release('1'), refused('not_found')], false],
        [['ann', release('1'), refused('hold_expired')], false],
        [['ann', release('2'), refused('not_found')], true],
        [['ann', release('2'), refused('hold_expired')], false],
        [['ann', release('2'), refused('forbidden')], false],
        [['ann', cancel(1), refused('not_found')], true],
        [['ann', cancel(1), gone()], false]
      ]
    )
    judged(ANN_BOOKED, [
      [['ann', release('1'), refused('hold_expired')], true],
      [['bob', release('1'), refused('hold_expired')], true],
      [['bob', release('1'), refused('forbidden')], false],
      [['ann', release('1'), refused('not_found')], false],
      [['ann', cancel(1), gone()], false],
      [['ann', cancel(1, 'A1 A3'), gone('A3')], true],
      [['ann', cancel(1), refused('not_found')], false]
    ])
    judged(
      [...ANN_BOOKED, ['ann', cancel(1), cancelled('A1 A2')]],
      [
        [['bob', cancel(1), gone()], true],
        [['bob', cancel(1), refused('forbidden')], false],
        [['ann', cancel(1), cancelled('A1 A2')], false]
      ]
    )
    judged(
      [],
      [
        [['ann', hold('A1 A9'), refused('not_found')], true],
        [['ann', hold('A1'), refused('not_found')], false]
      ],
      { seats: new Set(['A1']) }
    )
  })

  it('LIN-3: a refusal that the state has no part in is right, one that is no answer to the question is not', () => {
    for (const code of ['busy', 'rate_limited', 'invalid_request', 'idempotency_conflict', 'sale_closed']) {
      judged([], [[['ann', hold('A1'), refused(code)], true]])
    }
    judged(
      [],
      [
        [['ann', hold('A1'), refused('hold_expired')], false],
        [['ann', hold('A1'), refused('unavailable')], false],
        [['ann', best(1), refused('orphan_seat')], false]
      ]
    )
    judged([ANN], [[['ann', release('1'), refused('sale_closed')], false]])
    judged(ANN_BOOKED, [[['ann', cancel(1), refused('limit_exceeded')], false]])
  })

  it('LIN-3: taking a change back leaves the show as it was', () => {
    const show = emptyShow()
    const before = structuredClone(show)
    const backs = [ANN, ...ANN_BOOKED.slice(1), ['ann', cancel(1, 'A1'), cancelled('A1')] as Turn].map((turn) => {
      const verdict = judge(show, {}, { user: turn[0], asked: turn[1], told: turn[2], clockMs: 0 })
      if ('wrong' in verdict) throw new Error(verdict.wrong)
      return apply(show, verdict)
    })
    expect([...show.takenBy.keys()]).toEqual(['A2'])
    for (const back of backs.reverse()) apply(show, back)
    expect([...show.takenBy, ...show.claims, ...show.claimsOf.get('ann')!]).toEqual([
      ...before.takenBy,
      ...before.claims
    ])
  })
})
