// What the journal says, kept by the plainest means: who has each seat, what each user has, what each key did.
// Shares no rule with core. Every committed event has to fit, and to be what somebody asked for.
import type { Command } from '../../core/command.ts'
import type { BookedEvent, CancelledEvent, CreatedEvent, HeldEvent, ShowEvent } from '../../core/event.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { ShowDefinition } from '../../core/show.ts'
import { answers, same } from './answers.ts'
import { seatHash } from './seat-hash.ts'
import type { SimRule } from './verdict.ts'

const DAY_MS = 86_400_000

type Complain = (rule: SimRule, what: string) => void

interface Taken {
  readonly status: number
  /** `hold 3`, `booking 1`, `block`. */
  readonly by: string
}

interface LedgerHold {
  readonly user: string
  readonly seats: readonly number[]
  readonly prices: readonly number[]
  expiresAt: number
  extensions: number
}

interface LedgerBooking {
  readonly user: string
  seats: readonly number[]
  prices: readonly number[]
}

/** A show's seats after one frame. */
interface Version {
  readonly seq: number
  readonly hash: number
}

export class Ledger {
  readonly show: string
  readonly plan: Plan
  readonly holds = new Map<number, LedgerHold>()
  readonly bookings = new Map<number, LedgerBooking>()
  readonly versions: Version[] = []
  /** What was done with each key, by `user key`, oldest first. */
  readonly done = new Map<string, ShowEvent[]>()
  /** What was done without a key. */
  readonly keyless: ShowEvent[] = []
  /** Commands without a key whose effect has come. */
  private readonly takenUp = new Set<Command>()
  private readonly taken: (Taken | null)[]
  private readonly complain: Complain
  private readonly asked: ReadonlyMap<string, readonly Command[]>
  private definition: ShowDefinition | null = null
  private holdsMade = 0
  private bookingsMade = 0
  private hash = 0

  constructor(show: string, plan: Plan, asked: ReadonlyMap<string, readonly Command[]>, complain: Complain) {
    this.show = show
    this.plan = plan
    this.asked = asked
    this.complain = complain
    this.taken = Array.from({ length: plan.seatCount }, () => null)
  }

  get exists(): boolean {
    return this.definition !== null
  }

  take(event: ShowEvent, stampedAt: number): void {
    if (event.at !== stampedAt) this.fail('SIM-8', event, `is stamped ${event.at} in a frame of ${stampedAt}`)
    if (event.kind !== 'created' && !this.exists) this.fail('SIM-12', event, 'comes before the show was created')
    if (event.kind !== 'expired') this.nothingOver(event)
    this.remember(event)
    switch (event.kind) {
      case 'held':
        return this.held(event)
      case 'extended': {
        const hold = this.live(event, event.hold)
        if (hold === null || this.definition === null) return
        const { holdMs, extensionsMax } = this.definition.policy
        if (++hold.extensions > extensionsMax) this.fail('SIM-7', event, 'is one extension too many')
        const due = Math.max(hold.expiresAt, event.at + holdMs)
        if (event.expiresAt !== due) this.fail('SIM-8', event, `should end at ${due}`)
        hold.expiresAt = event.expiresAt
        return
      }
      case 'released':
      case 'expired': {
        const hold = this.live(event, event.hold)
        if (hold === null) return
        if (event.kind === 'expired' && event.at < hold.expiresAt) {
          this.fail('SIM-8', event, `comes before the hold was over at ${hold.expiresAt}`)
        }
        this.holds.delete(event.hold)
        return this.free(event, hold.seats, `hold ${event.hold}`)
      }
      case 'booked':
        return this.booked(event)
      case 'cancelled':
        return this.cancelled(event)
      case 'blocked':
        return this.give(event, event.seats, { status: 3, by: 'block' })
      case 'unblocked':
        return this.free(event, event.seats, 'block')
      case 'created':
      case 'changed':
        return this.defined(event)
    }
  }

  /** The frame with `seq` is complete. */
  close(seq: number): void {
    this.versions.push({ seq, hash: this.hash })
  }

  /** Seats as they were after frame `seq`, or null where the show did not exist then. */
  hashAt(seq: number): number | null {
    let low = 0
    let high = this.versions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.versions[middle]!.seq <= seq) low = middle + 1
      else high = middle
    }
    return low === 0 ? null : this.versions[low - 1]!.hash
  }

  /** Whether `event` is exactly what the journal has for it. */
  has(event: ShowEvent): boolean {
    const list = event.key === '' ? this.keyless : (this.done.get(`${event.user} ${event.key}`) ?? [])
    return list.some((one) => same(one, event))
  }

  private defined(event: CreatedEvent): void {
    if (event.kind === 'created' && this.exists) this.fail('SIM-12', event, 'creates the show a second time')
    this.definition = event.definition
  }

  private held(event: HeldEvent): void {
    const { definition } = this
    if (definition === null) return
    const { policy, prices } = definition
    if (event.hold !== ++this.holdsMade) this.fail('SIM-12', event, `should be hold ${this.holdsMade}`)
    if (event.expiresAt !== event.at + policy.holdMs) this.fail('SIM-8', event, 'does not last as long as it should')
    for (const [at, seat] of event.seats.entries()) {
      const category = this.plan.categories[this.plan.categoryOf[seat]!]!.name
      if (event.prices[at] !== prices[category]) this.fail('SIM-7', event, `has a wrong price for seat ${seat}`)
    }
    let seats = event.seats.length
    let holds = 1
    for (const hold of this.holds.values()) {
      if (hold.user !== event.user) continue
      holds++
      seats += hold.seats.length
    }
    for (const booking of this.bookings.values()) if (booking.user === event.user) seats += booking.seats.length
    if (event.seats.length > policy.seatsPerHoldMax || seats > policy.seatsPerUserMax || holds > policy.holdsPerUserMax)
      this.fail('SIM-7', event, `leaves ${event.user} with ${seats} seats and ${holds} holds, against the limits`)
    const { user, prices: paid, expiresAt } = event
    this.holds.set(event.hold, { user, seats: event.seats, prices: paid, expiresAt, extensions: 0 })
    this.give(event, event.seats, { status: 1, by: `hold ${event.hold}` })
  }

  private booked(event: BookedEvent): void {
    const hold = this.live(event, event.hold)
    if (hold === null) return
    if (event.booking !== ++this.bookingsMade) this.fail('SIM-12', event, `should be booking ${this.bookingsMade}`)
    if (event.owner !== hold.user) this.fail('SIM-12', event, `should be ${hold.user}'s`)
    const all = [...event.seats, ...event.freed].sort((a, b) => a - b)
    if (all.join() !== hold.seats.join()) this.fail('SIM-7', event, `should account for seats ${hold.seats.join()}`)
    for (const [at, seat] of event.seats.entries()) {
      if (event.prices[at] !== hold.prices[hold.seats.indexOf(seat)]) this.fail('SIM-7', event, `overcharges ${seat}`)
    }
    this.holds.delete(event.hold)
    this.free(event, hold.seats, `hold ${event.hold}`)
    this.bookings.set(event.booking, { user: event.owner, seats: event.seats, prices: event.prices })
    this.give(event, event.seats, { status: 2, by: `booking ${event.booking}` })
  }

  private cancelled(event: CancelledEvent): void {
    const booking = this.bookings.get(event.booking)
    if (booking === undefined) return this.fail('SIM-12', event, 'cancels a booking that is not there')
    const left = booking.seats.filter((seat) => !event.seats.includes(seat))
    const leftPrices = left.map((seat) => booking.prices[booking.seats.indexOf(seat)])
    if (left.join() !== event.left.join() || leftPrices.join() !== event.leftPrices.join()) {
      this.fail('SIM-7', event, `should leave ${left.join()} at ${leftPrices.join()}`)
    }
    booking.seats = event.left
    booking.prices = event.leftPrices
    if (event.left.length === 0) this.bookings.delete(event.booking)
    this.free(event, event.seats, `booking ${event.booking}`)
  }

  private live(event: ShowEvent, number: number): LedgerHold | null {
    const hold = this.holds.get(number)
    if (hold === undefined) this.fail('SIM-1', event, `is about hold ${number}, which is not there`)
    return hold ?? null
  }

  /** A hold past its end is dead from that instant: nothing else may happen before it has expired. */
  private nothingOver(event: ShowEvent): void {
    for (const [number, { expiresAt }] of this.holds) {
      if (expiresAt <= event.at) this.fail('SIM-8', event, `happens while hold ${number} is over since ${expiresAt}`)
    }
  }

  private remember(event: ShowEvent): void {
    if (event.kind === 'expired') return
    if (event.key === '') {
      this.keyless.push(event)
      this.takeUp(event)
      return
    }
    const name = `${event.user} ${event.key}`
    const before = this.done.get(name)
    if (before === undefined) this.done.set(name, [event])
    else {
      if (event.at - before.at(-1)!.at < DAY_MS) this.fail('SIM-3', event, 'is a second effect of one key')
      before.push(event)
    }
    const commands = this.asked.get(`${this.show} ${name}`) ?? []
    const owner = this.ownerOf(event)
    const allowed = commands.filter(({ admin, user }) => admin || user === owner)
    if (!allowed.some((command) => answers(command, event, this.plan))) {
      this.fail('SIM-12', event, `is not what was asked: ${JSON.stringify(commands)}`)
    }
  }

  /** A command without a key was sent once, and has one effect at the most. */
  private takeUp(event: ShowEvent): void {
    const commands = this.asked.get(`${this.show} ${event.user} `) ?? []
    const fitting = commands.filter((command) => !this.takenUp.has(command) && answers(command, event, this.plan))
    // Who named the seats goes first: who left the choice open may have got others.
    const one = fitting.find((command) => 'seats' in command && command.seats !== null) ?? fitting[0]
    if (one === undefined) this.fail('SIM-12', event, 'is the effect of no command without a key, or a second one')
    else this.takenUp.add(one)
  }

  /** Who alone may ask for what happened, besides admins; null where only admins may. */
  private ownerOf(event: ShowEvent): string | null {
    switch (event.kind) {
      case 'held':
        return event.user
      case 'extended':
      case 'released':
      case 'expired':
      case 'booked':
        return this.holds.get(event.hold)?.user ?? null
      case 'cancelled':
        return this.bookings.get(event.booking)?.user ?? null
      default:
        return null
    }
  }

  private give(event: ShowEvent, seats: readonly number[], to: Taken): void {
    for (const seat of seats) {
      const has = this.taken[seat]
      if (has !== null) this.fail('SIM-1', event, `takes seat ${seat}, which ${has?.by ?? 'is not there'}`)
      this.set(seat, to)
    }
  }

  private free(event: ShowEvent, seats: readonly number[], by: string): void {
    for (const seat of seats) {
      if (this.taken[seat]?.by !== by) this.fail('SIM-1', event, `frees seat ${seat} of ${this.taken[seat]?.by}`)
      this.set(seat, null)
    }
  }

  private set(seat: number, to: Taken | null): void {
    this.hash = (this.hash ^ seatHash(seat, this.taken[seat]?.status ?? 0) ^ seatHash(seat, to?.status ?? 0)) >>> 0
    this.taken[seat] = to
  }

  private fail(rule: SimRule, event: ShowEvent, what: string): void {
    this.complain(rule, `${this.show}: ${JSON.stringify(event)} ${what}`)
  }
}
