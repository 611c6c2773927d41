// Every call of the HTTP API: its path, who may make it, what it takes and answers. Requests are routed
// and decoded by this table, and /openapi.json is written from it.
import type * as Schema from 'effect/Schema'
import { ADMIN_BYTES_MAX, COMMAND_BYTES_MAX, PLAN_BYTES_MAX } from '../../core/limits.ts'
import type { RefusalCode } from '../../core/refusal.ts'
import {
  BlockAnswer,
  BlockBody,
  BookingAnswer,
  BookingBody,
  BookingsAnswer,
  CancelBody,
  HoldAnswer,
  HoldBody,
  SeatMapAnswer,
  SessionAnswer,
  ShowAnswer,
  ShowBody,
  ShowChangeBody,
  ShowsAnswer
} from '../schema/schema-http.ts'

export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete' | 'patch'
  /** `{show}`, `{hold}` and `{booking}` are parameters. */
  readonly path: string
  readonly summary: string
  /** `anyone` needs no token, and an ended one does no harm. */
  readonly access: 'anyone' | 'user' | 'admin'
  /** Which of the token buckets a call draws from. */
  readonly rate: 'session' | 'read' | 'write'
  readonly body?: {
    readonly schema: Schema.ConstraintDecoder<unknown>
    readonly bytesMax: number
    /** An empty body is taken for `{}`. */
    readonly optional?: true
    /** The handler reads the bytes itself, as they may be many. */
    readonly raw?: true
  }
  /** Takes `cursor` and `limit`. */
  readonly paged?: true
  readonly answer: { readonly status: number; readonly schema?: Schema.Top; readonly description: string }
  /** Beyond those that every call may get. */
  readonly refusals: readonly RefusalCode[]
}

const ofCommand = ['idempotency_conflict', 'busy', 'not_found'] as const
const ofHold = [...ofCommand, 'forbidden', 'hold_expired'] as const
const commandBody = { bytesMax: COMMAND_BYTES_MAX }
const hold = '/api/shows/{show}/holds/{hold}'

export const ENDPOINTS = {
  createSession: {
    method: 'post',
    path: '/api/sessions',
    summary: 'Begin a guest session, or go on with the one whose token is sent',
    access: 'anyone',
    rate: 'session',
    answer: { status: 201, schema: SessionAnswer, description: 'A token for a new customer' },
    refusals: []
  },
  listShows: {
    method: 'get',
    path: '/api/shows',
    summary: 'List shows, soonest first',
    access: 'anyone',
    rate: 'read',
    paged: true,
    answer: { status: 200, schema: ShowsAnswer, description: 'A page of shows' },
    refusals: []
  },
  getShow: {
    method: 'get',
    path: '/api/shows/{show}',
    summary: 'One show, with categories, prices, policy and drawing',
    access: 'anyone',
    rate: 'read',
    answer: { status: 200, schema: ShowAnswer, description: 'The show' },
    refusals: ['not_found']
  },
  getSeats: {
    method: 'get',
    path: '/api/shows/{show}/seats',
    summary: 'The seat map, with the status of every seat',
    access: 'anyone',
    rate: 'read',
    answer: { status: 200, schema: SeatMapAnswer, description: 'The seat map' },
    refusals: ['not_found']
  },
  hold: {
    method: 'post',
    path: '/api/shows/{show}/holds',
    summary: 'Hold seats, named or the best there are: all or none',
    access: 'user',
    rate: 'write',
    body: { ...commandBody, schema: HoldBody },
    answer: { status: 201, schema: HoldAnswer, description: 'The hold' },
    refusals: [...ofCommand, 'sale_closed', 'limit_exceeded', 'seats_unavailable', 'orphan_seat']
  },
  extend: {
    method: 'post',
    path: `${hold}/extend`,
    summary: 'Make a hold last longer',
    access: 'user',
    rate: 'write',
    answer: { status: 200, schema: HoldAnswer, description: 'The hold with its new end' },
    refusals: [...ofHold, 'limit_exceeded']
  },
  release: {
    method: 'delete',
    path: hold,
    summary: 'Give a hold back',
    access: 'user',
    rate: 'write',
    answer: { status: 204, description: 'Its seats are free' },
    refusals: ofHold
  },
  book: {
    method: 'post',
    path: '/api/shows/{show}/bookings',
    summary: 'Book a hold, or a part of it: the rest goes free',
    access: 'user',
    rate: 'write',
    body: { ...commandBody, schema: BookingBody },
    answer: { status: 201, schema: BookingAnswer, description: 'The booking' },
    refusals: [...ofHold, 'seats_unavailable', 'payment_declined']
  },
  listBookings: {
    method: 'get',
    path: '/api/bookings',
    summary: 'My bookings, latest first',
    access: 'user',
    rate: 'read',
    paged: true,
    answer: { status: 200, schema: BookingsAnswer, description: 'A page of bookings' },
    refusals: []
  },
  getBooking: {
    method: 'get',
    path: '/api/bookings/{booking}',
    summary: 'One booking, for its owner or an admin',
    access: 'user',
    rate: 'read',
    answer: { status: 200, schema: BookingAnswer, description: 'The booking' },
    refusals: ['not_found', 'forbidden']
  },
  cancel: {
    method: 'post',
    path: '/api/bookings/{booking}/cancel',
    summary: 'Cancel a booking, or some of its seats',
    access: 'user',
    rate: 'write',
    body: { ...commandBody, schema: CancelBody, optional: true },
    answer: { status: 200, schema: BookingAnswer, description: 'The booking with what is left of it' },
    refusals: [...ofCommand, 'forbidden', 'seats_unavailable']
  },
  createShow: {
    method: 'post',
    path: '/api/admin/shows',
    summary: 'Create a show with its plan and prices',
    access: 'admin',
    rate: 'write',
    body: { schema: ShowBody, bytesMax: PLAN_BYTES_MAX, raw: true },
    answer: { status: 201, schema: ShowAnswer, description: 'The show' },
    refusals: ['forbidden', 'idempotency_conflict', 'busy']
  },
  changeShow: {
    method: 'patch',
    path: '/api/admin/shows/{show}',
    summary: 'Change what a show is called, costs and allows',
    access: 'admin',
    rate: 'write',
    body: { schema: ShowChangeBody, bytesMax: ADMIN_BYTES_MAX },
    answer: { status: 200, schema: ShowAnswer, description: 'The show as it is now' },
    refusals: ['forbidden', ...ofCommand]
  },
  block: {
    method: 'post',
    path: '/api/admin/shows/{show}/block',
    summary: 'Take available seats out of the sale',
    access: 'admin',
    rate: 'write',
    body: { schema: BlockBody, bytesMax: ADMIN_BYTES_MAX },
    answer: { status: 200, schema: BlockAnswer, description: 'The seats that are blocked now' },
    refusals: ['forbidden', ...ofCommand, 'seats_unavailable']
  },
  unblock: {
    method: 'post',
    path: '/api/admin/shows/{show}/unblock',
    summary: 'Put blocked seats back into the sale',
    access: 'admin',
    rate: 'write',
    body: { schema: BlockBody, bytesMax: ADMIN_BYTES_MAX },
    answer: { status: 200, schema: BlockAnswer, description: 'The seats that are available now' },
    refusals: ['forbidden', ...ofCommand, 'seats_unavailable']
  }
} as const satisfies Record<string, Endpoint>

export type OperationId = keyof typeof ENDPOINTS

type EndpointOf<O extends OperationId> = (typeof ENDPOINTS)[O]

/** What the body of an operation decodes to, its bytes where it is `raw`, `undefined` where it takes none. */
export type BodyOf<O extends OperationId> =
  EndpointOf<O> extends { readonly body: { readonly raw: true } }
    ? Uint8Array
    : EndpointOf<O> extends { readonly body: { readonly schema: { readonly Type: infer T } } }
      ? T
      : undefined
