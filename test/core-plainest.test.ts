// Core against the plainest model, one answer after another at known times: small runs of any commands, shrinking
// to the few that matter. The model is the one that histories are judged by, so this also holds the judge.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STATUS_NAMES } from '../core/plan/plan.ts'
import { DEFAULT_POLICY, type Policy } from '../core/policy.ts'
import { ADMIN, type Rules } from './history/plain-needs.ts'
import { judge } from './history/plain-seats.ts'
import { apply, emptyShow, type Show } from './history/plain-show.ts'
import { askedOf, commandOf, type RecordedHouse, type RecordedStep, toldOf } from './history/recorded-sale.ts'
import { planJson, planOf, Sale, SHOW } from './support/small-show.ts'

const PLAN = planOf(planJson([{ row: 'A', count: 7, zone: 'Stalls', category: 'Front' }]))
const ADMIN_CLIENT = 4

const limits = {
  holdMs: fc.constantFrom(1_000, 5_000),
  extensionsMax: fc.nat(2),
  seatsPerHoldMax: fc.integer({ min: 2, max: 4 }),
  seatsPerUserMax: fc.integer({ min: 3, max: 7 }),
  holdsPerUserMax: fc.integer({ min: 1, max: 3 })
}
const policy: fc.Arbitrary<Policy> = fc
  .record({ ...limits, orphans: fc.constantFrom('off', 'lenient', 'strict') })
  .map((some) => ({ ...DEFAULT_POLICY, ...some }))

interface Turn extends RecordedStep {
  /** What is wrong with the seats that it names. */
  readonly twist: 'none' | 'twice' | 'unknown' | 'empty'
  /** The policy changes before it. */
  readonly change: Partial<Policy> | null
}

const turn: fc.Arbitrary<Turn> = fc.record({
  client: fc.nat(ADMIN_CLIENT),
  op: fc.nat(19),
  pick: fc.nat(999),
  count: fc.nat(7),
  waitMs: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 1, 300) }, fc.constantFrom(999, 1_000, 5_000)),
  before: fc.constant(0),
  after: fc.constant(0),
  lost: fc.constant('no' as const),
  twist: fc.oneof(
    { weight: 15, arbitrary: fc.constant('none' as const) },
    fc.constantFrom('twice', 'unknown', 'empty')
  ),
  change: fc.oneof({ weight: 15, arbitrary: fc.constant(null) }, fc.record(limits, { requiredKeys: [] }))
})

describe('core and the plainest model', () => {
  it('LIN-1: every answer is right by the model, and leaves the same seats with the same people', () => {
    fc.assert(
      fc.property(policy, fc.array(turn, { minLength: 1, maxLength: 50, size: 'max' }), (rules, turns) => {
        const house = { clients: ADMIN_CLIENT + 1, rows: 1, seatsPerRow: 7, policy: rules }
        const sale = new Sale(rules, PLAN, { prices: { Front: 100 } })
        const show = emptyShow()
        let now = 1_800_000_000_000
        for (const step of turns) {
          now += step.waitMs
          if (step.change !== null) {
            const asked = { show: SHOW, user: ADMIN, admin: true, key: '' }
            sale.done('changed', { ...asked, op: 'change', change: { policy: step.change } }, now)
          }
          takeTurn(sale, show, step, house, now)
          expect(seatsOf(show, now)).toEqual(seatsOfCore(sale))
        }
      }),
      { numRuns: 1_000 }
    )
  })
})

function takeTurn(sale: Sale, show: Show, step: Turn, house: RecordedHouse, now: number): void {
  sale.pass(now)
  // Sequential turns at known times: nothing is left to guess.
  show.nowMs = now
  const command = twisted(commandOf(sale, step, house, new Set()), step.twist)
  const told = toldOf(sale, sale.ask(command, now))
  const answered = { user: command.user, asked: askedOf(command, sale.inventory.plan), told, clockMs: now }
  const verdict = judge(show, rulesOf(sale), answered)
  expect(verdict, JSON.stringify(answered)).not.toHaveProperty('wrong')
  if (!('wrong' in verdict)) apply(show, verdict)
}

function twisted<C extends ReturnType<typeof commandOf>>(command: C, twist: Turn['twist']): C {
  if (twist === 'none' || !('seats' in command) || command.seats === null) return command
  const { seats } = command
  const wrong = { twice: [...seats, ...seats], unknown: [...seats, 'X9'], empty: [] }
  return { ...command, seats: wrong[twist] }
}

function rulesOf({ inventory, plan }: Sale): Rules {
  const { holdMs, extensionsMax, seatsPerHoldMax, seatsPerUserMax, holdsPerUserMax } = inventory.definition.policy
  const limits = { holdMs, extensionsMax, seatsPerHoldMax, seatsPerUserMax, holdsPerUserMax }
  return { seats: new Set(plan.ids), bestOfAll: true, ...limits }
}

/** `A1 held by hold 3 of user2`. */
function seatsOf(show: Show, now: number): string[] {
  const taken = [...show.takenBy].filter(([, by]) => (show.claims.get(by)?.until ?? Infinity) > now)
  return taken.map(([seat, by]) => `${seat} by ${by} of ${show.claims.get(by)?.user ?? 'nobody'}`).sort()
}

function seatsOfCore({ inventory, plan }: Sale): string[] {
  const by = new Map<number, string>()
  for (const { number, user, seats } of inventory.holds.values()) {
    for (const seat of seats) by.set(seat, `hold ${number} of ${user}`)
  }
  for (const { number, user, seats } of inventory.bookings.values()) {
    for (const seat of seats) by.set(seat, `booking ${SHOW}.${number} of ${user}`)
  }
  return plan.ids
    .flatMap((id, seat) => {
      const status = STATUS_NAMES[inventory.status[seat]!]
      return status === 'available' ? [] : [`${id} by ${by.get(seat) ?? `${status} of nobody`}`]
    })
    .sort()
}
