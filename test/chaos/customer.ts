// One of those who buy: takes seats it sees as free, the best ones, or any; extends, books, gives back, forgets, comes
// late, cancels, and changes its mind about the show. Knows only what it was told. Ends when told to, never by itself.
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../bench/random.ts'
import type { House } from '../../bench/sellout/house.ts'
import type { Told } from '../history/operation.ts'
import type { Answered, ChaosClient } from './chaos-client.ts'
import type { Question } from './wire-answer.ts'

export interface Customer {
  readonly client: ChaosClient
  /** Takes up nothing more; resolves when what is under way has its answers. */
  stop(): Promise<void>
}

export interface CustomerOptions {
  readonly client: ChaosClient
  readonly random: Random
  /** How long it thinks between two things, on average. */
  readonly thinkMs: number
  /** The shows that are sold; they come and go. */
  readonly houses: () => readonly House[]
}

interface Held {
  readonly hold: string
  readonly seats: readonly string[]
  expiresAt: number
}

interface Booked {
  readonly booking: string
  readonly seats: readonly string[]
}

/** What it has of one show. */
interface Pocket {
  holds: Held[]
  bookings: Booked[]
}

type Turn = readonly [weight: number, act: () => Promise<unknown>]

const PARTY_MAX = 4
const TWICE_SHARE = 0.03
const DROP_SHARE = 0.01
const AVAILABLE = 0
/** From this share of free seats down, cancelling is what most do. */
const SCARCE_SHARE = 0.5
/** Whoever comes late comes so much before or after the end of the hold. */
const LATE_MS = 25
/** A hold that ended so long ago is forgotten. */
const GONE_MS = 1_000
const NUMBER_MAX = 400
/** Whoever was refused thinks so many times as long. */
const AFTER_REFUSAL = 5
/** Whoever has so many seats takes more only now and then, and is refused when it is one too many. */
const SEATS_ENOUGH = 9
const HOLDS_ENOUGH = 4

export function startCustomer({ client, random, thinkMs, houses }: CustomerOptions): Customer {
  const pockets = new Map<string, Pocket>()
  const errands = new Set<Promise<unknown>>()
  /** Every booking it ever had. */
  const mine = new Set<string>()
  let house: House | null = null
  let isStopping = false
  let wasRefused = false

  async function live(): Promise<void> {
    while (!isStopping) {
      if (house === null || !houses().includes(house) || random.next() < 0.02) move()
      wasRefused = false
      if (house !== null) await choose(turns(house))()
      await delay(random.next() * 2 * thinkMs * (wasRefused ? AFTER_REFUSAL : 1))
    }
    await Promise.all(errands)
  }

  function move(): void {
    const open = houses()
    const next = open[random.below(open.length)] ?? null
    if (next === house) return
    if (house !== null) client.unwatch(house.show)
    if (next !== null) client.watch(next)
    house = next
  }

  function turns(at: House): readonly Turn[] {
    const pocket = pocketOf(at.show)
    pocket.holds = pocket.holds.filter(({ expiresAt }) => expiresAt > Date.now() - GONE_MS)
    const free = freeRows(at)
    const share = free.flat().length / at.seatIds.length
    const hurry = share < SCARCE_SHARE ? 8 : 1
    const seats = [...pocket.holds, ...pocket.bookings].reduce((sum, has) => sum + has.seats.length, 0)
    const wish = seats < SEATS_ENOUGH && pocket.holds.length < HOLDS_ENOUGH ? 1 : 0.1
    const hold = one(pocket.holds)
    const booked = one(pocket.bookings)
    return [
      [free.length > 0 ? 5 * wish : 0, () => take(at, pickSeats(free, at))],
      [share > 0.1 ? 2 * wish : 0.2, () => takeBest(at)],
      [0.5, () => take(at, pickSeats(at.rows, at))],
      [0.4, () => touchAnything(at)],
      ...(hold === null ? [] : holdTurns(at, hold)),
      ...(booked === null ? [] : bookingTurns(at, booked, hurry))
    ]
  }

  function holdTurns(at: House, hold: Held): readonly Turn[] {
    return [
      [3, () => book(at, hold, null)],
      [hold.seats.length > 1 ? 1.5 : 0, () => book(at, hold, hold.seats.slice(1))],
      [1, () => extend(at, hold)],
      [1, () => release(at, hold)],
      [0.5, async () => comeLate(at, hold)],
      [0.5, async () => forget(at, hold)]
    ]
  }

  function bookingTurns(at: House, booked: Booked, hurry: number): readonly Turn[] {
    return [
      [hurry, () => cancel(at, booked, null)],
      [booked.seats.length > 1 ? hurry / 2 : 0, () => cancel(at, booked, booked.seats.slice(0, 1))]
    ]
  }

  async function take(at: House, seats: readonly string[]): Promise<void> {
    keepHold(at, await ask({ show: at.show, asked: { op: 'hold', seats, count: seats.length } }))
  }

  async function takeBest(at: House): Promise<void> {
    const count = 1 + random.below(PARTY_MAX)
    keepHold(at, await ask({ show: at.show, asked: { op: 'hold', seats: null, count } }))
  }

  async function extend(at: House, { hold }: Held): Promise<void> {
    const told = await ask({ show: at.show, asked: { op: 'extend', hold } })
    const held = pocketOf(at.show).holds.find((other) => other.hold === hold)
    if (told?.kind === 'extended' && held !== undefined) held.expiresAt = told.expiresAt
  }

  async function release(at: House, held: Held): Promise<void> {
    forget(at, held)
    await ask({ show: at.show, asked: { op: 'release', hold: held.hold } })
  }

  async function book(at: House, held: Held, seats: readonly string[] | null): Promise<void> {
    forget(at, held)
    const told = await ask({ show: at.show, asked: { op: 'book', hold: held.hold, seats } })
    if (told?.kind !== 'booked') return
    pocketOf(at.show).bookings.push(told)
    mine.add(told.booking)
  }

  async function cancel(at: House, booked: Booked, seats: readonly string[] | null): Promise<void> {
    const pocket = pocketOf(at.show)
    pocket.bookings = pocket.bookings.filter((other) => other !== booked)
    const told = await ask({
      show: at.show,
      asked: { op: 'cancel', booking: booked.booking, seats },
      seats: booked.seats
    })
    if (told?.kind !== 'cancelled') return
    const left = booked.seats.filter((seat) => !told.seats.includes(seat))
    if (left.length > 0) pocket.bookings.push({ booking: booked.booking, seats: left })
  }

  /** Does something with a hold within a moment of its end, and goes on with other things meanwhile. */
  function comeLate(at: House, held: Held): void {
    forget(at, held)
    const errand = async () => {
      await delay(Math.max(0, held.expiresAt - Date.now() + (random.next() * 2 - 1) * LATE_MS))
      if (isStopping) return
      await choose([
        [2, () => book(at, held, null)],
        [1, () => extend(at, held)],
        [1, () => release(at, held)]
      ])()
    }
    const running = errand().finally(() => errands.delete(running))
    errands.add(running)
  }

  /** Holds and bookings of others, of the past and of nobody. */
  async function touchAnything(at: House): Promise<void> {
    const number = String(1 + random.below(NUMBER_MAX))
    const booking = `${at.show}.${number}`
    await choose([
      [1, () => ask({ show: at.show, asked: { op: 'release', hold: number } })],
      [1, () => ask({ show: at.show, asked: { op: 'extend', hold: number } })],
      [1, () => ask({ show: at.show, asked: { op: 'book', hold: number, seats: null } })],
      // Its own it cancels knowing what it has.
      [
        mine.has(booking) || errands.size > 0 ? 0 : 1,
        () => ask({ show: at.show, asked: { op: 'cancel', booking, seats: null } })
      ]
    ])()
  }

  async function ask(question: Question): Promise<Told | null> {
    const asking: Promise<Answered> = client.ask({ ...question, twice: random.next() < TWICE_SHARE })
    if (random.next() < DROP_SHARE) client.drop()
    const answered = await asking
    wasRefused = answered.kind === 'refused'
    return answered.kind === 'granted' ? answered.told : null
  }

  function keepHold(at: House, told: Told | null): void {
    if (told?.kind === 'held') pocketOf(at.show).holds.push({ ...told })
  }

  function forget(at: House, { hold }: Held): void {
    const pocket = pocketOf(at.show)
    pocket.holds = pocket.holds.filter((other) => other.hold !== hold)
  }

  function pocketOf(show: string): Pocket {
    const pocket = pockets.get(show) ?? { holds: [], bookings: [] }
    pockets.set(show, pocket)
    return pocket
  }

  function freeRows(at: House): readonly (readonly number[])[] {
    const viewer = client.viewers.get(at.show)
    if (viewer === undefined || !viewer.known) return []
    return at.rows
      .map((row) => row.filter((seat) => viewer.statuses[seat] === AVAILABLE))
      .filter((row) => row.length > 0)
  }

  function pickSeats(rows: readonly (readonly number[])[], { seatIds }: House): readonly string[] {
    const row = rows[random.below(rows.length)]!
    const first = random.below(row.length)
    return row.slice(first, first + 1 + random.below(PARTY_MAX)).map((seat) => seatIds[seat]!)
  }

  function one<T>(items: readonly T[]): T | null {
    return items[random.below(items.length)] ?? null
  }

  function choose(from: readonly Turn[]): () => Promise<unknown> {
    let dice = random.next() * from.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, act] of from) {
      dice -= weight
      if (dice < 0) return act
    }
    return from[0]![1]
  }

  const life = live()
  return {
    client,
    stop: () => {
      isStopping = true
      return life
    }
  }
}
