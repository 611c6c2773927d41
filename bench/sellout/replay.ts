// The journal told again, by rules written down a second time: this must not share code with what it judges. Finds
// seats that were taken while they were somebody's, and ends with who has what.
import type { BookedEvent, ShowEvent } from '../../core/event.ts'
import type { JournalFrame } from './history.ts'

interface LiveHold {
  readonly user: string
  readonly seats: ReadonlySet<number>
  expiresAt: number
}

interface StandingBooking {
  readonly owner: string
  readonly seats: readonly number[]
  readonly prices: readonly number[]
}

export interface Replay {
  /** 0 available, 1 held, 2 booked, 3 blocked, by seat index. */
  readonly statuses: Uint8Array
  readonly bookings: readonly BookedEvent[]
  /** What bookings have now, after cancellations, by number. */
  readonly standing: ReadonlyMap<number, StandingBooking>
  readonly events: readonly ShowEvent[]
  /** Seats booked while they were booked. */
  readonly soldTwice: readonly string[]
  /** Anything else that cannot have happened. */
  readonly impossible: readonly string[]
}

const AVAILABLE = 0
const HELD = 1
const BOOKED = 2
const BLOCKED = 3

export function replay(show: string, seatIds: readonly string[], frames: readonly JournalFrame[]): Replay {
  const statuses = new Uint8Array(seatIds.length)
  const holds = new Map<number, LiveHold>()
  /** Which booking a seat was sold in: kept apart from its status, so that no fault there can hide a second sale. */
  const soldIn = new Map<number, number>()
  const bookings: BookedEvent[] = []
  const events: ShowEvent[] = []
  const soldTwice: string[] = []
  const impossible: string[] = []

  function move(seats: Iterable<number>, from: number, to: number, what: string): void {
    for (const seat of seats) {
      if (statuses[seat] !== from) {
        impossible.push(`${what}: ${seatIds[seat]} had status ${statuses[seat]}, not ${from}`)
      }
      statuses[seat] = to
    }
  }

  function end(number: number, at: number, what: string): LiveHold | null {
    const hold = alive(number, at, what)
    holds.delete(number)
    return hold
  }

  function alive(number: number, at: number, what: string): LiveHold | null {
    const hold = holds.get(number)
    if (hold === undefined) impossible.push(`${what}: there is no such hold`)
    else if (at >= hold.expiresAt) impossible.push(`${what}: at ${at}, but the hold ended at ${hold.expiresAt}`)
    return hold ?? null
  }

  function book(event: BookedEvent, what: string): void {
    const hold = end(event.hold, event.at, what)
    const all = new Set([...event.seats, ...event.freed])
    if (hold !== null && (hold.user !== event.owner || !sameSet(all, hold.seats))) {
      impossible.push(`${what}: is not of the hold it names`)
    }
    for (const seat of event.seats) {
      if (soldIn.has(seat)) soldTwice.push(`${what}: ${seatIds[seat]} was sold in booking ${soldIn.get(seat)}`)
      soldIn.set(seat, event.booking)
    }
    move(event.seats, HELD, BOOKED, what)
    move(event.freed, HELD, AVAILABLE, what)
    bookings.push(event)
  }

  function happen(event: ShowEvent): void {
    switch (event.kind) {
      case 'held': {
        const what = `hold ${event.hold}`
        if (holds.has(event.hold)) impossible.push(`${what}: exists twice`)
        move(event.seats, AVAILABLE, HELD, what)
        holds.set(event.hold, { user: event.user, seats: new Set(event.seats), expiresAt: event.expiresAt })
        return
      }
      case 'extended': {
        const hold = alive(event.hold, event.at, `extending hold ${event.hold}`)
        if (hold !== null) hold.expiresAt = event.expiresAt
        return
      }
      case 'released':
        end(event.hold, event.at, `releasing hold ${event.hold}`)
        return move(event.seats, HELD, AVAILABLE, `releasing hold ${event.hold}`)
      case 'expired': {
        const hold = holds.get(event.hold)
        if (hold === undefined || event.at < hold.expiresAt) impossible.push(`hold ${event.hold}: expired too early`)
        holds.delete(event.hold)
        return move(event.seats, HELD, AVAILABLE, `expiry of hold ${event.hold}`)
      }
      case 'booked':
        return book(event, `booking ${event.booking}`)
      case 'cancelled':
        for (const seat of event.seats) soldIn.delete(seat)
        return move(event.seats, BOOKED, AVAILABLE, `cancelling booking ${event.booking}`)
      case 'blocked':
        return move(event.seats, AVAILABLE, BLOCKED, 'blocking')
      case 'unblocked':
        return move(event.seats, BLOCKED, AVAILABLE, 'unblocking')
      case 'created':
      case 'changed':
    }
  }

  for (const { frame } of frames) {
    for (const entry of frame.entries) {
      if (entry.show !== show) continue
      events.push(entry.event)
      happen(entry.event)
    }
  }
  return { statuses, bookings, standing: standingOf(events, impossible), events, soldTwice, impossible }
}

function standingOf(events: readonly ShowEvent[], impossible: string[]): ReadonlyMap<number, StandingBooking> {
  const standing = new Map<number, StandingBooking>()
  for (const event of events) {
    if (event.kind === 'booked') {
      if (standing.has(event.booking)) impossible.push(`booking ${event.booking}: exists twice`)
      standing.set(event.booking, event)
    } else if (event.kind === 'cancelled') {
      const { booking, owner, seats, left, leftPrices } = event
      const known = standing.get(booking)
      const same = known?.owner === owner && sameSet(new Set(known.seats), new Set([...seats, ...left]))
      if (!same) impossible.push(`cancelling booking ${booking}: it does not have these seats`)
      standing.set(booking, { owner, seats: left, prices: leftPrices })
    }
  }
  return standing
}

function sameSet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item))
}
