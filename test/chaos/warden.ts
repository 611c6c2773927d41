// An admin over the other door: takes seats out of the sale and puts them back, over HTTP, with the same patience and
// the same keys as everybody else.
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../bench/random.ts'
import type { House } from '../../bench/sellout/house.ts'
import type { Outcome, Recorder } from './recorder.ts'
import { outcomeOf } from './wire-answer.ts'

export interface WardenOptions {
  /** Of a server that is to answer now, through the clients' wire. */
  readonly url: () => string
  readonly token: string
  readonly random: Random
  readonly recorder: Recorder
  readonly houses: () => readonly House[]
}

export interface Warden {
  /** Puts back what is out, and resolves. */
  stop(): Promise<void>
}

const USER = 'admin'
const PAUSE_MS = 500
const RETRY_MS = 100
const ANSWER_MS_MAX = 4_000

export function startWarden({ url, token, random, recorder, houses }: WardenOptions): Warden {
  let isStopping = false

  async function live(): Promise<void> {
    while (!isStopping) {
      await delay(PAUSE_MS * (0.5 + random.next()))
      const open = houses()
      const { show, seatIds } = open[random.below(open.length)]!
      const first = random.below(seatIds.length - 1)
      const seats = seatIds.slice(first, first + 1 + random.below(2))
      const blocked = await ask(show, 'block', seats)
      await delay(PAUSE_MS * random.next())
      if (blocked.kind === 'granted') await ask(show, 'unblock', seats)
    }
  }

  async function ask(show: string, op: 'block' | 'unblock', seats: readonly string[]): Promise<Outcome> {
    const asked = { op, seats }
    const record = recorder.ask(show, USER, asked)
    for (;;) {
      const attempt = recorder.send(record)
      const outcome = await call(show, record.key, asked)
      if (outcome !== null) recorder.answer(record, attempt, outcome)
      if (outcome?.kind === 'granted' || outcome?.kind === 'refused') return outcome
      await delay(RETRY_MS)
    }
  }

  /** Null without an answer. */
  async function call(
    show: string,
    key: string,
    asked: { readonly op: 'block' | 'unblock'; readonly seats: readonly string[] }
  ): Promise<Outcome | null> {
    try {
      const response = await fetch(`${url()}/api/admin/shows/${show}/${asked.op}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': key },
        body: JSON.stringify({ seats: asked.seats }),
        signal: AbortSignal.timeout(ANSWER_MS_MAX)
      })
      const error = (await response.json()) as { code: string; seats?: readonly string[] }
      return outcomeOf({ show, asked }, response.ok ? { ok: true } : { ok: false, error })
    } catch {
      return null
    }
  }

  const life = live()
  return {
    stop: () => {
      isStopping = true
      return life
    }
  }
}
