// Holding and booking over HTTP, from the session to the cancelled booking.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectShape, type HttpStage, startStage } from './support/http-stage.ts'

let stage: HttpStage
let api: HttpStage['api']
let admin: string

beforeAll(async () => {
  stage = await startStage()
  api = stage.api
  admin = stage.admin
}, 60_000)
afterAll(() => stage.server.dispose())

describe('sessions', () => {
  it('HTTP-3: begin for whoever asks, with a token that is good for twelve hours', async () => {
    const { status, json } = await api.call('POST', '/api/sessions')
    expect(status).toBe(201)
    expectShape('createSession', json)
    const hoursLeft = (Date.parse(json.expiresAt) - Date.now()) / 3_600_000
    expect(Math.round(hoursLeft)).toBe(12)
    const bookings = await api.call('GET', '/api/bookings', { token: json.token })
    expect(bookings.json).toEqual({ bookings: [] })
  })

  it('HTTP-15: go on as the same customer with a token that still holds, and never as anybody else', async () => {
    const first = await api.call('POST', '/api/sessions')
    const renewed = await api.call('POST', '/api/sessions', { token: first.json.token })
    expect(renewed.json.userId).toBe(first.json.userId)
    for (const token of [`${first.json.token}x`, admin, await api.token('service', 'till-1')]) {
      const other = await api.call('POST', '/api/sessions', { token })
      expect(other.status).toBe(201)
      expect(other.json.userId).toMatch(/^guest-/)
      expect(other.json.userId).not.toBe(first.json.userId)
    }
  })
})

describe('holding and booking', () => {
  it('HTTP-7: goes from hold to booking to cancelled, with the same shapes all the way', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    const held = await api.call('POST', `/api/shows/${show}/holds`, { token, body: { seats: ['1-1-2', '1-1-1'] } })
    expect(held.status).toBe(201)
    expectShape('hold', held.json)
    expect(held.json.hold).toMatchObject({ showId: show, total: 10_000, currency: 'EUR' })
    const { id } = held.json.hold
    const extended = await api.call('POST', `/api/shows/${show}/holds/${id}/extend`, { token })
    expect(extended.status).toBe(200)
    expectShape('extend', extended.json)
    const body = { holdId: id, payment: { reference: 'pay_1' } }
    const booked = await api.call('POST', `/api/shows/${show}/bookings`, { token, body })
    expect(booked.status).toBe(201)
    expectShape('book', booked.json)
    const booking = booked.json.booking
    expect(booking).toMatchObject({ showId: show, total: 10_000, status: 'confirmed' })
    const part = await api.call('POST', `/api/bookings/${booking.id}/cancel`, { token, body: { seats: ['1-1-1'] } })
    expect(part).toMatchObject({ status: 200, json: { booking: { total: 5_000, status: 'confirmed' } } })
    const all = await api.call('POST', `/api/bookings/${booking.id}/cancel`, { token })
    expect(all).toMatchObject({ status: 200, json: { booking: { seats: [], total: 0, status: 'cancelled' } } })
    expectShape('cancel', all.json)
    expect(new Set(Object.values(await stage.statuses(show)))).toEqual(new Set(['available']))
  })

  it('HTTP-7: gives the best seats, and takes a hold back', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    const best = { count: 3, category: 'A', zone: 'Zone 2' }
    const held = await api.call('POST', `/api/shows/${show}/holds`, { token, body: { best } })
    expect(held.json.hold.seats).toHaveLength(3)
    const released = await api.call('DELETE', `/api/shows/${show}/holds/${held.json.hold.id}`, { token })
    expect(released).toMatchObject({ status: 204, text: '' })
    const again = await api.call('DELETE', `/api/shows/${show}/holds/${held.json.hold.id}`, { token })
    expect(again).toMatchObject({ status: 410, json: { code: 'hold_expired' } })
  })

  it('HTTP-7: shows everyone their own bookings, right after they were made', async () => {
    const show = await stage.newShow({ policy: { holdsPerUserMax: 10 } })
    const token = await stage.newUser()
    const ids: string[] = []
    for (const seat of ['1-1-1', '1-1-2', '1-1-3']) {
      const held = await api.call('POST', `/api/shows/${show}/holds`, { token, body: { seats: [seat] } })
      const body = { holdId: held.json.hold.id }
      const { json } = await api.call('POST', `/api/shows/${show}/bookings`, { token, body })
      ids.unshift(json.booking.id)
      const list = await api.call('GET', '/api/bookings', { token })
      expectShape('listBookings', list.json)
      expect(list.json.bookings.map((booking: { id: string }) => booking.id)).toEqual(ids)
      const one = await api.call('GET', `/api/bookings/${json.booking.id}`, { token })
      expect(one.json).toEqual(json)
    }
    const first = await api.call('GET', '/api/bookings?limit=2', { token })
    const second = await api.call('GET', `/api/bookings?limit=2&cursor=${first.json.next}`, { token })
    const paged = [...first.json.bookings, ...second.json.bookings].map((booking: { id: string }) => booking.id)
    expect(paged).toEqual(ids)
    expect(second.json.next).toBeUndefined()
  })

  it('HTTP-8: shows a booking to its owner and to admins alone', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    const held = await api.call('POST', `/api/shows/${show}/holds`, { token, body: { seats: ['1-1-1'] } })
    const body = { holdId: held.json.hold.id }
    const { json } = await api.call('POST', `/api/shows/${show}/bookings`, { token, body })
    const path = `/api/bookings/${json.booking.id}`
    const other = await stage.newUser()
    expect(await api.call('GET', path, { token: other })).toMatchObject({ status: 403, json: { code: 'forbidden' } })
    expect(await api.call('GET', path, { token: admin })).toMatchObject({ status: 200 })
    expect(await api.call('POST', `${path}/cancel`, { token: other })).toMatchObject({ status: 403 })
    expect(await api.call('POST', `${path}/cancel`, { token: admin })).toMatchObject({
      status: 200,
      json: { booking: { status: 'cancelled' } }
    })
  })

  it('HTTP-9: does what a key asks for once, and gives the first answer again', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    const hold = (seats: string[]) =>
      api.call('POST', `/api/shows/${show}/holds`, { token, key: 'once', body: { seats } })
    const [first, again] = [await hold(['1-1-1']), await hold(['1-1-1'])]
    expect(again.status).toBe(201)
    expect(again.json).toEqual(first.json)
    expect(await hold(['1-1-2'])).toMatchObject({ status: 409, json: { code: 'idempotency_conflict' } })
  })
})
