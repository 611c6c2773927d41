// Core against the plain model: any commands by anyone at any time, and after each one the same answer,
// the same seats with the same people, the same counts. Beside the live state run two others, one replayed
// from encoded events and one read back from its own snapshot at every step: all three are the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame } from '../core/codec/frame-codec.ts'
import { decodeSnapshot, encodeSnapshot } from '../core/codec/snapshot-codec.ts'
import type { Command } from '../core/command.ts'
import type { ShowEvent } from '../core/event.ts'
import { Inventory } from '../core/inventory.ts'
import { type Plan, STATUS_NAMES } from '../core/plan/plan.ts'
import { DEFAULT_POLICY, type Policy } from '../core/policy.ts'
import { apply } from '../core/rules/apply.ts'
import { type Decision, decide, happens } from '../core/rules/decide.ts'
import { expireNext } from '../core/rules/expire.ts'
import { PlainModel, type Said } from './support/plain-model.ts'
import { renamed } from './support/seat-names.ts'
import { definitionOf, NOON, PRICES, planOf, SHOW, SMALL_PLAN } from './support/small-show.ts'

const PLAN = planOf(SMALL_PLAN)
const USERS = ['ann', 'bob', 'cid', 'boss'] as const
const HOUR = 3_600_000

/** One turn. Commands are aimed when their turn comes: at holds and bookings there are then, mostly. */
interface Step {
  readonly waitMs: number
  readonly command: Command
  readonly aim: {
    /** Which of the holds or bookings made so far, if any; by its owner; a part of its seats, as bits. */
    readonly at: number | null
    readonly own: boolean
    readonly part: number | null
    /** Send the command of an earlier turn again. */
    readonly again: number | null
  }
}

const who = fc.record({
  show: fc.constant(SHOW),
  user: fc.constantFrom(...USERS),
  key: fc.constantFrom('', '', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6')
})
const someSeats = fc.oneof(
  { weight: 12, arbitrary: fc.uniqueArray(fc.constantFrom(...PLAN.ids), { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(['A1', 'A1'], ['A1', 'X9'], [] as string[]) }
)
const part = fc.option(someSeats, { freq: 2 })
const number = fc.integer({ min: 0, max: 9 })
const best = fc.record(
  {
    count: fc.integer({ min: 1, max: 5 }),
    category: fc.constantFrom('Front', 'Middle', 'Cheap'),
    zone: fc.constantFrom('Stalls', 'Balcony')
  },
  { requiredKeys: ['count'] }
)
const limits = {
  holdMs: fc.constantFrom(1_000, 60_000, 2 * HOUR),
  extensionsMax: fc.nat(2),
  seatsPerHoldMax: fc.integer({ min: 2, max: 6 }),
  seatsPerUserMax: fc.integer({ min: 3, max: 16 }),
  holdsPerUserMax: fc.integer({ min: 1, max: 5 })
}

const op = <T extends object>(weight: number, rest: fc.Arbitrary<T>) => ({
  weight,
  arbitrary: fc.tuple(who, rest).map(([asked, what]) => ({ admin: asked.user === 'boss', ...asked, ...what }) as never)
})
const anyAsk: fc.Arbitrary<Command> = fc.oneof(
  op(9, fc.record({ op: fc.constant('hold'), seats: someSeats, best: fc.constant(null) })),
  op(3, fc.record({ op: fc.constant('hold'), seats: fc.constant(null), best })),
  op(3, fc.record({ op: fc.constant('extend'), hold: number.map(String) })),
  op(3, fc.record({ op: fc.constant('release'), hold: number.map(String) })),
  op(
    7,
    fc.record({ op: fc.constant('book'), hold: number.map(String), seats: part, payment: fc.constantFrom('', 'pi') })
  ),
  op(5, fc.record({ op: fc.constant('cancel'), booking: number.map((of) => `${SHOW}.${of}`), seats: part })),
  op(2, fc.record({ op: fc.constantFrom('block', 'unblock'), seats: someSeats })),
  op(
    1,
    fc.record({
      op: fc.constant('change'),
      change: fc.record({ prices: fc.record({ Front: fc.nat(9) }), policy: fc.record(limits, { requiredKeys: [] }) })
    })
  )
)
const command: fc.Arbitrary<Command> = fc
  .tuple(anyAsk, fc.nat(3))
  .map(([asked, by]) => (by === 0 ? renamed(asked, PLAN) : asked))
const wait = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0, 1, 400) },
  { weight: 3, arbitrary: fc.constantFrom(999, 1_000, 59_999, 60_000) },
  { weight: 1, arbitrary: fc.constantFrom(2 * HOUR, 24 * HOUR - 1, 24 * HOUR) }
)
const aim = fc.record({
  at: fc.option(fc.nat(99), { freq: 9 }),
  own: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  part: fc.option(fc.integer({ min: 1, max: 63 }), { freq: 2 }),
  again: fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, fc.nat(99))
})
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ waitMs: wait, command, aim }), {
  minLength: 1,
  maxLength: 60,
  size: 'max'
})
const policy: fc.Arbitrary<Policy> = fc
  .record({
    ...limits,
    saleStartsAt: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.constant(NOON + 500)),
    saleEndsAt: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constant(NOON + HOUR))
  })
  .map((some) => ({ ...DEFAULT_POLICY, ...some }))

describe('core and the plainest model', () => {
  it('REFUSE-9 HOLD-8 EXPIRE-9 IDEM-10 CODEC-15: agree on every answer, every seat and every count', () => {
    fc.assert(fc.property(policy, steps, run), { numRuns: 1_000 })
  })
})

function run(rules: Policy, list: readonly Step[]): void {
  const definition = definitionOf(rules)
  const model = new PlainModel(seatsOf(PLAN), PRICES, rules)
  const live = new Inventory(definition, PLAN)
  const replayed = new Inventory(definition, PLAN)
  let reborn = new Inventory(definition, PLAN)
  const asked: Command[] = []
  let now = NOON
  for (const step of list) {
    now += step.waitMs
    const command = aimed(step, model, asked)
    asked.push(command)
    const before = live.keys.size
    const decision = turn(live, command, now, (event) => {
      const [entry] = decodeFrame(encodeFrame({ stampedAt: now, entries: [{ show: SHOW, event }] })).entries
      apply(replayed, entry!.event)
    })
    expect(turn(reborn, command, now, () => {})).toEqual(decision)
    const chosen = decision.kind === 'held' ? decision.seats.map((seat) => PLAN.ids[seat]!) : null
    expect(said(decision)).toBe(model.ask(command, now, chosen))
    if (decision.kind === 'refused') expect(live.keys.size).toBe(before)
    compare(live, model)
    const bytes = encodeSnapshot(live)
    expect(Buffer.compare(encodeSnapshot(replayed), bytes)).toBe(0)
    expect(Buffer.compare(encodeSnapshot(reborn), bytes)).toBe(0)
    reborn = decodeSnapshot(bytes, PLAN)
    expect(Buffer.compare(encodeSnapshot(reborn), bytes)).toBe(0)
  }
}

/** The step's command, pointed at something there is. */
function aimed(
  { command, aim: { at, own, part, again } }: Step,
  model: PlainModel,
  asked: readonly Command[]
): Command {
  if (again !== null && asked.length > 0) return asked[again % asked.length]!
  if (command.op === 'block' || command.op === 'unblock') {
    const blocked = [...model.taken].flatMap(([id, { as }]) => (as === 'blocked' ? [id] : []))
    const seats = at === null || command.op === 'block' || blocked.length === 0 ? command.seats : blocked.slice(-3)
    return own ? { ...command, seats, user: 'boss', admin: true } : command
  }
  if (at === null || !('hold' in command || 'booking' in command)) return command
  const things = [...('hold' in command ? model.holds : model.bookings)]
  const [of, thing] = things[at % Math.max(things.length, 1)] ?? []
  if (of === undefined || thing === undefined) return command
  const user = own ? thing.user : command.user
  const target = 'hold' in command ? { hold: String(of) } : { booking: `${SHOW}.${of}` }
  const some = thing.seats.filter((_, seat) => part !== null && (part >> seat) & 1)
  const seats = 'seats' in command && some.length > 0 ? { seats: some } : {}
  return { ...command, ...target, ...seats, user, admin: user === 'boss' } as Command
}

/** Expire, decide, apply: what a shard does. */
function turn(inventory: Inventory, asked: Command, now: number, happened: (event: ShowEvent) => void): Decision {
  const happen = (event: ShowEvent) => {
    apply(inventory, event)
    happened(event)
  }
  for (let over = expireNext(inventory, now); over !== null; over = expireNext(inventory, now)) happen(over)
  const decision = decide(inventory, asked, now)
  if (happens(decision)) happen(decision)
  return decision
}

function compare(inventory: Inventory, model: PlainModel): void {
  const seats = [...model.taken].map(([id, { as, by }]) => `${id} ${as} ${by} ${model.ownerOf(by) ?? ''}`).sort()
  expect(taken(inventory)).toEqual(seats)
  expect(inventory.counts).toEqual(STATUS_NAMES.map((_, at) => inventory.status.filter((is) => is === at).length))
  for (const user of USERS) {
    const { seats: has, holds } = inventory.tallies.get(user) ?? { seats: 0, holds: 0 }
    expect([has, holds]).toEqual([model.seatsOf(user), model.holdsOf(user)])
  }
}

/** Every seat that is not available, with what has it, in the model's words. */
function taken(inventory: Inventory): string[] {
  const by = new Map<number, string>()
  for (const { number, user, seats } of inventory.holds.values()) {
    for (const seat of seats) by.set(seat, `hold ${number} ${user}`)
  }
  for (const { number, user, seats } of inventory.bookings.values()) {
    for (const seat of seats) by.set(seat, `booking ${number} ${user}`)
  }
  return PLAN.ids
    .flatMap((id, seat) => {
      const status = inventory.status[seat]!
      return status === 0 ? [] : [`${id} ${STATUS_NAMES[status]} ${by.get(seat) ?? 'nobody '}`]
    })
    .sort()
}

function said(decision: Decision): Said {
  if (decision.kind === 'refused') return decision.code
  const event = decision.kind === 'remembered' ? decision.event : decision
  const ids = (seats: readonly number[]) => seats.map((seat) => PLAN.ids[seat]!).sort()
  const priced = (seats: readonly number[], prices: readonly number[]) =>
    seats
      .map((seat, at) => `${PLAN.ids[seat]} at ${prices[at]}`)
      .sort()
      .join()
  switch (event.kind) {
    case 'held':
    case 'extended':
      return `${event.kind} ${event.hold} until ${event.expiresAt} with ${priced(event.seats, event.prices)}`
    case 'released':
      return `released ${event.hold} with ${ids(event.seats).join()}`
    case 'booked':
      return `booked ${event.booking} for ${event.owner} with ${priced(event.seats, event.prices)}`
    case 'cancelled': {
      const left = priced(event.left, event.leftPrices)
      return `cancelled ${event.booking} of ${event.owner}: ${ids(event.seats).join()}, left ${left}`
    }
    case 'blocked':
    case 'unblocked':
      return `${event.kind} ${ids(event.seats).join()}`
    case 'changed':
      return 'changed it'
    default:
      return event.kind
  }
}

function seatsOf(plan: Plan): Map<string, { category: string; zone: string }> {
  return new Map(
    plan.ids.map((id, seat) => [
      id,
      { category: plan.categories[plan.categoryOf[seat]!]!.name, zone: plan.zones[plan.zoneOf[seat]!]! }
    ])
  )
}
