// Commands in binary on a whole server: over its sockets and over NATS, beside JSON on both.
import { connect as connectNats, type NatsConnection } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { MESSAGE_BYTES_MAX } from '../core/limits.ts'
import {
  type BinaryAnswer,
  type BinaryCommand,
  binaryAnswers,
  binaryMessage,
  binaryRequest
} from './support/binary-form.ts'
import { ask, type NatsStage, request, startNatsStage } from './support/nats-stage.ts'
import { connect } from './support/wire-client.ts'
import { ROOMY } from './support/wire-client-house.ts'

let stage: NatsStage
let nats: NatsConnection

beforeAll(async () => {
  stage = await startNatsStage()
  nats = await connectNats({ servers: stage.nats.url })
})
afterAll(async () => {
  await nats.close()
  await stage.dispose()
})

interface BinarySocket {
  ask(bytes: Uint8Array): Promise<BinaryAnswer>
  close(): void
}

/** One question at a time; pushes, which begin with 1 or 2, are not for it. */
async function openSocket(token: string | null): Promise<BinarySocket> {
  const protocols = token === null ? ['frontrow.v1.bin'] : ['frontrow.v1.bin', `bearer.${token}`]
  const socket = new WebSocket(stage.server.wsUrl, protocols)
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return {
    ask: (bytes) =>
      new Promise((resolve) => {
        const heard = (data: Buffer, isBinary: boolean) => {
          if (!isBinary || data[0]! <= 2) return
          socket.off('message', heard)
          resolve(binaryAnswers(data)[0]!)
        }
        socket.on('message', heard)
        socket.send(bytes)
      }),
    close: () => socket.close()
  }
}

const hold = (show: string, seats: readonly number[], key: string, user = 'mia'): BinaryCommand => ({
  ...{ op: 'hold', show, user, admin: false, key },
  ...{ seats, best: null }
})
const of = (show: string, key: string) => ({ show, user: 'mia', admin: false, key })

async function overNats(show: string, op: string, ...commands: readonly BinaryCommand[]) {
  const asked = commands.map((command, at) => [at + 1, command] as const)
  return binaryAnswers((await request(nats, `frontrow.v1.shows.${show}.${op}`, binaryRequest(asked))).data)
}

describe('a socket of frontrow.v1.bin', () => {
  it('BIN-4: holds, extends, books and cancels, and is answered after the commit', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const socket = await openSocket(await stage.api.token('customer', 'mia'))
    const held = await socket.ask(binaryMessage(1, hold(show, [0, 1], 'h')))
    expect(held).toMatchObject({
      id: 1,
      kind: 'hold',
      epoch: 1,
      hold: 1,
      seats: [
        [0, 5_000],
        [1, 5_000]
      ]
    })
    const extended = await socket.ask(binaryMessage(2, { op: 'extend', ...of(show, 'e'), hold: '1' }))
    expect(extended).toMatchObject({ id: 2, kind: 'hold', hold: 1 })
    const booked = await socket.ask(
      binaryMessage(3, { op: 'book', ...of(show, 'b'), hold: '1', seats: [1], payment: 'pay_1' })
    )
    expect(booked).toMatchObject({ id: 3, kind: 'booking', booking: 1, user: 'mia', seats: [[1, 5_000]] })
    expect(Object.values(await stage.statuses(show)).filter((status) => status !== 'available')).toEqual(['booked'])
    const cancelled = await socket.ask(
      binaryMessage(4, { op: 'cancel', ...of(show, 'c'), booking: `${show}.1`, seats: null })
    )
    expect(cancelled).toMatchObject({ id: 4, kind: 'booking', booking: 1, seats: [] })
    const again = await socket.ask(binaryMessage(5, hold(show, [2], 'h2')))
    expect(again).toMatchObject({ kind: 'hold', hold: 2 })
    const released = await socket.ask(binaryMessage(6, { op: 'release', ...of(show, 'r'), hold: '2' }))
    expect(released).toEqual({ id: 6, kind: 'done', epoch: 1 })
    socket.close()
  })

  it('BIN-4: takes the best there are, and is refused by index', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const socket = await openSocket(await stage.api.token('customer', 'mia'))
    const best = await socket.ask(binaryMessage(1, { op: 'hold', ...of(show, 'b'), seats: null, best: { count: 2 } }))
    if (best.kind !== 'hold') throw new Error(JSON.stringify(best))
    const taken = best.seats.map(([seat]) => seat)
    expect(taken).toHaveLength(2)
    const refused = await socket.ask(binaryMessage(2, hold(show, taken, 'again')))
    expect(refused).toMatchObject({ id: 2, kind: 'refusal', code: 'seats_unavailable', seats: taken })
    const unknown = await socket.ask(binaryMessage(3, hold(show, [0, 99_999], 'unknown')))
    expect(unknown).toMatchObject({ id: 3, kind: 'refusal', code: 'not_found', seatIds: ['99999'] })
    socket.close()
  })

  it('BIN-5: a key has one answer, in whichever form and by whichever door it is asked for', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const token = await stage.api.token('service', 'mia')
    const socket = await openSocket(token)
    const texts = await connect(stage.server.wsUrl, { token, protocol: 'frontrow.v1.bin' })
    const held = await socket.ask(binaryMessage(1, hold(show, [0, 1], 'one')))
    const ids = { seats: ['1-1-2', '1-1-1'], key: 'one' }
    expect(await texts.ask({ op: 'hold', show, ...ids })).toMatchObject({ ok: true, hold: { id: '1', total: 10_000 } })
    expect(await ask(nats, show, 'hold', { user: 'mia', ...ids })).toMatchObject({ ok: true, hold: { id: '1' } })
    expect(await overNats(show, 'hold', hold(show, [1, 0], 'one'))).toEqual([held])
    const other = await socket.ask(binaryMessage(2, hold(show, [0, 2], 'one')))
    expect(other).toMatchObject({ id: 2, kind: 'refusal', code: 'idempotency_conflict' })
    await texts.ask({ op: 'hold', show, seats: ['1-1-3'], key: 'two' })
    expect(await socket.ask(binaryMessage(3, hold(show, [2], 'two')))).toMatchObject({ kind: 'hold', hold: 2 })
    await texts.close()
    socket.close()
  })

  it('BIN-6: what is wrong is refused in its own form, changes nothing, and the socket goes on', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const socket = await openSocket(await stage.api.token('customer', 'mia'))
    const cut = binaryMessage(1, hold(show, [0], 'k')).slice(0, -1)
    expect(await socket.ask(cut)).toMatchObject({ id: 1, kind: 'refusal', code: 'invalid_request' })
    expect(await socket.ask(new Uint8Array(0))).toMatchObject({ id: 0, code: 'invalid_request' })
    const long = new Uint8Array(MESSAGE_BYTES_MAX + 1)
    expect(await socket.ask(long)).toMatchObject({ id: 0, code: 'invalid_request' })
    expect(new Set(Object.values(await stage.statuses(show)))).toEqual(new Set(['available']))
    expect(await socket.ask(binaryMessage(2, hold(show, [0], 'k')))).toMatchObject({ id: 2, kind: 'hold' })
    socket.close()
    const looker = await openSocket(null)
    expect(await looker.ask(binaryMessage(9, hold(show, [1], 'k')))).toMatchObject({ id: 9, code: 'unauthenticated' })
    looker.close()
  })

  it('BIN-6: a socket of frontrow.v1 is told where binary commands go', async () => {
    const text = await connect(stage.server.wsUrl, { token: await stage.api.token('customer', 'mia') })
    text.send(Buffer.from(binaryMessage(1, hold('show-1', [0], 'k'))))
    await expect
      .poll(() => text.unasked)
      .toMatchObject([
        { id: null, ok: false, error: { code: 'invalid_request', detail: expect.stringContaining('frontrow.v1.bin') } }
      ])
    await text.close()
  })
})

describe('a request over NATS', () => {
  it('BIN-4: has one answer for each command, in order', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const answers = await overNats(
      show,
      'hold',
      hold(show, [0], 'a', 'mia'),
      hold(show, [0, 1], 'b', 'tom'),
      hold(show, [1], 'c', 'tom')
    )
    expect(answers).toMatchObject([
      { id: 1, kind: 'hold', hold: 1 },
      { id: 2, kind: 'refusal', code: 'seats_unavailable', seats: [0] },
      { id: 3, kind: 'hold', hold: 2 }
    ])
    const booked = await overNats(show, 'book', { op: 'book', ...of(show, 'd'), hold: '1', seats: null, payment: '' })
    expect(booked).toMatchObject([{ id: 1, kind: 'booking', booking: 1, user: 'mia' }])
  })

  it('BIN-6: that is wrong is refused as a whole, with the headers of the services protocol', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const right = hold(show, [0], 'a')
    const bytes = binaryRequest([
      [1, right],
      [2, { ...right, key: '' }]
    ])
    const reply = await request(nats, `frontrow.v1.shows.${show}.hold`, bytes)
    expect(binaryAnswers(reply.data)).toMatchObject([{ id: 0, kind: 'refusal', code: 'invalid_request' }])
    expect(reply.headers!.get('Nats-Service-Error')).toBe('invalid_request')
    const late = { headers: { 'Frontrow-Deadline': '1' } }
    const tooLate = await request(nats, `frontrow.v1.shows.${show}.hold`, binaryRequest([[1, right]]), late)
    expect(binaryAnswers(tooLate.data)).toMatchObject([{ id: 0, code: 'unavailable' }])
    expect(new Set(Object.values(await stage.statuses(show)))).toEqual(new Set(['available']))
  })
})
