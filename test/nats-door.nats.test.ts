// The door for booking services, by a client that has only the documentation to go by.
import { connect, ServiceError } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND_SEATS_MAX, NATS_COMMANDS_PER_REQUEST_MAX } from '../core/limits.ts'
import { decoderOf } from '../gateway/schema/decode.ts'
import { NATS_ANSWERS } from '../gateway/schema/schema-nats.ts'
import { ask, askAll, type NatsAnswer, type NatsStage, request, startNatsStage } from './support/nats-stage.ts'
import { connect as connectSocket } from './support/wire-client.ts'
import { eventually, house, ROOMY } from './support/wire-client-house.ts'

let stage: NatsStage

beforeAll(async () => {
  stage = await startNatsStage()
})
afterAll(() => stage.dispose())

const expectShape = (name: keyof typeof NATS_ANSWERS, answer: NatsAnswer) =>
  expect(decoderOf<unknown>(NATS_ANSWERS[name])(answer)).toEqual({ ok: true, value: answer })

describe('a booking service', () => {
  it('NATS-2: holds, extends, books and cancels for a user, and is answered in the words of the WebSocket', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const held = await ask(stage.client, show, 'hold', { user: 'mia', seats: ['1-1-1', '1-1-2'], key: 'h' })
    expectShape('hold', held)
    expect(held).toMatchObject({ ok: true, epoch: 1, hold: { showId: show, total: 10_000, currency: 'EUR' } })
    const hold = held.hold!.id
    const extended = await ask(stage.client, show, 'extend', { user: 'mia', hold, key: 'e' })
    expectShape('hold', extended)
    const payment = { reference: 'pay_1' }
    const booked = await ask(stage.client, show, 'book', { user: 'mia', hold, seats: ['1-1-1'], payment, key: 'b' })
    expectShape('booking', booked)
    expect(booked.booking).toMatchObject({ userId: 'mia', status: 'confirmed', seats: [{ id: '1-1-1' }] })
    expect(await stage.statuses(show)).toMatchObject({ '1-1-1': 'booked', '1-1-2': 'available' })
    const booking = booked.booking!.id
    const cancelled = await ask(stage.client, show, 'cancel', { user: 'mia', booking, key: 'c' })
    expectShape('booking', cancelled)
    expect(cancelled.booking).toMatchObject({ status: 'cancelled', seats: [] })
    expect(new Set(Object.values(await stage.statuses(show)))).toEqual(new Set(['available']))
  })

  it('NATS-2: may give an id, and what the subject has', async () => {
    const show = await stage.newShow()
    const body = { id: 'a-7', op: 'hold', show, user: 'mia', best: { count: 2 }, key: 'h' }
    const held = await ask(stage.client, show, 'hold', body)
    expect(held).toMatchObject({ id: 'a-7', ok: true })
    const released = await ask(stage.client, show, 'release', { id: 0, user: 'mia', hold: held.hold!.id, key: 'r' })
    expect(released).toEqual({ id: 0, ok: true, epoch: 1 })
    expectShape('done', released)
  })

  it('NATS-2: what its user did is in the lists of that user at once', async () => {
    const show = await stage.newShow()
    const token = await stage.api.token('customer', 'lists')
    const { hold } = await ask(stage.client, show, 'hold', { user: 'lists', seats: ['1-1-1'], key: 'h' })
    const { booking } = await ask(stage.client, show, 'book', { user: 'lists', hold: hold!.id, key: 'b' })
    const { json } = await stage.api.call('GET', '/api/bookings', { token })
    expect(json.bookings).toEqual([booking])
  })

  it('NATS-3: asks many at once, and each is answered for itself, in order', async () => {
    const { seats, show } = house(4, 100)
    const id = await stage.newShow(show)
    const commands = seats.slice(0, NATS_COMMANDS_PER_REQUEST_MAX).map((seat, i) => {
      // Every fourth seat is asked for a second time, every fifth command makes no sense.
      const wanted = i % 4 === 3 ? seats[i - 1]! : seat
      return i % 5 === 4 ? { id: i, user: 'mia', key: `k${i}` } : { id: i, user: 'mia', seats: [wanted], key: `k${i}` }
    })
    const answers = await askAll(stage.client, id, 'hold', commands)
    expect(answers.map((answer) => answer.id)).toEqual(commands.map((command) => command.id))
    for (const [i, { ok, hold, error }] of answers.entries()) {
      const wasFree = i % 4 !== 3 || (i - 1) % 5 === 4
      if (i % 5 === 4) expect(error).toMatchObject({ code: 'invalid_request' })
      else if (wasFree) expect(hold!.seats[0]!.id).toBe(commands[i]!.seats![0])
      else expect(error).toMatchObject({ code: 'seats_unavailable', seats: commands[i]!.seats })
      expect(ok).toBe(error === undefined)
    }
    const taken = Object.values(await stage.statuses(id)).filter((status) => status === 'held')
    expect(taken).toHaveLength(answers.filter(({ ok }) => ok).length)
  })

  it('NATS-3: of an array that asks for the same seat twice, the first has it', async () => {
    const show = await stage.newShow()
    const hold = (user: string) => ({ user, seats: ['1-1-1'], key: user })
    const answers = await askAll(stage.client, show, 'hold', [hold('mia'), hold('tom'), hold('mia')])
    expect(answers.map(({ ok, error }) => (ok ? 'ok' : error!.code))).toEqual(['ok', 'seats_unavailable', 'ok'])
    expect(answers[2]).toEqual(answers[0])
  })

  it('NATS-4: is refused what the other doors refuse, word for word', async () => {
    const show = await stage.newShow({ policy: { ...ROOMY, seatsPerUserMax: 4 } })
    const socket = await connectSocket(stage.server.wsUrl, { token: await stage.api.token('service', 'mia') })
    await ask(stage.client, show, 'hold', { user: 'tom', seats: ['1-1-1'], key: 'tom-1' })
    await ask(stage.client, show, 'hold', { user: 'mia', seats: ['1-1-2', '1-1-3'], key: 'mia-1' })
    const wrong: [op: string, message: object, code: string][] = [
      ['hold', { seats: ['1-1-1', '1-1-4'] }, 'seats_unavailable'],
      ['hold', { seats: ['nowhere'] }, 'not_found'],
      ['hold', { seats: ['1-1-6', '1-1-7', '1-1-8'] }, 'limit_exceeded'],
      ['hold', { best: { count: 2 }, seats: ['1-1-6'] }, 'invalid_request'],
      ['hold', { best: { count: COMMAND_SEATS_MAX + 1 } }, 'invalid_request'],
      ['hold', { seats: ['1-2-1'], key: 'mia-1' }, 'idempotency_conflict'],
      ['extend', { hold: '1' }, 'forbidden'],
      ['release', { hold: '99' }, 'not_found'],
      ['book', { hold: '1' }, 'forbidden'],
      ['cancel', { booking: `${show}.9` }, 'not_found'],
      ['cancel', { booking: 'other.1' }, 'not_found']
    ]
    for (const [i, [op, message, code]] of wrong.entries()) {
      const asked = { key: `wrong-${i}`, ...message }
      const there = await socket.ask({ op, show, ...asked })
      const reply = await request(stage.client, `frontrow.v1.shows.${show}.${op}`, { user: 'mia', ...asked })
      const here = reply.json<NatsAnswer>()
      expectShape('refusal', here)
      expect(here.error, `${op} ${JSON.stringify(message)}`).toEqual(there.error)
      expect(here.error!.code).toBe(code)
      // As the services protocol has it.
      expect(ServiceError.toServiceError(reply)).toMatchObject({ message: code })
      expect(ServiceError.toServiceError(reply)!.code).toBe((here.error as unknown as { status: number }).status)
    }
    await socket.close()
  })

  it('NATS-4: a show that nobody has is not found', async () => {
    const answer = await ask(stage.client, 'nobody', 'hold', { user: 'mia', seats: ['A'], key: 'k' })
    expect(answer).toMatchObject({ ok: false, error: { code: 'not_found', retryable: false } })
  })

  it('NATS-5: a key that was used gets the first answer, whichever door it was used at', async () => {
    const show = await stage.newShow()
    const hold = { user: 'mia', seats: ['1-1-1'], key: 'again' }
    const [first, second] = await Promise.all([
      ask(stage.client, show, 'hold', hold),
      ask(stage.client, show, 'hold', hold)
    ])
    expect(second).toEqual(first)
    const socket = await connectSocket(stage.server.wsUrl, { token: await stage.api.token('service', 'mia') })
    const there = await socket.ask({ op: 'hold', show, seats: ['1-1-1'], key: 'again' })
    expect(there.hold).toEqual(first.hold)
    await socket.close()
    const other = await ask(stage.client, show, 'hold', { ...hold, seats: ['1-1-2'] })
    expect(other.error).toMatchObject({ code: 'idempotency_conflict' })
    const another = await ask(stage.client, show, 'release', { user: 'tom', hold: first.hold!.id, key: 'again' })
    expect(another.error).toMatchObject({ code: 'forbidden' })
  })
})

describe('discovery', () => {
  it('NATS-6: the service answers to its name, with its endpoints and what they did', async () => {
    const services = stage.client.services.client()
    const first = async <T>(answers: Promise<AsyncIterable<T>>): Promise<T> => {
      for await (const answer of await answers) return answer
      throw new Error('nobody answered')
    }
    const ping = await first(services.ping())
    expect(ping).toMatchObject({ name: 'frontrow', type: 'io.nats.micro.v1.ping_response' })
    const info = await first(services.info('frontrow', ping.id))
    expect(info.endpoints!.map(({ name, subject, queue_group }) => [name, subject, queue_group])).toEqual(
      ['hold', 'extend', 'release', 'book', 'cancel'].map((op) => [op, `frontrow.v1.shows.*.${op}`, 'frontrow'])
    )
    expect(info.metadata).toMatchObject({ node: expect.stringMatching(/./) })
    const show = await stage.newShow()
    const before = await first(services.stats('frontrow'))
    await ask(stage.client, show, 'hold', { user: 'mia', seats: ['1-1-1'], key: 'k' })
    const after = await first(services.stats('frontrow'))
    const requests = ({ endpoints }: typeof after) => endpoints!.find(({ name }) => name === 'hold')!.num_requests
    expect(requests(after)).toBe(requests(before) + 1)
  })

  it('NATS-6: each request goes to one of those who serve', async () => {
    const other = await connect({ servers: stage.nats.url })
    let heard = 0
    other.subscribe('frontrow.v1.shows.*.hold', {
      queue: 'frontrow',
      callback: (_error, message) => {
        heard++
        message.respond('{"ok":true}')
      }
    })
    await other.flush()
    const show = await stage.newShow()
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => ask(stage.client, show, 'hold', { user: 'mia', seats: ['x'], key: `k${i}` }))
    )
    expect(answers.filter(({ error }) => error?.code === 'not_found')).toHaveLength(60 - heard)
    expect(heard).toBeGreaterThan(0)
    expect(heard).toBeLessThan(60)
    await other.close()
  })
})

describe('a deadline', () => {
  const deadline = (text: string) => ({ headers: { 'Frontrow-Deadline': text } })

  it.each([
    ['RFC 3339', () => new Date(Date.now() - 5).toISOString()],
    ['RFC 3339 with an offset', () => '2020-01-01T02:00:00+01:00'],
    ['epoch milliseconds', () => String(Date.now() - 5)],
    ['the beginning of time', () => '0']
  ])('NATS-7: that has passed, as %s: nothing is done', async (_name, text) => {
    const show = await stage.newShow()
    const hold = { user: 'mia', seats: ['1-1-1'], key: 'k' }
    const refused = await ask(stage.client, show, 'hold', hold, deadline(text()))
    expect(refused).toMatchObject({ ok: false, error: { code: 'unavailable', retryable: true } })
    expect(await stage.statuses(show)).toMatchObject({ '1-1-1': 'available' })
    // The key was not used.
    expect(await ask(stage.client, show, 'hold', { ...hold, seats: ['1-1-2'] })).toMatchObject({ ok: true })
  })

  it.each([
    ['RFC 3339', () => new Date(Date.now() + 60_000).toISOString()],
    ['epoch milliseconds', () => String(Date.now() + 60_000)]
  ])('NATS-7: that is to come, as %s: it is done', async (_name, text) => {
    const show = await stage.newShow()
    const hold = { user: 'mia', seats: ['1-1-1'], key: 'k' }
    expect(await ask(stage.client, show, 'hold', hold, deadline(text()))).toMatchObject({ ok: true })
  })

  it('NATS-7: of an array is that of all its commands', async () => {
    const show = await stage.newShow()
    const body = [{ user: 'mia', seats: ['1-1-1'], key: 'k' }]
    expect(await ask(stage.client, show, 'hold', body, deadline('1'))).toMatchObject({ error: { code: 'unavailable' } })
  })
})

describe('metrics', () => {
  it('NATS-10: say whether NATS is there, what waits, and how far events are behind', async () => {
    await eventually(async () => {
      const { text } = await stage.api.call('GET', '/metrics')
      for (const [name, value] of [
        ['nats_connected', 1],
        ['nats_commands', 0],
        ['nats_unheard', 0],
        ['event_lag_frames', 0]
      ]) {
        expect(text).toMatch(new RegExp(`^frontrow_${name} ${value}$`, 'm'))
      }
    })
  })
})
