// Best available by trying everything, from the definition at the top of core/best-available.ts: slow, plain,
// and sharing no code with it.
import type { BestQuery } from '../../core/choice/best-available.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { chainsOf, orphansMade } from './small-plan.ts'

interface Choice {
  readonly seats: number[]
  /** Compared number by number, lower is better. */
  readonly rank: readonly number[]
}

export interface PlainBest {
  readonly step: 'neighbours' | 'pair' | 'group' | 'last' | 'none'
  /** All choices that are equally good. */
  readonly choices: readonly (readonly number[])[]
}

export function plainBest(plan: Plan, statuses: Uint8Array, query: BestQuery): PlainBest {
  const mixed = query.accessible
  const fits = (seat: number) =>
    statuses[seat] === 0 &&
    (query.category < 0 || plan.categoryOf[seat] === query.category) &&
    (query.zone < 0 || plan.zoneOf[seat] === query.zone)
  const all = [...plan.ids.keys()].filter(fits)
  const ordinary = all.filter((seat) => plan.accessible[seat] === 0)
  const accessible = all.filter((seat) => plan.accessible[seat] === 1)
  if (mixed && accessible.length === 0) return { step: 'none', choices: [] }
  const pool = mixed ? all : ordinary
  if (pool.length >= query.count) return climb(plan, statuses, query, pool, mixed)
  if (mixed || all.length < query.count) return { step: 'none', choices: [] }
  if (ordinary.length === 0) return climb(plan, statuses, query, accessible, false)
  const best = ordinary.toSorted((a, b) => plan.sight[a]! - plan.sight[b]!)[0]!
  const others = byDistance(plan, best, accessible).slice(0, query.count - ordinary.length)
  return { step: 'last', choices: [ascending([...ordinary, ...others])] }
}

function climb(plan: Plan, statuses: Uint8Array, query: BestQuery, pool: number[], mixed: boolean): PlainBest {
  const neighbours = windows(plan, pool, query.count)
    .filter((seats) => !mixed || seats.some((seat) => plan.accessible[seat] === 1))
    .map((seats) => ({ seats, rank: [costOf(plan, statuses, query, seats, mixed), seats[0]!] }))
  if (neighbours.length > 0) return { step: 'neighbours', choices: bestOf(neighbours) }
  const pairs = mixed ? [] : pairsOf(plan, statuses, query, pool)
  if (pairs.length > 0) return { step: 'pair', choices: bestOf(pairs) }
  return { step: 'group', choices: bestOf(groupsOf(plan, query, pool, mixed)) }
}

function costOf(plan: Plan, statuses: Uint8Array, query: BestQuery, seats: number[], mixed: boolean): number {
  const aboutEqual = Math.ceil(plan.seatCount / 50)
  const orphans = orphansMade(plan, statuses, seats, query.orphans).length
  const orphanRanks = orphans * (query.orphans === 'off' ? aboutEqual : plan.seatCount)
  return sightOf(plan, seats, mixed) + query.count * orphanRanks
}

function sightOf(plan: Plan, seats: number[], mixed: boolean): number {
  const sum = seats.reduce((total, seat) => total + plan.sight[seat]!, 0)
  const accessible = seats.filter((seat) => plan.accessible[seat] === 1).length
  return sum + (mixed ? seats.length * Math.ceil(plan.seatCount / 50) * Math.max(0, accessible - 1) : 0)
}

/** Every block of `count` neighbours in `pool`. */
function windows(plan: Plan, pool: number[], count: number): number[][] {
  return chainsOf(plan).flatMap((chain) =>
    chain
      .map((_, at) => chain.slice(at, at + count))
      .filter((seats) => seats.length === count && seats.every((seat) => pool.includes(seat)))
  )
}

function pairsOf(plan: Plan, statuses: Uint8Array, query: BestQuery, pool: number[]): Choice[] {
  const near = 3 * spacingOf(plan)
  const runOf = (seat: number): number =>
    plan.left[seat]! >= 0 && pool.includes(plan.left[seat]!) ? runOf(plan.left[seat]!) : seat
  const pairs: Choice[] = []
  for (let size = 1; size < query.count; size++) {
    for (const a of windows(plan, pool, size)) {
      for (const b of windows(plan, pool, query.count - size)) {
        if (a[0]! >= b[0]! || runOf(a[0]!) === runOf(b[0]!)) continue
        const gaps = [a[0]!, a.at(-1)!].flatMap((p) => [b[0]!, b.at(-1)!].map((q) => distance(plan, p, q)))
        if (Math.min(...gaps) > near) continue
        const seats = [...a, ...b]
        pairs.push({ seats, rank: [-Math.min(a.length, b.length), costOf(plan, statuses, query, seats, false)] })
      }
    }
  }
  return pairs
}

function groupsOf(plan: Plan, query: BestQuery, pool: number[], mixed: boolean): Choice[] {
  const near = 3 * spacingOf(plan)
  const seeds = mixed ? pool.filter((seat) => plan.accessible[seat] === 1) : pool
  return seeds.map((seed) => {
    const seats = byDistance(plan, seed, pool).slice(0, query.count)
    const steps = Math.ceil(distance(plan, seed, seats.at(-1)!) / near)
    return { seats, rank: [steps, sightOf(plan, seats, mixed), plan.sight[seed]!] }
  })
}

function byDistance(plan: Plan, from: number, seats: number[]): number[] {
  return seats.toSorted((a, b) => distance(plan, from, a) - distance(plan, from, b) || a - b)
}

function spacingOf(plan: Plan): number {
  const gaps = [...plan.ids.keys()].filter((seat) => plan.right[seat] !== -1).map((s) => distance(plan, s, s + 1))
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] || 25
}

function distance(plan: Plan, a: number, b: number): number {
  return Math.hypot(plan.x[a]! - plan.x[b]!, plan.y[a]! - plan.y[b]!)
}

function bestOf(choices: readonly Choice[]): number[][] {
  const compare = (a: Choice, b: Choice) => a.rank.map((n, at) => n - b.rank[at]!).find((n) => n !== 0) ?? 0
  const best = choices.reduce((a, b) => (compare(b, a) < 0 ? b : a))
  return choices.filter((choice) => compare(choice, best) === 0).map(({ seats }) => ascending(seats))
}

function ascending(seats: readonly number[]): number[] {
  return seats.toSorted((a, b) => a - b)
}
