// What can be asked of a show, as calls: the same on the WebSocket and over NATS.
import type { BookAsk, Booking, CancelAsk, ExtendAsk, Granted, Hold, HoldAsk, ReleaseAsk, Write } from './protocol.ts'

export interface WriteOptions {
  /**
   * Idempotency key, 1 to 128 printable ASCII characters; a random one unless given. Give one that you have stored to
   * repeat a write of which you do not know whether it was done, also in another process: the same key and the same
   * request get the first answer again for a day; another request is refused with `idempotency_conflict`.
   */
  readonly key?: string
  /** For how long to try before giving up, in milliseconds: the client's own `timeoutMs` unless given. */
  readonly timeoutMs?: number
  /** Gives up when it aborts. What was sent may be done all the same: `outcome` of the error tells. */
  readonly signal?: AbortSignal
}

/**
 * All of these try until there is an answer: over new connections, and again after `busy`, `unavailable` and
 * `rate_limited`, always under one idempotency key, so that it happens once. They reject with a `FrontrowError`.
 */
export interface Writes<Options extends WriteOptions = WriteOptions> {
  /** Holds all the seats named, or none; or the best there are. `expiresAt` says when the hold ends. */
  hold(ask: HoldAsk, options?: Options): Promise<Hold>
  /** Makes a hold last its full time from now, as often as the show allows. */
  extend(ask: ExtendAsk, options?: Options): Promise<Hold>
  /** Gives a hold back. */
  release(ask: ReleaseAsk, options?: Options): Promise<void>
  /** Books a hold, or a part of it: the rest goes free. */
  book(ask: BookAsk, options?: Options): Promise<Booking>
  /** Cancels a booking, or some of its seats; answers what is left of it. */
  cancel(ask: CancelAsk, options?: Options): Promise<Booking>
  /** Any of these as a value, for those who store what they ask. */
  write(write: Write, options?: Options): Promise<Granted>
}

export function writesOver<Options extends WriteOptions>(write: Writes<Options>['write']): Writes<Options> {
  return {
    hold: async (ask, options) => (await write({ op: 'hold', ...ask }, options)).hold!,
    extend: async (ask, options) => (await write({ op: 'extend', ...ask }, options)).hold!,
    release: async (ask, options) => {
      await write({ op: 'release', ...ask }, options)
    },
    book: async (ask, options) => (await write({ op: 'book', ...ask }, options)).booking!,
    cancel: async (ask, options) => (await write({ op: 'cancel', ...ask }, options)).booking!,
    write
  }
}
