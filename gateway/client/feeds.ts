// The shows that a client watches: each is subscribed to on every new socket from where its map is, again when a
// diff is missing, and asked about when nothing was heard for long.
import type { Connection } from './connection.ts'
import { FrontrowError } from './frontrow-error.ts'
import type { Push, Refused } from './protocol.ts'
import { backoffMs, type Tried } from './retry.ts'
import { type ShowMap, ShowStore } from './show-store.ts'

export interface ShowListener {
  /** Gets the seat indexes that changed, or null when any may have; the map has changed already. */
  changed?(seats: readonly number[] | null): void
  /** The time of a hold of this user ran out, and its seats went free. */
  holdExpired?(hold: string): void
  /** The show cannot be watched (`not_found`, `limit_exceeded`): the map will not change any more. */
  refused?(error: FrontrowError): void
}

export interface Subscription {
  /** Live: always the server's state at exactly `position`. Nothing is known of the show while its epoch is 0. */
  readonly map: ShowStore
  close(): void
}

interface Watched {
  readonly store: ShowStore
  readonly listeners: Map<symbol, ShowListener>
  isSubscribing: boolean
}

/** After this time without a word, an open socket is asked whether it is still there. */
const SILENCE_MS = 30_000

export class Feeds {
  readonly #connection: Connection
  readonly #shows = new Map<string, Watched>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  watch(show: string, listener: ShowListener, from: ShowMap | undefined): Subscription {
    const known = this.#shows.get(show)
    const watched = known ?? { store: new ShowStore(from), listeners: new Map(), isSubscribing: false }
    const own = Symbol(show)
    watched.listeners.set(own, listener)
    const stopChanges = watched.store.onChange((seats) => listener.changed?.(seats))
    if (!known) {
      this.#shows.set(show, watched)
      this.#timer ??= setInterval(() => this.#breakSilence(), SILENCE_MS / 2)
      this.#subscribe(show, watched)
    }
    return {
      map: watched.store,
      close: () => {
        stopChanges()
        if (watched.listeners.delete(own) && watched.listeners.size === 0) this.#leave(show, watched)
      }
    }
  }

  opened(): void {
    for (const { store } of this.#shows.values()) store.reconnected()
    this.probe()
  }

  /** Subscribes to all shows again: on a socket that is dead this stays unanswered, and so it is found out. */
  probe(): void {
    for (const [show, watched] of this.#shows) this.#subscribe(show, watched)
  }

  pushed(push: Push): void {
    const watched = this.#shows.get(push.show)
    if (!watched) return
    const { store, listeners } = watched
    if (push.ev === 'hold_expired') {
      for (const listener of listeners.values()) listener.holdExpired?.(push.hold)
    } else if ((push.ev === 'diff' ? store.applyDiff(push) : store.applySnapshot(push)) === 'gap') {
      this.#subscribe(push.show, watched)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#shows.clear()
  }

  /** Asks for what is missing, once at a time: again after a while when it cannot be had right now. */
  #subscribe(show: string, watched: Watched, attempt = 0): void {
    const connection = this.#connection
    if (watched.isSubscribing || connection.state !== 'open') return
    watched.isSubscribing = true
    const body = { op: 'subscribe', show, ...watched.store.position }
    const answered = (tried: Tried) => {
      const error = typeof tried === 'string' || tried.ok ? null : tried.error
      if (this.#shows.get(show) !== watched) return
      if (error?.retryable) {
        const pauseMs = Math.max(error.retryAfterMs ?? 0, backoffMs(attempt, Math.random()))
        setTimeout(() => {
          watched.isSubscribing = false
          if (this.#shows.get(show) === watched) this.#subscribe(show, watched, attempt + 1)
        }, pauseMs)
        return
      }
      watched.isSubscribing = false
      if (error) this.#refuse(show, watched, error)
    }
    connection.tryOnce(connection.newId(), body, answered, undefined, true)
  }

  #refuse(show: string, { listeners }: Watched, refused: Refused): void {
    this.#shows.delete(show)
    const error = new FrontrowError(refused, { key: '', outcome: 'not_done' })
    for (const listener of listeners.values()) listener.refused?.(error)
  }

  #leave(show: string, watched: Watched): void {
    if (this.#shows.get(show) !== watched) return
    this.#shows.delete(show)
    this.#connection.tell({ op: 'unsubscribe', show })
    if (this.#shows.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #breakSilence(): void {
    if (this.#connection.state === 'open' && performance.now() - this.#connection.heardAt > SILENCE_MS) this.probe()
  }
}
