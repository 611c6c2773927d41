// Whether a history can have happened: whether the operations of each show can be put in one order, each at a
// moment between its invocation and its answer, such that the plainest model gives these answers in that order.
import { explain, type Stand, standOf } from './explain.ts'
import { footprintOf, type Makers, makersOf } from './footprint.ts'
import { namelessOf } from './nameless.ts'
import type { Operation } from './operation.ts'
import type { Rules } from './plain-needs.ts'
import { Search } from './search.ts'
import { Unknowns } from './unknowns.ts'
import { type Known, Waiting } from './waiting.ts'

export interface LinearizeOptions extends Rules {
  /** Places the search may look at per show before it answers that it cannot tell. */
  readonly stepsMax?: number
}

export type Linearized =
  | { readonly ok: true; readonly steps: number }
  | {
      readonly ok: false
      readonly show: string
      /** Of the longest order found, those of which one would have to be next, and none can be. */
      readonly stuck: readonly Operation[]
      readonly explained: string
    }

const STEPS_MAX = 200_000
const SHORT_LOOK = 2_000

export function linearize(history: readonly Operation[], options: LinearizeOptions = {}): Linearized {
  let steps = 0
  for (const [show, operations] of Map.groupBy(history, (operation) => operation.show)) {
    const found = linearizeShow(show, operations, options)
    if (!found.ok) return found
    steps += found.steps
  }
  return { ok: true, steps }
}

function linearizeShow(show: string, history: readonly Operation[], options: LinearizeOptions): Linearized {
  const { stepsMax = STEPS_MAX, ...rules } = options
  const makers = makersOf(history)
  const unknown = history.filter((operation) => !isKnown(operation)).sort((a, b) => a.invokedAt - b.invokedAt)
  const nameless = namelessOf(history, unknown, makers)
  const known = history.filter(isKnown).map((operation): Known => {
    const best = operation.asked.op === 'hold' && operation.asked.seats === null && operation.told.kind === 'refused'
    const spare = best ? spareSeats(unknown, makers, operation.returnedAt) : 0
    return { ...operation, spare, footprint: footprintOf(operation, makers, nameless, rules) }
  })
  let farthest = null as Stand | null
  let steps = 0
  const look = (lookMax: number, thorough: boolean): boolean | null => {
    const unknowns = new Unknowns(unknown, makers, nameless, rules, proven(known, rules))
    const search = new Search(new Waiting(known), unknowns, rules, thorough, (here) => {
      if (known.length - here.waiting.left > (farthest?.placed ?? -1)) farthest = standOf(here)
    })
    const done = search.run(lookMax)
    steps += search.looked
    return done
  }
  // A short look finds nearly all there is to find, and a thorough one says whether there is nothing.
  let done = look(unknown.length === 0 ? stepsMax : Math.min(stepsMax, SHORT_LOOK + 4 * known.length), false)
  if (done !== true && unknown.length > 0 && steps < stepsMax) done = look(stepsMax - steps, true)
  if (done === true) return { ok: true, steps }
  const so = done === null ? `undecided after ${steps} places` : 'there is no order that explains all answers'
  const moments = farthest?.stuck.map(({ operation }) => operation.invokedAt) ?? []
  const stuck = history.filter(({ invokedAt }) => moments.includes(invokedAt))
  return { ok: false, show, stuck, explained: `Show ${show}: ${so}.\n${farthest === null ? '' : explain(farthest)}` }
}

function isKnown(operation: Operation): operation is Operation & Pick<Known, 'told'> {
  return operation.told !== null && operation.returnedAt < Number.POSITIVE_INFINITY
}

/** Which time it was at a moment, or later, by the ends of the holds that were told before. */
function proven(known: readonly Known[], { holdMs }: Rules): (moment: number) => number {
  const told = known.toSorted((a, b) => a.returnedAt - b.returnedAt)
  const returns = told.map(({ returnedAt }) => returnedAt)
  let latest = 0
  const times = told.map(({ told }) => {
    if (holdMs !== undefined && told.kind === 'held') latest = Math.max(latest, told.expiresAt - holdMs)
    return latest
  })
  return (moment) => times[returns.findLastIndex((returnedAt) => returnedAt < moment)] ?? 0
}

/** How many seats may be taken, at the most, by what was asked before `moment` and never answered. */
function spareSeats(unknown: readonly Operation[], makers: Makers, moment: number): number {
  const counts = unknown.map(({ asked, invokedAt }) => {
    if (invokedAt > moment) return 0
    if (asked.op === 'hold') return asked.count
    if (asked.op === 'block') return asked.seats.length
    // What is booked or lasts longer than anybody knows keeps its seats.
    return asked.op === 'book' || asked.op === 'extend' ? (makers.get(`hold ${asked.hold}`)?.seats.length ?? 0) : 0
  })
  return counts.reduce((sum, count) => sum + count, 0)
}
