// What an answer takes to be right: seats that are free or taken, claims that are alive or over, limits.
// Needs are gathered first; then `settle` finds the earliest moment at which all of them are met, as the holds
// that must be over have ended by then and those that must be alive have not.
import type { Operation, Told } from './operation.ts'
import type { Change, Claim, ClaimChange, SeatChange, Show } from './plain-show.ts'

/** What a show allows, as far as the judge knows; what is left out is not judged. */
export interface Rules {
  /** Every seat there is. */
  readonly seats?: ReadonlySet<string>
  /** Whoever asks for the best takes any seat: too few for them are too few in the whole house. */
  readonly bestOfAll?: boolean
  /** How long a hold lasts, where that never changes: its end then tells the moment it was made. */
  readonly holdMs?: number
  readonly seatsPerHoldMax?: number
  readonly seatsPerUserMax?: number
  readonly holdsPerUserMax?: number
  readonly extensionsMax?: number
}

export type Answered = Pick<Operation, 'user' | 'asked' | 'clockMs'> & {
  readonly told: Told
  /** Seats that those may have whom nobody heard of. */
  readonly spare?: number
}

/**
 * Why an answer is not right now, and what would have to come first, one of these at least: `+seat A1` taken,
 * `-seat A1` free, `+house` fuller, `+hold 7` there, `-hold 7` over, `-user ann` with less. None: it never will be
 * right.
 */
export interface Wrong {
  readonly wrong: string
  readonly needs: readonly string[]
  /** It might be right if it were earlier. */
  readonly late?: boolean
}

/** Claims that must be alive and that must be over, each with what would help where it is not so. */
export interface Needs {
  readonly alive: Map<string, string>
  readonly over: Map<string, string[]>
}

export function noNeeds(): Needs {
  return { alive: new Map(), over: new Map() }
}

export function mustBeOver(needs: Needs, key: string, help: string): void {
  const helps = needs.over.get(key)
  if (helps === undefined) needs.over.set(key, [help])
  else helps.push(help)
}

export const ADMIN = 'admin'

export function never(wrong: string): Wrong {
  return { wrong, needs: [] }
}

export function free(show: Show, seats: readonly string[], needs: Needs): Wrong | null {
  for (const seat of seats) {
    const by = show.takenBy.get(seat)
    if (by === undefined) continue
    if (!by.startsWith('hold ')) return { wrong: `${seat} is taken by ${by}`, needs: [`-seat ${seat}`] }
    mustBeOver(needs, by, `-seat ${seat}`)
  }
  return null
}

/** Of the seats `asked`, those that are taken are `named`; where none is named, it is one of them at least. */
export function taken(show: Show, asked: readonly string[], named: readonly string[], needs: Needs): Wrong | null {
  if (named.some((seat) => !asked.includes(seat))) return never(`refused for seats that were not asked for`)
  if (named.length === 0) {
    const one = asked.some((seat) => alive(show, show.takenBy.get(seat)))
    return one
      ? null
      : { wrong: `${asked.join(' ')} are free`, needs: asked.map((seat) => `+seat ${seat}`), late: true }
  }
  for (const seat of named) {
    const by = show.takenBy.get(seat)
    if (by === undefined) return { wrong: `${seat} is free`, needs: [`+seat ${seat}`] }
    if (by.startsWith('hold ')) needs.alive.set(by, `+seat ${seat}`)
  }
  return free(show, without(asked, named), needs)
}

/** Too few are free for a hold of `count`, whichever they are; nobody heard of what has up to `spare` of them. */
export function tooFew(show: Show, { seats, bestOfAll }: Rules, count: number, spare: number): Wrong | null {
  if (seats === undefined || bestOfAll !== true) return null
  let left = -spare
  for (const seat of seats) if (!alive(show, show.takenBy.get(seat))) left++
  return left < count ? null : { wrong: `${left} seats are free`, needs: ['+house'], late: true }
}

/** The claim, which must be alive and the user's, or the user an admin. */
export function own(show: Show, key: string, user: string, needs: Needs): Claim | Wrong {
  const claim = show.claims.get(key)
  if (claim === undefined) return { wrong: `there is no ${key}`, needs: [`+${key}`] }
  if (claim === null) return never(`${key} is over`)
  if (claim.user !== user && user !== ADMIN) return never(`${key} is ${claim.user}'s`)
  needs.alive.set(key, `+${key}`)
  return claim
}

/** A hold of `count` seats more must be within the user's limits, once what must be over is. */
export function withinLimits(show: Show, rules: Rules, answered: Answered, count: number, needs: Needs): Wrong | null {
  const { user, clockMs } = answered
  const claims = new Map([...claimsOf(show, user)].filter(([key]) => !needs.over.has(key)))
  for (;;) {
    const wrong = overLimit(rules, claims.values(), count)
    if (wrong === null) return null
    if (count > (rules.seatsPerHoldMax ?? Infinity)) return never(wrong)
    const left = [...claims].filter(([key]) => !needs.alive.has(key))
    const [next] = left.sort(([, a], [, b]) => a.from - b.from)
    if (next === undefined || next[1].from > clockMs) {
      // What must be alive would not count either, were its seats somebody else's.
      return { wrong: `${user}: ${wrong}`, needs: [`-user ${user}`, ...needs.alive.values()] }
    }
    claims.delete(next[0])
    mustBeOver(needs, next[0], `-user ${user}`)
  }
}

/** A hold of `count` seats more must be over the user's limits, if all of them are known. */
export function beyondLimits(show: Show, rules: Rules, user: string, count: number): Wrong | null {
  const { seatsPerHoldMax, seatsPerUserMax, holdsPerUserMax } = rules
  if (seatsPerHoldMax === undefined || seatsPerUserMax === undefined || holdsPerUserMax === undefined) return null
  if (overLimit(rules, claimsOf(show, user).values(), count) !== null) return null
  return { wrong: `${user} is within all limits`, needs: [`+user ${user}`], late: true }
}

/**
 * What is different once the needs are met: time has gone on as far as it takes, exactly to `momentMs` where
 * that is known, and the holds that must be over are.
 */
export function settle(show: Show, clockMs: number, needs: Needs, momentMs?: number): Change | Wrong {
  let nowMs = show.nowMs
  const latest = Math.min(clockMs, momentMs ?? Infinity)
  if (nowMs > latest) return { wrong: `it is ${nowMs} by now, and this was before ${latest}`, needs: [], late: true }
  for (const [key, help] of needs.over) {
    const { from } = show.claims.get(key)!
    if (from > latest) return { wrong: `${key} lasts until ${from}, and this was before ${latest}`, needs: help }
    nowMs = Math.max(nowMs, from)
  }
  nowMs = Math.max(nowMs, momentMs ?? nowMs)
  if (nowMs > clockMs) return never(`its end says that it was made at ${nowMs}: after its answer`)
  for (const [key, help] of needs.alive) {
    const { until } = show.claims.get(key)!
    const other = needs.over.get(key)
    if (other !== undefined) return { wrong: `${key} is either alive or over`, needs: [help, ...other] }
    if (until <= nowMs) return tooLate(`${key} was over at ${until}, and it is ${nowMs} by now`, needs, help)
  }
  return ended(show, needs, nowMs)
}

/** It would be right earlier: also if what must be over by time were over without. */
export function tooLate(wrong: string, { over }: Needs, ...helps: readonly string[]): Wrong {
  return { wrong, needs: [...helps, ...[...over.values()].flat()], late: true }
}

/**
 * The holds that must be over are, and of their seats those are free that must be. The others may have been
 * booked just before the end, which some later answer may tell.
 */
function ended(show: Show, needs: Needs, nowMs: number): Change {
  const claims: ClaimChange[] = []
  const seats: SeatChange[] = []
  for (const [key, helps] of needs.over) {
    const claim = show.claims.get(key)!
    if (claim.until > nowMs) claims.push([key, { ...claim, until: nowMs }])
    for (const help of helps) if (help.startsWith('-seat ')) seats.push([help.slice('-seat '.length), undefined])
  }
  return { nowMs, claims, seats }
}

export function after(
  change: Change | Wrong,
  claims: readonly ClaimChange[],
  seats: readonly SeatChange[]
): Change | Wrong {
  if ('wrong' in change) return change
  return { nowMs: change.nowMs, claims: [...change.claims, ...claims], seats: [...change.seats, ...seats] }
}

export function without(all: readonly string[], some: readonly string[]): string[] {
  return all.filter((seat) => !some.includes(seat))
}

function alive(show: Show, by: string | undefined): boolean {
  return by !== undefined && (show.claims.get(by)?.until ?? Infinity) > show.nowMs
}

function claimsOf(show: Show, user: string): Map<string, Claim> {
  const keys = [...(show.claimsOf.get(user) ?? [])].filter((key) => alive(show, key))
  return new Map(keys.map((key) => [key, show.claims.get(key)!]))
}

function overLimit(rules: Rules, claims: Iterable<Claim>, count: number): string | null {
  const { seatsPerHoldMax = Infinity, seatsPerUserMax = Infinity, holdsPerUserMax = Infinity } = rules
  if (count > seatsPerHoldMax) return `${count} seats are more than ${seatsPerHoldMax}`
  let seats = 0
  let holds = 0
  for (const claim of claims) {
    seats += claim.seats.length + claim.more
    // Bookings never end.
    if (claim.from !== Infinity) holds++
  }
  if (holds >= holdsPerUserMax) return `${holds} holds are no less than ${holdsPerUserMax}`
  return seats + count > seatsPerUserMax ? `${seats} and ${count} seats are more than ${seatsPerUserMax}` : null
}
