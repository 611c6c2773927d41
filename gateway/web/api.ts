// The page's HTTP calls: the guest session, the catalogue, the bookings. Everything that changes seats goes
// over the connection.

import type { Booking, Refused, SeatList, Session, Show, ShowSummary } from '../client/client.ts'
import { recall, remember } from './memory.ts'

export class ApiError extends Error {
  readonly refused: Refused
  constructor(refused: Refused) {
    super(refused.detail ?? refused.title ?? 'The server did not answer')
    this.name = 'ApiError'
    this.refused = refused
  }
}

/** Part of a list; `next` asks for the part after it. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

const UNREACHABLE: Refused = { code: 'unavailable', detail: 'The server cannot be reached right now.', retryable: true }

/** Renewed this long before it ends, as the same customer: whoever comes back in time keeps their bookings. */
const SESSION_MARGIN_MS = 6 * 60 * 60 * 1000

let session = recall<Session>('session')
let starting: Promise<Session> | null = null
let clockAheadMs = 0

/** The server's time as far as this page can tell, in epoch milliseconds: holds end by that clock. */
export function serverNow(): number {
  return Date.now() - clockAheadMs
}

export function userId(): string | null {
  return session?.userId ?? null
}

/** A token that should be good. `refused`: the server did not take the last one, so ask it about it. */
export async function sessionToken(refused: boolean): Promise<string> {
  if (refused && session && !(await accepted(session.token))) session = null
  // Another page of this browser may have started one.
  session ??= recall<Session>('session')
  if (session && Date.parse(session.expiresAt) - SESSION_MARGIN_MS > serverNow()) return session.token
  starting ??= startSession().finally(() => {
    starting = null
  })
  return (await starting).token
}

async function startSession(): Promise<Session> {
  const known = session === null ? {} : withToken(session.token)
  session = await call<Session>('/api/sessions', { ...known, method: 'POST' })
  remember('session', session)
  return session
}

async function accepted(token: string): Promise<boolean> {
  try {
    await call('/api/bookings', withToken(token))
    return true
  } catch (error) {
    if (!(error instanceof ApiError) || error.refused.code !== 'unauthenticated') throw error
    remember('session', null)
    return false
  }
}

export async function listShows(cursor: string | null): Promise<Page<ShowSummary>> {
  const { shows, next } = await call<{ shows: readonly ShowSummary[]; next?: string }>(`/api/shows${query(cursor)}`)
  return { items: shows, next: next ?? null }
}

export async function getShow(id: string): Promise<Show> {
  return (await call<{ show: Show }>(`/api/shows/${encodeURIComponent(id)}`)).show
}

export function getSeats(id: string): Promise<SeatList> {
  return call<SeatList>(`/api/shows/${encodeURIComponent(id)}/seats`)
}

export async function listBookings(cursor: string | null): Promise<Page<Booking>> {
  const read = async (refused: boolean) => {
    const path = `/api/bookings${query(cursor)}`
    type Answer = { bookings: readonly Booking[]; next?: string }
    const { bookings, next } = await call<Answer>(path, withToken(await sessionToken(refused)))
    return { items: bookings, next: next ?? null }
  }
  try {
    return await read(false)
  } catch (error) {
    if (error instanceof ApiError && error.refused.code === 'unauthenticated') return read(true)
    throw error
  }
}

function query(cursor: string | null): string {
  return cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
}

function withToken(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } }
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const askedAt = Date.now()
  const response = await fetch(path, init).catch(() => {
    throw new ApiError(UNREACHABLE)
  })
  readClock(response.headers.get('date'), askedAt)
  const body = await response.json().catch(() => UNREACHABLE)
  if (!response.ok) throw new ApiError(body as Refused)
  return body as T
}

/** The Date header counts whole seconds, so only a clock that is clearly wrong is corrected. */
function readClock(date: string | null, askedAt: number): void {
  if (!date) return
  const aheadMs = (askedAt + Date.now()) / 2 - (Date.parse(date) + 500)
  clockAheadMs = Math.abs(aheadMs) > 2_000 ? aheadMs : 0
}
