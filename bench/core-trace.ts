// The commands that the core bench runs, the same for the same seed. Parties of four neighbours are shuffled over
// shows enough to hold them all, so that no command is refused.

import type { BookCommand, HoldCommand, ReleaseCommand } from '../core/command.ts'
import { Inventory } from '../core/inventory.ts'
import type { Plan } from '../core/plan/plan.ts'
import { readPlan } from '../core/plan/plan-import.ts'
import { DEFAULT_POLICY } from '../core/policy.ts'
import { apply } from '../core/rules/apply.ts'
import { BENCH_PRICES, type BlockShape, blockPlan, parties } from './bench-plan.ts'
import { createRandom, type Random } from './random.ts'

export interface Step {
  /** Which of the shows, from 0. */
  readonly show: number
  /** Indexes of the seats it takes, none where it takes the best. */
  readonly seats: readonly number[]
  readonly command: HoldCommand | BookCommand | ReleaseCommand
}

export interface Trace {
  readonly plan: Plan
  readonly shows: number
  readonly seed: number
  readonly holds: readonly Step[]
  readonly best: number
}

const PARTY = 4
const ROWS = 25
const SEATS_PER_ROW = 40
/** A hold is booked or released when this many others came after it. */
const LATER = 500
const SOLD_PARTIES = [1, 2, 2, 2, 3, 4]

export function createCoreTrace(size: { seed: number; holds: number; best: number; seats: number }): Trace {
  const blocks = Math.ceil(size.seats / (ROWS * SEATS_PER_ROW))
  const shape: BlockShape = { blocks, rows: ROWS, seatsPerRow: SEATS_PER_ROW }
  const { plan } = readPlan(blockPlan('Core bench', shape))
  if (plan === null) throw new Error('the plan of the core bench has faults')
  const all = parties(shape, PARTY)
  const shows = Math.ceil(size.holds / all.length)
  const random = createRandom(size.seed)
  const takes = Array.from({ length: shows * all.length }, (_, at) => at)
  const holds = random
    .shuffle(takes)
    .slice(0, size.holds)
    .map((take, at): Step => {
      const show = Math.floor(take / all.length)
      const ids = all[take % all.length]!
      const command: HoldCommand = { op: 'hold', ...asked(show, at, random), seats: ids, best: null }
      return { show, seats: ids.map((id) => plan.indexOf.get(id)!), command }
    })
  return { plan, shows, seed: size.seed, holds, best: size.best }
}

function asked(show: number, at: number, random: Random) {
  const number = () => random.below(2 ** 32).toString(36)
  return { show: showId(show), user: `guest-${number()}-${at}`, admin: false, key: `${number()}-${number()}-${at}` }
}

function showId(show: number): string {
  return `bench-${show + 1}`
}

/** Steps as JSON: whoever parses them has strings that nobody has looked at yet. */
export function holdSteps(trace: Trace): string[] {
  return trace.holds.map((step) => JSON.stringify(step))
}

export function bestSteps(trace: Trace): string[] {
  const random = createRandom(trace.seed)
  return Array.from({ length: trace.best }, (_, at) => {
    const command: HoldCommand = { op: 'hold', ...asked(0, at, random), seats: null, best: { count: PARTY } }
    return JSON.stringify({ show: 0, seats: [], command } satisfies Step)
  })
}

/** Of ten holds six are booked and two released, a while after they were taken. */
export function mixedSteps({ holds }: Trace): string[] {
  const steps: Step[] = []
  const taken = new Map<number, number>()
  const numbers = holds.map(({ show }) => {
    const number = (taken.get(show) ?? 0) + 1
    taken.set(show, number)
    return String(number)
  })
  for (let at = 0; at < holds.length + LATER; at++) {
    if (at < holds.length) steps.push(holds[at]!)
    const before = holds[at - LATER]
    const fate = (at - LATER) % 10
    if (before !== undefined && fate < 8) steps.push(ending(before, numbers[at - LATER]!, fate < 6))
  }
  return steps.map((step) => JSON.stringify(step))
}

function ending({ show, seats, command }: Step, hold: string, booked: boolean): Step {
  const { user, admin, key } = command
  const of = { show: command.show, user, admin, key: `${key}-2`, hold }
  return {
    show,
    seats,
    command: booked ? { op: 'book', ...of, seats: null, payment: 'pay_8Hq2' } : { op: 'release', ...of }
  }
}

export function openShows(trace: Trace): Inventory[] {
  return Array.from({ length: trace.shows }, (_, show) => openShow(trace.plan, showId(show)))
}

function openShow(plan: Plan, id: string): Inventory {
  const money = { currency: 'EUR', prices: BENCH_PRICES }
  return new Inventory({ id, title: id, startsAt: 0, ...money, planHash: '', policy: DEFAULT_POLICY }, plan)
}

/** An arena with every second seat gone, in parties of one to four that sat down where they liked. */
export function halfSold({ plan, seed }: Trace): Inventory {
  const random = createRandom(seed)
  const inventory = openShow(plan, showId(0))
  let left = plan.seatCount / 2
  while (left > 0) {
    const size = SOLD_PARTIES[random.below(SOLD_PARTIES.length)]!
    const first = random.below(plan.seatCount - size)
    const seats = Array.from({ length: size }, (_, at) => first + at)
    if (seats.some((seat) => inventory.status[seat] !== 0)) continue
    apply(inventory, { kind: 'blocked', at: 0, user: 'bench', key: '', fingerprint: 0, seats })
    left -= size
  }
  return inventory
}
