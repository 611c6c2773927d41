// Why a command was not done: the same codes on every door (DESIGN, Interfaces). A refusal is an
// expected answer, never an exception.

export type RefusalCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'payment_declined'
  | 'forbidden'
  | 'not_found'
  | 'seats_unavailable'
  | 'sale_closed'
  | 'limit_exceeded'
  | 'orphan_seat'
  | 'idempotency_conflict'
  | 'hold_expired'
  | 'rate_limited'
  | 'busy'
  | 'unavailable'

/** HTTP status and whether the same request may succeed when sent again unchanged. */
export const REFUSAL_CODES: Readonly<Record<RefusalCode, { status: number; retryable: boolean; title: string }>> = {
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid' },
  unauthenticated: { status: 401, retryable: false, title: 'A valid token is needed' },
  payment_declined: { status: 402, retryable: false, title: 'The payment was declined' },
  forbidden: { status: 403, retryable: false, title: 'This is not yours to do' },
  not_found: { status: 404, retryable: false, title: 'No such thing' },
  seats_unavailable: { status: 409, retryable: false, title: 'Someone else was faster' },
  sale_closed: { status: 409, retryable: false, title: 'The sale is not open' },
  limit_exceeded: { status: 409, retryable: false, title: 'That is more than is allowed' },
  orphan_seat: { status: 409, retryable: false, title: 'That would leave a single seat' },
  idempotency_conflict: { status: 409, retryable: false, title: 'This key was used for another request' },
  hold_expired: { status: 410, retryable: false, title: 'The hold is over' },
  rate_limited: { status: 429, retryable: true, title: 'Too many requests' },
  busy: { status: 503, retryable: true, title: 'Too much to do right now' },
  unavailable: { status: 503, retryable: true, title: 'Not able to answer right now' }
}

export interface Refusal {
  readonly kind: 'refused'
  readonly code: RefusalCode
  /** One sentence for a person: what is wrong and what to do next. */
  readonly detail: string
  /** Indexes of the seats that were in the way, if any. */
  readonly seats?: readonly number[]
  /** Ids of seats the plan does not have, or that came in before a plan was known. */
  readonly seatIds?: readonly string[]
  readonly retryAfterMs?: number
  /** Epoch milliseconds. */
  readonly expiresAt?: number
}

export function refuse(code: RefusalCode, detail: string, more?: Omit<Refusal, 'kind' | 'code' | 'detail'>): Refusal {
  return { kind: 'refused', code, detail, ...more }
}
