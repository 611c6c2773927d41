// The plainest model of a show there is: who has each seat, whose holds and bookings are there, and by that which
// refusal a command must get, first in the order of the REFUSE rules. Shares nothing with core but the words.
import type { Command, HoldCommand } from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { Policy } from '../../core/policy.ts'
import { seatIds } from '../support/seat-names.ts'

/** Why not, and the seats in the way where they are named; null where nothing is against it. */
type Why = { readonly code: string; readonly seats?: readonly string[] } | null

interface Claim {
  readonly user: string
  readonly seats: readonly string[]
  extensions: number
}

export class House {
  private readonly categoryOf = new Map<string, string>()
  readonly ids: readonly string[]
  private readonly taken = new Map<string, string>()
  /** By `hold 3` and `booking 2`. */
  private readonly claims = new Map<string, Claim>()
  private policy: Policy | null = null
  private holds = 0
  private bookings = 0

  constructor(plan: Plan) {
    this.ids = plan.ids
    for (const [seat, id] of plan.ids.entries()) {
      this.categoryOf.set(id, plan.categories[plan.categoryOf[seat]!]!.name)
    }
  }

  take(event: ShowEvent): void {
    const named = (seats: readonly number[]) => seats.map((seat) => this.ids[seat]!)
    switch (event.kind) {
      case 'held':
        this.holds = event.hold
        return this.give(`hold ${event.hold}`, event.user, named(event.seats))
      case 'extended':
        this.claims.get(`hold ${event.hold}`)!.extensions++
        return
      case 'released':
      case 'expired':
        return this.end(`hold ${event.hold}`)
      case 'booked':
        this.end(`hold ${event.hold}`)
        this.bookings = event.booking
        return this.give(`booking ${event.booking}`, event.owner, named(event.seats))
      case 'cancelled':
        this.end(`booking ${event.booking}`)
        if (event.left.length > 0) this.give(`booking ${event.booking}`, event.owner, named(event.left))
        return
      case 'blocked':
        for (const seat of named(event.seats)) this.taken.set(seat, 'block')
        return
      case 'unblocked':
        for (const seat of named(event.seats)) this.taken.delete(seat)
        return
      case 'created':
      case 'changed':
        this.policy = event.definition.policy
    }
  }

  /** What `command` must be refused for as the house stands. */
  refusalOf(command: Command): Why {
    if (this.policy === null) return { code: 'not_found' }
    switch (command.op) {
      case 'hold':
        return command.seats === null ? this.best(command) : this.named(command, seatIds(command.seats, this))
      case 'extend':
        return this.extend(command.hold, command)
      case 'release':
        return this.ofHold(command.hold, command)
      case 'book':
        return this.ofHold(command.hold, command) ?? this.part(`hold ${command.hold}`, seatIds(command.seats, this))
      case 'cancel':
        return this.cancel(command.booking, command)
      case 'block':
      case 'unblock':
        if (!command.admin) return { code: 'forbidden' }
        return this.list(command.seats) ?? this.blocked(command.op === 'block', command.seats)
      case 'change':
        return command.admin ? null : { code: 'forbidden' }
      case 'create':
        return { code: 'idempotency_conflict' }
    }
  }

  private named(command: HoldCommand, seats: readonly string[]): Why {
    const wrong = this.list(seats) ?? this.limits(command.user, seats.length)
    const gone = seats.filter((seat) => this.taken.has(seat))
    return wrong ?? (gone.length > 0 ? { code: 'seats_unavailable', seats: gone } : null)
  }

  private best({ user, best }: HoldCommand): Why {
    const { count, category } = best!
    const fits = (id: string) =>
      !this.taken.has(id) && (category ?? this.categoryOf.get(id)) === this.categoryOf.get(id)
    const free = this.ids.filter(fits).length
    return this.limits(user, count) ?? (free < count ? { code: 'seats_unavailable' } : null)
  }

  private limits(user: string, count: number): Why {
    const { seatsPerHoldMax, seatsPerUserMax, holdsPerUserMax } = this.policy!
    let [seats, holds] = [count, 1]
    for (const [key, claim] of this.claims) {
      if (claim.user !== user) continue
      seats += claim.seats.length
      if (key.startsWith('hold')) holds++
    }
    const within = count <= seatsPerHoldMax && seats <= seatsPerUserMax && holds <= holdsPerUserMax
    return within ? null : { code: 'limit_exceeded' }
  }

  private extend(hold: string, asked: Command): Why {
    const wrong = this.ofHold(hold, asked)
    if (wrong !== null) return wrong
    const { extensions } = this.claims.get(`hold ${hold}`)!
    return extensions < this.policy!.extensionsMax ? null : { code: 'limit_exceeded' }
  }

  private ofHold(hold: string, { user, admin }: Command): Why {
    const claim = this.claims.get(`hold ${hold}`)
    if (claim === undefined)
      return { code: Number(hold) >= 1 && Number(hold) <= this.holds ? 'hold_expired' : 'not_found' }
    return claim.user === user || admin ? null : { code: 'forbidden' }
  }

  private cancel(booking: string, { show, user, admin, ...asked }: Extract<Command, { op: 'cancel' }>): Why {
    const number = booking.slice(show.length + 1)
    if (!(Number(number) >= 1 && Number(number) <= this.bookings)) return { code: 'not_found' }
    const claim = this.claims.get(`booking ${number}`)
    if (claim === undefined) return { code: 'seats_unavailable' }
    if (claim.user !== user && !admin) return { code: 'forbidden' }
    return this.part(`booking ${number}`, seatIds(asked.seats, this))
  }

  private part(key: string, seats: readonly string[] | null): Why {
    if (seats === null) return null
    const others = seats.filter((seat) => !this.claims.get(key)!.seats.includes(seat))
    return this.list(seats) ?? (others.length > 0 ? { code: 'seats_unavailable', seats: others } : null)
  }

  private blocked(block: boolean, seats: readonly string[]): Why {
    const others = seats.filter((seat) => this.taken.get(seat) !== (block ? undefined : 'block'))
    return others.length > 0 ? { code: 'seats_unavailable', seats: others } : null
  }

  private list(seats: readonly string[]): Why {
    if (seats.length === 0 || new Set(seats).size < seats.length) return { code: 'invalid_request' }
    return seats.every((seat) => this.categoryOf.has(seat)) ? null : { code: 'not_found' }
  }

  private give(key: string, user: string, seats: readonly string[]): void {
    this.claims.set(key, { user, seats, extensions: 0 })
    for (const seat of seats) this.taken.set(seat, key)
  }

  private end(key: string): void {
    for (const seat of this.claims.get(key)?.seats ?? []) this.taken.delete(seat)
    this.claims.delete(key)
  }
}
