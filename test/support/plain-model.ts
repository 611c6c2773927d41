// The rules once more, as plainly as a stranger would write them down from DESIGN: maps and sentences, no
// bytes, no indexes, nothing incremental, and no code of core. What core says is held against this.
import type { Command, HoldCommand } from '../../core/command.ts'
import type { Policy } from '../../core/policy.ts'
import { seatIds } from './seat-names.ts'

const DAY_MS = 86_400_000

interface Seat {
  readonly category: string
  readonly zone: string
}

/** What a command came to: a refusal's code, or what happened in words. */
export type Said = string

interface Taken {
  readonly as: 'held' | 'booked' | 'blocked'
  /** `hold 3`, `booking 1`, or nobody. */
  readonly by: string
}

interface Hold {
  readonly user: string
  readonly seats: readonly string[]
  readonly paid: ReadonlyMap<string, number>
  until: number
  extensions: number
}

interface Booking {
  readonly user: string
  readonly paid: ReadonlyMap<string, number>
  seats: readonly string[]
}

export class PlainModel {
  readonly taken = new Map<string, Taken>()
  readonly holds = new Map<number, Hold>()
  readonly bookings = new Map<number, Booking>()
  private readonly seats: ReadonlyMap<string, Seat>
  /** By index. */
  readonly ids: readonly string[]
  private readonly answers: { user: string; key: string; at: number; request: string; said: Said }[] = []
  private prices: Record<string, number>
  private policy: Policy
  private holdsMade = 0
  private bookingsMade = 0

  constructor(seats: ReadonlyMap<string, Seat>, prices: Readonly<Record<string, number>>, policy: Policy) {
    this.seats = seats
    this.ids = [...seats.keys()]
    this.prices = { ...prices }
    this.policy = policy
  }

  /** Holds that are over at `now` are no more. */
  pass(now: number): void {
    for (const [number, hold] of this.holds) if (hold.until <= now) this.end(number)
  }

  /** What `command` comes to at `now`. Of the best seats it only knows whether `chosen` may be them. */
  ask(command: Command, now: number, chosen: readonly string[] | null): Said {
    this.pass(now)
    // A seat is the same one by either name.
    const seats = 'seats' in command ? seatIds(command.seats, this)?.toSorted() : undefined
    const request = JSON.stringify({ ...command, seats })
    const { user, key } = command
    const known = this.answers.findLast(
      (answer) => answer.user === user && answer.key === key && now < answer.at + DAY_MS
    )
    if (key !== '' && known !== undefined) return known.request === request ? known.said : 'idempotency_conflict'
    const said = this.decide(command, now, chosen)
    if (key !== '' && said.includes(' ')) this.answers.push({ user, key, at: now, request, said })
    return said
  }

  seatsOf(user: string): number {
    return [...this.taken.values()].filter(({ by }) => this.ownerOf(by) === user).length
  }

  holdsOf(user: string): number {
    return [...this.holds.values()].filter((hold) => hold.user === user).length
  }

  ownerOf(by: string): string | undefined {
    const [what, number] = by.split(' ')
    return (what === 'hold' ? this.holds : this.bookings).get(Number(number))?.user
  }

  private decide(command: Command, now: number, chosen: readonly string[] | null): Said {
    switch (command.op) {
      case 'hold':
        return this.hold(command, now, chosen)
      case 'extend':
        return this.theirs(command, (hold, number) => {
          if (hold.extensions >= this.policy.extensionsMax) return 'limit_exceeded'
          hold.extensions++
          hold.until = Math.max(hold.until, now + this.policy.holdMs)
          return `extended ${number} until ${hold.until} with ${priced(hold.seats, hold.paid)}`
        })
      case 'release':
        return this.theirs(command, (hold, number) => {
          this.end(number)
          return `released ${number} with ${hold.seats.join()}`
        })
      case 'book':
        return this.theirs(command, (hold, number) => this.book(hold, number, seatIds(command.seats, this)))
      case 'cancel':
        return this.cancel(command.booking, command.user, command.admin, seatIds(command.seats, this))
      case 'block':
      case 'unblock':
        return command.admin ? this.block(command.op, command.seats) : 'forbidden'
      case 'change':
        if (!command.admin) return 'forbidden'
        this.prices = { ...this.prices, ...command.change.prices }
        this.policy = { ...this.policy, ...command.change.policy }
        return 'changed it'
      case 'create':
        return 'idempotency_conflict'
    }
  }

  private hold({ user, best, ...named }: HoldCommand, now: number, chosen: readonly string[] | null): Said {
    const seats = seatIds(named.seats, this)
    const wrong = seats === null ? null : this.wrongList(seats)
    if (wrong !== null) return wrong
    const { saleStartsAt, saleEndsAt, seatsPerHoldMax, seatsPerUserMax, holdsPerUserMax, holdMs } = this.policy
    if (now < (saleStartsAt ?? now) || now >= (saleEndsAt ?? now + 1)) return 'sale_closed'
    const count = seats?.length ?? best!.count
    const tooMany = count > seatsPerHoldMax || this.seatsOf(user) + count > seatsPerUserMax
    if (tooMany || this.holdsOf(user) >= holdsPerUserMax) return 'limit_exceeded'
    const fitting = [...this.seats].filter(
      ([id, { category, zone }]) =>
        !this.taken.has(id) && category === (best?.category ?? category) && zone === (best?.zone ?? zone)
    )
    if (best !== null && fitting.length < count) return 'seats_unavailable'
    const wanted = (seats ?? chosen ?? []).toSorted()
    if (best !== null && !wanted.every((id) => fitting.some(([fits]) => fits === id))) return 'seats that do not fit'
    if (new Set(wanted).size !== count) return 'not as many seats as asked for'
    if (wanted.some((id) => this.taken.has(id))) return 'seats_unavailable'
    const number = ++this.holdsMade
    const paid = new Map(wanted.map((id) => [id, this.prices[this.seats.get(id)!.category]!]))
    this.holds.set(number, { user, seats: wanted, paid, until: now + holdMs, extensions: 0 })
    for (const id of wanted) this.taken.set(id, { as: 'held', by: `hold ${number}` })
    return `held ${number} until ${now + holdMs} with ${priced(wanted, paid)}`
  }

  private theirs(
    { hold: id, user, admin }: { hold: string; user: string; admin: boolean },
    then: (hold: Hold, number: number) => Said
  ): Said {
    const number = Number(id)
    if (number < 1 || number > this.holdsMade) return 'not_found'
    const hold = this.holds.get(number)
    if (hold === undefined) return 'hold_expired'
    return hold.user === user || admin ? then(hold, number) : 'forbidden'
  }

  private book(hold: Hold, number: number, seats: readonly string[] | null): Said {
    const wanted = (seats ?? hold.seats).toSorted()
    const wrong = this.wrongList(wanted)
    if (wrong !== null) return wrong
    if (wanted.some((id) => !hold.seats.includes(id))) return 'seats_unavailable'
    this.end(number)
    const booking = ++this.bookingsMade
    this.bookings.set(booking, { user: hold.user, seats: wanted, paid: hold.paid })
    for (const id of wanted) this.taken.set(id, { as: 'booked', by: `booking ${booking}` })
    return `booked ${booking} for ${hold.user} with ${priced(wanted, hold.paid)}`
  }

  private cancel(id: string, user: string, admin: boolean, seats: readonly string[] | null): Said {
    const number = Number(id.split('.')[1])
    const booking = this.bookings.get(number)
    if (booking === undefined) return 'not_found'
    if (booking.seats.length === 0) return 'seats_unavailable'
    if (booking.user !== user && !admin) return 'forbidden'
    const gone = (seats ?? booking.seats).toSorted()
    const wrong = this.wrongList(gone)
    if (wrong !== null) return wrong
    if (gone.some((seat) => !booking.seats.includes(seat))) return 'seats_unavailable'
    for (const seat of gone) this.taken.delete(seat)
    booking.seats = booking.seats.filter((seat) => !gone.includes(seat))
    return `cancelled ${number} of ${booking.user}: ${gone.join()}, left ${priced(booking.seats, booking.paid)}`
  }

  private block(op: 'block' | 'unblock', seats: readonly string[]): Said {
    const wrong = this.wrongList(seats)
    if (wrong !== null) return wrong
    const expected = op === 'block' ? undefined : 'blocked'
    if (seats.some((id) => this.taken.get(id)?.as !== expected)) return 'seats_unavailable'
    for (const id of seats) {
      if (op === 'block') this.taken.set(id, { as: 'blocked', by: 'nobody' })
      else this.taken.delete(id)
    }
    return `${op}ed ${seats.toSorted().join()}`
  }

  private end(number: number): void {
    for (const id of this.holds.get(number)!.seats) this.taken.delete(id)
    this.holds.delete(number)
  }

  private wrongList(seats: readonly string[]): Said | null {
    if (seats.length === 0 || new Set(seats).size < seats.length) return 'invalid_request'
    return seats.every((id) => this.seats.has(id)) ? null : 'not_found'
  }
}

function priced(seats: readonly string[], paid: ReadonlyMap<string, number>): string {
  return seats.map((id) => `${id} at ${paid.get(id)}`).join()
}
