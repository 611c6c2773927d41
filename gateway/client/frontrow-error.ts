// Why a write was not done, or why nobody knows whether it was. A client rejects with this and nothing else.
import type { RefusalCode } from '../../core/refusal.ts'
import type { Refused } from './protocol.ts'

interface About {
  /** The idempotency key the write went under; '' for what has none. */
  readonly key: string
  readonly outcome: 'not_done' | 'unknown'
  readonly cause?: unknown
}

export class FrontrowError extends Error implements Refused {
  /** The server's code; `unavailable` where there was no answer. */
  readonly code: RefusalCode
  /** The same as `message`: one sentence for a person. */
  readonly detail: string
  /** The same write may succeed when it is asked again; with the same `key` it cannot be done twice. */
  readonly retryable: boolean
  /**
   * `not_done`: nothing happened. `unknown`: it was sent, and whether it was done was never heard. Asking again under
   * `key` does it once at most, and gives the first answer if it was done (for a day).
   */
  readonly outcome: 'not_done' | 'unknown'
  /** The idempotency key that the write went under. */
  readonly key: string
  /** Ids of the seats that were in the way; empty where it was not about seats. */
  readonly seats: readonly string[]
  /** How long to wait before asking again, where the server said. */
  readonly retryAfterMs?: number
  /** RFC 3339: when the hold in question ends, where that is what it is about. */
  readonly expiresAt?: string

  constructor(refused: Refused, { key, outcome, cause }: About) {
    const why = refused.detail ?? refused.title ?? refused.code
    const detail = outcome === 'unknown' ? `${why} Whether it was done is not known: ask again with its key.` : why
    super(detail, { cause })
    this.name = 'FrontrowError'
    this.code = refused.code
    this.detail = detail
    this.retryable = refused.retryable ?? false
    this.outcome = outcome
    this.key = key
    this.seats = refused.seats ?? []
    if (refused.retryAfterMs !== undefined) this.retryAfterMs = refused.retryAfterMs
    if (refused.expiresAt !== undefined) this.expiresAt = refused.expiresAt
  }
}
