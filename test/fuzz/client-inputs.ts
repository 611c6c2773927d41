// What clients send, as it should be, and HTTP requests as they should not be: path, query, headers, body and framing
// spoilt. The doors are fuzzed with these in one process, and a running server over its sockets.
import type { Random } from '../../bench/random.ts'
import type { Role } from '../../gateway/roles.ts'
import { type BinaryCommand, binaryMessage, binaryRequest } from '../support/binary-form.ts'
import { planOf, SHOW, SMALL_PLAN } from '../support/small-show.ts'
import { bytesOf } from './fuzz-target.ts'
import { join, mutateBytes, pick } from './mutate-bytes.ts'
import { mutateJson } from './mutate-json.ts'

export interface Call {
  readonly line: string
  readonly as?: Role
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

const UPGRADE = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'frontrow.v1.bin, bearer.{token}',
  Authorization: ''
}

/** Every call of the API on `show`, and the opening of a WebSocket. */
export function callsOn(show: string): readonly Call[] {
  return [
    { line: 'POST /api/sessions' },
    { line: 'GET /api/shows?limit=7&cursor=MTkwMDAwMDAwMDAwMC5oYW1sZXQ' },
    { line: `GET /api/shows/${show}` },
    { line: `GET /api/shows/${show}/seats`, headers: { 'If-None-Match': 'W/"1-0"', 'Accept-Encoding': 'identity' } },
    { line: `POST /api/shows/${show}/holds`, as: 'customer', body: { seats: ['A3', 'A4'] } },
    { line: `POST /api/shows/${show}/holds`, as: 'service', body: { best: { count: 3, zone: 'Stalls' } } },
    { line: `POST /api/shows/${show}/holds/1/extend`, as: 'customer' },
    { line: `DELETE /api/shows/${show}/holds/1`, as: 'customer' },
    { line: `POST /api/shows/${show}/bookings`, as: 'customer', body: { holdId: '1', payment: { reference: 'p' } } },
    { line: 'GET /api/bookings?limit=200', as: 'customer' },
    { line: `POST /api/bookings/${show}.1/cancel`, as: 'customer', body: { seats: ['B1'] } },
    { line: `POST /api/bookings/${show}.1/cancel`, as: 'admin' },
    {
      line: 'POST /api/admin/shows',
      as: 'admin',
      body: {
        ...{ id: 'faust', title: 'Faust', startsAt: '2030-05-01T19:30:00Z', currency: 'EUR', plan: SMALL_PLAN },
        ...{ prices: { Front: 1, Middle: 2, Cheap: 3 }, policy: { orphans: 'lenient', saleEndsAt: null } }
      }
    },
    {
      line: `PATCH /api/admin/shows/${show}`,
      as: 'admin',
      body: { title: 'H', prices: { Cheap: 1 }, policy: { holdMs: 9_000 } }
    },
    { line: `POST /api/admin/shows/${show}/block`, as: 'admin', body: { seats: ['A4', 'A5'] } },
    { line: `POST /api/admin/shows/${show}/unblock`, as: 'admin', body: { seats: ['B6'] } },
    { line: 'GET /ws', as: 'customer', headers: UPGRADE }
  ]
}

/** Every message of the WebSocket on `show`. */
export function messagesOn(show: string): readonly Uint8Array[] {
  const asked = { show, key: 'k9' }
  const messages = [
    { id: 1, op: 'hold', ...asked, seats: ['A3', 'A4'] },
    { id: 'x-2', op: 'hold', ...asked, best: { count: 2, category: 'Middle', zone: 'Stalls', accessible: false } },
    { id: 3.5, op: 'extend', ...asked, hold: '1' },
    { id: 4, op: 'release', ...asked, hold: '1' },
    { id: 5, op: 'book', ...asked, hold: '1', seats: ['A1'], payment: { reference: 'pay_8Hq2 – ünïcode 🎭' } },
    { id: 6, op: 'cancel', ...asked, booking: `${show}.1`, seats: ['B1'] },
    { id: 7, op: 'subscribe', show, epoch: 3, seq: 41 },
    { id: 8, op: 'unsubscribe', show }
  ]
  return messages.map((message) => bytesOf(JSON.stringify(message)))
}

const PLAN = planOf(SMALL_PLAN)
const indexes = (...ids: readonly string[]) => ids.map((id) => PLAN.indexOf.get(id)!)

const holds = (show: string): readonly BinaryCommand[] => [
  { op: 'hold', ...callerOf(show), seats: indexes('A3', 'A4'), best: null },
  { op: 'hold', ...callerOf(show), seats: null, best: { count: 2, category: 'Middle', zone: 'Stalls' } }
]

function callerOf(show: string) {
  return { show, user: 'customer-1', admin: false, key: 'k9' }
}

/** Every command of the WebSocket on `show` in binary. */
export function binaryMessagesOn(show: string): readonly Uint8Array[] {
  const asked = callerOf(show)
  const commands: readonly BinaryCommand[] = [
    ...holds(show),
    { op: 'extend', ...asked, hold: '1' },
    { op: 'release', ...asked, hold: '1' },
    { op: 'book', ...asked, hold: '1', seats: indexes('A1'), payment: 'pay_8Hq2 – ünïcode 🎭' },
    { op: 'cancel', ...asked, booking: `${show}.1`, seats: indexes('B1') }
  ]
  return commands.map((command, at) => binaryMessage(at + 1, command))
}

/** Holds of one and of a few over NATS. */
export function binaryRequestsOn(show: string): readonly Uint8Array[] {
  const asked = holds(show).map((command, at) => [at + 1, command] as const)
  return [binaryRequest(asked.slice(0, 1)), binaryRequest(asked)]
}

/** The bytes of a request; `token` is the caller's, '' for none. */
export function requestBytes({ line, as, headers = {}, body }: Call, token: string): Uint8Array {
  const text = body === undefined ? '' : JSON.stringify(body)
  const all: Record<string, string> = {
    Host: 'localhost',
    ...(token !== '' && { Authorization: `Bearer ${token}`, 'Idempotency-Key': `key of ${as}` }),
    ...(text !== '' && {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(text))
    }),
    ...headers
  }
  const lines = Object.entries(all).map(([name, value]) => (value === '' ? '' : `${name}: ${value}\r\n`))
  return bytesOf(`${line} HTTP/1.1\r\n${lines.join('').replace('{token}', token)}\r\n${text}`)
}

const HEADER_VALUES = [
  '',
  'gzip',
  'text/plain',
  'Bearer',
  'bearer  x',
  '*',
  '0',
  '1',
  '65537',
  '99999999',
  'é',
  'x'.repeat(5_000)
]
const PATHS = [
  SHOW,
  'nowhere',
  '..',
  '%2e%2e',
  'x'.repeat(65),
  `${SHOW}.1`,
  `${SHOW}.99`,
  '1',
  '99',
  '0',
  '__proto__',
  'é',
  ''
]
const QUERIES = [
  ...['limit=0', 'limit=201', 'limit=9&limit=x', 'cursor=%FF', 'cursor=', '&&=%'],
  ...[-999_999_999_999_999, 999_999_999_999_999, 0].map(
    (at) => `cursor=${Buffer.from(`${at}.x`).toString('base64url')}`
  )
]
const LENGTH = /^content-length: .*\r\n/im

/** Spoils body, path, a header, or bytes anywhere; mostly keeps the length of the body right. */
export function mutateRequest(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  const { head, body } = partsOf(input)
  const donor = partsOf(other)
  const kind = random.below(8)
  let spoilt: Uint8Array
  if (body.length > 0 && kind < 4)
    spoilt = join(head, mutateJson(random, body, donor.body.length > 0 ? donor.body : body))
  else if (kind < 5) spoilt = join(withHeader(random, head), body)
  else if (kind < 6) spoilt = join(withPath(random, head), body)
  else if (kind < 7) spoilt = join(mutateBytes(random, head, donor.head), body)
  else spoilt = mutateBytes(random, input, other)
  return random.below(8) === 0 ? spoilt : measured(spoilt)
}

function withHeader(random: Random, head: Uint8Array): Uint8Array {
  const lines = Buffer.from(head).toString('latin1').split('\r\n')
  const at = 1 + random.below(Math.max(1, lines.length - 3))
  const name = lines[at]!.split(':')[0]!
  if (random.below(3) === 0) lines.splice(at, 1)
  else
    lines[at] =
      `${pick(random, [name, name, 'Idempotency-Key', 'X-Request-Id', 'Accept-Encoding'])}: ${pick(random, HEADER_VALUES)}`
  return new Uint8Array(Buffer.from(lines.join('\r\n'), 'latin1'))
}

function withPath(random: Random, head: Uint8Array): Uint8Array {
  const [first = '', ...lines] = Buffer.from(head).toString('latin1').split('\r\n')
  const [method = '', path = '', version = ''] = first.split(' ')
  const steps = path.split('/')
  steps[1 + random.below(Math.max(1, steps.length - 1))] = pick(random, PATHS)
  const query = random.below(3) === 0 ? `?${pick(random, QUERIES)}` : ''
  const line = `${pick(random, [method, method, 'GET', 'HEAD', 'PUT', 'OPTIONS'])} ${steps.join('/')}${query} ${version}`
  return new Uint8Array(Buffer.from([line, ...lines].join('\r\n'), 'latin1'))
}

export function partsOf(input: Uint8Array): { head: Uint8Array; body: Uint8Array } {
  const end = Buffer.from(input.buffer, input.byteOffset, input.length).indexOf('\r\n\r\n')
  const at = end < 0 ? input.length : end + 4
  return { head: input.subarray(0, at), body: input.subarray(at) }
}

/** `input` with the length of its body said right, where it is said at all. */
export function measured(input: Uint8Array): Uint8Array {
  const { head, body } = partsOf(input)
  const text = Buffer.from(head).toString('latin1').replace(LENGTH, `Content-Length: ${body.length}\r\n`)
  return join(new Uint8Array(Buffer.from(text, 'latin1')), body)
}
