// When arrivals come that know nothing of each other: a Poisson process whose rate follows a curve. The same seed gives
// the same arrivals.
import type { Random } from '../random.ts'
import type { RateAt } from './load.ts'

/** Between two arrivals at the most: a curve that rests at nought is looked at again after so long. */
const LOOK_AGAIN_MS = 10

/** Answers a function that gives the next arrival, in milliseconds from the start, each later than the last. */
export function createArrivals(curve: readonly RateAt[], random: Random): () => number {
  let at = 0
  return () => {
    for (;;) {
      const perMs = rateAt(curve, at / 1000) / 1000
      const gap = perMs > 0 ? -Math.log(1 - random.next()) / perMs : Number.POSITIVE_INFINITY
      // Where the rate changes soon, what is drawn for the rate of now holds for a short while only; to draw again
      // then changes nothing, for arrivals have no memory.
      if (gap <= LOOK_AGAIN_MS) {
        at += gap
        return at
      }
      at += LOOK_AGAIN_MS
    }
  }
}

/** Per second, between the points on a straight line; the first and the last go on for ever. */
export function rateAt(curve: readonly RateAt[], second: number): number {
  const next = curve.findIndex((point) => point.second > second)
  if (next === -1) return curve.at(-1)!.perSecond
  const to = curve[next]!
  const from = curve[next - 1]
  if (from === undefined) return to.perSecond
  return from.perSecond + ((to.perSecond - from.perSecond) * (second - from.second)) / (to.second - from.second)
}
