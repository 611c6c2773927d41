// What no WebSocket library would send: broken frames, half frames, floods, and upgrades that are none. Sockets may
// be closed for it; the server goes on, and what is sold stays as it was.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { FLOOD_MAX, MESSAGE_BYTES_MAX, MESSAGE_RATE } from '../core/limits.ts'
import { binaryAnswers } from './support/binary-form.ts'
import {
  type BareSocket,
  BINARY,
  bareSocket,
  CLOSE,
  closeCode,
  type FrameOptions,
  frame,
  PING,
  PONG,
  TEXT
} from './support/hostile-frames.ts'
import { type RawAnswer, request } from './support/hostile-http.ts'
import { expectProblem, type HostileStage, startHostileStage } from './support/hostile-stage.ts'
import { connect, openSocket, type WireClient } from './support/wire-client.ts'

let stage: HostileStage
/** Closes what the test at hand has opened. */
const opened: (() => void)[] = []

beforeAll(async () => {
  stage = await startHostileStage()
})
afterEach(async () => {
  for (const close of opened.splice(0)) close()
  await stage.expectUntouched()
  // No socket is left behind either.
  await vi.waitFor(async () => expect(await openSockets()).toBe(0), { timeout: 10_000, interval: 20 })
})
afterAll(() => stage.dispose())

const HOLD = JSON.stringify({ id: 'm', op: 'hold', show: 'hall', seats: ['1-2-4'], key: 'k' })
const UNSUBSCRIBE = JSON.stringify({ id: 'n', op: 'unsubscribe', show: 'hall' })

async function bare(protocols: string): Promise<BareSocket> {
  const socket = await bareSocket(stage.server.wsUrl, protocols)
  opened.push(() => socket.destroy())
  return socket
}

const bob = () => bare(`frontrow.v1, bearer.${stage.tokens.bob}`)

async function client(token?: string): Promise<WireClient> {
  const connected = await connect(stage.server.wsUrl, token === undefined ? {} : { token })
  opened.push(() => void connected.close())
  return connected
}

async function openSockets(): Promise<number> {
  const { text } = await stage.api.call('GET', '/metrics')
  return Number(/^frontrow_sockets (\d+)/m.exec(text)?.[1])
}

/** Reads what the server says until it closes; the messages, and the code. */
async function untilClosed(socket: BareSocket): Promise<{ said: string[]; code: number }> {
  const said: string[] = []
  for (;;) {
    const one = await socket.next()
    if (one === null || one.opcode === CLOSE) {
      socket.destroy()
      return { said, code: closeCode(one) }
    }
    said.push(one.payload.toString())
  }
}

describe('broken frames', () => {
  const text = (payload: string | Uint8Array, more: FrameOptions = {}) => frame({ payload, ...more })
  it.each<[string, () => Uint8Array]>([
    ['an opcode that is reserved', () => frame({ opcode: 3, payload: HOLD })],
    ['a control opcode that is reserved', () => frame({ opcode: 11, payload: 'x' })],
    ['a bit of an extension nobody offered', () => text(HOLD, { reserved: 4 })],
    ['all bits of extensions', () => text(HOLD, { reserved: 7 })],
    ['a ping in pieces', () => frame({ opcode: PING, payload: 'x', fin: false })],
    ['a ping of 126 bytes', () => frame({ opcode: PING, payload: 'x'.repeat(126) })],
    ['the middle of a message that never began', () => frame({ opcode: 0, payload: HOLD })],
    ['a message that begins within another', () => Buffer.concat([text('{', { fin: false }), text(HOLD)])],
    ['text that is not UTF-8', () => text(Buffer.from([0xc3, 0x28]))],
    ['text that breaks off in a letter', () => text(Buffer.from([0x22, 0xe2, 0x82]))],
    ['half of a surrogate pair', () => text(Buffer.from([0xed, 0xa0, 0x80]))],
    ['a message of more than 64 KB', () => text('x'.repeat(4 * MESSAGE_BYTES_MAX + 1))],
    ['a frame that claims a terabyte', () => text('x', { claimedLength: 2 ** 40 })],
    [
      'a message of more than 64 KB in pieces',
      () => {
        const piece = 'x'.repeat(MESSAGE_BYTES_MAX)
        const first = text(piece, { fin: false })
        const more = frame({ opcode: 0, payload: piece, fin: false })
        return Buffer.concat([first, more, more, more, more])
      }
    ]
  ])('BAD-29: %s closes the socket, and nothing is done', async (_name, bytes) => {
    const socket = await bob()
    await socket.write(bytes())
    const { said, code } = await untilClosed(socket)
    expect(said.filter((one) => one.includes('"ok":true'))).toEqual([])
    expect([1002, 1003, 1006, 1007, 1009]).toContain(code)
  })

  it('BAD-29: frames that are not masked are not understood', async () => {
    const socket = await bob()
    const unmasked = text(HOLD, { masked: false })
    await socket.write(Buffer.concat([unmasked, unmasked, unmasked]))
    const { said } = await untilClosed(socket)
    expect(said.filter((one) => one.includes('"ok":true'))).toEqual([])
  })

  it('BAD-29: a close with a code that there is not, and one with half a code', async () => {
    for (const payload of [Buffer.from([3, 237]), Buffer.from([3]), Buffer.from([0, 0, 0xff])]) {
      const socket = await bob()
      await socket.write(frame({ opcode: CLOSE, payload }))
      await untilClosed(socket)
    }
  })

  it('BAD-30: a message in many pieces, with a ping between them, is one message', async () => {
    const socket = await bob()
    const pieces = [...UNSUBSCRIBE].map((letter, i) =>
      frame({ opcode: i === 0 ? TEXT : 0, payload: letter, fin: i === UNSUBSCRIBE.length - 1 })
    )
    pieces.splice(10, 0, frame({ opcode: PING, payload: 'still there?' }))
    await socket.write(Buffer.concat(pieces))
    expect(await socket.next()).toEqual({ opcode: PONG, payload: Buffer.from('still there?') })
    expect(JSON.parse(String((await socket.next())?.payload))).toMatchObject({ id: 'n', ok: true })
    socket.destroy()
  })

  it('BAD-30: a frame that comes byte by byte is read', async () => {
    const socket = await bob()
    for (const byte of frame({ payload: UNSUBSCRIBE })) await socket.write(Buffer.from([byte]))
    expect(JSON.parse(String((await socket.next())?.payload))).toMatchObject({ id: 'n', ok: true })
    socket.destroy()
  })

  it('BAD-30: JSON in a binary frame is no binary command, and is answered in binary', async () => {
    const socket = await bare(`frontrow.v1.bin, bearer.${stage.tokens.bob}`)
    await socket.write(frame({ opcode: BINARY, payload: HOLD }))
    const answers = binaryAnswers((await socket.next())!.payload)
    expect(answers).toMatchObject([{ id: 0, kind: 'refusal', code: 'invalid_request' }])
    socket.destroy()
  })

  it.each([1, 2, 5, 6, 20])('BAD-31: %i bytes of a frame, and the client hangs up', async (bytes) => {
    for (let times = 0; times < 10; times++) {
      const socket = await bob()
      await socket.write(frame({ payload: HOLD }).subarray(0, bytes))
      socket.destroy()
    }
  })

  it('BAD-31: a command, and the client hangs up before the answer', async () => {
    const body = JSON.stringify({ id: 'm', op: 'hold', show: 'hall', seats: ['1-1-1'], key: 'k' })
    for (let times = 0; times < 10; times++) {
      const socket = await bob()
      await socket.write(frame({ payload: body }))
      socket.destroy()
    }
  })
})

describe('floods', () => {
  it('BAD-32: more messages than a customer may send are refused, each under its id, with a time to wait', async () => {
    const customer = await client(await stage.newUser())
    const ids = Array.from({ length: MESSAGE_RATE.burst * 3 }, (_, i) => `m-${i}`)
    for (const id of ids) customer.send(JSON.stringify({ id, op: 'unsubscribe', show: 'hall' }))
    const { unasked } = customer
    await vi.waitFor(() => expect(unasked).toHaveLength(ids.length), { timeout: 10_000, interval: 10 })
    const refused = unasked.filter(({ ok }) => !ok)
    expect(refused.length).toBeGreaterThan(0)
    for (const { error } of refused) {
      expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs: expect.any(Number) })
    }
    // Once it has waited, it is as good as any other.
    const later = async () => {
      customer.send(UNSUBSCRIBE)
      await vi.waitFor(() => expect(unasked.at(-1)).toMatchObject({ id: 'n', ok: true }), { timeout: 100, interval: 5 })
    }
    await vi.waitFor(later, { timeout: 10_000, interval: 50 })
    await customer.close()
    expect(new Set(unasked.map(({ id }) => id))).toEqual(new Set([...ids, 'n']))
  })

  it('BAD-33: a socket that does not stop for that is closed for good', async () => {
    const customer = await client(await stage.newUser())
    let sent = 0
    // Far over the rate, but not all at once.
    for (; customer.isOpen && sent < FLOOD_MAX * 100; sent += 100) {
      for (let i = 0; i < 100; i++) customer.send('{}')
      await delay(5)
    }
    expect(customer.isOpen, `still open after ${sent} messages`).toBe(false)
    expect(await customer.closed).toMatchObject({ code: 4029 })
  })

  it('BAD-33: a socket that sends ten thousand messages in one breath is closed', async () => {
    const socket = await bob()
    const one = frame({ payload: '{}' })
    await socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => one)))
    expect((await untilClosed(socket)).code).toBe(4029)
  })

  it('BAD-34: 20,000 pings are answered or the socket is closed, and others are served meanwhile', async () => {
    const [pinger, other] = [await bob(), await client()]
    pinger.pause()
    const pings = Buffer.concat(Array.from({ length: 20_000 }, () => frame({ opcode: PING, payload: 'x'.repeat(100) })))
    const written = pinger.write(pings)
    for (let i = 0; i < 50; i++)
      expect(await other.ask({ op: 'unsubscribe', show: 'hall' })).toMatchObject({ ok: true })
    await written
    pinger.destroy()
    await other.close()
  })
})

describe('upgrades', () => {
  const upgrade = (headers: Readonly<Record<string, string>>): Promise<RawAnswer | null> =>
    request(stage.server.url, {
      path: '/ws',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': 'frontrow.v1',
        ...headers
      }
    })

  it.each<[string, Record<string, string>]>([
    ['no subprotocol', { 'Sec-WebSocket-Protocol': '' }],
    ['a subprotocol nobody knows', { 'Sec-WebSocket-Protocol': 'graphql-ws' }],
    ['a subprotocol of another version', { 'Sec-WebSocket-Protocol': 'frontrow.v2' }],
    ['a token alone', { 'Sec-WebSocket-Protocol': 'bearer.x' }],
    ['a subprotocol in capitals', { 'Sec-WebSocket-Protocol': 'FRONTROW.V1' }],
    ['an empty list of subprotocols', { 'Sec-WebSocket-Protocol': ' , ,' }]
  ])('BAD-35: %s', async (_name, headers) => {
    expectProblem(await upgrade(headers), 400, 'invalid_request')
  })

  it('BAD-35: no key', async () => {
    expectProblem(await upgrade({ 'Sec-WebSocket-Key': '' }), 426, 'invalid_request')
  })

  it('BAD-35: an empty token', async () => {
    expectProblem(await upgrade({ 'Sec-WebSocket-Protocol': 'frontrow.v1, bearer.' }), 401, 'unauthenticated')
  })

  it('BAD-35: another path than /ws', async () => {
    await expect(openSocket(`${stage.server.url.replace('http', 'ws')}/api/shows`, ['frontrow.v1'])).rejects.toThrow()
  })
})

describe('clients that do not read', () => {
  it.each([
    ['answers', '{"id":"m","op":"steal"}'],
    ['snapshots', '{"id":"m","op":"subscribe","show":"hall"}']
  ])('BAD-36: %s that are not read close the socket, so that the client connects again', async (_name, message) => {
    const socket = await bare(`frontrow.v1, bearer.${stage.tokens.desk}`)
    socket.pause()
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => frame({ payload: message })))
    // More than all buffers on the way hold.
    for (let i = 0; i < 100; i++) await socket.write(many)
    await stage.expectUntouched()
    socket.resume()
    // 1013, or none where there was no room for it either.
    expect([1013, 1006]).toContain((await untilClosed(socket)).code)
  })
})
