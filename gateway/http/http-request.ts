// What has to be right with a request before anything is done for it, in this order: size, type, token,
// rate, role, ids, key, page, body. The first that is wrong is the answer.
import { COMMAND_BYTES_MAX, CURSOR_MAX, KEY_MAX, PAGE_DEFAULT, PAGE_MAX } from '../../core/limits.ts'
import { type Refusal, refuse } from '../../core/refusal.ts'
import type { Auth, Identity } from '../auth.ts'
import { decodeUtf8 } from '../catalogue/show-intake.ts'
import { problemOf } from '../problem.ts'
import type { RateLimits } from '../rate-limit.ts'
import { type Decoded, decoderOf, parseJson } from '../schema/decode.ts'
import { BookingId, HoldId, ShowId } from '../schema/schema-parts.ts'
import type { Endpoint, OperationId } from './http-api.ts'
import type { Exchange } from './http-exchange.ts'
import type { ApiRequest } from './http-handlers.ts'
import { type Reply, refused, troubled } from './http-reply.ts'
import type { Encoding } from './seat-map.ts'

export type AnyRequest = ApiRequest<OperationId>
export type Checked = { readonly request: AnyRequest } | { readonly reply: Reply } | 'aborted'

export interface RequestChecks {
  readonly auth: Auth
  readonly limits: RateLimits
  /** Whether a list can have given this as its `next`. */
  readonly isCursor: (text: string) => boolean
}

/** Someone without a token. */
const NOBODY: Identity = { user: '', role: 'customer', expiresAt: 0 }
const KEY = new RegExp(`^[\\x20-\\x7e]{0,${KEY_MAX}}$`)

/** Ids of the path, and what is said of one that cannot be anything's. */
const IDS = {
  show: { ok: decoderOf(ShowId), missing: 'There is no such show.' },
  hold: { ok: decoderOf(HoldId), missing: 'There is no such hold on this show.' },
  booking: { ok: decoderOf(BookingId), missing: 'There is no such booking.' }
} as const
export type PathIds = Readonly<Partial<Record<keyof typeof IDS, string>>>

/** Compiles the check of one call of the API. */
export function createCheck(endpoint: Endpoint, { auth, limits, isCursor }: RequestChecks) {
  const decodeBody = createBodyDecoder(endpoint.body)
  return async (exchange: Exchange, ids: PathIds): Promise<Checked> => {
    const unfit = unfitBody(endpoint, exchange)
    if (unfit !== null) return { reply: unfit }
    // Reading starts before the first await, after which it would be too late to ask for the body.
    const reading = endpoint.body && exchange.readBody(endpoint.body.bytesMax)
    const token = bearerToken(exchange)
    const identity = token === '' ? null : await auth.verifyToken(token)
    const refusal =
      tooMany(limits.take(endpoint.rate, identity, exchange.address)) ??
      notAllowed(endpoint, identity, token) ??
      unknownId(ids) ??
      wrongKey(exchange)
    if (refusal !== null) return { reply: refused(refusal) }
    const page = pageOf(endpoint, exchange, isCursor)
    if ('kind' in page) return { reply: refused(page) }
    const bytes = await reading
    if (bytes === 'aborted') return bytes
    if (bytes === 'too large') return { reply: tooLarge(endpoint) }
    const body = decodeBody(bytes)
    if (!body.ok) return { reply: refused(refuse('invalid_request', body.detail)) }
    const request = {
      identity: identity ?? NOBODY,
      show: ids.show ?? '',
      hold: ids.hold ?? '',
      booking: ids.booking ?? '',
      body: body.value,
      key: exchange.header('idempotency-key'),
      page,
      ifNoneMatch: exchange.header('if-none-match'),
      encoding: encodingOf(exchange.header('accept-encoding'))
    }
    // The body is what the endpoint's own schema made of it.
    return { request: request as AnyRequest }
  }
}

/** Bytes → body; `{}` where there need be none. */
function createBodyDecoder(body: Endpoint['body']): (bytes: Uint8Array | undefined) => Decoded<unknown> {
  if (body === undefined) return () => ({ ok: true, value: undefined })
  if (body.raw) return (bytes) => ({ ok: true, value: bytes })
  const decode = decoderOf(body.schema)
  return (bytes) => {
    const text = decodeUtf8(bytes ?? new Uint8Array(0))
    if (text === null) return { ok: false, detail: 'The body is not valid UTF-8.' }
    const parsed = parseJson(text === '' && body.optional ? '{}' : text)
    return parsed.ok ? decode(parsed.value) : parsed
  }
}

/** A body that is not read at all: larger than allowed, or not JSON. */
function unfitBody(endpoint: Endpoint, exchange: Exchange): Reply | null {
  const length = Number(exchange.header('content-length')) || 0
  if (length > (endpoint.body?.bytesMax ?? COMMAND_BYTES_MAX)) return tooLarge(endpoint)
  const type = exchange.header('content-type').split(';', 1)[0]!.trim().toLowerCase()
  if (endpoint.body === undefined || type === 'application/json') return null
  if (endpoint.body.optional && type === '' && length === 0) return null
  const detail = 'The body must be JSON: send Content-Type: application/json.'
  return troubled({ ...problemOf(refuse('invalid_request', detail), null), status: 415 })
}

function tooLarge(endpoint: Endpoint): Reply {
  const bytesMax = endpoint.body?.bytesMax ?? COMMAND_BYTES_MAX
  const detail = `The body may have ${bytesMax} bytes at the most.`
  return troubled({ ...problemOf(refuse('invalid_request', detail), null), status: 413 })
}

function bearerToken(exchange: Exchange): string {
  const [scheme, token, ...rest] = exchange.header('authorization').split(' ')
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && rest.length === 0 ? token : ''
}

function tooMany(waitMs: number): Refusal | null {
  if (waitMs === 0) return null
  return refuse('rate_limited', 'That was too much at once: wait a moment.', { retryAfterMs: waitMs })
}

function notAllowed(endpoint: Endpoint, identity: Identity | null, token: string): Refusal | null {
  if (endpoint.access === 'anyone') return null
  if (identity === null) {
    const detail =
      token === ''
        ? 'Send a token as Authorization: Bearer; POST /api/sessions gives one.'
        : 'This token is not valid, or has ended: POST /api/sessions gives a new one.'
    return refuse('unauthenticated', detail)
  }
  if (endpoint.access === 'admin' && identity.role !== 'admin') return refuse('forbidden', 'Only an admin may do this.')
  return null
}

function unknownId(ids: PathIds): Refusal | null {
  for (const name of ['show', 'hold', 'booking'] as const) {
    const id = ids[name]
    if (id !== undefined && !IDS[name].ok(id).ok) return refuse('not_found', IDS[name].missing)
  }
  return null
}

function wrongKey(exchange: Exchange): Refusal | null {
  if (KEY.test(exchange.header('idempotency-key'))) return null
  return refuse('invalid_request', `Idempotency-Key: expected 1 to ${KEY_MAX} printable ASCII characters.`)
}

function pageOf(
  endpoint: Endpoint,
  exchange: Exchange,
  isCursor: RequestChecks['isCursor']
): AnyRequest['page'] | Refusal {
  if (!endpoint.paged || exchange.query === '') return { limit: PAGE_DEFAULT, cursor: null }
  const query = new URLSearchParams(exchange.query)
  const limit = query.get('limit') ?? String(PAGE_DEFAULT)
  const cursor = query.get('cursor')
  if (!/^[1-9][0-9]{0,2}$/.test(limit) || Number(limit) > PAGE_MAX) {
    return refuse('invalid_request', `limit: expected a whole number from 1 to ${PAGE_MAX}.`)
  }
  if (cursor !== null && (cursor.length > CURSOR_MAX || !isCursor(cursor))) {
    return refuse('invalid_request', 'cursor: expected what `next` of a page said.')
  }
  return { limit: Number(limit), cursor }
}

/** The best of what the client takes. */
export function encodingOf(acceptEncoding: string): Encoding {
  const accepted = new Set<string>()
  for (const one of acceptEncoding.toLowerCase().split(',')) {
    const [name, weight] = one.split(';')
    if (!/^\s*q=0(\.0*)?\s*$/.test(weight ?? '')) accepted.add(name!.trim())
  }
  if (accepted.has('br')) return 'br'
  return accepted.has('gzip') ? 'gzip' : 'identity'
}
