// What one user has of a show: what the caps count, and what the user's idempotency keys did.
import type { ShowEvent } from './event.ts'

export interface Tally {
  /** Seats held and booked, and live holds. */
  seats: number
  holds: number
  /** What was done with a key: the one thing, a list, oldest first, or by key where there are many. Undefined: nothing. */
  remembered?: ShowEvent | ShowEvent[] | Map<string, ShowEvent> | undefined
}

/**
 * By user. Who has nothing and did nothing of late is not in it. One command asks for one user again and again, so the
 * last one is kept at hand.
 */
export class Tallies {
  private readonly all = new Map<string, Tally>()
  /** Not part of the state, and so not seen by whoever compares two of them. */
  #user: string | null = null
  #tally: Tally | undefined

  get size(): number {
    return this.all.size
  }

  get(user: string): Tally | undefined {
    if (user === this.#user) return this.#tally
    this.#user = user
    this.#tally = this.all.get(user)
    return this.#tally
  }

  set(user: string, tally: Tally): void {
    this.all.set(user, tally)
    this.#user = user
    this.#tally = tally
  }

  delete(user: string): void {
    this.all.delete(user)
    this.#user = null
  }
}

/** Up to here a user's keys are looked through, which is faster than hashing the key, and smaller. Few buyers do more. */
const LIST_MAX = 4

export function recall(tally: Tally | undefined, key: string): ShowEvent | undefined {
  const remembered = tally?.remembered
  if (remembered === undefined) return undefined
  if (remembered instanceof Map) return remembered.get(key)
  if (!Array.isArray(remembered)) return remembered.key === key ? remembered : undefined
  for (let i = remembered.length - 1; i >= 0; i--) if (remembered[i]!.key === key) return remembered[i]
  return undefined
}

export function remember(tallies: Tallies, event: ShowEvent): void {
  const tally = tallies.get(event.user)
  if (tally === undefined) tallies.set(event.user, { seats: 0, holds: 0, remembered: event })
  else if (tally.remembered === undefined) tally.remembered = event
  else if (tally.remembered instanceof Map) tally.remembered.set(event.key, event)
  else if (!Array.isArray(tally.remembered)) tally.remembered = [tally.remembered, event]
  else if (tally.remembered.push(event) > LIST_MAX) {
    tally.remembered = new Map(tally.remembered.map((each) => [each.key, each]))
  }
}

/** Forgets `event`, which is the oldest its user did, unless its key was used again since. */
export function forget(tallies: Tallies, event: ShowEvent): void {
  const tally = tallies.get(event.user)
  if (tally?.remembered === undefined) return
  const { remembered } = tally
  if (remembered instanceof Map) {
    if (remembered.get(event.key) === event) remembered.delete(event.key)
    if (remembered.size === 0) tally.remembered = undefined
  } else if (Array.isArray(remembered) && remembered.length > 1) remembered.shift()
  else tally.remembered = undefined
  dropEmpty(tallies, event.user, tally)
}

/** Adds to what `user` has. */
export function count(tallies: Tallies, user: string, seats: number, holds: number): void {
  const tally = tallies.get(user)
  if (tally === undefined) {
    tallies.set(user, { seats, holds, remembered: undefined })
    return
  }
  tally.seats += seats
  tally.holds += holds
  dropEmpty(tallies, user, tally)
}

function dropEmpty(tallies: Tallies, user: string, tally: Tally): void {
  if (tally.seats === 0 && tally.holds === 0 && tally.remembered === undefined) tallies.delete(user)
}
