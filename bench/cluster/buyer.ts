// One of those who buy while nodes come and go: holds, books, gives back, cancels, over whatever node it is connected to.
// When that one falls silent it goes to another, and asks there again under the same key.
import { type Booking, type Client, connect, FrontrowError, newKey } from '../../gateway/client/client.ts'
import type { Random } from '../random.ts'

/** What all buyers report to. */
export interface Till {
  /** A hold, or another write, was answered: `ok` or the code of the refusal, and how long it took. */
  answered(op: string, outcome: string, ms: number): void
  /** A write has been asked since `performance.now()`; the answer is called when it is answered. */
  asking(): () => void
  booked(booking: string): void
  /** A booking is about to be cancelled: from now on either is right. */
  cancelling(booking: string): void
}

export interface BuyerOptions {
  readonly token: string
  readonly shows: readonly string[]
  readonly seats: readonly string[]
  readonly random: Random
  readonly till: Till
  /** The address of a node that runs, any of them. */
  readonly anyNode: () => string | null
}

export interface Buyer {
  /** One hold and what becomes of it. */
  buy(): Promise<void>
  close(): void
}

/** Bookings it keeps; for each one more it cancels its oldest, so that no house is ever sold out. */
const BOOKINGS_KEPT = 3
const NAMED_SHARE = 0.2
const BOOKED_SHARE = 0.7
/** Of its purchases, before so many it connects anew: nodes that came later get their share of sockets. */
const MOVES_SHARE = 0.05
const GIVEN_UP_MS = 60_000

export function createBuyer({ token, shows, seats, random, till, anyNode }: BuyerOptions): Buyer {
  const bookings: Booking[] = []
  let isClosed = false
  let client: Client | null = null

  const move = (): void => {
    const old = client
    const url = isClosed ? null : anyNode()
    client = url === null ? null : open(url)
    old?.close()
  }

  const open = (url: string): Client => {
    const opening = connect({
      url,
      token,
      timeoutMs: GIVEN_UP_MS,
      onState: (state) => {
        if (state === 'waiting' && client === opening) move()
      }
    })
    return opening
  }

  /** Null where it was refused, or nobody is there to ask. */
  const ask = async <T>(op: string, call: (client: Client, key: string) => Promise<T>): Promise<T | null> => {
    const key = newKey()
    const startedAt = performance.now()
    const answered = till.asking()
    const say = (outcome: string) => till.answered(op, outcome, performance.now() - startedAt)
    try {
      while (!isClosed && performance.now() - startedAt < GIVEN_UP_MS) {
        if (client === null) move()
        const asked = client
        if (asked === null) return null
        try {
          const done = await call(asked, key)
          say('ok')
          return done
        } catch (error) {
          if (!(error instanceof FrontrowError)) throw error
          if (client !== asked) continue
          say(error.outcome === 'unknown' ? 'unknown' : error.code)
          return null
        }
      }
      say('unknown')
      return null
    } finally {
      answered()
    }
  }

  const buy = async (): Promise<void> => {
    if (random.next() < MOVES_SHARE) move()
    const show = shows[random.below(shows.length)]!
    const choice =
      random.next() < NAMED_SHARE
        ? { seats: [seats[random.below(seats.length)]!] }
        : { best: { count: 1 + random.below(4) } }
    const hold = await ask('hold', (asked, key) => asked.hold({ show, ...choice }, { key }))
    if (hold === null) return
    if (random.next() >= BOOKED_SHARE) {
      await ask('release', (asked, key) => asked.release({ show, hold: hold.id }, { key }))
      return
    }
    const booking = await ask('book', (asked, key) => asked.book({ show, hold: hold.id }, { key }))
    if (booking === null) return
    till.booked(booking.id)
    bookings.push(booking)
    if (bookings.length <= BOOKINGS_KEPT) return
    const oldest = bookings.shift()!
    till.cancelling(oldest.id)
    await ask('cancel', (asked, key) => asked.cancel({ show: oldest.showId, booking: oldest.id }, { key }))
  }

  return {
    buy,
    close: () => {
      isClosed = true
      client?.close()
    }
  }
}
