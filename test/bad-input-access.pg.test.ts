// Who may do what: tokens that are not worth anything, things that belong to others, keys, and the rules of a sale.
import { createHash, createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RefusalCode } from '../core/refusal.ts'
import { expectProblem, type HostileStage, type HttpCase, startHostileStage } from './support/hostile-stage.ts'
import { edited, forge } from './support/hostile-tokens.ts'
import { connect, UpgradeRefused } from './support/wire-client.ts'

let stage: HostileStage

beforeAll(async () => {
  stage = await startHostileStage()
})
afterEach(() => stage.expectUntouched())
afterAll(() => stage.dispose())

const HOLDS = '/api/shows/hall/holds'
const FREE = '{"seats":["1-2-4"]}'
const now = () => Math.floor(Date.now() / 1000)
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('tokens', () => {
  const claims = () => ({ role: 'admin', sub: 'x', iss: 'frontrow', aud: 'frontrow', exp: now() + 3_600 })
  const worthless: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['no token at all, but a word', () => 'nonsense'],
    ['three words', () => 'a.b.c'],
    ['alg none without a signature', () => `${base64({ alg: 'none' })}.${base64(claims())}.`],
    ['alg None in other letters', () => `${base64({ alg: 'nOnE' })}.${base64(claims())}.`],
    ['alg none with the signature of HS256', () => forge({ header: { alg: 'none' } })],
    ['alg HS512', () => forge({ header: { alg: 'HS512' } })],
    ['alg RS256', () => forge({ header: { alg: 'RS256' } })],
    ['a header that must be understood', () => forge({ header: { crit: ['b64'], b64: false } })],
    ['no header', () => `.${base64(claims())}.x`],
    ['no signature', () => forge({ signature: '' })],
    ['a signature cut short', () => forge().slice(0, -4)],
    ['the signature of another token', () => forge({ signature: forge({ claims: { sub: 'other' } }).split('.')[2]! })],
    ['a token of another key', () => forge({ secret: 'another secret, also of more than 32 bytes' })],
    ['a token of an empty key', () => forge({ secret: '' })],
    [
      'a token signed over its payload alone',
      () => {
        const [header, payload] = [base64({ alg: 'HS256' }), base64(claims())]
        return `${header}.${payload}.${createHmac('sha256', 'x').update(payload).digest('base64url')}`
      }
    ],
    [
      'a hash in place of a signature',
      () => forge({ signature: createHash('sha256').update('x').digest('base64url') })
    ],
    ['another issuer', () => forge({ claims: { iss: 'elsewhere' } })],
    ['another audience', () => forge({ claims: { aud: 'elsewhere' } })],
    ['no audience', () => forge({ claims: { aud: undefined } })],
    ['no end', () => forge({ claims: { exp: undefined } })],
    ['an end in words', () => forge({ claims: { exp: 'never' } })],
    ['an end one second ago', () => forge({ claims: { exp: now() - 1 } })],
    ['a customer token that has ended', () => stage.api.token('customer', 'alice', -5_000)],
    ['a beginning tomorrow', () => forge({ claims: { nbf: now() + 86_400 } })],
    ['no role', () => forge({ claims: { role: undefined } })],
    ['a role nobody has', () => forge({ claims: { role: 'root' } })],
    ['a list of roles', () => forge({ claims: { role: ['admin'] } })],
    ['no user', () => forge({ claims: { sub: undefined } })],
    ['an empty user', () => forge({ claims: { sub: '' } })],
    ['a number for a user', () => forge({ claims: { sub: 7 } })],
    ['a user with a NUL', () => forge({ claims: { sub: 'alice\0' } })],
    ['a user of 129 characters', () => forge({ claims: { sub: 'x'.repeat(129) } })],
    ['a customer token edited to admin', () => edited(stage.tokens.alice, { role: 'admin' })],
    ['a customer token edited to another user', () => edited(stage.tokens.bob, { sub: 'alice' })],
    ['a token edited to end later', () => edited(stage.tokens.bob, { exp: now() + 10 ** 9 })],
    ['3,000 characters of nothing', () => 'x'.repeat(3_000)]
  ]

  it.each(worthless)('BAD-12: %s', async (name, token) => {
    const bad = { name, method: 'POST', path: HOLDS, body: FREE, as: await token(), status: 401 } as const
    const answer = await stage.send({ ...bad, code: 'unauthenticated' })
    expectProblem(answer, 401, 'unauthenticated')
    expect(answer?.headers['www-authenticate']).toContain('Bearer')
    const create = await stage.send({ ...bad, path: '/api/admin/shows', code: 'unauthenticated' })
    expectProblem(create, 401, 'unauthenticated')
  })

  it.each(worthless)('BAD-12: %s, on a WebSocket', async (_name, token) => {
    const refused = await connect(stage.server.wsUrl, { token: await token() }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(UpgradeRefused)
    const { status, contentType, body } = refused as UpgradeRefused
    const headers = { 'content-type': contentType }
    expectProblem({ status, headers, text: body, json: JSON.parse(body) }, 401, 'unauthenticated')
  })

  it.each<[string, string, Record<string, string>]>([
    ['no token', HOLDS, {}],
    ['an empty bearer', HOLDS, { Authorization: 'Bearer ' }],
    ['another scheme', HOLDS, { Authorization: 'Basic <token>' }],
    ['a token without a scheme', HOLDS, { Authorization: '<token>' }],
    ['two tokens in one header', HOLDS, { Authorization: 'Bearer <token> <token>' }],
    ['a token in the query', `${HOLDS}?token=<token>`, {}],
    ['a token in the query, as OAuth once had it', `${HOLDS}?access_token=<token>`, {}],
    ['a token in a cookie', HOLDS, { Cookie: 'token=<token>; bearer=<token>' }],
    ['a token in a header of its own', HOLDS, { 'X-Token': '<token>', 'Sec-WebSocket-Protocol': 'bearer.<token>' }]
  ])('BAD-13: %s', async (_name, path, headers) => {
    const filled = (text: string) => text.replaceAll('<token>', stage.tokens.bob)
    const all = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]))
    const answer = await send(['', 'nobody', 'POST', filled(path), FREE], { headers: all })
    expectProblem(answer, 401, 'unauthenticated')
  })

  it('BAD-13: a token in the URL of a WebSocket, which then may only look', async () => {
    const client = await connect(`${stage.server.wsUrl}?token=${stage.tokens.bob}`)
    const answer = await client.ask({ op: 'hold', show: 'hall', seats: ['1-2-4'], key: 'k' })
    expect(answer).toMatchObject({ ok: false, error: { code: 'unauthenticated' } })
    await client.close()
  })

  it('BAD-13: a token larger than all headers may be', async () => {
    const token = forge({ claims: { more: 'x'.repeat(20_000) } })
    expect(await send(['', token, 'POST', HOLDS, FREE])).toMatchObject({ status: 431 })
  })
})

type Row = readonly [name: string, as: string, method: string, path: string, body: string | null]
type Judged = readonly [...Row, status: number, code: RefusalCode]

function send([name, as, method, path, body]: Row, more: Partial<HttpCase> = {}) {
  return stage.send({ name, as, method, path, status: 0, code: 'busy', ...(body !== null && { body }), ...more })
}

describe('what belongs to others', () => {
  it.each<Row>([
    ["extending another's hold", 'bob', 'POST', `${HOLDS}/2/extend`, null],
    ["releasing another's hold", 'bob', 'DELETE', `${HOLDS}/2`, null],
    ["booking another's hold", 'bob', 'POST', '/api/shows/hall/bookings', '{"holdId":"2"}'],
    ["booking a part of another's hold", 'bob', 'POST', '/api/shows/hall/bookings', '{"holdId":"2","seats":["1-1-3"]}'],
    ["a hold of another show that is another's", 'alice', 'DELETE', '/api/shows/annex/holds/1', null],
    ["a hold of a customer's by a service", 'desk', 'POST', `${HOLDS}/2/extend`, null],
    ["reading another's booking", 'bob', 'GET', '/api/bookings/hall.1', null],
    ["cancelling another's booking", 'bob', 'POST', '/api/bookings/hall.1/cancel', null],
    ["cancelling a seat of another's booking", 'bob', 'POST', '/api/bookings/hall.1/cancel', '{"seats":["1-1-1"]}'],
    ["cancelling a customer's booking as a service", 'desk', 'POST', '/api/bookings/hall.1/cancel', null]
  ])('BAD-14: %s', async (...row) => {
    expectProblem(await send(row), 403, 'forbidden')
  })

  const adminCalls: readonly Row[] = [
    ['making a show', '', 'POST', '/api/admin/shows', '{}'],
    ['changing a show', '', 'PATCH', '/api/admin/shows/hall', '{"title":"Mine"}'],
    ['changing a show that there is not', '', 'PATCH', '/api/admin/shows/nope', '{"title":"Mine"}'],
    ['blocking seats', '', 'POST', '/api/admin/shows/hall/block', FREE],
    ['unblocking seats', '', 'POST', '/api/admin/shows/hall/unblock', '{"seats":["2-1-1"]}']
  ]
  it.each(adminCalls)('BAD-15: %s as a customer, as a service, as nobody', async (name, _as, ...call) => {
    expectProblem(await send([name, 'alice', ...call]), 403, 'forbidden')
    expectProblem(await send([name, 'desk', ...call]), 403, 'forbidden')
    expectProblem(await send([name, 'nobody', ...call]), 401, 'unauthenticated')
  })

  it("BAD-14: a list of bookings has nobody else's, whatever is asked", async () => {
    const answer = await stage.send({
      name: 'list',
      as: 'bob',
      path: '/api/bookings?user=alice&userId=alice&limit=200',
      status: 200,
      code: 'busy'
    })
    expect(answer).toMatchObject({ status: 200, json: { bookings: [] } })
  })
})

describe('keys', () => {
  it.each([
    ['129 characters', 'k'.repeat(129)],
    ['3,000 characters', 'k'.repeat(3_000)],
    ['letters beyond ASCII', 'cl\xe9s'],
    ['an emoji, byte by byte', Buffer.from('a🎭b').toString('latin1')],
    ['a tab', 'a\tb'],
    ['a delete', 'a\x7fb']
  ])('BAD-16: a key of %s', async (name, key) => {
    const answer = await send([name, 'bob', 'POST', '/api/shows/annex/holds', FREE], {
      headers: { 'Idempotency-Key': key }
    })
    expectProblem(answer, 400, 'invalid_request')
  })

  it.each<[string, string, string, string]>([
    ['other seats', 'alice-2', HOLDS, FREE],
    ['fewer seats', 'alice-2', HOLDS, '{"seats":["1-1-3"]}'],
    ['the best instead of seats', 'alice-2', HOLDS, '{"best":{"count":2}}'],
    ['a booking instead of a hold', 'alice-2', '/api/shows/hall/bookings', '{"holdId":"2"}'],
    ['an extension instead of a booking', 'alice-book', `${HOLDS}/2/extend`, '{}'],
    [
      'a booking with another payment',
      'alice-book',
      '/api/shows/hall/bookings',
      '{"holdId":"1","payment":{"reference":"p"}}'
    ],
    ['a booking of another hold', 'alice-book', '/api/shows/hall/bookings', '{"holdId":"2"}']
  ])('BAD-16: a key that was used, now for %s', async (name, key, path, body) => {
    const answer = await send([name, 'alice', 'POST', path, body], { headers: { 'Idempotency-Key': key } })
    expectProblem(answer, 409, 'idempotency_conflict')
  })
})

describe('the rules of a sale', () => {
  const GONE = [409, 'seats_unavailable'] as const
  const LIMIT = [409, 'limit_exceeded'] as const
  const stranger = ''
  it.each<Judged>([
    ['a seat that is booked', stranger, 'POST', HOLDS, '{"seats":["1-2-4","1-1-1"]}', ...GONE],
    ['a seat that is held', stranger, 'POST', HOLDS, '{"seats":["1-1-3"]}', ...GONE],
    ['a seat that is blocked', stranger, 'POST', HOLDS, '{"seats":["2-1-1"]}', ...GONE],
    [
      'more of the best than there are',
      stranger,
      'POST',
      HOLDS,
      '{"best":{"count":4,"category":"Wheelchair"}}',
      ...GONE
    ],
    ['more seats than a hold takes', stranger, 'POST', HOLDS, '{"best":{"count":5}}', ...LIMIT],
    ['a second hold of one user', 'alice', 'POST', HOLDS, FREE, ...LIMIT],
    ['a sale that is over', stranger, 'POST', '/api/shows/closed/holds', FREE, 409, 'sale_closed'],
    ['a single seat left', stranger, 'POST', '/api/shows/strict/holds', '{"seats":["1-1-2"]}', 409, 'orphan_seat'],
    [
      'seats that are not in the hold',
      'alice',
      'POST',
      '/api/shows/hall/bookings',
      '{"holdId":"2","seats":["1-2-4"]}',
      ...GONE
    ],
    [
      'seats that are not in the booking',
      'alice',
      'POST',
      '/api/bookings/hall.1/cancel',
      '{"seats":["1-1-3"]}',
      ...GONE
    ],
    ['a booking that was cancelled', 'carol', 'POST', '/api/bookings/hall.2/cancel', null, ...GONE]
  ])('BAD-17: %s', async (name, as, method, path, body, status, code) => {
    const more = as === stranger ? { as: await stage.newUser() } : {}
    expectProblem(await send([name, as, method, path, body], more), status, code)
  })

  it('BAD-17: the seats that were gone are named', async () => {
    const answer = await stage.send({
      name: '',
      method: 'POST',
      path: HOLDS,
      body: '{"seats":["1-2-4","1-1-1","1-1-3"]}',
      status: 409,
      code: 'seats_unavailable'
    })
    expect(answer?.json.seats).toEqual(['1-1-1', '1-1-3'])
  })
})
