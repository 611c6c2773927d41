// The judge of the chaos run, on a small history in which all went well, and on that history spoilt in every way it
// has to see. A check that cannot fail proves nothing.
import { describe, expect, it } from 'vitest'
import { operationsOf, writeRecordOf } from './chaos/history.ts'
import { type Evidence, judge } from './chaos/judge.ts'
import type { Attempt } from './chaos/recorder.ts'
import {
  attempt,
  booked,
  cancelled,
  evidence,
  frame,
  granted,
  held,
  heldTold,
  hold,
  holdJson,
  lost,
  record,
  refused,
  SHOW
} from './support/chaos-history.ts'

/** Names of the checks that complain. */
function complaints(of: Evidence): readonly string[] {
  return judge(of)
    .filter(({ faults }) => faults.length > 0)
    .map(({ name }) => name)
}

type Spoil = (of: ReturnType<typeof evidence>) => void

/** With the attempts of the record under `key` replaced. */
const told =
  (key: string, ...attempts: Attempt[]): Spoil =>
  (of) => {
    of.records = of.records.map((one) => (one.key === key ? { ...one, attempts } : one))
  }
const journaled =
  (seq: number, ...events: readonly object[]): Spoil =>
  (of) => {
    of.frames = of.frames.map((one) => (one.seq === seq ? frame(seq, one.frame.stampedAt, ...events) : one))
  }
const saw =
  (...positions: readonly (readonly [string, string])[]): Spoil =>
  (of) => {
    of.sightings = { states: new Map([[SHOW, new Map(positions)]]), contradictions: [] }
  }

const AT_ONE_MOMENT = 'histories in which each write happened at one moment'
const COMMITTED = 'states that were seen, each of them committed'
const POSSIBLE = 'events that were possible when they happened'
const MAPS = "buyers' maps equal to the server's, and it to the journal"
const FRAMES = 'journal frames without gap, times and epochs that never go back'
const ONE_EVENT = 'keys with one event, and none that was refused'

describe('the judge of chaos', () => {
  it('CHAOS-2: has nothing to say of a history in which all went well, and has looked at all of it', () => {
    expect(complaints(evidence())).toEqual([])
    for (const { name, checked } of judge(evidence())) {
      // Nothing but the cancelled booking was booked.
      if (name !== 'acknowledged bookings in the projections') expect(checked, name).toBeGreaterThan(0)
    }
  })

  const spoilt: readonly [string, Spoil, string][] = [
    [
      'a seat sold twice',
      journaled(5, held(3, 'eve', 'e1', 4_200, 1), booked(2, 3, 'eve', 'e2', [1])),
      'seats sold, each once'
    ],
    ['a hold of a seat that is held', journaled(3, held(2, 'bob', 'b2', 1_200, 1)), POSSIBLE],
    [
      'a cancellation of seats that the booking does not have',
      journaled(4, cancelled(1, 'ann', 'a3', 1_100, [0], [1, 2])),
      POSSIBLE
    ],
    [
      'a frame that is missing',
      (of) => {
        of.frames = of.frames.filter(({ seq }) => seq !== 3)
      },
      FRAMES
    ],
    ['an acknowledged hold that is lost', journaled(3), 'acknowledged holds and extensions in the journal'],
    ['an acknowledged booking that is lost', journaled(2), 'acknowledged bookings in the journal'],
    [
      'an acknowledged cancellation that is lost',
      journaled(4),
      'acknowledged releases and cancellations in the journal'
    ],
    [
      'a cancellation of other seats than was told',
      journaled(4, cancelled(1, 'ann', 'a3', 1_100, [1], [0])),
      'acknowledged releases and cancellations in the journal'
    ],
    [
      'a booking that SQL users do not see',
      (of) => {
        of.bookings = []
      },
      'bookings: projections and journal the same'
    ],
    [
      'an event under a key that nobody used',
      (of) => {
        of.records = of.records.filter(({ key }) => key !== 'b2')
      },
      ONE_EVENT
    ],
    ['a key with two effects', journaled(5, held(3, 'bob', 'b2', 4_200, 0)), ONE_EVENT],
    ['an effect of what was refused each time', journaled(5, held(3, 'bob', 'b1', 4_200, 0)), ONE_EVENT],
    [
      'two answers to one key',
      told(
        'b2',
        granted(9, 1_210, heldTold('2', 4_200, 'A-4'), holdJson('2', 4_200, 'A-4')),
        granted(17, 4_300, heldTold('9', 9_000, 'A-4'), holdJson('9', 9_000, 'A-4'))
      ),
      'keys with one answer, however often it was given'
    ],
    [
      'a key that was granted and is refused later',
      told(
        'b2',
        granted(9, 1_210, heldTold('2', 4_200, 'A-4'), holdJson('2', 4_200, 'A-4')),
        refused(17, 4_300, 'seats_unavailable', ['A-4'])
      ),
      'keys that keep what they were granted'
    ],
    ['a question that was never answered', told('b1', lost(3)), 'questions that were answered in the end'],
    [
      'an end of a hold that did not end',
      (of) => {
        of.expiries = [{ show: SHOW, user: 'bob', hold: '1' }]
      },
      'holds that were told to be over'
    ],
    ['a state that was never committed', saw(['1.1', '1111']), COMMITTED],
    ['a state of which only half was committed', saw(['1.1', '2200'], ['1.2', '1110']), COMMITTED],
    ['an older state in a newer epoch', saw(['1.2', '2201'], ['2.0', '1110']), COMMITTED],
    [
      'clients that saw different things at one position',
      (of) => {
        of.sightings = { ...of.sightings, contradictions: ['one and another'] }
      },
      'one state of a show, whoever looked'
    ],
    [
      'a map that differs from the journal',
      (of) => {
        of.maps = new Map([[SHOW, { epoch: 2, seq: 3, statuses: Uint8Array.of(0, 2, 0, 1) }]])
      },
      MAPS
    ],
    [
      'a client that is behind',
      (of) => {
        of.clientMaps = new Map([
          [SHOW, [{ user: 'ann', epoch: 2, seq: 2, statuses: Uint8Array.of(0, 2, 0, 0), disorder: [] }]]
        ])
      },
      MAPS
    ],
    [
      'pushes out of order',
      (of) => {
        of.clientMaps = new Map([
          [
            SHOW,
            [
              {
                user: 'ann',
                epoch: 2,
                seq: 3,
                statuses: Uint8Array.of(0, 2, 0, 0),
                disorder: ['diff (1, 4) after (1, 4)']
              }
            ]
          ]
        ])
      },
      'pushes in order'
    ],
    [
      'a show without a map',
      (of) => {
        of.maps = new Map()
      },
      'maps of all shows'
    ],
    [
      'a server that ended by itself',
      (of) => {
        of.crashes = ['exit code 1']
      },
      'the server ended only when it was made to'
    ],
    [
      'a refusal of seats that were free all the time',
      told('b1', refused(3, 1_020, 'seats_unavailable', ['A-4'])),
      AT_ONE_MOMENT
    ],
    [
      'a refusal that came before what it was for',
      told('b1', refused(-3, 990, 'seats_unavailable', ['A-3'])),
      AT_ONE_MOMENT
    ],
    ['a hold that is over before its end', told('b3', refused(15, 1_400, 'hold_expired')), AT_ONE_MOMENT],
    [
      'an answer from after the hold of somebody else',
      told('b2', granted(9, 1_210, heldTold('2', 4_200, 'A-2'), holdJson('2', 4_200, 'A-4'))),
      AT_ONE_MOMENT
    ]
  ]

  it.each(spoilt)('CHAOS-3: sees %s', (_, spoil, name) => {
    const of = evidence()
    spoil(of)
    expect(complaints(of)).toContain(name)
  })

  it('CHAOS-4: an attempt without an answer may happen after another under its key was refused', () => {
    const of = evidence()
    told('b1', lost(2), refused(3, 1_020, 'seats_unavailable', ['A-3']))(of)
    const late = held(3, 'bob', 'b1', 4_200, 2, 3)
    of.frames = [...of.frames, frame(6, 4_201, late)]
    of.maps = new Map([[SHOW, { epoch: 2, seq: 3, statuses: Uint8Array.of(0, 2, 1, 1) }]])
    of.clientMaps = new Map()
    expect(complaints(of)).toEqual([])
    told('b1', refused(2, 1_015, 'seats_unavailable', ['A-3']), refused(4, 1_020, 'seats_unavailable', ['A-3']))(of)
    expect(complaints(of)).toContain(ONE_EVENT)
  })

  it('CHAOS-4: a granted write happened between its first attempt and its first answer, an unknown one at any time or never', () => {
    const asked = hold('A-1')
    const told = heldTold('1', 4_000, 'A-1')
    const twice = record('ann', 'a1', asked, lost(1), granted(5, 1_000, told), granted(9, 1_100, told))
    expect(operationsOf(twice, true)).toMatchObject([{ invokedAt: 1, returnedAt: 6, told, clockMs: 1_000 }])
    const first = record('ann', 'a1', asked, refused(1, 900, 'limit_exceeded'), granted(5, 1_000, told))
    expect(operationsOf(first, true)).toMatchObject([
      { invokedAt: 1, returnedAt: 2, told: { kind: 'refused' } },
      { invokedAt: 5, returnedAt: 6, told }
    ])
    const never = record('ann', 'a1', asked, lost(1), attempt(2, 3, 900, { kind: 'unknown', code: 'unavailable' }))
    expect(operationsOf(never, true)).toMatchObject([
      { invokedAt: 1, returnedAt: Number.POSITIVE_INFINITY, told: null }
    ])
    expect(operationsOf(never, false)).toEqual([])
    const away = record('ann', 'a1', asked, attempt(1, 2, 900, { kind: 'turned_away', code: 'busy' }))
    expect(operationsOf(away, true)).toEqual([])
    expect(writeRecordOf(away)).toMatchObject({ granted: [], refusals: [], unanswered: false })
    expect(writeRecordOf(never)).toMatchObject({ unanswered: true })
  })
})
