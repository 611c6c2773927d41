// The shows of a run: small, so that seats are fought for, and replaced by new ones when enough has been asked of
// them, so that a run may last and each history stays short enough to be judged.
import { setTimeout as delay } from 'node:timers/promises'
import { BENCH_PRICES, blockPlan } from '../../bench/bench-plan.ts'
import { type House, readHouse } from '../../bench/sellout/house.ts'
import type { Recorder } from './recorder.ts'

export interface PlaybillOptions {
  /** Of a server that is to answer now. */
  readonly url: () => string
  /** Of an admin. */
  readonly token: string
  /** Shows on sale at a time. */
  readonly shows: number
  /** Shows that are there for probes alone: `probe`, or `probe-` and something. */
  readonly probes: readonly string[]
  readonly recorder: Recorder
}

export interface Playbill {
  /** On sale now. */
  readonly houses: readonly House[]
  /** All that ever were on sale, the probes' with them. */
  readonly all: readonly House[]
  /** Replaces shows no more. */
  stop(): Promise<void>
}

export const HOLD_MS = 3_000
export const PROBE_SHOW = 'probe'
const SHAPE = { blocks: 1, rows: 6, seatsPerRow: 10 }
/** Writes after which a show is replaced. */
const WRITES_MAX = 5_000
const LOOK_MS = 200
const OPEN_MS_MAX = 90_000
export const POLICY = {
  holdMs: HOLD_MS,
  extensionsMax: 2,
  holdsPerUserMax: 4,
  seatsPerUserMax: 12,
  seatsPerHoldMax: 4
}

export async function openPlaybill(options: PlaybillOptions): Promise<Playbill> {
  const all: House[] = []
  for (const show of options.probes) all.push(await open(show, options))
  let houses: readonly House[] = []
  let opened = 0
  const next = async (): Promise<House> => {
    const house = await open(`show-${++opened}`, options)
    all.push(house)
    return house
  }
  for (let i = 0; i < options.shows; i++) houses = [...houses, await next()]
  let isStopping = false
  const writes = new Map<string, number>()
  let counted = 0

  async function replace(): Promise<void> {
    while (!isStopping) {
      await delay(LOOK_MS)
      const { records } = options.recorder
      for (; counted < records.length; counted++) {
        const { show } = records[counted]!
        writes.set(show, (writes.get(show) ?? 0) + 1)
      }
      const worn = houses.find(({ show }) => (writes.get(show) ?? 0) >= WRITES_MAX)
      if (worn === undefined) continue
      const fresh = await next()
      houses = houses.map((house) => (house === worn ? fresh : house))
    }
  }

  const replacing = replace()
  // Whoever stops it hears of it.
  replacing.catch(() => {})
  return {
    get houses() {
      return houses
    },
    all,
    stop: () => {
      isStopping = true
      return replacing
    }
  }
}

export function isProbeShow(show: string): boolean {
  return show.startsWith(PROBE_SHOW)
}

/** However often the server goes away meanwhile. */
async function open(show: string, { url, token }: PlaybillOptions): Promise<House> {
  const body = JSON.stringify({
    id: show,
    title: `Chaos: ${show}`,
    startsAt: '2040-05-01T19:30:00Z',
    currency: 'EUR',
    plan: blockPlan('Studio', SHAPE),
    prices: BENCH_PRICES,
    policy: POLICY
  })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': show }
  let last: unknown = null
  for (const until = performance.now() + OPEN_MS_MAX; performance.now() < until; await delay(LOOK_MS)) {
    try {
      const server = url()
      const signal = AbortSignal.timeout(5_000)
      const response = await fetch(`${server}/api/admin/shows`, { method: 'POST', headers, body, signal })
      const text = await response.text()
      if (response.status === 201) return await readHouse(server, show)
      last = `${response.status} ${text.slice(0, 300)}`
    } catch (error) {
      last = error
    }
  }
  throw new Error(`the show ${show} could not be opened: ${last}`)
}
