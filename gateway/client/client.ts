// `frontrow/client`: a client of the WebSocket for browsers and Node. It holds, books and watches over a connection
// that comes and goes; what was asked is done once, however often it had to be sent.
import { Connection } from './connection.ts'
import { Feeds, type ShowListener, type Subscription } from './feeds.ts'
import type { LinkState, SocketConstructor, TokenSource } from './link.ts'
import { newKey, persist, TIMEOUT_MS } from './retry.ts'
import type { ShowMap } from './show-store.ts'
import { type WriteOptions, type Writes, writesOver } from './writes.ts'

export type { ShowListener, Subscription } from './feeds.ts'
export { FrontrowError } from './frontrow-error.ts'
export { guestSession, readSeats } from './http-calls.ts'
export type { LinkState, Socket, SocketConstructor, TokenSource } from './link.ts'
export type * from './protocol.ts'
export { newKey } from './retry.ts'
export { mapOf, type Position, type SeatListener, type ShowMap, type ShowStore } from './show-store.ts'
export type { WriteOptions, Writes } from './writes.ts'

export interface ConnectOptions {
  /** Where the server is: `https://example.org`; or the address of its socket: `wss://example.org/ws`. */
  readonly url: string
  /**
   * Who asks: a token, or where to get one for each new socket, such as `guestSession(url)`. A source is asked for
   * another one when the server does not accept the last. Left out: look only.
   */
  readonly token?: string | TokenSource
  /** For how long a write is tried, in milliseconds, unless its own options say otherwise: 30,000. */
  readonly timeoutMs?: number
  /** Hears whether there is a connection; for a page that shows it. */
  readonly onState?: (state: LinkState) => void
  /** In place of the global one, such as that of `ws` where Node is older than 22. */
  readonly WebSocket?: SocketConstructor
}

export interface Client extends Writes {
  readonly state: LinkState
  /**
   * Follows a show: its map is kept up to date from now until `close`, over whatever happens to the connection.
   * `from` is what is known already, from `mapOf(await readSeats(url, show))`: then only what changed since is sent.
   * Without it the map starts empty, is filled by the first snapshot, and may have up to three seats more than there
   * are: a snapshot has four to the byte. Several subscriptions of one show share one map.
   */
  subscribe(show: string, listener: ShowListener, from?: ShowMap): Subscription
  /**
   * Makes sure of the connection now: the network may be back, or a page is looked at again. Also the only way on after
   * a close code from 4000 on (4029: too many messages), which ends all writes and further tries to connect.
   */
  wake(): void
  /** Ends subscriptions and writes under way: those reject, saying whether their outcome is known. */
  close(): void
}

/**
 * Opens a connection, and opens it again, with backoff and jitter, whenever it is lost or closed with a code below
 * 4000 (1012: the server restarts; 1013: answers were not read). Does not wait for it: writes do.
 */
export function connect(options: ConnectOptions): Client {
  const { url, token = null, timeoutMs = TIMEOUT_MS } = options
  const connection = new Connection({
    url: socketUrl(url),
    token: typeof token === 'function' ? token : async () => token,
    WebSocket: options.WebSocket ?? WebSocket,
    onState: (state) => options.onState?.(state),
    onOpen: () => feeds.opened(),
    onPush: (push) => feeds.pushed(push)
  })
  const feeds = new Feeds(connection)
  const renew = () => {
    if (typeof token === 'function') connection.renewToken()
    return typeof token === 'function'
  }
  const write: Writes['write'] = (body, own: WriteOptions = {}) => {
    const id = connection.newId()
    const key = own.key ?? newKey()
    return persist({
      key,
      timeoutMs: own.timeoutMs ?? timeoutMs,
      signal: own.signal,
      stop: connection.stop,
      tryOnce: (signal) => new Promise((done) => connection.tryOnce(id, { ...body, key }, done, signal)),
      renew
    })
  }
  return {
    ...writesOver(write),
    get state() {
      return connection.state
    },
    subscribe: (show, listener, from) => feeds.watch(show, listener, from),
    wake: () => {
      connection.wake()
      feeds.probe()
    },
    close: () => {
      feeds.close()
      connection.close()
    }
  }
}

/** Throws a TypeError for what is no address. */
function socketUrl(url: string): string {
  return /^ws/.test(url) ? new URL(url).href : new URL('/ws', url.replace(/^http/, 'ws')).href
}
