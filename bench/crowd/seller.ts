// Sells a house out at an even pace, over one socket to each node: parties of neighbours are held, and booked a while
// later. Notes for every seat when each was decided and when it was acknowledged.
import { type Answer, type Client, connect } from '../client.ts'
import { createRandom } from '../random.ts'
import type { House } from '../sellout/house.ts'
import { machineMs } from './clock.ts'
import type { Moments, SaleTimes } from './staleness.ts'

export interface SellerOptions {
  readonly urls: readonly string[]
  readonly token: string
  readonly house: House
  /** Over which the holds are spread evenly, and how long each is kept before it is booked. */
  readonly seconds: number
  readonly thinkMs: number
  /** The show's: what it takes to see in an answer when a hold was decided. */
  readonly holdMs: number
}

export interface Seller {
  readonly parties: number
  readonly held: number
  readonly booked: number
  /** Answers that led to another try, by code. */
  readonly retried: Readonly<Record<string, number>>
  readonly times: SaleTimes
  /** Rejects when a party's seats are refused for good. */
  readonly soldOut: Promise<void>
  close(): void
}

const PARTY = 4
const PACE_MS = 5

export function sellOut({ urls, token, house, seconds, thinkMs, holdMs }: SellerOptions): Seller {
  const seats = house.seatIds.length
  const parties = house.rows.flatMap(partiesOf)
  const times: SaleTimes = { held: newMoments(seats), booked: newMoments(seats) }
  const counts = { held: 0, booked: 0 }
  const retried: Record<string, number> = {}
  const soldOut = Promise.withResolvers<void>()
  const clients = urls.map((url, at) => openClient(url, token, at, retried))
  const startedAt = machineMs()
  let next = 0

  const pace = setInterval(() => {
    const due = Math.min(parties.length, Math.ceil(((machineMs() - startedAt) / (seconds * 1000)) * parties.length))
    for (; next < due; next++) sell(clients[next % clients.length]!, next)
    if (next === parties.length) clearInterval(pace)
  }, PACE_MS)

  function sell(client: Client, at: number): void {
    const party = parties[at]!
    const hold = { op: 'hold', show: house.show, seats: party.map((seat) => house.seatIds[seat]!), key: `hold-${at}` }
    write(client, hold, party, times.held, (holdId) => {
      counts.held++
      const book = { op: 'book', show: house.show, hold: holdId, key: `book-${at}` }
      setTimeout(() => {
        write(client, book, party, times.booked, () => {
          counts.booked++
          if (counts.booked === parties.length) soldOut.resolve()
        })
      }, thinkMs)
    })
  }

  function write(
    client: Client,
    message: { readonly op: string },
    party: readonly number[],
    moments: Moments,
    done: (hold: string) => void
  ): void {
    client.write(message, (answer) => {
      if (!answer.ok) return soldOut.reject(new Error(`a party was refused: ${answer.error.code}`))
      const now = machineMs()
      const sinceDecidedMs = Date.now() - decidedAt(answer, holdMs)
      for (const seat of party) {
        moments.acknowledged[seat] = now
        moments.decided[seat] = now - sinceDecidedMs
      }
      done(answer.hold?.id ?? '')
    })
  }

  return {
    ...{ parties: parties.length, retried, times, soldOut: soldOut.promise },
    get held() {
      return counts.held
    },
    get booked() {
      return counts.booked
    },
    close: () => {
      clearInterval(pace)
      for (const client of clients) client.close()
    }
  }
}

function partiesOf(row: readonly number[]): number[][] {
  const count = Math.ceil(row.length / PARTY)
  return Array.from({ length: count }, (_, at) => row.slice(at * PARTY, (at + 1) * PARTY))
}

/** The time that was stamped on it, epoch milliseconds. */
function decidedAt({ hold, booking }: Answer & { ok: true }, holdMs: number): number {
  return hold === undefined ? Date.parse(booking!.bookedAt) : Date.parse(hold.expiresAt) - holdMs
}

function newMoments(seats: number): Moments {
  return { decided: new Float64Array(seats).fill(Number.NaN), acknowledged: new Float64Array(seats).fill(Number.NaN) }
}

function openClient(url: string, token: string, at: number, retried: Record<string, number>): Client {
  const nothing = () => {}
  return connect(url, token, createRandom(at).next, {
    opened: nothing,
    closed: nothing,
    pushed: nothing,
    answered: (op, answer) => {
      if (answer.ok) return
      const name = `${op} ${answer.error.code}`
      retried[name] = (retried[name] ?? 0) + 1
    }
  })
}
