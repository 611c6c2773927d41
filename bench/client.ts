// A lean WebSocket client of Frontrow: asks, is answered, hears pushes. The link comes and goes; a write that has no
// answer is sent again with its key on the next socket, and a retryable refusal is asked again, until it has an answer.
import { WebSocket } from 'ws'
import type { Diff, HoldExpired, Snapshot } from '../gateway/client/protocol.ts'

type Push = Snapshot | Diff | HoldExpired

export interface WireHold {
  readonly id: string
  readonly showId: string
  readonly seats: readonly { readonly id: string; readonly price: number }[]
  readonly total: number
  readonly expiresAt: string
}

interface WireBooking {
  readonly id: string
  readonly showId: string
  readonly userId: string
  readonly seats: readonly { readonly id: string; readonly price: number }[]
  readonly total: number
  readonly bookedAt: string
  readonly status: string
}

export type Answer =
  | { readonly ok: true; readonly epoch: number; readonly hold?: WireHold; readonly booking?: WireBooking }
  | {
      readonly ok: false
      readonly error: { readonly code: string; readonly retryable: boolean; readonly retryAfterMs?: number }
    }

export interface ClientEvents {
  opened(): void
  closed(): void
  pushed(push: Push): void
  /** Every answer to a write, also those that lead to another try. `ms`: since it was last sent. */
  answered(op: string, answer: Answer, ms: number): void
}

export interface Client {
  readonly isOpen: boolean
  /** Writes without an answer. */
  readonly waiting: number
  /** Sends `message` as often as it takes; `done` gets the answer that stays. */
  write(message: { readonly op: string }, done: (answer: Answer) => void): void
  /** Sends `message` once, on the socket that is open now. */
  ask(message: object): void
  close(): void
}

interface Pending {
  readonly op: string
  readonly text: string
  readonly done: (answer: Answer) => void
  sentAt: number
}

const RECONNECT_MS_MIN = 50
const RECONNECT_MS_MAX = 300
const RETRY_MS = 100
/** A socket that leaves a write unanswered for so long is taken for dead. */
const ANSWER_MS_MAX = 5_000

/** `random` spreads the reconnects: from 0 up to 1. */
export function connect(url: string, token: string, random: () => number, events: ClientEvents): Client {
  const pending = new Map<number, Pending>()
  let lastId = 0
  let closing = false
  let socket = open()
  const watchdog = setInterval(dropDeadSocket, 1_000)

  function open(): WebSocket {
    const opening = new WebSocket(url, ['frontrow.v1', `bearer.${token}`], { perMessageDeflate: false })
    opening.on('open', () => {
      events.opened()
      for (const [id] of pending) send(id)
    })
    opening.on('message', (data: Buffer) => receive(data.toString()))
    opening.on('error', () => {})
    opening.on('close', () => {
      if (closing) return
      events.closed()
      setTimeout(
        () => {
          if (!closing) socket = open()
        },
        RECONNECT_MS_MIN + random() * (RECONNECT_MS_MAX - RECONNECT_MS_MIN)
      )
    })
    return opening
  }

  function send(id: number): void {
    const item = pending.get(id)
    if (item === undefined || socket.readyState !== WebSocket.OPEN) return
    item.sentAt = performance.now()
    socket.send(item.text)
  }

  function receive(text: string): void {
    const message = JSON.parse(text) as Push | (Answer & { id: number })
    if ('ev' in message) return events.pushed(message)
    const item = pending.get(message.id)
    if (item === undefined) return
    events.answered(item.op, message, performance.now() - item.sentAt)
    if (!message.ok && message.error.retryable) {
      setTimeout(() => send(message.id), message.error.retryAfterMs ?? RETRY_MS)
      return
    }
    pending.delete(message.id)
    item.done(message)
  }

  function dropDeadSocket(): void {
    const before = performance.now() - ANSWER_MS_MAX
    for (const item of pending.values()) if (item.sentAt > 0 && item.sentAt < before) return socket.terminate()
  }

  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
    get waiting() {
      return pending.size
    },
    write: (message, done) => {
      const id = ++lastId
      pending.set(id, { op: message.op, text: JSON.stringify({ id, ...message }), done, sentAt: 0 })
      send(id)
    },
    ask: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id: ++lastId, ...message }))
    },
    close: () => {
      closing = true
      clearInterval(watchdog)
      socket.close()
    }
  }
}
