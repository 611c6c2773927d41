// The client of `frontrow/client` against a real server: what its calls answer, what they reject with, and who it is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { type Client, type ConnectOptions, connect, FrontrowError, guestSession } from '../gateway/client/client.ts'
import { type HttpStage, PRICES, startStage } from './support/http-stage.ts'
import { ROOMY } from './support/wire-client-house.ts'

const POLICY = { ...ROOMY, holdMs: 60_000 }

let stage: HttpStage
const clients: Client[] = []

beforeAll(async () => {
  stage = await startStage()
})
afterAll(async () => {
  for (const client of clients) client.close()
  await stage.server.dispose()
})

function open(options: Partial<ConnectOptions>): Client {
  const client = connect({ url: stage.server.url, ...options })
  clients.push(client)
  return client
}

async function failureOf(answer: Promise<unknown>): Promise<FrontrowError> {
  const error = await answer.then(
    () => null,
    (reason: unknown) => reason
  )
  expect(error).toBeInstanceOf(FrontrowError)
  return error as FrontrowError
}

describe('calls', () => {
  it('CLIENT-1: hold, extend, book, release and cancel answer what became of the seats', async () => {
    const show = await stage.newShow({ policy: POLICY })
    const client = open({ token: await stage.newUser() })
    const hold = await client.hold({ show, seats: ['1-1-1', '1-1-2', '1-1-3'] })
    const [id, category, price] = ['1-1-1', 'A', PRICES.A]
    expect(hold).toMatchObject({
      showId: show,
      total: 3 * PRICES.A,
      currency: 'EUR',
      seats: [{ id, category, price }, {}, {}]
    })
    const extended = await client.extend({ show, hold: hold.id })
    expect(Date.parse(extended.expiresAt)).toBeGreaterThanOrEqual(Date.parse(hold.expiresAt))
    const payment = { reference: 'pay_1' }
    const booking = await client.book({ show, hold: hold.id, seats: ['1-1-1', '1-1-2'], payment })
    expect(booking).toMatchObject({ showId: show, total: 2 * PRICES.A, status: 'confirmed' })
    expect(await client.cancel({ show, booking: booking.id, seats: ['1-1-1'] })).toMatchObject({ total: PRICES.A })
    expect(await client.cancel({ show, booking: booking.id })).toMatchObject({ seats: [], status: 'cancelled' })
    const best = await client.hold({ show, best: { count: 2, category: 'B' } })
    expect(best.seats.map((seat) => seat.category)).toEqual(['B', 'B'])
    expect(await client.release({ show, hold: best.id })).toBeUndefined()
    expect(new Set(Object.values(await stage.statuses(show)))).toEqual(new Set(['available']))
  })

  it('CLIENT-1: any WebSocket will do', async () => {
    const client = open({ token: await stage.newUser(), WebSocket: WsWebSocket, url: stage.server.wsUrl })
    expect(await client.hold({ show: await stage.newShow(), best: { count: 1 } })).toMatchObject({ seats: [{}] })
  })

  it('CLIENT-2: a refusal rejects with its code and what helps, and is not tried again', async () => {
    const show = await stage.newShow({ policy: { ...POLICY, extensionsMax: 0 } })
    const client = open({ token: await stage.newUser() })
    const hold = await client.hold({ show, seats: ['1-1-1', '1-1-2'] })
    const taken = await failureOf(open({ token: await stage.newUser() }).hold({ show, seats: ['1-1-2', '1-1-3'] }))
    expect(taken).toMatchObject({ code: 'seats_unavailable', retryable: false, outcome: 'not_done', seats: ['1-1-2'] })
    expect(taken.message).toBe(taken.detail)
    const limit = await failureOf(client.extend({ show, hold: hold.id }, { key: 'mine' }))
    expect(limit).toMatchObject({ code: 'limit_exceeded', key: 'mine', expiresAt: hold.expiresAt, seats: [] })
    expect(await failureOf(client.hold({ show: 'no-such', seats: ['1'] }))).toMatchObject({ code: 'not_found' })
    expect(await failureOf(client.hold({ show, seats: [] }))).toMatchObject({ code: 'invalid_request' })
    expect(await failureOf(client.release({ show, hold: '99' }))).toMatchObject({ code: 'not_found' })
    expect(await failureOf(open({}).hold({ show, seats: ['1-1-4'] }))).toMatchObject({ code: 'unauthenticated' })
  })

  it('CLIENT-3: a key of the caller is used: the first answer again, a conflict for anything else', async () => {
    const show = await stage.newShow({ policy: POLICY })
    const client = open({ token: await stage.newUser() })
    const first = await client.hold({ show, seats: ['1-1-1'] }, { key: 'once' })
    await client.release({ show, hold: first.id })
    expect(await client.hold({ show, seats: ['1-1-1'] }, { key: 'once' })).toEqual(first)
    expect(await failureOf(client.hold({ show, seats: ['1-1-2'] }, { key: 'once' }))).toMatchObject({
      code: 'idempotency_conflict'
    })
    const [one, other] = await Promise.all([1, 2].map(() => client.hold({ show, best: { count: 1 } })))
    expect(one?.id).not.toBe(other?.id)
  })

  it('CLIENT-10: more at once than a socket may say is said a little slower, and all of it is done', async () => {
    const show = await stage.newShow({ policy: POLICY })
    const states: string[] = []
    const client = open({ token: await stage.newUser(), onState: (state) => states.push(state) })
    const hold = await client.hold({ show, seats: ['1-1-1'] })
    const codes = await Promise.all(
      Array.from({ length: 300 }, () => failureOf(client.hold({ show, seats: ['1-1-1'] })).then(({ code }) => code))
    )
    expect(new Set(codes)).toEqual(new Set(['seats_unavailable']))
    expect(await client.release({ show, hold: hold.id })).toBeUndefined()
    expect(states).toEqual(['connecting', 'open'])
  })
})

describe('who asks', () => {
  it('CLIENT-7: a token that ends is replaced by its source, and the write goes on under its key', async () => {
    const show = await stage.newShow({ policy: POLICY })
    const asked: boolean[] = []
    const client = open({
      token: async (refused) => {
        asked.push(refused)
        return stage.api.token('customer', 'mortal', refused ? 60_000 : 1_000)
      }
    })
    const hold = await client.hold({ show, seats: ['1-1-1'] })
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    const booking = await client.book({ show, hold: hold.id })
    expect(booking).toMatchObject({ userId: 'mortal', seats: [{ id: '1-1-1' }] })
    expect(asked).toEqual([false, true])
  })

  it('CLIENT-7: a token without a source that ends is a refusal', async () => {
    const client = open({ token: await stage.api.token('customer', 'mortal', 1_000) })
    const show = await stage.newShow({ policy: POLICY })
    await client.hold({ show, seats: ['1-1-1'] })
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    expect(await failureOf(client.hold({ show, seats: ['1-1-2'] }))).toMatchObject({
      code: 'unauthenticated',
      outcome: 'not_done'
    })
  })

  it('CLIENT-7: a token that opens no socket is asked for again', async () => {
    const asked: boolean[] = []
    const client = open({
      token: async (refused) => {
        asked.push(refused)
        return refused ? stage.newUser() : 'no.token.at-all'
      }
    })
    expect(await client.hold({ show: await stage.newShow(), best: { count: 1 } })).toMatchObject({ seats: [{}] })
    expect(asked.at(-1)).toBe(true)
  })

  it('CLIENT-8: a guest stays the same customer over renewed sessions and kept ones', async () => {
    const { url } = stage.server
    const kept: { token: string; userId: string; expiresAt: string }[] = []
    const token = guestSession(url, undefined, (session) => kept.push(session))
    expect(await token(false)).toBe(kept[0]?.token)
    expect(await token(false)).toBe(kept[0]?.token)
    await token(true)
    const later = guestSession(url, { ...kept[1]!, expiresAt: new Date().toISOString() }, (session) =>
      kept.push(session)
    )
    await later(false)
    expect(kept).toHaveLength(3)
    expect(new Set(kept.map(({ userId }) => userId)).size).toBe(1)
    const show = await stage.newShow({ policy: POLICY })
    const hold = await open({ token: later }).hold({ show, seats: ['1-1-1'] })
    const booking = await open({ token: guestSession(url, kept[2]) }).book({ show, hold: hold.id })
    expect(booking.userId).toBe(kept[0]?.userId)
  })

  it('CLIENT-8: a session that cannot be had rejects with why', async () => {
    const error = await failureOf(guestSession('http://127.0.0.1:1')(false))
    expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  })
})
