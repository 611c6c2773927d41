// The load of `npm run cluster --load`: houses of its own, sold over and over to buyers on all nodes, and at the end a
// look whether what they were told is so.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterStage } from '../../test/support/cluster-stage.ts'
import { BENCH_PRICES, blockPlan, parties } from '../bench-plan.ts'
import { createRandom } from '../random.ts'
import { createLatencies, type Latencies, latenciesOf } from '../statistics.ts'
import { type Buyer, createBuyer, type Till } from './buyer.ts'

export interface SaleFigures {
  readonly holdsPerSecond: number
  /** Of the last moments. */
  readonly recent: Latencies
  readonly all: Latencies
  /** Writes under way, how long the oldest of them waits, and the longest that one ever took. */
  readonly waiting: number
  readonly oldestMs: number
  readonly longestMs: number
  /** Of all writes, by outcome. */
  readonly outcomes: ReadonlyMap<string, number>
}

export interface Sale {
  readonly figures: SaleFigures
  /** Sells no more; returns when all that was asked is answered or given up. */
  stop(): Promise<void>
  /** Once the tables have all that is in the journal. */
  check(): Promise<Checked>
}

export interface Checked {
  /** Bookings that were acknowledged and not cancelled, and those of them that the tables do not have. */
  readonly acknowledged: number
  readonly missing: readonly string[]
  /** Frames that the tables still lack: then what is missing may be among them. */
  readonly behind: number
}

const SHOWS = 24
const HOUSE = { blocks: 2, rows: 20, seatsPerRow: 20 }
const POLICY = { seatsPerHoldMax: 10, seatsPerUserMax: 1_000, holdsPerUserMax: 100 }
const BUYERS_MIN = 12
const BUYERS_MAX = 240
const RECENT_MS = 2_000
/** Who waits for the next turn hears within this that there is none. */
const ATTENTION_MS = 500
/** The tables follow the journal at the pace that is left to them. */
const PROJECTED_MS_MAX = 60_000
const BEHIND = `
  select coalesce(sum(h.seq - coalesce(p.seq, 0)), 0)::int as frames
  from frontrow.shard_head h left join frontrow.projection_position p using (shard)`
const PROJECTED = `select booking_id from frontrow.bookings where booking_id = any($1::text[]) and status = 'confirmed'`

/** `anyNode` gives the address of a node that runs. */
export async function startSale(stage: ClusterStage, perSecond: number, anyNode: () => string | null): Promise<Sale> {
  const run = randomBytes(3).toString('hex')
  const shows = Array.from({ length: SHOWS }, (_, at) => `sale-${run}-${at + 1}`)
  for (const [at, id] of shows.entries()) await stage.createShow(showOf(id, at))
  const seats = parties(HOUSE, 1).flat()
  const random = createRandom(Number.parseInt(run, 16))
  const till = createTill()
  const count = Math.max(BUYERS_MIN, Math.min(BUYERS_MAX, perSecond))
  const everyMs = (count / perSecond) * 1000
  let isOver = false
  const opening = Array.from({ length: count }, async (_, at) => {
    const token = await stage.token(`buyer-${run}-${at + 1}`, 'customer')
    return createBuyer({ token, shows, seats, random, till, anyNode })
  })
  const buyers = await Promise.all(opening)
  const goOn = () => !isOver
  const sold = buyers.map((buyer) => sellTo(buyer, everyMs, random.next() * everyMs, goOn))
  return {
    get figures() {
      return till.figures()
    },
    stop: async () => {
      isOver = true
      await Promise.all(sold)
      for (const buyer of buyers) buyer.close()
    },
    check: () => check(stage, [...till.bookings])
  }
}

async function check(stage: ClusterStage, acknowledged: readonly string[]): Promise<Checked> {
  for (const until = performance.now() + PROJECTED_MS_MAX; ; await delay(ATTENTION_MS)) {
    const [row] = await stage.sql<{ frames: number }>(BEHIND)
    const behind = row!.frames
    if (behind > 0 && performance.now() < until) continue
    const rows = await stage.sql<{ booking_id: string }>(PROJECTED, [acknowledged])
    const there = new Set(rows.map((booking) => booking.booking_id))
    const missing = acknowledged.filter((booking) => !there.has(booking))
    return { acknowledged: acknowledged.length, missing, behind }
  }
}

/** By the clock, not after the last one: what a fault held up is made up for, as a crowd would. */
async function sellTo(buyer: Buyer, everyMs: number, firstMs: number, goOn: () => boolean): Promise<void> {
  for (let at = performance.now() + firstMs; goOn(); at += everyMs) {
    for (let ms = 1; ms > 0 && goOn(); ) {
      ms = at - performance.now()
      if (ms > 0) await delay(Math.min(ms, ATTENTION_MS))
    }
    if (goOn()) await buyer.buy()
  }
}

function showOf(id: string, at: number): object {
  return {
    id,
    title: `Sale ${at + 1}`,
    startsAt: '2035-01-01T20:00:00Z',
    currency: 'EUR',
    plan: blockPlan('Two blocks', HOUSE),
    prices: BENCH_PRICES,
    policy: POLICY
  }
}

function createTill(): Till & { readonly bookings: ReadonlySet<string>; figures(): SaleFigures } {
  const bookings = new Set<string>()
  const outcomes = new Map<string, number>()
  const all = createLatencies()
  let recent: { readonly at: number; readonly ms: number; readonly isHold: boolean }[] = []
  let longestMs = 0
  let lastTicket = 0
  /** By ticket, when a write was asked: the oldest first. */
  const since = new Map<number, number>()
  return {
    bookings,
    answered: (op, outcome, ms) => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      all.add(ms)
      longestMs = Math.max(longestMs, ms)
      recent.push({ at: performance.now(), ms, isHold: op === 'hold' && outcome === 'ok' })
    },
    asking: () => {
      const ticket = ++lastTicket
      since.set(ticket, performance.now())
      return () => since.delete(ticket)
    },
    booked: (booking) => bookings.add(booking),
    cancelling: (booking) => bookings.delete(booking),
    figures: () => {
      const now = performance.now()
      recent = recent.filter(({ at }) => now - at < RECENT_MS)
      const [oldest] = since.values()
      return {
        holdsPerSecond: recent.filter(({ isHold }) => isHold).length / (RECENT_MS / 1000),
        recent: latenciesOf(recent.map(({ ms }) => ms)),
        all: all.summary(),
        waiting: since.size,
        oldestMs: oldest === undefined ? 0 : now - oldest,
        longestMs: Math.max(longestMs, oldest === undefined ? 0 : now - oldest),
        outcomes
      }
    }
  }
}
