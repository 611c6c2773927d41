// Between what goes over the WebSocket and what the judge knows: questions as messages, answers as outcomes.
import type { Asked, Told } from '../history/operation.ts'
import type { Outcome } from './recorder.ts'

export interface Question {
  readonly show: string
  readonly asked: Asked
  /** Of a cancel: seats of the booking as far as the client knows. */
  readonly seats?: readonly string[]
  /** Sends it twice at once, as impatient people do. */
  readonly twice?: boolean
}

export interface WireAnswer {
  readonly ok: boolean
  readonly hold?: {
    readonly id: string
    readonly seats: readonly { readonly id: string }[]
    readonly expiresAt: string
  }
  readonly booking?: { readonly id: string; readonly seats: readonly { readonly id: string }[] }
  readonly error?: { readonly code: string; readonly seats?: readonly string[]; readonly retryAfterMs?: number }
}

/** Without its id. */
export function wireMessage({ show, asked }: Question, key: string): object {
  if (asked.op !== 'hold') {
    const { op, ...rest } = asked
    const named = Object.entries(rest).filter(([, value]) => value !== null)
    return { op, show, ...Object.fromEntries(named), key }
  }
  const what = asked.seats === null ? { best: { count: asked.count } } : { seats: asked.seats }
  return { op: 'hold', show, ...what, key }
}

export function outcomeOf(question: Question, answer: WireAnswer): Outcome {
  if (answer.ok) {
    const told = toldOf(question, answer)
    return { kind: 'granted', told, answer: JSON.stringify(answer.hold ?? answer.booking ?? {}) }
  }
  const { code = '', seats = [] } = answer.error ?? {}
  if (code === 'unavailable') return { kind: 'unknown', code }
  if (code === 'busy' || code === 'rate_limited') return { kind: 'turned_away', code }
  return { kind: 'refused', code, seats }
}

function toldOf({ asked, seats = [] }: Question, { hold, booking }: WireAnswer): Told {
  const idsOf = (given: readonly { readonly id: string }[] = []) => given.map(({ id }) => id)
  switch (asked.op) {
    case 'hold':
      return { kind: 'held', hold: hold!.id, seats: idsOf(hold!.seats), expiresAt: Date.parse(hold!.expiresAt) }
    case 'extend':
      return { kind: 'extended', hold: hold!.id, expiresAt: Date.parse(hold!.expiresAt) }
    case 'release':
      return { kind: 'released' }
    case 'book':
      return { kind: 'booked', booking: booking!.id, seats: idsOf(booking!.seats) }
    case 'cancel': {
      // The answer names what the booking still has.
      const left = new Set(idsOf(booking!.seats))
      return { kind: 'cancelled', seats: (asked.seats ?? seats).filter((seat) => !left.has(seat)) }
    }
    case 'block':
      return { kind: 'blocked' }
    case 'unblock':
      return { kind: 'unblocked' }
  }
}
