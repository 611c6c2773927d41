// A refusal as every door says it: RFC 9457, with the code, whether to try again, and what helps.
import type { ShowFace } from '../actors/outcome.ts'
import { REFUSAL_CODES, type Refusal, type RefusalCode } from '../core/refusal.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: RefusalCode
  /** One sentence for a person: what is wrong and what to do next. */
  readonly detail: string
  readonly retryable: boolean
  /** Ids of the seats that were in the way. */
  readonly seats?: readonly string[]
  readonly retryAfterMs?: number
  /** RFC 3339. */
  readonly expiresAt?: string
  /** What is wrong with a plan, place by place. */
  readonly faults?: readonly { readonly place: string; readonly message: string }[]
}

/** `show` gives the seats their ids; without it only those the refusal has by id are named. */
export function problemOf(refusal: Refusal, show: ShowFace | null): Problem {
  const { code, detail, retryAfterMs, expiresAt } = refusal
  const { status, retryable, title } = REFUSAL_CODES[code]
  const seats = seatIds(refusal, show)
  return {
    type: `urn:frontrow:problem:${code}`,
    title,
    status,
    code,
    detail,
    retryable,
    ...(seats.length > 0 && { seats }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() })
  }
}

function seatIds(refusal: Refusal, show: ShowFace | null): readonly string[] {
  const named = refusal.seatIds ?? []
  if (refusal.seats === undefined || show === null) return named
  return [...named, ...refusal.seats.map((seat) => show.plan.ids[seat] ?? String(seat))]
}
