// How old seat changes were when viewers were told of them: receipts of the feed, joined with the times at which they
// were decided and acknowledged. Counted for every viewer and seat change, by the millisecond.
import type { Change } from './feed-walk.ts'

/** By seat index, on the machine's clock; NaN where it never came to that. */
export interface Moments {
  /** A moment before its commit. */
  readonly decided: Float64Array
  /** When the seller had the answer, which left after the commit. */
  readonly acknowledged: Float64Array
}

export interface SaleTimes {
  readonly held: Moments
  readonly booked: Moments
}

/** How many were so many milliseconds old, by millisecond. */
export interface Ages {
  readonly decided: Float64Array
  readonly acknowledged: Float64Array
  /** Changes that nobody is known to have asked for. */
  unknown: number
}

export interface AgeSummary {
  readonly count: number
  readonly msP50: number
  readonly msP99: number
  readonly msMax: number
}

/** What is older counts as this old. */
const AGE_MS_MAX = 600_000
const AVAILABLE = 0
const HELD = 1
const BOOKED = 2

export function newAges(): Ages {
  return { acknowledged: new Float64Array(AGE_MS_MAX + 1), decided: new Float64Array(AGE_MS_MAX + 1), unknown: 0 }
}

export function agesOf(changes: readonly Change[], times: SaleTimes): Ages {
  const ages = newAges()
  for (const change of changes) {
    const told = eventsOf(change, times)
    ages.unknown += told.unknown
    add(ages.acknowledged, change, told.acknowledged)
    add(ages.decided, change, told.decided)
  }
  return ages
}

export function mergeAges(into: Ages, from: Ages): void {
  for (let ms = 0; ms <= AGE_MS_MAX; ms++) {
    into.acknowledged[ms]! += from.acknowledged[ms]!
    into.decided[ms]! += from.decided[ms]!
  }
  into.unknown += from.unknown
}

export function summaryOf(counts: Float64Array): AgeSummary {
  const count = counts.reduce((sum, one) => sum + one, 0)
  return {
    count,
    msP50: percentile(counts, count * 0.5),
    msP99: percentile(counts, count * 0.99),
    msMax: counts.findLastIndex((one) => one > 0)
  }
}

function percentile(counts: Float64Array, rank: number): number {
  let passed = 0
  return counts.findIndex((one) => {
    passed += one
    return passed >= rank && passed > 0
  })
}

/** How many seats changed at which millisecond: seats of one command changed together. */
interface Told {
  readonly acknowledged: Map<number, number>
  readonly decided: Map<number, number>
  unknown: number
}

function eventsOf({ changes, before }: Change, { held, booked }: SaleTimes): Told {
  const told: Told = { acknowledged: new Map(), decided: new Map(), unknown: 0 }
  const note = (seat: number, { acknowledged, decided }: Moments) => {
    if (Number.isNaN(acknowledged[seat]!)) {
      told.unknown++
      return
    }
    count(told.acknowledged, Math.round(acknowledged[seat]!))
    count(told.decided, Math.round(decided[seat]!))
  }
  for (let at = 0; at < changes.length; at += 2) {
    const seat = changes[at]!
    const status = changes[at + 1]!
    const wasFree = before[at / 2] === AVAILABLE
    if (status === HELD && wasFree) note(seat, held)
    else if (status === BOOKED) {
      // Held and booked between two pushes: until now the viewer was not told of either.
      if (wasFree) note(seat, held)
      note(seat, booked)
    } else told.unknown++
  }
  return told
}

function count(by: Map<number, number>, ms: number): void {
  by.set(ms, (by.get(ms) ?? 0) + 1)
}

function add(ages: Float64Array, { receipts }: Change, by: ReadonlyMap<number, number>): void {
  if (receipts === undefined) return
  const { counts, firstAt } = receipts
  for (const [at, seats] of by) {
    const first = Math.round(firstAt) - at
    for (let ms = 0; ms < counts.length; ms++) {
      if (counts[ms]! > 0) ages[Math.min(AGE_MS_MAX, Math.max(0, first + ms))]! += counts[ms]! * seats
    }
  }
}
