// Requests over NATS that are wrong: each is answered with the code that fits, and what is sold stays as it was.
import { connect, createInbox, headers, type NatsConnection } from 'nats'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND_SEATS_MAX, NATS_COMMANDS_PER_REQUEST_MAX, NATS_REQUEST_BYTES_MAX } from '../core/limits.ts'
import type { RefusalCode } from '../core/refusal.ts'
import { expectProblemBody, type HostileStage, startHostileStage } from './support/hostile-stage.ts'
import { startNats, type TestNats } from './support/nats.ts'
import { ask, doorIsOpen, type NatsAnswer, request } from './support/nats-stage.ts'

let nats: TestNats
let stage: HostileStage
let client: NatsConnection

beforeAll(async () => {
  nats = await startNats()
  stage = await startHostileStage({ NATS_URL: nats.url })
  client = await connect({ servers: nats.url })
  await doorIsOpen(client)
})
afterEach(() => stage.expectUntouched())
afterAll(async () => {
  await client.close()
  await stage.dispose()
  await nats.dispose()
})

const HOLD = { user: 'mia', seats: ['1-2-4'], key: 'k' }
const BOOK = { user: 'alice', hold: '2', key: 'k' }
const HALL = 'frontrow.v1.shows.hall'

/** The answer to a request that is refused as a whole, or was one command. */
async function refused(subject: string, body: unknown, code: RefusalCode): Promise<NatsAnswer> {
  const reply = await request(client, subject, body)
  const answer = reply.json<NatsAnswer>()
  expect({ ok: answer.ok, code: answer.error?.code }, reply.string()).toEqual({ ok: false, code })
  expectProblemBody(answer.error, code)
  expect(reply.headers?.get('Nats-Service-Error')).toBe(code)
  return answer
}

const invalid = (subject: string, body: unknown) => refused(subject, body, 'invalid_request')
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const padded = (length: number) => `${JSON.stringify(HOLD)}${' '.repeat(length - JSON.stringify(HOLD).length)}`

describe('no request', () => {
  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a space', ' '],
    ['a word', 'hold'],
    ['half an object', '{"user":"mia"'],
    ['two objects', `${JSON.stringify(HOLD)}${JSON.stringify(HOLD)}`],
    ['a trailing comma', '{"user":"mia",}'],
    ['NaN', '{"user":NaN}'],
    ['null', 'null'],
    ['a number', '7'],
    ['a string', '"hold"'],
    ['a byte order mark', bytes([0xef, 0xbb, 0xbf], JSON.stringify(HOLD))],
    ['half a character of UTF-8', bytes('{"user":"', [0xc3], '"}')],
    ['an overlong slash', bytes('{"user":"', [0xc0, 0xaf], '"}')],
    ['half a surrogate pair in UTF-8', bytes('{"user":"', [0xed, 0xa0, 0x80], '"}')],
    ['UTF-16', Buffer.from(JSON.stringify(HOLD), 'utf16le')],
    ['zero bytes', new Uint8Array(100)],
    ['an array of nothing', '[]'],
    ['arrays in arrays', nested(10_000)],
    ['more than a request may have', padded(NATS_REQUEST_BYTES_MAX + 1)],
    ['more commands than a request may have', JSON.stringify(new Array(NATS_COMMANDS_PER_REQUEST_MAX + 1).fill(HOLD))]
  ])('NATS-8: %s', async (name, body) => {
    // An array in an array is one command that is none.
    if (name === 'arrays in arrays') {
      const reply = (await request(client, `${HALL}.hold`, body)).json<NatsAnswer[]>()
      expect(reply.map(({ error }) => error?.code)).toEqual(['invalid_request'])
    } else await invalid(`${HALL}.hold`, body)
  })
})

describe('a wrong command', () => {
  it.each<[string, string, object]>([
    ['no user', 'hold', { ...HOLD, user: undefined }],
    ['an empty user', 'hold', { ...HOLD, user: '' }],
    ['a user that is a number', 'hold', { ...HOLD, user: 7 }],
    ['a user with a line end', 'hold', { ...HOLD, user: 'mia\n' }],
    ['a user beyond ASCII', 'hold', { ...HOLD, user: 'mïa' }],
    ['a user of 129 characters', 'hold', { ...HOLD, user: 'x'.repeat(129) }],
    ['no key', 'hold', { ...HOLD, key: undefined }],
    ['an empty key', 'hold', { ...HOLD, key: '' }],
    ['a key of 129 characters', 'hold', { ...HOLD, key: 'x'.repeat(129) }],
    ['another operation than the subject', 'hold', { ...HOLD, op: 'release' }],
    ['another show than the subject', 'hold', { ...HOLD, show: 'annex' }],
    ['an id of 65 characters', 'hold', { ...HOLD, id: 'x'.repeat(65) }],
    ['an id that is a list', 'hold', { ...HOLD, id: [1] }],
    ['no seats', 'hold', { ...HOLD, seats: undefined }],
    ['an empty list of seats', 'hold', { ...HOLD, seats: [] }],
    ['a seat twice', 'hold', { ...HOLD, seats: ['1-2-4', '1-2-4'] }],
    ['too many seats', 'hold', { ...HOLD, seats: Array.from({ length: COMMAND_SEATS_MAX + 1 }, (_, i) => `s${i}`) }],
    ['seats and best', 'hold', { ...HOLD, best: { count: 1 } }],
    ['best of none', 'hold', { user: 'mia', key: 'k', best: { count: 0 } }],
    ['a hold that is a number', 'book', { ...BOOK, hold: 2 }],
    ['a hold of words', 'extend', { ...BOOK, hold: 'two' }],
    ['no hold', 'release', { ...BOOK, hold: undefined }],
    ['a payment that is a word', 'book', { ...BOOK, payment: 'paid' }],
    ['a payment with a control character', 'book', { ...BOOK, payment: { reference: 'a\u0000' } }],
    ['a booking that is a number', 'cancel', { user: 'alice', booking: 1, key: 'k' }],
    ['no booking', 'cancel', { user: 'alice', key: 'k' }]
  ])('NATS-8: %s', async (_name, op, body) => {
    const { error } = await invalid(`${HALL}.${op}`, body)
    expect((error as unknown as { detail: string }).detail).not.toBe('')
    // In an array too, and its neighbours are done: with the key of what was done before.
    const known = { user: 'alice', seats: ['1-1-3', '1-1-4'], key: 'alice-2' }
    const list = (await request(client, `${HALL}.${op}`, [body])).json<NatsAnswer[]>()
    expect(list.map((answer) => answer.error?.code)).toEqual(['invalid_request'])
    if (op !== 'hold') return
    const [first, second] = (await request(client, `${HALL}.hold`, [body, known])).json<NatsAnswer[]>()
    expect([first!.error?.code, second!.hold?.id]).toEqual(['invalid_request', '2'])
  })

  it.each<[string, string, object, RefusalCode]>([
    ["extend of another's hold", 'extend', { user: 'bob', hold: '2', key: 'k' }, 'forbidden'],
    ["release of another's hold", 'release', { user: 'bob', hold: '2', key: 'k' }, 'forbidden'],
    ["book of another's hold", 'book', { user: 'bob', hold: '2', key: 'k' }, 'forbidden'],
    ["cancel of another's booking", 'cancel', { user: 'bob', booking: 'hall.1', key: 'k' }, 'forbidden'],
    ['a booking of another show', 'cancel', { user: 'bob', booking: 'annex.1', key: 'k' }, 'not_found'],
    ['a hold by who says to be an admin', 'extend', { user: 'boss', admin: true, hold: '2', key: 'k' }, 'forbidden'],
    ['a seat that is sold', 'hold', { ...HOLD, seats: ['1-1-1', '1-2-4'] }, 'seats_unavailable']
  ])('NATS-8: %s', async (_name, op, body, code) => {
    await refused(`${HALL}.${op}`, body, code)
  })
})

describe('a wrong subject', () => {
  it.each([
    ['a show with a letter beyond ASCII', 'frontrow.v1.shows.hälle.hold'],
    ['a show with a slash', 'frontrow.v1.shows.ha/ll.hold'],
    ['a show of 65 letters', `frontrow.v1.shows.${'x'.repeat(65)}.hold`]
  ])('NATS-8: %s', async (_name, subject) => {
    await invalid(subject, HOLD)
  })

  it.each([
    ['an operation that nobody has', 'frontrow.v1.shows.hall.block'],
    ['no operation', 'frontrow.v1.shows.hall'],
    ['a show of two words', 'frontrow.v1.shows.ha.ll.hold'],
    ['another version', 'frontrow.v2.shows.hall.hold']
  ])('NATS-8: %s has no one who hears it', async (_name, subject) => {
    await expect(request(client, subject, HOLD)).rejects.toMatchObject({ code: '503' })
  })
})

describe('a wrong deadline', () => {
  it.each(['soon', '-1', '1.5', '1e13', '2030-02-30T00:00:00Z', '2030-05-01', '9'.repeat(16), 'Thu, 1 May 2030'])(
    'NATS-7: %s',
    async (text) => {
      const answer = await ask(client, 'hall', 'hold', HOLD, { headers: { 'Frontrow-Deadline': text } })
      expectProblemBody(answer.error, 'invalid_request')
    }
  )
})

describe('a reply that cannot be', () => {
  const inbox = createInbox()
  it.each([
    ['none', undefined],
    ['the events of another show', 'frontrow.v1.events.annex.booked'],
    ['a command', 'frontrow.v1.shows.annex.hold'],
    ['what nodes say to each other', 'frontrow.node.1'],
    ['JetStream', '$JS.API.STREAM.PURGE.FRONTROW_EVENTS']
  ])('NATS-9: %s: the request is not heard', async (_name, reply) => {
    const heard: string[] = []
    const listener = client.subscribe(reply ?? inbox, { callback: (_error, { subject }) => heard.push(subject) })
    client.publish(`${HALL}.hold`, JSON.stringify(HOLD), { ...(reply !== undefined && { reply }), headers: headers() })
    // Whatever came of it would come before this answer.
    await ask(client, 'hall', 'release', { user: 'mia', hold: '99', key: 'k' })
    await client.flush()
    listener.unsubscribe()
    expect(heard).toEqual([])
  })

  it.each(['PING', 'INFO', 'STATS.frontrow'])('NATS-9: nor does a node say on %s what would be news', async (verb) => {
    const heard: string[] = []
    const reply = 'frontrow.v1.events.annex.booked'
    const listener = client.subscribe(reply, { callback: (_error, { subject }) => heard.push(subject) })
    client.publish(`$SRV.${verb}`, '', { reply })
    for await (const { name } of await client.services.client().stats('frontrow')) expect(name).toBe('frontrow')
    await client.flush()
    listener.unsubscribe()
    expect(heard).toEqual([])
  })
})
