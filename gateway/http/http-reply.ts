// What an HTTP handler comes to: an answer or a problem, ready to be sent.
import type { ShowFace } from '../../actors/outcome.ts'
import type { Refusal } from '../../core/refusal.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Headers } from './http-exchange.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: string | Uint8Array | null
  /** Why it was not done, for the log; null when it was. */
  readonly problem: Problem | null
}

const JSON_TYPE = 'application/json'

/** `body` is JSON text, or null for none. */
export function answered(status: number, body: string | Uint8Array | null, headers: Headers = {}): Reply {
  return { status, headers: body === null ? headers : { 'Content-Type': JSON_TYPE, ...headers }, body, problem: null }
}

export function refused(refusal: Refusal, show: ShowFace | null = null): Reply {
  return troubled(problemOf(refusal, show), epochHeader(show))
}

export function troubled(problem: Problem, headers: Headers = {}): Reply {
  const { status, retryAfterMs } = problem
  const waits = retryAfterMs !== undefined && problem.retryable
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Retry-After': waits ? String(Math.ceil(retryAfterMs / 1000)) : '',
      'WWW-Authenticate': status === 401 ? 'Bearer realm="frontrow"' : '',
      ...headers
    },
    body: JSON.stringify(problem),
    problem
  }
}

export function epochHeader(show: ShowFace | null): Headers {
  return show === null ? {} : { 'Frontrow-Epoch': String(show.epoch) }
}
