// Asks until there is an answer that stays, or nobody waits for it any more. What was sent once may have been done:
// every try goes under the same idempotency key, and an error says whether the outcome is known.
import { FrontrowError } from './frontrow-error.ts'
import type { Answer, Granted, Refused } from './protocol.ts'
import type { Stop } from './stop.ts'

/** How long a write is tried unless its caller says otherwise. */
export const TIMEOUT_MS = 30_000
/** A token that is not accepted is renewed so often for one write. */
const RENEWALS_MAX = 2
/** The longest that timers know. */
const TIMER_MS_MAX = 2 ** 31 - 1

const BACKOFF_MS_FIRST = 250
const BACKOFF_MS_MAX = 5_000

/** Half to all of 250 ms, 500 ms, 1 s … 5 s: clients that lost one server do not come back in step. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** Math.min(attempt, 16))
  return Math.round(ceiling * (0.5 + random / 2))
}

/** What one try came to. `lost`: it was sent, and no answer will come. `unsent`: it cannot have been done. */
export type Tried = Answer | 'lost' | 'unsent'

export interface Asking {
  readonly key: string
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly stop: Stop
  /** Tries once, until `signal` aborts. Never rejects. */
  tryOnce(signal: AbortSignal): Promise<Tried>
  /** The token was not accepted: false when there is no other to be had. */
  renew(): boolean
}

/** Rejects with a `FrontrowError`. */
export async function persist({ key, timeoutMs, signal, stop, tryOnce, renew }: Asking): Promise<Granted> {
  const ending = endOf(signal, stop, timeoutMs)
  let isUnsure = false
  let refused: Refused | undefined
  try {
    for (let attempt = 0, renewals = 0; !ending.signal.aborted; attempt++) {
      const tried = await tryOnce(ending.signal)
      if (typeof tried === 'string') {
        if (tried === 'lost') {
          isUnsure = true
          refused = undefined
        }
      } else if (tried.ok) {
        return tried
      } else {
        refused = tried.error
        if (refused.code === 'unavailable') isUnsure = true
        const isRenewed = refused.code === 'unauthenticated' && renewals++ < RENEWALS_MAX && renew()
        if (!isRenewed && !refused.retryable) throw refusal(refused, key, isUnsure)
      }
      await pause(Math.max(refused?.retryAfterMs ?? 0, backoffMs(attempt, Math.random())), ending.signal)
    }
  } finally {
    ending.clear()
  }
  const cause: unknown = ending.signal.reason
  const detail = cause instanceof Error ? cause.message : String(cause)
  const outcome = isUnsure ? 'unknown' : 'not_done'
  throw new FrontrowError(refused ?? { code: 'unavailable', retryable: true, detail }, { key, outcome, cause })
}

/** Every refusal but that of the token was decided with the key in view: what it refuses was not done before. */
function refusal(refused: Refused, key: string, isUnsure: boolean): FrontrowError {
  const outcome = isUnsure && refused.code === 'unauthenticated' ? 'unknown' : 'not_done'
  return new FrontrowError(refused, { key, outcome })
}

/** A signal that aborts with `given`, with `stop`, or after `timeoutMs`. */
function endOf(given: AbortSignal | undefined, stop: Stop, timeoutMs: number) {
  const ending = new AbortController()
  const abort = () => ending.abort(given?.reason)
  if (given?.aborted) abort()
  given?.addEventListener('abort', abort)
  const leave = stop.onStop((reason) => ending.abort(reason))
  const timedOut = () => ending.abort(new DOMException(`No answer within ${timeoutMs} ms.`, 'TimeoutError'))
  const timer = timeoutMs <= TIMER_MS_MAX ? setTimeout(timedOut, timeoutMs) : undefined
  return {
    signal: ending.signal,
    clear: () => {
      clearTimeout(timer)
      given?.removeEventListener('abort', abort)
      leave()
    }
  }
}

/** Waits for `ms`, or until `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

/** A new idempotency key. As `crypto.randomUUID`, which a page without TLS does not have. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
