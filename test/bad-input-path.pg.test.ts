// Paths that lead nowhere, ids of nothing, methods nobody has, and what is hardly HTTP at all.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { abandon, exchange } from './support/hostile-http.ts'
import { expectProblem, type HostileStage, type HttpCase, startHostileStage } from './support/hostile-stage.ts'

let stage: HostileStage

beforeAll(async () => {
  stage = await startHostileStage()
})
afterEach(() => stage.expectUntouched())
afterAll(() => stage.dispose())

const missing = (path: string, more: Partial<HttpCase> = {}): HttpCase => ({
  name: `${more.method ?? 'GET'} ${path.length > 90 ? `${path.slice(0, 80)}… (${path.length})` : path}`,
  path,
  status: 404,
  code: 'not_found',
  ...more
})
const POST = { method: 'POST' } as const

describe('ids of shows', () => {
  const strange = [
    'nope',
    'HALL',
    'hall.1',
    'hall%2e',
    'hall%00',
    'hall%2Fseats',
    'hall%20',
    'hall;x=1',
    '%68all%zz',
    'hall%',
    '%F0%9F%8E%AD',
    "'%20or%201=1--",
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '*',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '..%5c..%5cboot.ini',
    'x'.repeat(65),
    'x'.repeat(2_000)
  ]
  it.each(strange.flatMap((id) => [missing(`/api/shows/${id}`), missing(`/api/shows/${id}/seats`)]))(
    'BAD-5: $name',
    async (bad) => {
      expectProblem(await stage.send(bad), bad.status, bad.code)
    }
  )

  const hold = { ...POST, body: '{"seats":["1-2-4"]}' }
  it.each([
    missing('/api/shows/nope/holds', hold),
    missing('/api/shows/__proto__/holds', hold),
    missing('/api/shows/hall%2e/holds', hold),
    missing('/api/shows/nope/holds/1/extend', POST),
    missing('/api/shows/nope/holds/1', { method: 'DELETE' }),
    missing('/api/shows/nope/bookings', { ...POST, body: '{"holdId":"1"}' }),
    missing('/api/admin/shows/nope/block', { ...hold, as: 'admin' }),
    missing('/api/admin/shows/nope/unblock', { ...hold, as: 'admin' }),
    missing('/api/admin/shows/nope', { method: 'PATCH', body: '{"title":"x"}', as: 'admin' }),
    missing('/api/admin/shows/%2e%2e', { method: 'PATCH', body: '{"title":"x"}', as: 'admin' })
  ])('BAD-5: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })
})

describe('ids of seats, holds and bookings', () => {
  const hold = (id: string, more: Partial<HttpCase> = {}) =>
    missing(`/api/shows/hall/holds/${id}`, { method: 'DELETE', as: 'alice', ...more })
  const booking = (id: string, more: Partial<HttpCase> = {}) => missing(`/api/bookings/${id}`, { as: 'alice', ...more })
  const over = { status: 410, code: 'hold_expired' } as const
  const strangeHolds = [
    '6',
    '999',
    '999999999999999',
    '0',
    '-1',
    '1.5',
    '1e3',
    '02',
    '%32',
    '%D9%A2',
    '__proto__',
    '..'
  ]
  const strangeBookings = [
    'hall.999',
    'hall.0',
    'hall.01',
    'hall.-1',
    'hall.1.1',
    'hall',
    '1',
    '.1',
    'nope.1',
    'annex.1',
    '__proto__.1',
    'hall.%31',
    'hall%2e1',
    `${'x'.repeat(64)}.999999999999999`,
    `hall.${'9'.repeat(16)}`
  ]
  it.each([
    ...strangeHolds.map((id) => hold(id)),
    missing('/api/shows/hall/holds/999/extend', { ...POST, as: 'alice' }),
    missing('/api/shows/hall/bookings', { ...POST, as: 'alice', body: '{"holdId":"999"}' }),
    hold('1', { ...over, name: 'a hold that was booked' }),
    hold('4', { ...over, as: 'carol', name: 'a hold that was released' }),
    missing('/api/shows/hall/holds/4/extend', { ...POST, ...over, as: 'carol' }),
    missing('/api/shows/hall/bookings', { ...POST, ...over, as: 'carol', body: '{"holdId":"4"}' }),
    ...strangeBookings.map((id) => booking(id)),
    ...strangeBookings.map((id) => booking(`${id}/cancel`, POST)),
    missing('/api/shows/hall/holds', {
      ...POST,
      body: '{"seats":["1-2-4","nowhere"]}',
      name: 'one seat of two unknown'
    }),
    missing('/api/shows/hall/bookings', { ...POST, as: 'alice', body: '{"holdId":"2","seats":["nowhere"]}' }),
    missing('/api/bookings/hall.1/cancel', { ...POST, as: 'alice', body: '{"seats":["nowhere"]}' }),
    missing('/api/admin/shows/hall/block', { ...POST, as: 'admin', body: '{"seats":["1-2-4","nowhere"]}' })
  ])('BAD-6: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })

  it('BAD-6: the seats that are unknown are named', async () => {
    const body = '{"seats":["1-2-4","nowhere","\\ud800"]}'
    const answer = await stage.send(missing('/api/shows/hall/holds', { ...POST, body }))
    expect(answer?.json.seats).toEqual(['nowhere', '\ud800'])
  })
})

describe('queries', () => {
  const wrong = (path: string): HttpCase => missing(path, { status: 400, code: 'invalid_request', as: 'alice' })
  const limits = ['limit=0', 'limit=-1', 'limit=201', 'limit=1.5', 'limit=1e2', 'limit=ten', 'limit=', 'limit=%31%00']
  const cursors = [
    'cursor=',
    'cursor=%00',
    'cursor=nonsense',
    "cursor=';drop%20table%20shows;--",
    `cursor=${'x'.repeat(201)}`
  ]
  it.each([...limits, ...cursors].flatMap((query) => [wrong(`/api/bookings?${query}`), wrong(`/api/shows?${query}`)]))(
    'BAD-7: $name',
    async (bad) => {
      expectProblem(await stage.send(bad), bad.status, bad.code)
    }
  )
})

describe('methods and routes', () => {
  const wrongMethod = (method: string, path: string) => missing(path, { method, status: 405, code: 'invalid_request' })
  it.each([
    wrongMethod('PUT', '/api/shows/hall'),
    wrongMethod('DELETE', '/api/shows/hall'),
    wrongMethod('POST', '/api/shows/hall/seats'),
    wrongMethod('GET', '/api/shows/hall/holds'),
    wrongMethod('GET', '/api/sessions'),
    wrongMethod('PATCH', '/api/shows/hall/holds/2'),
    wrongMethod('GET', '/api/admin/shows'),
    wrongMethod('DELETE', '/api/bookings/hall.1'),
    wrongMethod('TRACE', '/api/shows'),
    wrongMethod('OPTIONS', '/api/shows'),
    wrongMethod('POST', '/metrics'),
    wrongMethod('DELETE', '/healthz'),
    wrongMethod('POST', '/')
  ])('BAD-8: $name', async (bad) => {
    const answer = await stage.send(bad)
    expectProblem(answer, bad.status, bad.code)
    expect(answer?.headers.allow).toMatch(/^[A-Z, ]+$/)
  })

  it.each([
    missing('/api'),
    missing('/api/'),
    missing('/api/shows/'),
    missing('//api/shows'),
    missing('/API/SHOWS'),
    missing('/api/shows/hall/seats/'),
    missing('/api/shows/hall/seats/1-1-1'),
    missing('/api/shows/hall/holds/2/extend/again', POST),
    missing('/api/../api/shows'),
    missing('/../../../../etc/passwd'),
    missing('/%2e%2e/%2e%2e/etc/passwd'),
    missing('/..%2f..%2fpackage.json'),
    missing('/package.json'),
    missing('/gateway/auth.ts'),
    missing('/jwt-secret'),
    missing('/.git/config'),
    missing('/constructor'),
    missing('/__proto__')
  ])('BAD-9: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })

  it('BAD-9: a read of the WebSocket path', async () => {
    expectProblem(await stage.send(missing('/ws')), 426, 'invalid_request')
  })
})

describe('what is hardly HTTP', () => {
  const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
  const HOLD = 'POST /api/shows/hall/holds HTTP/1.1'
  const TYPE = 'Content-Type: application/json'
  const BODY = '{"seats":["1-2-4"]}'
  const auth = () => `Authorization: Bearer ${stage.tokens.bob}`
  const TLS_HELLO = Buffer.from('16030100c8010000c40303', 'hex')

  /** Refused by the parser, before there is a request: no problem document, but a plain 4xx or 5xx, or silence. */
  const broken: readonly (readonly [string, () => string | Uint8Array, readonly (number | undefined)[]])[] = [
    ['no HTTP at all', () => 'hold seat 1-2-4 please\r\n\r\n', [400, 505, undefined]],
    ['a TLS greeting', () => Buffer.concat([TLS_HELLO, Buffer.alloc(200)]), [400, 505, undefined]],
    ['no Host', () => lines('GET /api/shows HTTP/1.1'), [400, undefined]],
    ['HTTP/9.9', () => lines('GET /api/shows HTTP/9.9', 'Host: x'), [400, 505]],
    ['a header without a colon', () => lines('GET /api/shows HTTP/1.1', 'Host: x', 'nonsense'), [400, undefined]],
    ['NUL in a header', () => lines('GET /api/shows HTTP/1.1', 'Host: x', 'X-Nul: a\0b'), [400, undefined]],
    ['a space before a colon', () => lines('GET /api/shows HTTP/1.1', 'Host : x'), [400, undefined]],
    ['a negative length', () => lines(HOLD, 'Host: x', TYPE, auth(), 'Content-Length: -5'), [400]],
    ['a length in words', () => lines(HOLD, 'Host: x', TYPE, auth(), 'Content-Length: ten') + BODY, [400]],
    ['a length beyond numbers', () => lines(HOLD, 'Host: x', TYPE, auth(), `Content-Length: ${'9'.repeat(40)}`), [400]],
    [
      'a length and chunks at once',
      () => lines(HOLD, 'Host: x', TYPE, auth(), 'Content-Length: 5', 'Transfer-Encoding: chunked') + BODY,
      [400]
    ],
    [
      'a chunk of no number',
      () => `${lines(HOLD, 'Host: x', TYPE, auth(), 'Transfer-Encoding: chunked')}zz\r\n`,
      [400, undefined]
    ],
    ['a header of 20 KB', () => lines('GET /api/shows HTTP/1.1', 'Host: x', `X-Junk: ${'x'.repeat(20_000)}`), [431]],
    ['a path of 20 KB', () => lines(`GET /api/shows/${'x'.repeat(20_000)} HTTP/1.1`, 'Host: x'), [431, 414]],
    [
      '500 headers',
      () => lines('GET /api/shows HTTP/1.1', 'Host: x', ...Array.from({ length: 500 }, (_, i) => `X-${i}: 1`)),
      [431, 400]
    ]
  ]
  it.each(broken)('BAD-10: %s', async (_name, bytes, statuses) => {
    const answer = await exchange(stage.server.url, bytes(), true)
    expect(statuses).toContain(answer?.status)
  })

  it.each([
    ['half a request line', () => 'POST /api/sho'],
    ['half a header', () => `${HOLD}\r\nHost: x\r\nContent-Ty`],
    ['half a body', () => lines(HOLD, 'Host: x', TYPE, auth(), `Content-Length: ${BODY.length}`) + BODY.slice(0, 9)],
    ['half a chunk', () => `${lines(HOLD, 'Host: x', TYPE, auth(), 'Transfer-Encoding: chunked')}13\r\n{"seats":["1-2`]
  ])('BAD-11: %s, and the client hangs up', async (_name, bytes) => {
    for (let times = 0; times < 20; times++) await abandon(stage.server.url, bytes())
  })
})
