// Shows over HTTP: made, listed, changed, and their seat maps. A server of its own process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectShape, type HttpStage, PRICES, SHOW, startStage } from './support/http-stage.ts'

let stage: HttpStage
let api: HttpStage['api']
let admin: string

beforeAll(async () => {
  stage = await startStage()
  api = stage.api
  admin = stage.admin
}, 60_000)
afterAll(() => stage.server.dispose())

describe('shows', () => {
  it('HTTP-4: are made by an admin, and can be read at once', async () => {
    const body = { ...SHOW, id: 'faust', policy: { holdMs: 60_000, saleEndsAt: '2030-05-01T19:30:00Z' } }
    const made = await api.call('POST', '/api/admin/shows', { token: admin, body })
    expect(made.status).toBe(201)
    expectShape('createShow', made.json)
    expect(made.headers.get('frontrow-epoch')).toMatch(/^\d+$/)
    const read = await api.call('GET', '/api/shows/faust')
    expectShape('getShow', read.json)
    expect(read.json).toEqual(made.json)
    expect(read.json.show).toMatchObject({
      id: 'faust',
      seatCount: 22,
      prices: PRICES,
      policy: { holdMs: 60_000, extensionsMax: 1, saleStartsAt: null, saleEndsAt: '2030-05-01T19:30:00.000Z' }
    })
    const list = await api.call('GET', '/api/shows?limit=200')
    expectShape('listShows', list.json)
    expect(list.json.shows).toContainEqual(expect.objectContaining({ id: 'faust', title: 'Faust', seatCount: 22 }))
  })

  it('HTTP-4: get an id where none was given, the same for the same key', async () => {
    const make = (key: string) => api.call('POST', '/api/admin/shows', { token: admin, body: SHOW, key })
    const [first, again, other] = [await make('k-1'), await make('k-1'), await make('k-2')]
    expect(again.json).toEqual(first.json)
    expect(other.json.show.id).not.toBe(first.json.show.id)
  })

  it('HTTP-4: are not made twice under one id', async () => {
    const show = await stage.newShow()
    const again = await api.call('POST', '/api/admin/shows', { token: admin, body: { ...SHOW, id: show } })
    expect(again).toMatchObject({ status: 409, json: { code: 'idempotency_conflict' } })
  })

  it('HTTP-4: come a page at a time, soonest first, each once', async () => {
    for (const startsAt of ['2029-01-03T00:00:00Z', '2029-01-01T00:00:00Z', '2029-01-02T00:00:00Z']) {
      await stage.newShow({ startsAt })
    }
    const ids: string[] = []
    const times: string[] = []
    for (let cursor = ''; cursor !== 'end'; ) {
      const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const { json } = await api.call('GET', `/api/shows?limit=2${query}`)
      for (const show of json.shows) {
        ids.push(show.id)
        times.push(show.startsAt)
      }
      cursor = json.next ?? 'end'
    }
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThanOrEqual(3)
    expect(times).toEqual(times.toSorted())
  })

  it('HTTP-5: change by member, and say so in the seat map', async () => {
    const show = await stage.newShow()
    const before = await api.call('GET', `/api/shows/${show}/seats`)
    const change = { title: 'Faust II', prices: { A: 7_000 }, policy: { holdMs: 30_000 } }
    const changed = await api.call('PATCH', `/api/admin/shows/${show}`, { token: admin, body: change })
    expect(changed.status).toBe(200)
    expectShape('changeShow', changed.json)
    expect(changed.json.show).toMatchObject({
      title: 'Faust II',
      startsAt: '2030-05-01T19:30:00.000Z',
      prices: { ...PRICES, A: 7_000 },
      policy: { holdMs: 30_000, extensionsMax: 1 }
    })
    const after = await api.call('GET', `/api/shows/${show}/seats`)
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'))
    expect(after.json.seats[0].price).toBe(7_000)
  })

  it('HTTP-5: have seats taken out of the sale and put back', async () => {
    const show = await stage.newShow()
    const seats = ['1-1-1', '1-1-2']
    const block = await api.call('POST', `/api/admin/shows/${show}/block`, { token: admin, body: { seats } })
    expect(block).toMatchObject({ status: 200, json: { seats } })
    expect((await stage.statuses(show))['1-1-1']).toBe('blocked')
    const held = await api.call('POST', `/api/shows/${show}/holds`, { token: await stage.newUser(), body: { seats } })
    expect(held).toMatchObject({ status: 409, json: { code: 'seats_unavailable', seats } })
    const unblock = await api.call('POST', `/api/admin/shows/${show}/unblock`, { token: admin, body: { seats } })
    expect(unblock).toMatchObject({ status: 200, json: { seats } })
    expect((await stage.statuses(show))['1-1-1']).toBe('available')
  })
})

describe('the seat map', () => {
  it('HTTP-6: has every seat with place, price and status, and follows each change at once', async () => {
    const show = await stage.newShow()
    const first = await api.call('GET', `/api/shows/${show}/seats`)
    expectShape('getSeats', first.json)
    expect(first.json.seats).toHaveLength(22)
    expect(first.json.seats).toContainEqual(
      expect.objectContaining({
        id: '1-2-9',
        zone: 'Zone 1',
        row: '2',
        number: '9',
        category: 'Wheelchair',
        price: 3_000
      })
    )
    expect(first.headers.get('etag')).toBe(`"${first.json.epoch}-${first.json.seq}"`)
    const token = await stage.newUser()
    await api.call('POST', `/api/shows/${show}/holds`, { token, body: { seats: ['1-1-1'] } })
    expect((await stage.statuses(show))['1-1-1']).toBe('held')
    await api.call('POST', `/api/shows/${show}/bookings`, { token, body: { holdId: '1' } })
    expect((await stage.statuses(show))['1-1-1']).toBe('booked')
  })

  it('HTTP-6: is never older than the question, however many ask at once', async () => {
    const show = await stage.newShow({ policy: { holdsPerUserMax: 100, seatsPerUserMax: 100 } })
    const token = await api.token('service', 'desk')
    for (let taken = 1; taken <= 20; taken++) {
      const body = { best: { count: 1 } }
      const held = await api.call('POST', `/api/shows/${show}/holds`, { token, body })
      expect(held.status, held.text).toBe(201)
      const encodings = ['br', 'gzip', 'identity', 'br', 'gzip']
      const maps = await Promise.all(
        encodings.map((encoding) =>
          api.call('GET', `/api/shows/${show}/seats`, { token, headers: { 'accept-encoding': encoding } })
        )
      )
      for (const { json } of maps) {
        expect(json.seats.filter(({ status }: { status: string }) => status === 'held')).toHaveLength(taken)
      }
    }
  })

  it('HTTP-6: is not sent again to who has it', async () => {
    const show = await stage.newShow()
    const { headers } = await api.call('GET', `/api/shows/${show}/seats`)
    const tag = headers.get('etag')!
    for (const ifNoneMatch of [tag, `W/${tag}`, `"0-0", ${tag}`, '*']) {
      const again = await api.call('GET', `/api/shows/${show}/seats`, { headers: { 'if-none-match': ifNoneMatch } })
      expect(again).toMatchObject({ status: 304, text: '' })
      expect(again.headers.get('etag')).toBe(tag)
    }
    await api.call('POST', `/api/shows/${show}/holds`, { token: await stage.newUser(), body: { seats: ['1-1-1'] } })
    const changed = await api.call('GET', `/api/shows/${show}/seats`, { headers: { 'if-none-match': tag } })
    expect(changed.status).toBe(200)
  })

  it.each([
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['br;q=0', null],
    ['identity', null]
  ])('HTTP-6: is compressed as Accept-Encoding allows: %s', async (accepted, encoding) => {
    const show = await stage.newShow()
    const map = await api.call('GET', `/api/shows/${show}/seats`, { headers: { 'accept-encoding': accepted } })
    expect(map.headers.get('content-encoding')).toBe(encoding)
    expect(map.headers.get('vary')).toBe('Accept-Encoding')
    expect(map.json.seats).toHaveLength(22)
  })
})
