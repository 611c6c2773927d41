// `frontrow/client/nats` through a real NATS server: against a real Frontrow, and against answers that the test gives.
import { connect, type NatsConnection } from 'nats'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BatchedWrite, connectNats, FrontrowError, type NatsClient } from '../gateway/client/nats-client.ts'
import { type HttpStage, PRICES, startStage } from './support/http-stage.ts'
import { startNats, type TestNats } from './support/nats.ts'
import { eventually, house, ROOMY } from './support/wire-client-house.ts'

let nats: TestNats

beforeAll(async () => {
  nats = await startNats()
})
afterAll(() => nats.dispose())

describe('a real server', () => {
  let stage: HttpStage
  let client: NatsClient

  beforeAll(async () => {
    stage = await startStage({ NATS_URL: nats.url })
    client = await connectNats({ nats: nats.url, user: 'desk' })
  })
  afterAll(async () => {
    await client.close()
    await stage.server.dispose()
  })

  const count = async (show: string, status: string) =>
    Object.values(await stage.statuses(show)).filter((each) => each === status).length

  it('CLIENT-15: holds, extends, books, releases and cancels, for the user that is named', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const hold = await client.hold({ show, seats: ['1-1-1', '1-1-2'] }, { user: 'mia' })
    expect(hold).toMatchObject({ showId: show, total: 2 * PRICES.A, seats: [{ id: '1-1-1' }, { id: '1-1-2' }] })
    expect(await client.extend({ show, hold: hold.id }, { user: 'mia' })).toMatchObject({ id: hold.id })
    await expect(client.book({ show, hold: hold.id })).rejects.toMatchObject({ code: 'forbidden' })
    const booking = await client.book({ show, hold: hold.id, payment: { reference: 'pay_1' } }, { user: 'mia' })
    expect(booking).toMatchObject({ userId: 'mia', status: 'confirmed' })
    const cancelled = await client.cancel({ show, booking: booking.id }, { user: 'mia' })
    expect(cancelled).toMatchObject({ status: 'cancelled' })
    const best = await client.hold({ show, best: { count: 3 } })
    expect(await client.release({ show, hold: best.id })).toBeUndefined()
    expect(await count(show, 'available')).toBe(22)
  })

  it('CLIENT-15: refuses with the same codes, and repeats a first answer', async () => {
    const show = await stage.newShow({ policy: ROOMY })
    const first = await client.hold({ show, seats: ['1-1-1'] }, { key: 'order-1' })
    expect(await client.hold({ show, seats: ['1-1-1'] }, { key: 'order-1' })).toEqual(first)
    const error = await client.hold({ show, seats: ['1-1-1'] }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FrontrowError)
    expect(error).toMatchObject({ code: 'seats_unavailable', seats: ['1-1-1'], outcome: 'not_done' })
    const none = await connectNats({ nats: nats.url })
    await expect(none.hold({ show, seats: ['1-1-2'] })).rejects.toMatchObject({ code: 'invalid_request' })
    for (const id of ['', 'a.b', 'a b', 'a\r\nPUB b', '*', '>']) {
      await expect(client.hold({ show: id, seats: ['1'] })).rejects.toMatchObject({ code: 'invalid_request' })
    }
    await expect(client.hold({ show: 'no-such', seats: ['1'] })).rejects.toMatchObject({ code: 'not_found' })
    await none.close()
  })

  it('CLIENT-16: a batch of many does each once and answers in order, and the others are refused', async () => {
    const { seats, show } = house(10, 100)
    const id = await stage.newShow(show)
    const writes = [...seats, ...seats.slice(0, 10)].map(
      (seat, i): BatchedWrite => ({ op: 'hold', show: id, seats: [seat], key: `seat ${i}`, user: `user ${i % 7}` })
    )
    const results = await client.batch(writes)
    const codes = results.map((result) => (result.ok ? result.hold?.seats[0]?.id : result.error.code))
    expect(codes.slice(0, 1_000)).toEqual(seats)
    expect(codes.slice(1_000)).toEqual(Array.from({ length: 10 }, () => 'seats_unavailable'))
    const again = await client.batch(writes.slice(0, 300))
    expect(again.map((result) => result.ok && result.hold)).toEqual(
      results.slice(0, 300).map((result) => result.ok && result.hold)
    )
    expect(await count(id, 'held')).toBe(1_000)
  })

  it('CLIENT-4: killed in the middle of batches, each write is done once, and none is lost', async () => {
    const { seats, show } = house(10, 50)
    const id = await stage.newShow(show)
    const selling = (async () => {
      const sold: (string | undefined)[] = []
      for (let at = 0; at < seats.length; at += 50) {
        const holds = await client.batch(
          seats.slice(at, at + 50).map((seat): BatchedWrite => ({ op: 'hold', show: id, seats: [seat] })),
          { timeoutMs: 120_000 }
        )
        const books = holds.map((result): BatchedWrite => {
          if (!result.ok) throw result.error
          return { op: 'book', show: id, hold: result.hold!.id }
        })
        const booked = await client.batch(books, { timeoutMs: 120_000 })
        sold.push(...booked.map((result) => (result.ok ? result.booking?.seats[0]?.id : result.error.code)))
        if (at === 100) void stage.server.kill('SIGKILL').then(() => stage.server.restart())
      }
      return sold
    })()
    expect(await selling).toEqual(seats)
    expect(await count(id, 'booked')).toBe(seats.length)
  }, 180_000)
})

describe('answers that the test gives', () => {
  interface Heard {
    readonly subject: string
    readonly body: unknown
    readonly deadline: number
  }

  let responder: NatsConnection
  let client: NatsClient
  let heard: Heard[]
  let say: (heard: Heard) => unknown

  beforeEach(async () => {
    heard = []
    responder = await connect({ servers: nats.url })
    client = await connectNats({ nats: nats.url, user: 'desk' })
  })
  afterEach(async () => {
    await client.close()
    await responder.close()
  })

  async function listen(): Promise<void> {
    responder.subscribe('frontrow.v1.shows.>', {
      callback: (_error, message) => {
        const deadline = Number(message.headers?.get('Frontrow-Deadline'))
        const one = { subject: message.subject, body: message.json(), deadline }
        heard.push(one)
        const answer = say(one)
        if (answer !== undefined) message.respond(JSON.stringify(answer))
      }
    })
    await responder.flush()
  }

  const granted = { ok: true, epoch: 1 }
  const busy = { ok: false, error: { code: 'busy', retryable: true } }

  it('CLIENT-15: asks under the subject of show and operation, and says until when', async () => {
    say = () => granted
    await listen()
    const before = Date.now()
    await client.release({ show: 'hall', hold: '7' }, { key: 'k', timeoutMs: 9_000 })
    expect(heard).toMatchObject([
      { subject: 'frontrow.v1.shows.hall.release', body: { user: 'desk', hold: '7', key: 'k' } }
    ])
    expect(heard[0]!.deadline).toBeGreaterThanOrEqual(before + 9_000)
    expect(heard[0]!.deadline).toBeLessThanOrEqual(Date.now() + 9_000)
  })

  it('CLIENT-5: what is refused for now is asked again under its key', async () => {
    say = () => (heard.length < 3 ? busy : granted)
    await listen()
    await client.release({ show: 'hall', hold: '7' })
    expect(heard).toHaveLength(3)
    expect(new Set(heard.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  it('CLIENT-16: a batch is one request for each show, operation and 256 writes; only what is left goes again', async () => {
    say = ({ body }) =>
      (body as { key: string }[]).map(({ key }) => (key === 'late' && heard.length < 4 ? busy : granted))
    await listen()
    const release = (show: string, i: number): BatchedWrite => ({ op: 'release', show, hold: String(i + 1) })
    const writes = [
      ...Array.from({ length: 300 }, (_, i) => release('hall', i)),
      { op: 'extend' as const, show: 'hall', hold: '1', key: 'late' },
      release('arena', 1)
    ]
    const results = await client.batch(writes)
    expect(results.every(({ ok }) => ok)).toBe(true)
    const sizes = heard.map(({ subject, body }) => `${subject.split('.').slice(3).join(' ')} ${(body as []).length}`)
    expect(sizes.slice(0, 4).toSorted()).toEqual([
      'arena release 1',
      'hall extend 1',
      'hall release 256',
      'hall release 44'
    ])
    expect(new Set(sizes.slice(4))).toEqual(new Set(['hall extend 1']))
  })

  it('CLIENT-16: a request that is refused as a whole refuses all that was in it', async () => {
    say = () => ({ ok: false, error: { code: 'forbidden', retryable: false } })
    await listen()
    const results = await client.batch([1, 2].map((hold) => ({ op: 'release', show: 'hall', hold: String(hold) })))
    expect(results).toMatchObject([
      { ok: false, error: { code: 'forbidden' } },
      { ok: false, error: { code: 'forbidden' } }
    ])
    expect(heard).toHaveLength(1)
  })

  it('CLIENT-17: with nobody to answer it is tried until somebody is there', async () => {
    say = () => granted
    const released = client.release({ show: 'hall', hold: '7' })
    await expect(client.release({ show: 'hall', hold: '8' }, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'unavailable',
      outcome: 'not_done'
    })
    await listen()
    expect(await released).toBeUndefined()
  })

  it('CLIENT-17: without NATS it is tried until NATS is back', async () => {
    say = () => granted
    await listen()
    await nats.kill()
    const released = client.release({ show: 'hall', hold: '7' })
    await nats.start()
    expect(await released).toBeUndefined()
    await eventually(() => expect(heard.length).toBeGreaterThan(0))
  })

  it('CLIENT-6: one that is given up, or whose client is closed, says whether its outcome is known', async () => {
    say = () => undefined
    await listen()
    const write = { show: 'hall', hold: '7' }
    await expect(client.release(write, { timeoutMs: 200 })).rejects.toMatchObject({ outcome: 'unknown' })
    const ending = new AbortController()
    const aborted = client.release(write, { signal: ending.signal, key: 'mine' })
    setTimeout(() => ending.abort(), 100)
    await expect(aborted).rejects.toMatchObject({ outcome: 'unknown', key: 'mine', code: 'unavailable' })
    const closed = client.release(write)
    setTimeout(() => client.close(), 100)
    await expect(closed).rejects.toMatchObject({ outcome: 'unknown', message: expect.stringContaining('was closed') })
    await expect(client.release(write)).rejects.toMatchObject({ outcome: 'not_done' })
  })

  it('CLIENT-6: a connection of the caller is left open', async () => {
    say = () => granted
    await listen()
    const other = await connectNats({ nats: responder, user: 'desk' })
    await other.release({ show: 'hall', hold: '7' })
    await other.close()
    expect(responder.isClosed()).toBe(false)
  })
})
