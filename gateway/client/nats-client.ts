// `frontrow/client/nats`: the writes of a booking service over NATS. The service says for whom it asks; NATS accounts
// guard who may. Apart from the browsers' client, so that those need not carry the NATS library.
import { connect, type NatsConnection } from 'nats'
import { FrontrowError } from './frontrow-error.ts'
import { type AskNats, natsRequests } from './nats-requests.ts'
import type { Granted, Write } from './protocol.ts'
import { newKey, persist, TIMEOUT_MS } from './retry.ts'
import { Stop } from './stop.ts'
import { type WriteOptions, type Writes, writesOver } from './writes.ts'

export { FrontrowError } from './frontrow-error.ts'
export type * from './protocol.ts'
export { newKey } from './retry.ts'
export type { WriteOptions, Writes } from './writes.ts'

export interface NatsOptions {
  /** Addresses of NATS servers, `nats://…`, or a connection that is there already (and is left open by `close`). */
  readonly nats: string | readonly string[] | NatsConnection
  /** For whom to ask, unless a write's own options say otherwise: 1 to 128 printable ASCII characters. */
  readonly user?: string
  /**
   * For how long a write is tried, in milliseconds, unless its own options say otherwise: 30,000. Goes along as a
   * deadline, by the clock: after it nobody begins with what nobody waits for.
   */
  readonly timeoutMs?: number
}

export interface NatsWriteOptions extends WriteOptions {
  /** For whom: the holder of what is held, the owner of what is booked. */
  readonly user?: string
}

/** One write of a batch, with its key and user as in `NatsWriteOptions`. */
export type BatchedWrite = Write & { readonly key?: string; readonly user?: string }
export type BatchedResult = Granted | { readonly ok: false; readonly error: FrontrowError }

export interface NatsClient extends Writes<NatsWriteOptions> {
  /**
   * Asks for many writes in few requests: those of one show and operation go together, up to 256 at a time. Each is
   * done or refused for itself and tried again for itself, in no particular order; results come in the order of the
   * writes. Never rejects.
   */
  batch(
    writes: readonly BatchedWrite[],
    options?: Pick<WriteOptions, 'timeoutMs' | 'signal'>
  ): Promise<readonly BatchedResult[]>
  /** Ends writes under way: those reject, saying whether their outcome is known. Closes a connection of its own. */
  close(): Promise<void>
}

/** Anything else could be more than one word of a subject, or more than one line of NATS's protocol. */
const SHOW_ID = /^[A-Za-z0-9_-]+$/
const NO_SHOW_ID = { code: 'invalid_request', detail: 'A show id has letters, digits, _ and -.' } as const
/** Between tries to connect again. */
const RECONNECT_MS = 250

/** Rejects with NATS's own error where no server can be reached; from then on it connects again by itself. */
export async function connectNats(options: NatsOptions): Promise<NatsClient> {
  const { timeoutMs = TIMEOUT_MS } = options
  const isOwn = typeof options.nats === 'string' || 'length' in options.nats
  const nats = isOwn ? await connectTo(options.nats as string | readonly string[]) : (options.nats as NatsConnection)
  const { single, packed } = natsRequests(nats)
  const stop = new Stop()
  void nats.closed().then(() => stop.stop(new Error('The NATS connection was closed.')))

  async function persistent(write: Write, own: NatsWriteOptions, ask: AskNats): Promise<Granted> {
    const { op, show, ...members } = write
    const { key = newKey(), user = options.user, timeoutMs: ownMs = timeoutMs } = own
    if (!SHOW_ID.test(show)) throw new FrontrowError(NO_SHOW_ID, { key, outcome: 'not_done' })
    const subject = `frontrow.v1.shows.${show}.${op}`
    const command = { subject, body: { user, ...members, key }, deadline: Date.now() + Math.ceil(ownMs) }
    return persist({
      key,
      timeoutMs: ownMs,
      signal: own.signal,
      stop,
      tryOnce: (signal) => ask(command, signal),
      renew: () => false
    })
  }

  return {
    ...writesOver<NatsWriteOptions>((write, own = {}) => persistent(write, own, single)),
    batch: (writes, own = {}) =>
      Promise.all(
        writes.map(({ key, user, ...write }) => {
          const about = { ...own, ...(key !== undefined && { key }), ...(user !== undefined && { user }) }
          return persistent(write as Write, about, packed).catch(failure)
        })
      ),
    close: async () => {
      stop.stop(new Error('This client was closed.'))
      if (isOwn) await nats.close()
    }
  }
}

/** Once connected it connects again for as long as it takes: whoever asks meanwhile is told after their own time. */
function connectTo(servers: string | readonly string[]): Promise<NatsConnection> {
  return connect({
    servers: typeof servers === 'string' ? servers : [...servers],
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    noAsyncTraces: true
  })
}

function failure(error: unknown): BatchedResult {
  if (error instanceof FrontrowError) return { ok: false, error }
  throw error
}
