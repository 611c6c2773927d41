// The two calls over HTTP that a client of the WebSocket begins with: who it is, and what the seats are called.
import { FrontrowError } from './frontrow-error.ts'
import type { TokenSource } from './link.ts'
import type { Refused, SeatList, Session } from './protocol.ts'

/** A session is renewed, as the same customer, when it ends within this time. */
const MARGIN_MS = 60 * 60 * 1000

/**
 * Tokens of a guest: of `session` if one was kept, else of a new one. Renewed before it ends and when it is not
 * accepted; the customer stays the same for as long as one session follows another. `keep` gets each new session.
 */
export function guestSession(url: string, session?: Session, keep?: (session: Session) => void): TokenSource {
  let known = session
  return async (refused) => {
    if (!refused && known && Date.parse(known.expiresAt) - MARGIN_MS > Date.now()) return known.token
    const headers: Record<string, string> = known ? { authorization: `Bearer ${known.token}` } : {}
    known = await call<Session>(new URL('/api/sessions', url), { method: 'POST', headers })
    keep?.(known)
    return known.token
  }
}

/** Every seat of a show in the order of its index, with its status at (epoch, seq). Rejects with a FrontrowError. */
export function readSeats(url: string, show: string): Promise<SeatList> {
  return call<SeatList>(new URL(`/api/shows/${encodeURIComponent(show)}/seats`, url))
}

async function call<T>(url: URL, init?: RequestInit): Promise<T> {
  const unreachable: Refused = { code: 'unavailable', detail: 'The server cannot be reached.', retryable: true }
  const failed = (refused: Refused, cause?: unknown) =>
    new FrontrowError(refused, { key: '', outcome: 'not_done', cause })
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw failed(unreachable, cause)
  })
  const body: unknown = await response.json().catch(() => unreachable)
  if (!response.ok) throw failed(body as Refused)
  return body as T
}
