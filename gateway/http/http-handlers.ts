// What each call of the HTTP API does, once it is known who asks and that the request is well formed.
import { randomUUID } from 'node:crypto'
import type { Shows } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import { READ_YOUR_WRITES_MS, SESSION_MS } from '../../core/limits.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { refuse } from '../../core/refusal.ts'
import type { Auth, Identity } from '../auth.ts'
import { createShow, type ShowMaking } from '../catalogue/create-show.ts'
import { policyOf } from '../catalogue/show-intake.ts'
import { bookingJson, showJson, showSummaryJson, timeJson } from '../catalogue/show-json.ts'
import type { BookingRead, BookingReads, ShowReads } from '../ports.ts'
import type { RecentWrites } from '../recent-writes.ts'
import { renderEvent } from '../render.ts'
import { parseTime } from '../schema/schema-parts.ts'
import { type CommandMessage, toCommand } from '../to-command.ts'
import { isRefusal, type Submit, viewOf } from './ask-show.ts'
import type { BodyOf, OperationId } from './http-api.ts'
import { answered, epochHeader, type Reply, refused } from './http-reply.ts'
import type { Encoding, SeatMaps } from './seat-map.ts'

export interface ApiRequest<O extends OperationId> {
  /** Whoever asks; someone without a name where the call is open to anyone. */
  readonly identity: Identity
  /** `{show}`, `{hold}` and `{booking}` of the path; '' where the path has none. */
  readonly show: string
  readonly hold: string
  readonly booking: string
  readonly body: BodyOf<O>
  /** Idempotency key, '' for none. */
  readonly key: string
  readonly page: { readonly limit: number; readonly cursor: string | null }
  readonly ifNoneMatch: string
  readonly encoding: Encoding
}

export type Handlers = { readonly [O in OperationId]: (request: ApiRequest<O>) => Promise<Reply> }

export interface ApiParts extends ShowMaking {
  readonly auth: Auth
  readonly shows: Shows
  readonly submit: Submit
  readonly seatMaps: SeatMaps
  readonly bookings: BookingReads
  readonly showReads: ShowReads
  readonly recentWrites: RecentWrites
  /** The plan with this hash. */
  readonly planOf: (hash: string) => Promise<Plan>
}

export function createHandlers(parts: ApiParts): Handlers {
  const command = (message: CommandMessage, identity: Identity, status: number) =>
    run(parts, toCommand(message, identity), status)
  return {
    createSession: ({ identity }) => createSession(parts.auth, identity),
    listShows: async ({ page }) => {
      const { items, next } = await parts.showReads.list(page.limit, page.cursor)
      return answered(200, JSON.stringify({ shows: items.map(showSummaryJson), ...(next !== null && { next }) }))
    },
    getShow: ({ show }) => getShow(parts.shows, show),
    getSeats: (request) => getSeats(parts, request),
    hold: ({ identity, show, body, key }) => command({ ...body, op: 'hold', show, key }, identity, 201),
    extend: ({ identity, show, hold, key }) => command({ op: 'extend', show, hold, key }, identity, 200),
    release: ({ identity, show, hold, key }) => command({ op: 'release', show, hold, key }, identity, 204),
    book: ({ identity, show, body: { holdId, ...rest }, key }) =>
      command({ ...rest, op: 'book', show, hold: holdId, key }, identity, 201),
    listBookings: (request) => listBookings(parts, request),
    getBooking: (request) => getBooking(parts, request),
    cancel: ({ identity, booking, body, key }) =>
      command({ ...body, op: 'cancel', show: showOfBooking(booking), booking, key }, identity, 200),
    createShow: async ({ identity, key, body }) => createShow(parts, identity.user, key, body),
    changeShow: (request) => changeShow(parts, request),
    block: ({ identity: { user }, show, body: { seats }, key }) =>
      run(parts, { op: 'block', show, user, admin: true, key, seats }, 200),
    unblock: ({ identity: { user }, show, body: { seats }, key }) =>
      run(parts, { op: 'unblock', show, user, admin: true, key, seats }, 200)
  }
}

/** Has the show decide, and answers after the commit. */
function run(parts: ApiParts, command: Command, status: number): Promise<Reply> {
  return parts.submit(command, (outcome, show) => {
    if (isRefusal(outcome)) return refused(outcome, show)
    parts.recentWrites.note(command.user, command.show)
    if (show === null) return refused(refuse('unavailable', 'It was done, but cannot be shown: ask for it.'))
    const body = status === 204 ? null : `{${renderEvent(outcome, show)}}`
    return answered(status, body, epochHeader(show))
  })
}

async function changeShow(parts: ApiParts, request: ApiRequest<'changeShow'>): Promise<Reply> {
  const { identity, show, body, key } = request
  const { startsAt, policy, ...rest } = body
  const change = {
    ...rest,
    ...(startsAt !== undefined && { startsAt: parseTime(startsAt) }),
    ...(policy !== undefined && { policy: policyOf(policy) })
  }
  return run(parts, { op: 'change', show, user: identity.user, admin: true, key, change }, 200)
}

/** A guest who comes with a token that still holds goes on as the same customer. */
async function createSession(auth: Auth, { user, role }: Identity): Promise<Reply> {
  const userId = user !== '' && role === 'customer' ? user : `guest-${randomUUID()}`
  const { token, expiresAt } = await auth.signToken(userId, 'customer', SESSION_MS)
  return answered(201, JSON.stringify({ token, userId, expiresAt: timeJson(expiresAt) }))
}

async function getShow(shows: Shows, show: string): Promise<Reply> {
  const view = await viewOf(shows, show)
  if (isRefusal(view)) return refused(view)
  return answered(200, JSON.stringify({ show: showJson(view.definition, view.plan) }), epochHeader(view))
}

async function getSeats(parts: ApiParts, request: ApiRequest<'getSeats'>): Promise<Reply> {
  const { show, ifNoneMatch, encoding } = request
  const view = await viewOf(parts.shows, show)
  if (isRefusal(view)) return refused(view)
  const caching = { 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' }
  const current = `"${view.epoch}-${view.seq}"`
  if (matches(ifNoneMatch, current)) return answered(304, null, { ...caching, ...epochHeader(view), ETag: current })
  const map = await parts.seatMaps.get(show)
  if (isRefusal(map)) return refused(map)
  return answered(200, await map.body(encoding), {
    ...caching,
    ETag: `"${map.epoch}-${map.seq}"`,
    'Frontrow-Epoch': String(map.epoch),
    'Content-Encoding': encoding === 'identity' ? '' : encoding
  })
}

function matches(ifNoneMatch: string, tag: string): boolean {
  if (ifNoneMatch === '') return false
  return ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === tag || one.trim() === '*')
}

async function listBookings(parts: ApiParts, request: ApiRequest<'listBookings'>): Promise<Reply> {
  const { identity, page } = request
  await parts.recentWrites.settled(identity.user)
  const { items, next } = await parts.bookings.byUser(identity.user, page.limit, page.cursor)
  const bookings = await Promise.all(items.map(async (one) => bookingJson(one, await parts.planOf(one.planHash))))
  return answered(200, JSON.stringify({ bookings, ...(next !== null && { next }) }))
}

async function getBooking(parts: ApiParts, request: ApiRequest<'getBooking'>): Promise<Reply> {
  const { identity, booking: id } = request
  await parts.recentWrites.settled(identity.user)
  const booking = (await parts.bookings.byId(id)) ?? (await newBooking(parts, id))
  if (booking === null) return refused(refuse('not_found', 'There is no such booking.'))
  if (booking.userId !== identity.user && identity.role !== 'admin') {
    return refused(refuse('forbidden', 'This booking is not yours.'))
  }
  return answered(200, JSON.stringify({ booking: bookingJson(booking, await parts.planOf(booking.planHash)) }))
}

/** A booking that the read model did not have yet: somebody else made it a moment ago. */
async function newBooking({ shows, projector, bookings }: ApiParts, id: string): Promise<BookingRead | null> {
  const { shard, seq } = shows.position(showOfBooking(id))
  return (await projector.caughtUp(shard, seq, READ_YOUR_WRITES_MS)) ? bookings.byId(id) : null
}

/** A booking's id is `<show id>.<digits>`. */
function showOfBooking(booking: string): string {
  return booking.slice(0, booking.lastIndexOf('.'))
}
