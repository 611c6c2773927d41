// Operations whose outcome nobody heard: each was done at some moment after it was invoked, or never. The search
// does one only where an answer needs it, so that hundreds of them cost nothing; here is what each could help.
//
// What nobody was told is made up: an unknown hold ends whenever that is needed, has the id `?3`, and may turn out
// to be the hold 7 that somebody asks for later though no answer ever named it. Which seats an unknown hold of the
// best got is told one by one, as answers need them taken.

import type { Nameless } from './footprint.ts'
import { type Footprint, footprintOf, type Makers } from './footprint.ts'
import { surelyMade } from './nameless.ts'
import type { Operation, Told } from './operation.ts'
import { type Answered, after, free, noNeeds, type Rules, settle, type Wrong } from './plain-needs.ts'
import { judge } from './plain-seats.ts'
import type { Change, Claim, Show } from './plain-show.ts'

export interface Unknown {
  readonly operation: Operation
  readonly footprint: Footprint
}

/** One way in which one of them may have been done, or two names may mean one thing. */
export interface Guess {
  /** Which one it uses up; −1 for a name. */
  readonly unknown: number
  readonly name: string
  readonly footprint: Footprint
  readonly verdict: Change | Wrong
}

/** Where a search stands, as far as guesses need to know. */
export interface Here {
  readonly show: Show
  /** When the next place must be taken at the latest, and which time it can be then at the latest. */
  readonly deadline: number
  readonly clockMs: number
  /** The moment by which it was surely as late as `endMs`. */
  readonly provenAt: (endMs: number) => number
}

export class Unknowns {
  readonly all: readonly Unknown[]
  readonly used: Uint8Array
  /** Before this, what one of them may hold is not over. */
  private readonly endsFrom: readonly number[]
  /** The names of those that surely were done. */
  private readonly sure: Map<number, string>
  private readonly rules: Rules
  private readonly nameless: ReadonlyMap<string, Nameless>
  /** By key with sign. */
  private readonly doers = new Map<string, number[]>()
  /** Holds of the best. */
  private readonly anySeats: number[] = []

  /** `operations` in order of invocation; `provenMs` tells which time it was at a moment, or later. */
  constructor(
    operations: readonly Operation[],
    makers: Makers,
    nameless: Map<string, Nameless>,
    rules: Rules,
    provenMs: (moment: number) => number
  ) {
    this.rules = rules
    this.nameless = nameless
    this.sure = surelyMade(nameless)
    this.all = operations.map((operation) => ({
      operation,
      footprint: footprintOf(operation, makers, nameless, rules)
    }))
    this.endsFrom = this.all.map(({ operation }) => provenMs(operation.invokedAt) + (rules.holdMs ?? 0))
    this.used = new Uint8Array(this.all.length)
    for (const [at, { operation, footprint }] of this.all.entries()) {
      for (const key of new Set(footprint.writes)) {
        const doers = this.doers.get(key)
        if (doers === undefined) this.doers.set(key, [at])
        else doers.push(at)
      }
      if (operation.asked.op === 'hold' && operation.asked.seats === null) this.anySeats.push(at)
    }
  }

  /** Whether any that is left, and was invoked before `moment`, could do `key`. */
  mayDo(key: string, moment: number): boolean {
    if (key === '+house') return false
    const free = (at: number) => this.used[at] === 0 && this.all[at]!.operation.invokedAt < moment
    if (this.nameless.get(key.slice(1))?.candidates.length) return true
    if (this.doersOf(key).some(free)) return true
    return key.startsWith('+seat ') && this.anySeats.some((at) => this.used[at] === 1 || free(at))
  }

  /** What could do `key` here. */
  guesses(here: Here, key: string): Guess[] {
    if (key === '+house') return []
    if (this.nameless.has(key.slice(1)) && !here.show.claims.has(key.slice(1))) return this.named(here, key)
    const free = (at: number) => this.used[at] === 0 && this.all[at]!.operation.invokedAt < here.deadline
    const seat = key.startsWith('+seat ') ? key.slice('+seat '.length) : null
    const made = (at: number) => this.guess(here, at, this.nameOf(at), seat)
    const doers = seat === null ? this.doersOf(key).filter(free) : this.takersOf(here.show, key).filter(free)
    // Likeliest is what surely was done, and that a hold was booked which seemed to be over; then what was asked last.
    const by = seat === null ? undefined : here.show.takenBy.get(seat)
    const kept = (at: number) => this.sure.has(at) || this.all[at]!.footprint.rests.has(by ?? '')
    const [first, others] = [doers.filter(kept), doers.filter((at) => !kept(at)).sort((a, b) => b - a)]
    return [...first.map(made), ...(seat === null ? [] : grown(here, seat)), ...others.map(made)]
  }

  private doersOf(key: string): readonly number[] {
    return this.doers.get(key) ?? []
  }

  /** Also what can have had any seat, or booked what had. */
  private takersOf(show: Show, key: string): number[] {
    const booked = this.anySeats.length === 0 ? [] : [...this.all.keys()].filter((at) => this.booksMore(show, at))
    return [...new Set([...this.doersOf(key), ...this.anySeats, ...booked])]
  }

  private booksMore(show: Show, at: number): boolean {
    const { asked } = this.all[at]!.operation
    return asked.op === 'book' && (show.claims.get(`hold ${asked.hold}`)?.more ?? 0) > 0
  }

  /** What could be done here with what `key` stands for, either way. */
  touching(here: Here, key: string): Guess[] {
    const doers = [...this.doersOf(`+${key}`), ...this.doersOf(`-${key}`)]
    return doers
      .filter((at) => this.used[at] === 0 && this.all[at]!.operation.invokedAt < here.deadline)
      .map((at) => this.guess(here, at, this.nameOf(at), null))
  }

  private nameOf(at: number): string {
    const key = this.sure.get(at)
    return key === undefined ? `?${at}` : key.slice(key.indexOf(' ') + 1)
  }

  private guess(here: Here, at: number, id: string, seat: string | null): Guess {
    const { operation, footprint } = this.all[at]!
    const { asked } = operation
    const told = madeUp(here.show, operation, id, seat)
    const name = `${operation.user} ${asked.op}, not known, as ${JSON.stringify(told)}`
    const verdict = lasting(this.judgeLate(here, { ...operation, told, clockMs: here.clockMs }), this.endsFrom[at]!)
    const any = asked.op === 'hold' && asked.seats === null
    return { unknown: at, name, footprint: any ? withSeat(footprint, seat) : footprint, verdict }
  }

  /** A hold that is over by now could still be booked or extended before, where nothing since says otherwise. */
  private judgeLate({ show, provenAt }: Here, answered: Operation & Answered): Change | Wrong {
    const { asked } = answered
    const claim = asked.op === 'book' || asked.op === 'extend' ? show.claims.get(`hold ${asked.hold}`) : undefined
    const { nowMs } = show
    // Where its end was not told, it is only known to be over by `until`.
    const told = claim?.from === claim?.until
    if (!claim || claim.until > nowMs || (told && answered.invokedAt > provenAt(claim.until))) {
      return judge(show, this.rules, answered)
    }
    show.nowMs = claim.until - 1
    const verdict = judge(show, this.rules, answered)
    show.nowMs = nowMs
    return 'wrong' in verdict ? verdict : { ...verdict, nowMs }
  }

  /** All that the guesses for `key` have to do with. */
  keysOf(key: string): string[] {
    const plain = key.slice(1)
    if (this.nameless.has(plain)) return [plain, NAMELESS]
    return key.startsWith('+seat ') ? [plain, ANY, NAMELESS] : [plain]
  }

  /** All that may turn out to be the hold or booking of `key`: made already without a name, or to be made. */
  private named(here: Here, signed: string): Guess[] {
    const { show, deadline } = here
    const key = signed.slice(1)
    const kind = key.slice(0, key.indexOf(' '))
    return this.nameless.get(key)!.candidates.flatMap((at): Guess[] => {
      const { operation, footprint } = this.all[at]!
      if (operation.invokedAt > deadline || (this.sure.get(at) ?? key) !== key) return []
      if (this.used[at] === 1) {
        const change = renamed(show, `${kind} ?${at}`, key)
        if (change === null) return []
        return [{ unknown: -1, name: `${kind} ?${at} is ${key}`, footprint: naming(key), verdict: change }]
      }
      const made = this.guess(here, at, key.slice(kind.length + 1), null)
      const over = { nowMs: show.nowMs, claims: [[key, null] as const], seats: [] }
      const name = `${operation.user} ${operation.asked.op}, not known, made ${key}, which is over`
      const named = {
        ...footprint,
        rests: new Set([...footprint.rests, key, NAMELESS]),
        changes: [...footprint.changes, key]
      }
      return [
        { ...made, footprint: named },
        { unknown: at, name, footprint: named, verdict: over }
      ]
    })
  }
}

/** What a success would be told now. */
function madeUp(show: Show, { asked }: Operation, id: string, seat: string | null): Told {
  switch (asked.op) {
    case 'hold':
      return {
        kind: 'held',
        hold: id,
        seats: asked.seats ?? (seat === null ? [] : [seat]),
        expiresAt: Number.POSITIVE_INFINITY
      }
    case 'extend':
      return { kind: 'extended', hold: asked.hold, expiresAt: Number.POSITIVE_INFINITY }
    case 'release':
      return { kind: 'released' }
    case 'book':
      return { kind: 'booked', booking: id, seats: asked.seats ?? seatsOf(show, `hold ${asked.hold}`) }
    case 'cancel':
      return { kind: 'cancelled', seats: asked.seats ?? seatsOf(show, `booking ${asked.booking}`) }
    default:
      return { kind: asked.op === 'block' ? 'blocked' : 'unblocked' }
  }
}

/** A hold that was just made is not over before `from`. */
function lasting(verdict: Change | Wrong, from: number): Change | Wrong {
  if ('wrong' in verdict) return verdict
  const claims = verdict.claims.map(([key, claim]) => [key, claim?.from === 0 ? { ...claim, from } : claim] as const)
  return { ...verdict, claims }
}

/** What has seats that nobody was told of may have this one. */
function grown({ show, clockMs }: Here, seat: string): Guess[] {
  const needs = noNeeds()
  const freed = free(show, [seat], needs) ?? settle(show, clockMs, needs)
  return [...show.claims].flatMap(([key, claim]): Guess[] => {
    if (claim === null || claim.more === 0 || claim.until <= show.nowMs || needs.over.has(key)) return []
    const more: Claim = { ...claim, seats: [...claim.seats, seat], more: claim.more - 1 }
    const verdict = 'wrong' in freed ? freed : after(freed, [[key, more]], [[seat, key]])
    return [{ unknown: -1, name: `${key} has ${seat} too`, footprint: withSeat(naming(key), seat), verdict }]
  })
}

function seatsOf(show: Show, key: string): readonly string[] {
  return show.claims.get(key)?.seats ?? []
}

/** What holds of the best have in common: each could have had any seat. */
export const ANY = 'any seat'
/** What all have in common that may turn out to be what somebody asks for by its name. */
export const NAMELESS = 'nameless'

function withSeat({ writes, changes, rests }: Footprint, seat: string | null): Footprint {
  if (seat === null) return { writes, changes, rests: new Set([...rests, ANY]) }
  const key = `seat ${seat}`
  return { writes: [...writes, `+${key}`], changes: [...changes, key, 'house'], rests: new Set([...rests, key, ANY]) }
}

function naming(key: string): Footprint {
  return { writes: [`+${key}`], changes: [key], rests: new Set([key, NAMELESS]) }
}

function renamed(show: Show, from: string, to: string): Change | null {
  const claim = show.claims.get(from)
  if (claim === undefined) return null
  const seats = (claim?.seats ?? []).filter((seat) => show.takenBy.get(seat) === from)
  return {
    nowMs: show.nowMs,
    claims: [
      [from, undefined],
      [to, claim]
    ],
    seats: seats.map((seat) => [seat, to] as const)
  }
}
