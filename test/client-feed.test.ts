// The maps that `frontrow/client` keeps: the server's own, whatever happens to the sockets they come over.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { FLOOD_MAX } from '../core/limits.ts'
import { type Client, connect, mapOf, readSeats, type ShowStore } from '../gateway/client/client.ts'
import { type HttpStage, startStage } from './support/http-stage.ts'
import { eventually, ROOMY } from './support/wire-client-house.ts'

const CODES = ['available', 'held', 'booked', 'blocked']

let stage: HttpStage
const clients: Client[] = []

beforeAll(async () => {
  stage = await startStage()
})
afterAll(async () => {
  for (const client of clients) client.close()
  await stage.server.dispose()
})

/** A client that can be cut off, and what was pushed to it. */
function open(token?: string) {
  const sockets: WsWebSocket[] = []
  const pushed: string[] = []
  class Watched extends WsWebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      sockets.push(this)
      this.on('message', (data) => {
        const { ev } = JSON.parse(String(data))
        if (ev !== undefined) pushed.push(ev)
      })
    }
  }
  const client = connect({ url: stage.server.url, WebSocket: Watched, ...(token !== undefined && { token }) })
  clients.push(client)
  return {
    client,
    pushed,
    socket: () => sockets.at(-1)!,
    isOpen: () => eventually(() => expect(client.state).toBe('open'))
  }
}

async function seller() {
  const show = await stage.newShow({ policy: { ...ROOMY, holdMs: 1_000 } })
  return { show, seller: open(await stage.api.token('service', 'seller')).client }
}

async function expectSame(map: ShowStore, show: string): Promise<void> {
  const statuses = Object.values(await stage.statuses(show)).map((status) => CODES.indexOf(status))
  await eventually(() => expect([...map.statuses.subarray(0, statuses.length)]).toEqual(statuses))
}

describe('a map', () => {
  it('CLIENT-9: begins with a snapshot, follows, and says what has changed', async () => {
    const { show, seller: client } = await seller()
    await client.hold({ show, seats: ['1-1-1'] })
    const changes: (readonly number[] | null)[] = []
    const { map, close } = open().client.subscribe(show, { changed: (seats) => changes.push(seats) })
    expect(map.position).toEqual({ epoch: 0, seq: 0 })
    await eventually(() => expect(map.position.epoch).toBeGreaterThan(0))
    expect(changes).toEqual([null])
    expect(map.statuses.length).toBe(24)
    await client.hold({ show, seats: ['1-1-2', '1-1-3'] })
    await eventually(() => expect(changes).toContainEqual([1, 2]))
    await expectSame(map, show)
    close()
    const heard = changes.length
    await client.hold({ show, seats: ['1-1-4'] })
    expect(changes).toHaveLength(heard)
  })

  it('CLIENT-9: that begins with the list of seats gets only what has changed since', async () => {
    const { show, seller: client } = await seller()
    const { client: viewer, pushed } = open()
    viewer.subscribe(show, {})
    await eventually(() => expect(pushed).toEqual(['snapshot']))
    const list = await readSeats(stage.server.url, show)
    expect(list.seats[0]).toMatchObject({ id: '1-1-1', status: 'available' })
    const hold = await client.hold({ show, seats: ['1-1-1'] })
    await client.book({ show, hold: hold.id })
    const late = open()
    const { map } = late.client.subscribe(show, {}, mapOf(list))
    await eventually(() => expect(map.statuses[0]).toBe(2))
    expect(map.counts[2]).toBe(1)
    expect(late.pushed).not.toContain('snapshot')
    await expectSame(map, show)
  })

  it('CLIENT-9: is one for all who subscribe to its show, until the last has left', async () => {
    const { show, seller: client } = await seller()
    const { client: viewer } = open()
    const told: string[] = []
    const one = viewer.subscribe(show, { changed: () => told.push('one') })
    const other = viewer.subscribe(show, { changed: () => told.push('other') })
    expect(other.map).toBe(one.map)
    await eventually(() => expect(told).toEqual(['one', 'other']))
    one.close()
    one.close()
    await client.hold({ show, seats: ['1-1-1'] })
    await eventually(() => expect(told).toEqual(['one', 'other', 'other']))
    other.close()
    const third = viewer.subscribe(show, {})
    expect(third.map).not.toBe(one.map)
    await eventually(() => expect(third.map.statuses[0]).toBe(1))
  })

  it('CLIENT-9: that cannot be had is refused', async () => {
    const refused = new Promise((resolve) => open().client.subscribe('no-such-show', { refused: resolve }))
    expect(await refused).toMatchObject({ code: 'not_found', retryable: false })
    await expect(readSeats(stage.server.url, 'no-such-show')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('CLIENT-9: the holder hears that a hold is over', async () => {
    const { show, seller: client } = await seller()
    const expired = new Promise((resolve) => client.subscribe(show, { holdExpired: resolve }))
    const hold = await client.hold({ show, seats: ['1-1-1'] })
    expect(await expired).toBe(hold.id)
  })
})

describe('another socket', () => {
  it('CLIENT-11: gets the diffs that were missed, and nothing else', async () => {
    const { show, seller: client } = await seller()
    const keeper = open()
    keeper.client.subscribe(show, {})
    const viewer = open()
    const { map } = viewer.client.subscribe(show, {})
    await eventually(() => expect(viewer.pushed).toEqual(['snapshot']))
    for (const seat of ['1-1-1', '1-1-2', '1-1-3']) {
      viewer.socket().terminate()
      const hold = await client.hold({ show, seats: [seat] })
      await client.book({ show, hold: hold.id })
      await eventually(() => expect(map.statuses[Number(seat.at(-1)) - 1]).toBe(2))
    }
    expect(new Set(viewer.pushed.slice(1))).toEqual(new Set(['diff']))
    await expectSame(map, show)
  })

  it('CLIENT-11: of a server that was killed begins a new epoch with a snapshot', async () => {
    const { show, seller: client } = await seller()
    const viewer = open()
    const { map } = viewer.client.subscribe(show, {})
    const hold = await client.hold({ show, seats: ['1-1-1'] })
    await client.book({ show, hold: hold.id })
    await eventually(() => expect(map.statuses[0]).toBe(2))
    const before = map.position.epoch
    await stage.server.kill('SIGKILL')
    await stage.server.restart()
    await client.hold({ show, seats: ['1-1-2'] })
    await eventually(() => expect(map.position.epoch).toBeGreaterThan(before))
    await eventually(() => expect(map.statuses[1]).toBe(1))
    expect(viewer.pushed.filter((ev) => ev === 'snapshot')).toHaveLength(2)
    await expectSame(map, show)
  }, 120_000)

  it('CLIENT-12: is not opened after the server has said stop, until it is wanted', async () => {
    const { show } = await seller()
    const { client, socket, isOpen, pushed } = open(await stage.newUser())
    const { map } = client.subscribe(show, {})
    await isOpen()
    await eventually(() => expect(pushed).toEqual(['snapshot']))
    const flooding = socket()
    for (let i = 0; i < FLOOD_MAX + 200; i++) flooding.send('{}')
    await eventually(() => expect(client.state).toBe('closed'))
    await expect(client.hold({ show, seats: ['1-1-1'] })).rejects.toMatchObject({
      outcome: 'not_done',
      message: 'The server closed the connection with 4029: too many messages.'
    })
    expect(socket()).toBe(flooding)
    client.wake()
    expect(await client.hold({ show, seats: ['1-1-1'] })).toMatchObject({ seats: [{ id: '1-1-1' }] })
    await eventually(() => expect(map.statuses[0]).toBe(1))
  })
})
