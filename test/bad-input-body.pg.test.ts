// Bodies that are too large, in the wrong encoding, no JSON, or not of the shape they should have. Each gets the
// one answer that fits, and what is sold stays as it was.
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND_BYTES_MAX } from '../core/limits.ts'
import { chunked, exchange, statusesOf } from './support/hostile-http.ts'
import { expectProblem, type HostileStage, type HttpCase, startHostileStage } from './support/hostile-stage.ts'

let stage: HostileStage

beforeAll(async () => {
  stage = await startHostileStage()
})
afterEach(() => stage.expectUntouched())
afterAll(() => stage.dispose())

const HOLDS = '/api/shows/hall/holds'
const BOOKINGS = '/api/shows/hall/bookings'
const CANCEL = '/api/bookings/hall.1/cancel'
/** Free, so that a hold of it would be granted. */
const FREE = '1-2-4'

const json = (name: string, body: unknown, more: Partial<HttpCase> = {}): HttpCase => ({
  name,
  method: 'POST',
  path: HOLDS,
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  status: 400,
  code: 'invalid_request',
  ...more
})
const NOT_FOUND = { status: 404, code: 'not_found' } as const
const filled = (bytes: number) => `{"seats":["${FREE}"],"x":"${'x'.repeat(bytes)}"}`
const seatIds = (count: number) => Array.from({ length: count }, (_, i) => `no-${i}`)
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('sizes', () => {
  const tooLarge = { status: 413 } as const
  const whole = filled(COMMAND_BYTES_MAX)
  const halfMegabyte = Buffer.from(filled(512 * 1024))

  it.each([
    json('a hold of more than 64 KB', whole, tooLarge),
    json('a booking of more than 64 KB', whole, { ...tooLarge, path: BOOKINGS, as: 'alice' }),
    json('a cancellation of more than 64 KB', whole, { ...tooLarge, path: CANCEL, as: 'alice' }),
    json('a body of 64 KB where none belongs', whole, { ...tooLarge, path: `${HOLDS}/2/extend`, as: 'alice' }),
    json('a body of 64 KB on a read', whole, { ...tooLarge, method: 'GET', path: '/api/shows/hall/seats' }),
    json('a length of ten gigabytes that never come', '', {
      ...tooLarge,
      headers: { 'Content-Length': '10737418240' }
    }),
    json('a chunked body of more than 64 KB', chunked(halfMegabyte, 1024), {
      ...tooLarge,
      headers: { 'Transfer-Encoding': 'chunked' }
    }),
    json('10^5 seats', { seats: seatIds(100_000) }, tooLarge),
    json('101 seats', { seats: seatIds(101) }),
    json('5,000 seats', { seats: seatIds(5_000) }),
    json('a seat id of 201 characters', { seats: ['x'.repeat(201)] }),
    json('a category of 201 characters', { best: { count: 1, category: 'x'.repeat(201) } }),
    json('arrays 10^4 deep as the body', nested(10_000)),
    json('arrays 10^4 deep as the seats', `{"seats":${nested(10_000)}}`),
    json('arrays 10^4 deep as a seat', `{"seats":["${FREE}",${nested(10_000)}]}`),
    json('objects 5,000 deep', `${'{"best":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
    json('10^4 members that nobody knows', { seats: [], ...Object.fromEntries(seatIds(4_000).map((id) => [id, 1])) }),
    json(
      'a payment reference of 201 characters',
      { holdId: '2', payment: { reference: 'x'.repeat(201) } },
      {
        path: BOOKINGS,
        as: 'alice'
      }
    )
  ])('BAD-1: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })

  it('BAD-1: a body that is refused unread is no request, and the one behind it is', async () => {
    const head = ['POST /api/shows/hall/holds HTTP/1.1', 'Host: x', 'Content-Type: application/json']
    const within = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20_000)
    const lines = [...head, `Authorization: Bearer ${stage.tokens.bob}`, `Content-Length: ${within.length}`, '', '']
    const behind = 'GET /api/shows/nowhere HTTP/1.1\r\nHost: x\r\n\r\n'
    const answers = await statusesOf(stage.server.url, [`${lines.join('\r\n')}${within}`, behind])
    expect(answers).toEqual([413, 404])
  })

  it('BAD-1: a chunk that claims to be larger than anything', async () => {
    const head = ['POST /api/shows/hall/holds HTTP/1.1', 'Host: x', 'Content-Type: application/json']
    const lines = [...head, `Authorization: Bearer ${stage.tokens.bob}`, 'Transfer-Encoding: chunked', '', '']
    const answer = await exchange(stage.server.url, `${lines.join('\r\n')}fffffffffffffff0\r\n{"seats":`)
    expect([400, 413, undefined]).toContain(answer?.status)
  })
})

describe('encodings', () => {
  const body = JSON.stringify({ seats: [FREE] })
  const inString = (...bytes: number[]) =>
    Buffer.concat([Buffer.from(`{"seats":["${FREE}`), Buffer.from(bytes), Buffer.from('"]}')])
  const utf16 = Buffer.from(body, 'utf16le')

  it.each([
    json('UTF-8 that breaks off', inString(0xe2, 0x82)),
    json('UTF-8 with a wrong second byte', inString(0xc3, 0x28)),
    json('a byte that UTF-8 never has', inString(0xff)),
    json('an overlong NUL', inString(0xc0, 0x80)),
    json('half of a surrogate pair as bytes', inString(0xed, 0xa0, 0x80)),
    json('Latin-1', Buffer.from('{"seats":["Parkétt"]}', 'latin1')),
    json('UTF-16', utf16),
    json('UTF-16 with a byte order mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])),
    json('UTF-16, big-endian', Buffer.from(utf16).swap16()),
    json('UTF-32', Buffer.from([...body].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0]))),
    json('gzip', gzipSync(body), { headers: { 'Content-Encoding': 'gzip' } }),
    json('NUL after the JSON', `${body}\0`),
    json('NUL in a string', `{"seats":["${FREE}\0"]}`),
    json('two byte order marks', `\ufeff\ufeff${body}`),
    json('a byte order mark, which is left out', '\ufeff{"seats":["nowhere"]}', NOT_FOUND),
    json('an escaped NUL in a seat id', '{"seats":["1-2-4\\u0000"]}', NOT_FOUND),
    json('half of an escaped surrogate pair', '{"seats":["\\ud800"]}', NOT_FOUND),
    json('a seat id in other letters that look alike', { seats: ['１-2-4'] }, NOT_FOUND),
    json('an escaped NUL in a category', '{"best":{"count":1,"category":"A\\u0000"}}', NOT_FOUND)
  ])('BAD-2: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/xml'],
    ['application/jsonp'],
    ['application/octet-stream'],
    ['*/*'],
    ['']
  ])('BAD-2: a hold of the type "%s"', async (type) => {
    const bad = json(type, { seats: [FREE] }, { headers: { 'Content-Type': type }, status: 415 })
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })
})

describe('JSON', () => {
  it.each([
    json('nothing', ''),
    json('a space', ' '),
    json('half an object', '{"seats":["1-2-4"'),
    json('two objects', `{"seats":["${FREE}"]}{"seats":["${FREE}"]}`),
    json('a trailing comma', `{"seats":["${FREE}",]}`),
    json('a comment', `{"seats":["${FREE}"]} // please`),
    json('single quotes', `{'seats':['${FREE}']}`),
    json('names without quotes', `{seats:["${FREE}"]}`),
    json('a line break in a string', `{"seats":["1-2\n-4"]}`),
    json('NaN', '{"best":{"count":NaN}}'),
    json('Infinity', '{"best":{"count":Infinity}}'),
    json('a number that overflows', '{"best":{"count":1e400}}'),
    json('a hexadecimal number', '{"best":{"count":0x2}}'),
    json('a number with a leading zero', '{"best":{"count":02}}'),
    json('null', 'null'),
    json('a number', '7'),
    json('a string', '"1-2-4"'),
    json('a list of bodies', [{ seats: [FREE] }]),
    json('seats twice, the last of them empty', `{"seats":["${FREE}"],"seats":[]}`),
    json('seats twice, the last of them unknown', `{"seats":["${FREE}"],"seats":["nowhere"]}`, NOT_FOUND),
    json('seats by way of __proto__', `{"__proto__":{"seats":["${FREE}"]}}`),
    json('seats by way of constructor', `{"constructor":{"prototype":{"seats":["${FREE}"]}}}`),
    json('a seat named __proto__', '{"seats":["__proto__"]}', NOT_FOUND),
    json('a seat named constructor', { seats: ['constructor'] }, NOT_FOUND),
    json('a category named __proto__', '{"best":{"count":1,"category":"__proto__"}}', NOT_FOUND),
    json('a zone named constructor', { best: { count: 1, zone: 'constructor' } }, NOT_FOUND),
    json('a caller who says who they are', { seats: ['nowhere'], user: 'alice', admin: true, role: 'admin' }, NOT_FOUND)
  ])('BAD-3: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })
})

describe('shapes', () => {
  const wrongSeats = [
    7,
    FREE,
    null,
    true,
    {},
    { 0: FREE, length: 1 },
    [],
    [7],
    [null],
    [true],
    [[FREE]],
    [{}],
    [''],
    [FREE, FREE]
  ]
  const wrongCounts = ['2', 0, -1, -0, 1.5, 1e9, 101, null, true, [2], {}]
  const wrongNames = [7, null, true, [], {}, '']
  const wrongHolds = [2, null, '', 'x', '0', '02', '-2', '2.0', '2e0', ' 2', '2 ', '٢', '9'.repeat(16), ['2'], {}]
  const wrongReferences = [7, null, '', [], {}, 'a\0b', 'a\nb', '\ud800', '\u009f']
  const each = (what: string, values: readonly unknown[], body: (value: unknown) => object, more?: Partial<HttpCase>) =>
    values.map((value) => json(`${what} ${JSON.stringify(value)}`, body(value), more))
  const booking = { path: BOOKINGS, as: 'alice' }
  const cancel = { path: CANCEL, as: 'alice' }

  it.each([
    json('neither seats nor best', {}),
    json('both seats and best', { seats: [FREE], best: { count: 1 } }),
    json('null for seats beside best', { seats: null, best: { count: 1 } }),
    json('best without a count', { best: {} }),
    json('a booking without a hold', {}, booking),
    json('a booking of a hold under another name', { hold: '2' }, booking),
    json('a payment without a reference', { holdId: '2', payment: {} }, booking),
    ...each('seats', wrongSeats, (seats) => ({ seats })),
    ...each('best', [7, '2', null, true, [], [2]], (best) => ({ best })),
    ...each('best.count', wrongCounts, (count) => ({ best: { count } })),
    ...each('best.category', wrongNames, (category) => ({ best: { count: 1, category } })),
    ...each('best.zone', wrongNames, (zone) => ({ best: { count: 1, zone } })),
    ...each('best.accessible', ['yes', 1, 0, null, [], {}], (accessible) => ({ best: { count: 1, accessible } })),
    ...each('holdId', wrongHolds, (holdId) => ({ holdId }), booking),
    ...each('seats of a booking', wrongSeats, (seats) => ({ holdId: '2', seats }), booking),
    ...each('payment', [7, 'pay_1', null, true, []], (payment) => ({ holdId: '2', payment }), booking),
    ...each('payment.reference', wrongReferences, (reference) => ({ holdId: '2', payment: { reference } }), booking),
    ...each('seats of a cancellation', wrongSeats, (seats) => ({ seats }), cancel)
  ])('BAD-4: $name', async (bad) => {
    expectProblem(await stage.send(bad), bad.status, bad.code)
  })
})
