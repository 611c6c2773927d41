// Questions and answers over one link that comes and goes. Every question is tried once at a time: whoever asks
// hears the answer, or that it was lost with its socket, and asks again (retry.ts).
import { Link, type LinkState, type SocketConstructor, type TokenSource } from './link.ts'
import type { Answer, Push } from './protocol.ts'
import type { Tried } from './retry.ts'
import { Stop } from './stop.ts'

export interface ConnectionOptions {
  readonly url: string
  readonly token: TokenSource
  readonly WebSocket: SocketConstructor
  onState(state: LinkState): void
  onOpen(): void
  onPush(push: Push): void
}

interface Asked {
  readonly text: string
  isSent: boolean
  timer: ReturnType<typeof setTimeout> | undefined
  settle(tried: Tried): void
}

/** A socket that leaves a question unanswered for this long is taken for dead. */
const ANSWER_MS = 6_000
/** Questions sent and not answered; more wait here, so that one client cannot flood its own socket. */
const UNANSWERED_MAX = 256
/** After `rate_limited`, questions go one at a time for this long … */
const PACED_MS = 5_000
/** … this far apart, unless the server says how far. */
const PACE_MS = 20

export class Connection {
  readonly #link: Link
  readonly #asked = new Map<string, Asked>()
  /** Ids of questions to be sent, in order; some may be given up already. */
  #queue: string[] = []
  #unanswered = 0
  #lastId = 0
  #nextAt = 0
  #paceMs = PACE_MS
  #pacedUntil = 0
  #paceTimer: ReturnType<typeof setTimeout> | undefined
  #doubtTimer: ReturnType<typeof setTimeout> | undefined
  /** Stopped when the server says not to come back or the client is closed, until `wake`. */
  readonly stop = new Stop()
  /** When something was last heard, by `performance.now()`. */
  heardAt = 0

  constructor(options: ConnectionOptions) {
    this.#link = new Link({
      ...options,
      onState: (state) => {
        if (state !== 'open') this.#lose()
        options.onState(state)
      },
      onOpen: () => {
        this.heardAt = performance.now()
        options.onOpen()
        this.#flush()
      },
      onMessage: (text) => {
        this.heardAt = performance.now()
        const message = JSON.parse(text) as (Answer & { readonly id: string }) | Push
        if ('ev' in message) options.onPush(message)
        else this.#answered(message.id, message)
      },
      onStop: (reason) => this.stop.stop(reason)
    })
    this.#link.wake()
  }

  get state(): LinkState {
    return this.#link.state
  }

  newId(): string {
    return String(++this.#lastId)
  }

  /**
   * Sends a message as soon as there is a socket for it; `done` hears once what came of it, before whatever the
   * server said next. `isUrgent`: before all that waits.
   */
  tryOnce(id: string, body: object, done: (tried: Tried) => void, signal?: AbortSignal, isUrgent = false): void {
    if (signal?.aborted) return done('unsent')
    const abort = () => {
      if (asked.isSent) this.#doubt()
      asked.settle(asked.isSent ? 'lost' : 'unsent')
      this.#flush()
    }
    const asked: Asked = {
      text: JSON.stringify({ id, ...body }),
      isSent: false,
      timer: undefined,
      settle: (tried) => {
        clearTimeout(asked.timer)
        signal?.removeEventListener('abort', abort)
        this.#asked.delete(id)
        if (asked.isSent) this.#unanswered--
        done(tried)
      }
    }
    signal?.addEventListener('abort', abort)
    this.#asked.set(id, asked)
    if (isUrgent) this.#queue.unshift(id)
    else this.#queue.push(id)
    this.#flush()
  }

  /** Sends a message whose answer nobody waits for, if there is a socket. */
  tell(body: object): void {
    this.#link.send(JSON.stringify({ id: this.newId(), ...body }))
  }

  wake(): void {
    this.stop.resume()
    this.#link.wake()
  }

  /** A new socket, with a new token. */
  renewToken(): void {
    this.#link.renew(true)
  }

  close(): void {
    this.#link.close()
    this.stop.stop(new Error('This client was closed.'))
    clearTimeout(this.#paceTimer)
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#unanswered < UNANSWERED_MAX && this.state === 'open') {
      const now = performance.now()
      if (now < this.#nextAt) {
        clearTimeout(this.#paceTimer)
        this.#paceTimer = setTimeout(() => this.#flush(), this.#nextAt - now)
        return
      }
      const asked = this.#asked.get(this.#queue.shift()!)
      if (asked === undefined) continue
      asked.isSent = true
      asked.timer = setTimeout(() => this.#link.renew(false), ANSWER_MS)
      this.#unanswered++
      if (now < this.#pacedUntil) this.#nextAt = now + this.#paceMs
      this.#link.send(asked.text)
    }
  }

  #answered(id: string, answer: Answer): void {
    if (!answer.ok && answer.error.code === 'rate_limited') {
      const now = performance.now()
      this.#paceMs = answer.error.retryAfterMs ?? PACE_MS
      this.#pacedUntil = now + PACED_MS
      this.#nextAt = now + this.#paceMs
    }
    this.#asked.get(id)?.settle(answer)
    this.#flush()
  }

  /** A question was given up. If nothing at all is heard from now on, the socket is dead all the same. */
  #doubt(): void {
    const since = performance.now()
    this.#doubtTimer ??= setTimeout(() => {
      this.#doubtTimer = undefined
      if (this.heardAt < since) this.#link.renew(false)
    }, ANSWER_MS)
  }

  /** The socket is gone, and with it the answers to all that was sent. */
  #lose(): void {
    clearTimeout(this.#doubtTimer)
    this.#doubtTimer = undefined
    for (const asked of [...this.#asked.values()]) if (asked.isSent) asked.settle('lost')
  }
}
