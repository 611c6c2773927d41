// Messages on a WebSocket that are wrong: each is answered under its id with the code that fits, the socket stays
// open, and what is sold stays as it was.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { MESSAGE_BYTES_MAX } from '../core/limits.ts'
import type { RefusalCode } from '../core/refusal.ts'
import { expectProblemBody, type HostileStage, startHostileStage } from './support/hostile-stage.ts'
import { type Answer, connect, type WireClient } from './support/wire-client.ts'

let stage: HostileStage
let client: WireClient | null = null

beforeAll(async () => {
  stage = await startHostileStage()
})
afterEach(async () => {
  await client?.close()
  client = null
  await stage.expectUntouched()
})
afterAll(() => stage.dispose())

const HOLD = { id: 'm', op: 'hold', show: 'hall', seats: ['1-2-4'], key: 'k' }
const SUBSCRIBE = { id: 'm', op: 'subscribe', show: 'hall' }

/** Sends `data` as `who` and answers the one message that comes back; then the socket must still be good. */
async function say(data: string | Buffer, who = ''): Promise<Answer> {
  const token = who === '' ? await stage.newUser() : stage.tokens[who as keyof HostileStage['tokens']]
  client = await connect(stage.server.wsUrl, { token })
  client.send(data)
  const { unasked } = client
  await vi.waitFor(() => expect(unasked).not.toHaveLength(0), { timeout: 10_000, interval: 2 })
  expect(await client.ask({ op: 'unsubscribe', show: 'hall' })).toMatchObject({ ok: true })
  expect(unasked).toHaveLength(1)
  return unasked[0]!
}

function expectRefused(answer: Answer, code: RefusalCode, id: string | number | null = 'm'): void {
  expect({ id: answer.id, ok: answer.ok, code: answer.error?.code }, JSON.stringify(answer)).toEqual({
    id,
    ok: false,
    code
  })
  expectProblemBody(answer.error, code)
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('no message', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['a space', ' '],
    ['a word', 'hold'],
    ['half an object', '{"id":"m","op":"hold"'],
    ['two objects', '{"id":"m"}{"id":"n"}'],
    ['a trailing comma', '{"id":"m",}'],
    ['NaN', '{"id":NaN}'],
    ['null', 'null'],
    ['a number', '7'],
    ['a string', '"hold"'],
    ['a list of messages', JSON.stringify([HOLD])],
    ['lists 7,000 deep', nested(7_000)],
    ['a byte order mark', `\ufeff${JSON.stringify(HOLD)}`],
    ['a message of more than 16 KB', JSON.stringify({ ...HOLD, x: 'x'.repeat(MESSAGE_BYTES_MAX) })],
    ['a message of just below 64 KB', 'x'.repeat(4 * MESSAGE_BYTES_MAX - 1)],
    ['an id that is missing', JSON.stringify({ ...HOLD, id: undefined })],
    ['an id that is null', JSON.stringify({ ...HOLD, id: null })],
    ['an id that is an object', JSON.stringify({ ...HOLD, id: {} })],
    ['an id that is a list', JSON.stringify({ ...HOLD, id: ['m'] })],
    ['an id that is true', JSON.stringify({ ...HOLD, id: true })],
    ['an id of 65 characters', JSON.stringify({ ...HOLD, id: 'x'.repeat(65) })],
    ['an id beyond numbers', JSON.stringify({ ...HOLD, id: 7 }).replace('7', '1e400')]
  ])('BAD-22: %s', async (_name, data) => {
    expectRefused(await say(data), 'invalid_request', null)
  })

  it('BAD-22: bytes instead of text', async () => {
    expectRefused(await say(Buffer.from(JSON.stringify(HOLD))), 'invalid_request', null)
  })

  it.each<[string, unknown]>([
    ['that is missing', undefined],
    ['nobody knows', 'steal'],
    ['of admins', 'block'],
    ['in capitals', 'HOLD'],
    ['that is a list', ['hold']],
    ['that is null', null],
    ['named constructor', 'constructor'],
    ['named __proto__', '__proto__'],
    ['named toString', 'toString'],
    ['of 10,000 characters', 'x'.repeat(10_000)]
  ])('BAD-23: an op %s', async (_name, op) => {
    expectRefused(await say(JSON.stringify({ ...HOLD, op })), 'invalid_request')
  })
})

type Wrong = readonly [name: string, message: object | string, code: RefusalCode]
const wrong = (name: string, message: object | string): Wrong => [name, message, 'invalid_request']
const text = (message: object | string) => (typeof message === 'string' ? message : JSON.stringify(message))
const raw = (member: string) => `{"id":"m","op":"hold","show":"hall","key":"k",${member}}`

describe('a wrong hold', () => {
  const seats = [7, '1-2-4', null, true, {}, [], [7], [null], [['1-2-4']], [''], ['1-2-4', '1-2-4'], ['x'.repeat(201)]]
  const counts = ['2', 0, -1, 1.5, 1e9, 101, null, true, [2], {}]
  const keys = [undefined, '', 7, null, [], {}, 'x'.repeat(129), 'clé', 'a\nb', '🎭', '\u007f']
  const shows = [undefined, '', 7, null, ['hall'], {}, 'a b', 'hall.1', '../hall', 'x'.repeat(65), 'hall\0', 'hällé']
  const best = (value: unknown) => ({ ...HOLD, seats: undefined, best: value })
  it.each<Wrong>([
    ...seats.map((value) => wrong(`seats ${JSON.stringify(value).slice(0, 40)}`, { ...HOLD, seats: value })),
    ...counts.map((count) => wrong(`best.count ${JSON.stringify(count)}`, best({ count }))),
    ...[7, '2', null, [], {}].map((value) => wrong(`best ${JSON.stringify(value)}`, best(value))),
    ...[7, null, [], ''].map((value) => wrong(`best.zone ${JSON.stringify(value)}`, best({ count: 1, zone: value }))),
    ...['yes', 1, null].map((accessible) =>
      wrong(`best.accessible ${JSON.stringify(accessible)}`, best({ count: 1, accessible }))
    ),
    ...keys.map((key) => wrong(`key ${JSON.stringify(key)?.slice(0, 40)}`, { ...HOLD, key })),
    ...shows.map((show) => wrong(`show ${JSON.stringify(show)?.slice(0, 40)}`, { ...HOLD, show })),
    wrong('neither seats nor best', { ...HOLD, seats: undefined }),
    wrong('both seats and best', { ...HOLD, best: { count: 1 } }),
    wrong('101 seats', { ...HOLD, seats: Array.from({ length: 101 }, (_, i) => `n${i}`) }),
    wrong('lists 5,000 deep for seats', raw(`"seats":${nested(5_000)}`)),
    wrong('seats twice, the last of them empty', raw('"seats":["1-2-4"],"seats":[]')),
    wrong('seats by way of __proto__', raw('"__proto__":{"seats":["1-2-4"]}')),
    wrong('a count beyond numbers', raw('"best":{"count":1e400}')),
    ['a show nobody has', { ...HOLD, show: 'nope' }, 'not_found'],
    ['a show named __proto__', { ...HOLD, show: '__proto__' }, 'not_found'],
    ['a show named constructor', { ...HOLD, show: 'constructor' }, 'not_found'],
    ['a seat nobody has', { ...HOLD, seats: ['1-2-4', 'nowhere'] }, 'not_found'],
    ['a seat named __proto__', { ...HOLD, seats: ['__proto__'] }, 'not_found'],
    ['a seat with a NUL', { ...HOLD, seats: ['1-2-4\0'] }, 'not_found'],
    ['a seat that is half of a surrogate pair', { ...HOLD, seats: ['\ud800'] }, 'not_found'],
    ['a category nobody has', best({ count: 1, category: 'Moon' }), 'not_found'],
    ['a zone named __proto__', best({ count: 1, zone: '__proto__' }), 'not_found'],
    ['a seat that is booked', { ...HOLD, seats: ['1-1-1'] }, 'seats_unavailable'],
    ['a seat that is held', { ...HOLD, seats: ['1-1-3'] }, 'seats_unavailable'],
    ['five seats where four may be held', best({ count: 5 }), 'limit_exceeded'],
    ['a sale that is over', { ...HOLD, show: 'closed' }, 'sale_closed'],
    ['a single seat left', { ...HOLD, show: 'strict', seats: ['1-1-2'] }, 'orphan_seat']
  ])('BAD-24: %s', async (_name, message, code) => {
    expectRefused(await say(text(message)), code)
  })

  it('BAD-24: a caller who says to be somebody else', async () => {
    const message = { ...HOLD, seats: ['nowhere'], user: 'alice', admin: true }
    expectRefused(await say(text(message), 'bob'), 'not_found')
  })

  it.each<[string, object]>([
    ['other seats', HOLD],
    ['the best instead', { ...HOLD, seats: undefined, best: { count: 2 } }],
    ['a booking instead', { id: 'm', op: 'book', show: 'hall', hold: '2' }]
  ])('BAD-24: a key that was used over HTTP, now for %s', async (_name, message) => {
    expectRefused(await say(text({ ...message, key: 'alice-2' }), 'alice'), 'idempotency_conflict')
  })
})

describe('a wrong message about a hold or a booking', () => {
  const extend = { id: 'm', op: 'extend', show: 'hall', hold: '2', key: 'k' }
  const book = { ...extend, op: 'book' }
  const release = { ...extend, op: 'release' }
  const cancel = { id: 'm', op: 'cancel', show: 'hall', booking: 'hall.1', key: 'k' }
  const holds = [undefined, 2, null, '', 'x', '0', '02', '-2', '2.0', ['2'], {}, '9'.repeat(16)]
  const bookings = [undefined, 1, null, '', 'hall', '.1', 'hall.0', 'hall.01', 'hall.1.1', ['hall.1'], {}]
  const label = (what: string, value: unknown) => `${what} ${JSON.stringify(value)}`
  it.each<readonly [string, object, RefusalCode, string]>([
    ...holds.map((hold) => [label('extend of hold', hold), { ...extend, hold }, 'invalid_request', ''] as const),
    ...holds
      .slice(0, 3)
      .map((hold) => [label('release of hold', hold), { ...release, hold }, 'invalid_request', ''] as const),
    ...holds
      .slice(0, 3)
      .map((hold) => [label('book of hold', hold), { ...book, hold }, 'invalid_request', ''] as const),
    ...bookings.map(
      (one) => [label('cancel of booking', one), { ...cancel, booking: one }, 'invalid_request', ''] as const
    ),
    ['extend without a key', { ...extend, key: undefined }, 'invalid_request', ''],
    ['release without a key', { ...release, key: undefined }, 'invalid_request', ''],
    ['book without a key', { ...book, key: undefined }, 'invalid_request', ''],
    ['cancel without a key', { ...cancel, key: undefined }, 'invalid_request', ''],
    ['book of no seats', { ...book, seats: [] }, 'invalid_request', ''],
    ['book of a seat twice', { ...book, seats: ['1-1-3', '1-1-3'] }, 'invalid_request', ''],
    ['book with a payment in words', { ...book, payment: 'paid' }, 'invalid_request', ''],
    ['book with an empty payment', { ...book, payment: { reference: '' } }, 'invalid_request', ''],
    ['book with NUL as payment', { ...book, payment: { reference: '\0' } }, 'invalid_request', ''],
    ['cancel of no seats', { ...cancel, seats: [] }, 'invalid_request', ''],
    ['a hold that never was', { ...extend, hold: '999' }, 'not_found', ''],
    ['a booking that never was', { ...cancel, booking: 'hall.999' }, 'not_found', ''],
    ['a booking of another show', { ...cancel, show: 'annex' }, 'not_found', ''],
    ['a booking of a show nobody has', { ...cancel, show: 'nope', booking: 'nope.1' }, 'not_found', ''],
    ['book of a seat nobody has', { ...book, seats: ['nowhere'] }, 'not_found', 'alice'],
    ['cancel of a seat nobody has', { ...cancel, seats: ['nowhere'] }, 'not_found', 'alice'],
    ['extend of a hold that was booked', { ...extend, hold: '1' }, 'hold_expired', 'alice'],
    ['book of a hold that was released', { ...book, hold: '4' }, 'hold_expired', 'carol'],
    ["extend of another's hold", extend, 'forbidden', 'bob'],
    ["release of another's hold", release, 'forbidden', 'bob'],
    ["book of another's hold", book, 'forbidden', 'bob'],
    ["book of another's hold by a service", book, 'forbidden', 'desk'],
    ["cancel of another's booking", cancel, 'forbidden', 'bob'],
    ['book of a seat that is not in the hold', { ...book, seats: ['1-2-4'] }, 'seats_unavailable', 'alice'],
    ['cancel of a seat that is not in the booking', { ...cancel, seats: ['1-2-4'] }, 'seats_unavailable', 'alice'],
    ['cancel of a booking that was cancelled', { ...cancel, booking: 'hall.2' }, 'seats_unavailable', 'carol']
  ])('BAD-25: %s', async (_name, message, code, who) => {
    expectRefused(await say(text(message), who), code)
  })
})

describe('a wrong subscription', () => {
  const positions = [-1, 0.5, '1', null, [], {}, true, 2 ** 53]
  it.each<Wrong>([
    ...positions.map((epoch) => wrong(`epoch ${JSON.stringify(epoch)}`, { ...SUBSCRIBE, epoch, seq: 0 })),
    ...positions.map((seq) => wrong(`seq ${JSON.stringify(seq)}`, { ...SUBSCRIBE, epoch: 1, seq })),
    wrong('an epoch beyond numbers', '{"id":"m","op":"subscribe","show":"hall","epoch":1e400,"seq":0}'),
    wrong('no show', { ...SUBSCRIBE, show: undefined }),
    wrong('every show', { ...SUBSCRIBE, show: '*' }),
    wrong('a topic of the server', { ...SUBSCRIBE, show: 'u/alice' }),
    ['a show nobody has', { ...SUBSCRIBE, show: 'nope' }, 'not_found'],
    ['a show named __proto__', { ...SUBSCRIBE, show: '__proto__' }, 'not_found'],
    wrong('unsubscribe without a show', { ...SUBSCRIBE, op: 'unsubscribe', show: undefined })
  ])('BAD-26: %s', async (_name, message, code) => {
    expectRefused(await say(text(message)), code)
  })

  it.each<[string, object]>([
    ['an epoch that is to come', { epoch: 2 ** 53 - 1, seq: 0 }],
    ['a seq that is to come', { epoch: 1, seq: 2 ** 53 - 1 }],
    ['a seq without an epoch', { seq: 0 }],
    ['an epoch without a seq', { epoch: 1 }]
  ])('BAD-27: %s gets a snapshot', async (_name, position) => {
    client = await connect(stage.server.wsUrl)
    const answer = await client.ask({ op: 'subscribe', show: 'hall', ...position })
    expect(answer).toMatchObject({ ok: true })
    await client.ask({ op: 'unsubscribe', show: 'hall' })
    expect(client.map('hall')).toMatchObject({ epoch: answer.epoch, seq: answer.seq, snapshots: 1, diffs: 0 })
  })

  it.each(['hold', 'extend', 'release', 'book', 'cancel'])('BAD-28: %s without a token', async (op) => {
    client = await connect(stage.server.wsUrl)
    const rest = { hold: '2', booking: 'hall.1', key: 'k', ...(op === 'hold' && { seats: ['1-2-4'] }) }
    const { error, ok } = await client.ask({ op, show: 'hall', ...rest })
    expect(ok).toBe(false)
    expectProblemBody(error, 'unauthenticated')
  })
})
