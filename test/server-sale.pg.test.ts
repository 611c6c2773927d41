// A sale from the empty database to the cancelled booking, over HTTP and WebSocket: the same on a real Postgres and on
// the embedded database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { request } from './support/hostile-http.ts'
import { type HttpStage, SHOW, startStage } from './support/http-stage.ts'
import { connect } from './support/wire-client.ts'
import { eventually, startWireStage, type WireStage } from './support/wire-client-house.ts'

const byId = (seats: readonly { id: string }[]) => seats.map(({ id }) => id)

/** Each step stands on the one before. */
async function sell({ api, admin, newUser, server }: HttpStage, show: string): Promise<void> {
  const call = async (method: string, path: string, status: number, more: Parameters<typeof api.call>[2] = {}) => {
    const answer = await api.call(method, path, more)
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status)
    return answer
  }
  const statuses = async (): Promise<Record<string, number>> => {
    const { json } = await call('GET', `/api/shows/${show}/seats`, 200)
    const counts: Record<string, number> = {}
    for (const { status } of json.seats) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }

  const body = { ...SHOW, id: show }
  const made = await call('POST', '/api/admin/shows', 201, { token: admin, body, key: 'make' })
  expect((await call('POST', '/api/admin/shows', 201, { token: admin, body, key: 'make' })).json).toEqual(made.json)
  expect(byId((await call('GET', '/api/shows', 200)).json.shows)).toContain(show)

  const { token, userId } = (await call('POST', '/api/sessions', 201)).json
  const watcher = await connect(server.wsUrl)
  await watcher.ask({ op: 'subscribe', show })
  const seats = ['1-1-1', '1-1-2', '1-1-3']
  const holding = { token, body: { seats }, key: 'h1' }
  const { hold } = (await call('POST', `/api/shows/${show}/holds`, 201, holding)).json
  expect(hold).toMatchObject({ showId: show, total: 15_000, currency: 'EUR' })
  expect(byId(hold.seats)).toEqual(seats)
  expect((await call('POST', `/api/shows/${show}/holds`, 201, holding)).json.hold).toEqual(hold)
  expect(await statuses()).toEqual({ held: 3, available: 19 })

  const later = (await call('POST', `/api/shows/${show}/holds/${hold.id}/extend`, 200, { token, key: 'x1' })).json.hold
  expect(Date.parse(later.expiresAt)).toBeGreaterThanOrEqual(Date.parse(hold.expiresAt))
  await call('POST', `/api/shows/${show}/holds/${hold.id}/extend`, 409, { token, key: 'x2' })

  // A part of the hold is booked, and the rest goes free.
  const part = { holdId: hold.id, seats: ['1-1-1', '1-1-3'], payment: { reference: 'pay_1' } }
  const { booking } = (await call('POST', `/api/shows/${show}/bookings`, 201, { token, body: part, key: 'b1' })).json
  expect(booking).toMatchObject({ id: `${show}.1`, userId, total: 10_000, status: 'confirmed' })
  expect(await statuses()).toEqual({ booked: 2, available: 20 })
  expect((await call('GET', '/api/bookings', 200, { token })).json.bookings).toEqual([booking])
  expect((await call('GET', `/api/bookings/${booking.id}`, 200, { token })).json.booking).toEqual(booking)

  const blocked = { token: admin, body: { seats: ['2-1-1', '2-1-2'] } }
  await call('POST', `/api/admin/shows/${show}/block`, 200, blocked)
  expect(await statuses()).toEqual({ booked: 2, blocked: 2, available: 18 })
  await call('POST', `/api/shows/${show}/holds`, 409, { token: await newUser(), body: { seats: ['2-1-1'] } })
  await call('POST', `/api/admin/shows/${show}/unblock`, 200, { ...blocked, body: { seats: ['2-1-1'] } })

  const cancel = `/api/bookings/${booking.id}/cancel`
  const rest = (await call('POST', cancel, 200, { token, body: { seats: ['1-1-3'] }, key: 'c1' })).json.booking
  expect(rest).toMatchObject({ total: 5_000, status: 'confirmed', seats: [{ id: '1-1-1' }] })
  const gone = (await call('POST', cancel, 200, { token, key: 'c2' })).json.booking
  expect(gone).toMatchObject({ total: 0, status: 'cancelled', seats: [] })
  expect((await call('GET', '/api/bookings', 200, { token })).json.bookings).toEqual([gone])
  expect(await statuses()).toEqual({ blocked: 1, available: 21 })

  const best = { token, body: { best: { count: 2, category: 'B' } } }
  const { hold: second } = (await call('POST', `/api/shows/${show}/holds`, 201, best)).json
  await call('DELETE', `/api/shows/${show}/holds/${second.id}`, 204, { token })
  const { json: map } = await call('GET', `/api/shows/${show}/seats`, 200)
  const expected = map.seats.map((seat: { status: string }) => (seat.status === 'blocked' ? 3 : 0))
  await eventually(() => expect(watcher.map(show)!.statuses.slice(0, 22)).toEqual(expected))
  expect(watcher.disorder).toEqual([])
  await watcher.close()
}

describe('on a real Postgres', () => {
  let stage: WireStage
  beforeAll(async () => {
    stage = await startWireStage()
  })
  afterAll(() => stage.dispose())

  it('SERVER-1: a sale goes from the empty database to the cancelled booking', async () => {
    await sell(stage, 'faust')
    const seats = await eventually(async () => {
      const rows = await stage.sql('select seat_id, status from frontrow.booking_seats order by 1')
      expect(rows).toHaveLength(2)
      expect(await stage.sql(`select 1 from frontrow.holds where outcome is null`)).toEqual([])
      return rows
    })
    expect(seats).toEqual([
      { seat_id: '1-1-1', status: 'cancelled' },
      { seat_id: '1-1-3', status: 'cancelled' }
    ])
    expect(await stage.sql('select booking_id, status, total::int, payment_reference from frontrow.bookings')).toEqual([
      { booking_id: 'faust.1', status: 'cancelled', total: 0, payment_reference: 'pay_1' }
    ])
    const holds = await stage.sql('select hold, outcome, extensions from frontrow.holds order by 1')
    expect(holds).toEqual([
      { hold: 1, outcome: 'booked', extensions: 1 },
      { hold: 2, outcome: 'released', extensions: 0 }
    ])
  })

  it('SERVER-2: the map comes plain, as gzip and as Brotli, and not at all to who has it', async () => {
    const path = `/api/shows/${await stage.newShow()}/seats`
    const plain = await request(stage.server.url, { path })
    const read = async (encoding: string) => {
      const response = await fetch(new URL(path, stage.server.url), { headers: { 'accept-encoding': encoding } })
      expect(response.headers.get('content-encoding')).toBe(encoding)
      return response.json()
    }
    expect(await read('gzip')).toEqual(plain!.json)
    expect(await read('br')).toEqual(plain!.json)
    const again = await request(stage.server.url, { path, headers: { 'If-None-Match': plain!.headers.etag! } })
    expect(again).toMatchObject({ status: 304, text: '' })
    const user = await stage.newUser()
    await stage.api.call('POST', path.replace('seats', 'holds'), { token: user, body: { seats: ['1-1-1'] } })
    const changed = await request(stage.server.url, { path, headers: { 'If-None-Match': plain!.headers.etag! } })
    expect(changed!.status).toBe(200)
    expect(changed!.json.seats[0].status).toBe('held')
  })

  it('SERVER-3: a key is one key on both doors', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    const http = { token, key: 'once', body: { seats: ['1-1-1', '1-1-2'] } }
    const first = await stage.api.call('POST', `/api/shows/${show}/holds`, http)
    const client = await connect(stage.server.wsUrl, { token })
    const again = await client.ask({ op: 'hold', show, seats: ['1-1-2', '1-1-1'], key: 'once' })
    expect(again.hold).toEqual(first.json.hold)
    const booked = await client.ask({ op: 'book', show, hold: again.hold!.id, key: 'twice' })
    const body = { holdId: again.hold!.id }
    const second = await stage.api.call('POST', `/api/shows/${show}/bookings`, { token, key: 'twice', body })
    expect(second).toMatchObject({ status: 201, json: { booking: booked.booking } })
    await client.close()
  })

  it('SERVER-4: twenty who ask for one seat at once: one has it, and everyone else is told so', async () => {
    const show = await stage.newShow()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => stage.newUser()))
    const answers = await Promise.all(
      tokens.map((token) => stage.api.call('POST', `/api/shows/${show}/holds`, { token, body: { seats: ['1-1-4'] } }))
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    const others = answers.filter(({ status }) => status !== 201)
    for (const { json } of others) expect(json).toMatchObject({ code: 'seats_unavailable', seats: ['1-1-4'] })
  })
})

describe('on the embedded database', () => {
  it('SERVER-1: a sale goes from the empty database to the cancelled booking', async () => {
    const stage = await startStage()
    await sell(stage, 'faust').finally(() => stage.server.dispose())
  })
})
