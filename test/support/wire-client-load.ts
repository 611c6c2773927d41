// Many buyers at once who take seats one by one and write down every answer: what was acknowledged to them must be
// there afterwards, whatever happened to the server meanwhile.
import { setTimeout as delay } from 'node:timers/promises'
import type { HttpStage } from './http-stage.ts'
import { type Answer, connect, type WireClient } from './wire-client.ts'

export interface Asked {
  readonly buyer: number
  readonly key: string
  readonly message: object
  /** Null while there is none: the socket went before it came. */
  answer: Answer | null
  /** From the question to the answer. */
  ms: number
}

export interface Load {
  readonly asked: readonly Asked[]
  /** How often `code` (or `ok`) was answered. */
  count(code: string): number
  /** Lets every buyer finish the question at hand, and ends. */
  stop(): Promise<void>
  /** Asks again, under the same keys, all that has no answer or one that may be asked again. */
  settle(): Promise<void>
}

export interface LoadOptions {
  readonly show: string
  /** Each is held once; every second hold is booked. */
  readonly seats: readonly string[]
  readonly buyers: number
}

/**
 * Buyers are services, which nobody slows down but by saying when to ask again. They connect anew when their socket
 * goes, until `stop`, to whatever the stage's server is by then.
 */
export async function startLoad(
  stage: Pick<HttpStage, 'api' | 'server'>,
  { show, seats, buyers }: LoadOptions
): Promise<Load> {
  const asked: Asked[] = []
  const tokens = await Promise.all(Array.from({ length: buyers }, (_, i) => stage.api.token('service', `buyer-${i}`)))
  let next = 0
  let stopping = false

  async function ask(client: WireClient, entry: Asked): Promise<Answer> {
    const startedAt = performance.now()
    const answer = await client.ask({ ...entry.message, key: entry.key })
    entry.ms = Math.max(entry.ms, performance.now() - startedAt)
    entry.answer = answer
    if (answer.error?.retryable) await delay(answer.error.retryAfterMs ?? 50)
    return answer
  }

  function note(buyer: number, message: object): Asked {
    const entry = { buyer, key: `key-${asked.length}`, message: { show, ...message }, answer: null, ms: 0 }
    asked.push(entry)
    return entry
  }

  async function buy(client: WireClient, buyer: number): Promise<void> {
    while (!stopping && next < seats.length) {
      const turn = next++
      const held = await ask(client, note(buyer, { op: 'hold', seats: [seats[turn]!] }))
      if (held.ok && turn % 2 === 1) await ask(client, note(buyer, { op: 'book', hold: held.hold!.id }))
    }
  }

  async function live(buyer: number): Promise<void> {
    while (!stopping && next < seats.length) {
      const client = await connect(stage.server.wsUrl, { token: tokens[buyer]! }).catch(() => null)
      if (client === null) await delay(20)
      else {
        await buy(client, buyer).catch(() => {})
        await client.close()
      }
    }
  }

  const lives = tokens.map((_token, buyer) => live(buyer))
  return {
    asked,
    count: (code) => asked.filter(({ answer }) => outcomeOf(answer) === code).length,
    async stop() {
      stopping = true
      await Promise.all(lives)
    },
    async settle() {
      const clients = await Promise.all(tokens.map((token) => connect(stage.server.wsUrl, { token })))
      for (const entry of asked) {
        while (entry.answer === null || entry.answer.error?.retryable) await ask(clients[entry.buyer]!, entry)
      }
      await Promise.all(clients.map((client) => client.close()))
    }
  }
}

export function outcomeOf(answer: Answer | null): string {
  return answer === null ? 'none' : (answer.error?.code ?? 'ok')
}

/** What the answers together say of every seat, for those that are not available. */
export function statusesBy(asked: readonly Asked[]): Record<string, string> {
  const statuses: Record<string, string> = {}
  for (const { answer } of asked) for (const { id } of answer?.hold?.seats ?? []) statuses[id] = 'held'
  for (const { answer } of asked) for (const { id } of answer?.booking?.seats ?? []) statuses[id] = 'booked'
  return statuses
}
