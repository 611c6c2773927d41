// What can come next. Starting from what returns first: with what can be next, all whose order with it matters;
// with what cannot, all that does what it waits for, answered or unheard of. Whatever is left out can as well
// come later: it changes nothing that these rest on.
import type { Footprint } from './footprint.ts'
import type { Rules } from './plain-needs.ts'
import { judge } from './plain-seats.ts'
import type { Change, Claim, Show } from './plain-show.ts'
import { type Guess, type Here, NAMELESS, type Unknowns } from './unknowns.ts'
import type { Known, Waiting } from './waiting.ts'

export interface Choice {
  /** In `waiting`; −1 for what nobody heard of. */
  readonly known: number
  readonly guess: Guess | null
  readonly change: Change
}

export interface Choices {
  /** What was asked for sure before what may never have been, each in order of return. */
  readonly choices: readonly Choice[]
  /** All that this rests on: while none of it is otherwise, there are no other choices that matter. */
  readonly keys: Set<string>
}

type Keys = ReadonlySet<string>

/** Stands for time in a set of keys. */
export const TIME = 'time'

/** `failed`: what other choices here have failed for, where nothing unheard of is to be left out. */
export function choicesOf(
  here: Here,
  waiting: Waiting,
  unknowns: Unknowns,
  rules: Rules,
  failed: Keys | null
): Choices {
  const { show } = here
  const known = new Map<number, Choice | null>()
  const guessed = new Map<string, Choice | null>()
  const needed = new Set<string>()
  const keys = new Set<string>()
  const open: (() => void)[] = []

  const restOn = (footprint: Footprint) => {
    for (const key of footprint.changes) keys.add(key)
    for (const key of footprint.rests) {
      keys.add(key)
      if (isOver(show, key)) keys.add(TIME)
    }
  }
  const add = (found: readonly number[]) => {
    for (const at of found) {
      if (known.has(at)) continue
      known.set(at, null)
      open.push(() => consider(at))
    }
  }
  const need = (wanted: readonly string[]) => {
    for (const key of wanted) {
      if (needed.has(key)) continue
      needed.add(key)
      open.push(() => supply(key))
    }
  }
  const consider = (at: number) => {
    const operation = waiting.all[at]!
    restOn(operation.footprint)
    const change = judge(show, rules, operation)
    if ('wrong' in change) {
      if (change.late === true) keys.add(TIME)
      return need(change.needs)
    }
    known.set(at, { known: at, guess: null, change })
    add(waiting.conflicting(operation.footprint))
    pass(operation.footprint, change)
    // What it makes impossible may have been before it, if nobody heard of it.
    if (failed === null) return
    for (const key of operation.footprint.changes) {
      offer(unknowns.touching(here, key).filter(({ footprint }) => mayHelp(footprint, operation.footprint, failed)))
    }
  }
  const pass = ({ rests }: Footprint, { nowMs, claims }: Change) => {
    for (const [key, claim] of claims) {
      if (!claim || claim.until > nowMs) continue
      // Who was not told of its seats may have seen any of them taken; and another may have been over instead.
      add(waiting.those((other) => claim.more > 0 || restsOnSeats(other, claim.seats)))
      need([`-${key}`, `-user ${claim.user}`])
    }
    if (nowMs === show.nowMs) return
    keys.add(TIME)
    add(waiting.those((other) => heedsTime(here, rules, other, nowMs)))
    // What it takes to be over by time may as well be over without.
    need([...rests].filter((key) => endsBy(here, key, nowMs)).map((key) => `-${key}`))
  }
  const supply = (key: string) => {
    for (const related of unknowns.keysOf(key)) keys.add(related)
    add(waiting.doers(key))
    offer(unknowns.guesses(here, key))
  }
  const offer = (guesses: readonly Guess[]) => {
    for (const guess of guesses) {
      const id = `${guess.unknown} ${guess.name}`
      if (guessed.has(id)) continue
      guessed.set(id, null)
      restOn(guess.footprint)
      if ('wrong' in guess.verdict) {
        if (guess.verdict.late === true) keys.add(TIME)
        need(guess.verdict.needs)
        continue
      }
      guessed.set(id, { known: -1, guess, change: guess.verdict })
      add(waiting.conflicting(guess.footprint))
      if (guess.verdict.claims.some(([, claim]) => claim && claim.more > 0)) {
        add(waiting.those((other) => restsOnSeats(other, null)))
      }
      pass(guess.footprint, guess.verdict)
    }
  }

  add([waiting.first])
  for (let next = open.pop(); next !== undefined; next = open.pop()) next()
  const sure = [...known.values()].filter((choice) => choice !== null).sort((a, b) => a.known - b.known)
  return { choices: [...sure, ...[...guessed.values()].filter((choice) => choice !== null)], keys }
}

/** Whether `guess` could do before `known` something that is not the same after it, and that others failed for. */
function mayHelp(guess: Footprint, known: Footprint, failed: Keys): boolean {
  if (failed.has(NAMELESS)) return true
  return guess.changes.some((key) => failed.has(key) && !known.rests.has(key) && !known.changes.includes(key))
}

/** Whether it rests on any of `seats`, or on any seat at all. */
function restsOnSeats({ footprint }: Known, seats: readonly string[] | null): boolean {
  if (seats !== null) return seats.some((seat) => footprint.rests.has(`seat ${seat}`))
  return [...footprint.rests].some((key) => key.startsWith('seat '))
}

/** Whether the answer of `operation` could be right now, and not when it is `ms`. */
function heedsTime(here: Here, { holdMs = 0 }: Rules, { clockMs, told, footprint }: Known, ms: number): boolean {
  if (clockMs < ms) return true
  if (told.kind === 'held' && (told.expiresAt <= ms || told.expiresAt - holdMs < ms)) return true
  if (told.kind === 'extended' && told.expiresAt - holdMs < ms) return true
  for (const key of footprint.rests) if (endsBy(here, key, ms)) return true
  return false
}

/** Whether `key` is a hold, or a seat of one, that is over by time. */
export function isOver(show: Show, key: string): boolean {
  const claim = claimBehind(show, key)
  return claim ? claim.from <= show.nowMs : false
}

/** Whether `key` is a hold, or a seat of one, that may be over at `ms` and is not now. */
function endsBy({ show }: Here, key: string, ms: number): boolean {
  const claim = claimBehind(show, key)
  return claim ? claim.from <= ms && claim.until > show.nowMs : false
}

function claimBehind(show: Show, key: string): Claim | null | undefined {
  const by = key.startsWith('seat ') ? show.takenBy.get(key.slice('seat '.length)) : key
  return by === undefined ? undefined : show.claims.get(by)
}
