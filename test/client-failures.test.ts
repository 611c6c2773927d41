// The client of `frontrow/client` while things go wrong: its server is killed, goes down, says stop, or is not heard.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, type ConnectOptions, connect, type FrontrowError, type Hold } from '../gateway/client/client.ts'
import { type HttpStage, startStage } from './support/http-stage.ts'
import { type MutedProxy, mutedProxy } from './support/muted-proxy.ts'
import { eventually, house } from './support/wire-client-house.ts'

let stage: HttpStage
let proxy: MutedProxy
const clients: Client[] = []

beforeAll(async () => {
  stage = await startStage()
  proxy = await mutedProxy(stage.server.url)
})
afterAll(async () => {
  for (const client of clients) client.close()
  proxy.close()
  await stage.server.dispose()
})

function open(options: Partial<ConnectOptions>): Client {
  const client = connect({ url: stage.server.url, ...options })
  clients.push(client)
  return client
}

/** A show of one long row, and a client that may ask as fast as it likes. */
async function sale(seatCount: number) {
  const { seats, show } = house(1, seatCount)
  return { show: await stage.newShow(show), seats, client: open({ token: await stage.api.token('service', 'desk') }) }
}

async function count(show: string, status: string): Promise<number> {
  return Object.values(await stage.statuses(show)).filter((each) => each === status).length
}

describe('a server that is gone for a while', () => {
  it('CLIENT-4: killed twice in the middle of writes, each is done once, and none is lost', async () => {
    const { show, seats, client } = await sale(400)
    const done: string[] = []
    let next = 0
    // Ten at a time, seat by seat: a second effect of a key would find its own seat taken, or sell another.
    const sell = async () => {
      for (let at = next++; at < seats.length; at = next++) {
        const hold = await client.hold({ show, seats: [seats[at]!] }, { timeoutMs: 120_000 })
        const booking = await client.book({ show, hold: hold.id }, { timeoutMs: 120_000 })
        done.push(...booking.seats.map((seat) => seat.id))
      }
    }
    const selling = Promise.all(Array.from({ length: 10 }, sell))
    for (const enough of [60, 200]) {
      await eventually(() => expect(done.length).toBeGreaterThan(enough))
      await stage.server.kill('SIGKILL')
      await stage.server.restart()
    }
    await selling
    expect(done.toSorted()).toEqual(seats.toSorted())
    expect(await count(show, 'booked')).toBe(seats.length)
  }, 180_000)

  it('CLIENT-4: a best hold whose answer was lost is not a second hold', async () => {
    const { show } = await sale(40)
    const client = open({ url: proxy.url, token: await stage.api.token('service', 'lost') })
    await client.hold({ show, best: { count: 2 } })
    proxy.isMuted = true
    const held = client.hold({ show, best: { count: 3 } })
    await eventually(async () => expect(await count(show, 'held')).toBe(5))
    proxy.isMuted = false
    // Nothing is heard of the question on this socket any more; the client finds out by itself.
    const hold: Hold = await held
    expect(hold.seats).toHaveLength(3)
    expect(await count(show, 'held')).toBe(5)
  }, 60_000)

  it('CLIENT-12: a server that goes down in good order is connected to again', async () => {
    const { show, seats, client } = await sale(4)
    await client.hold({ show, seats: [seats[0]!] })
    const held = stage.server.restart().then(() => client.hold({ show, seats: [seats[1]!] }))
    await eventually(() => expect(client.state).not.toBe('open'))
    expect(await held).toMatchObject({ seats: [{ id: seats[1] }] })
  }, 120_000)
})

describe('a client that gives up', () => {
  it('CLIENT-6: what was sent and not answered is unknown, and its key gets the first answer later', async () => {
    const { show } = await sale(10)
    const client = open({ url: proxy.url, token: await stage.api.token('service', 'hasty') })
    await client.hold({ show, best: { count: 1 } })
    proxy.isMuted = true
    const timedOut = await client.hold({ show, best: { count: 2 } }, { timeoutMs: 300 }).catch((error) => error)
    const ending = new AbortController()
    const aborted = client.hold({ show, best: { count: 3 } }, { signal: ending.signal }).catch((error) => error)
    await eventually(async () => expect(await count(show, 'held')).toBe(6))
    ending.abort()
    proxy.isMuted = false
    const errors: FrontrowError[] = [timedOut, await aborted]
    for (const error of errors)
      expect(error).toMatchObject({ code: 'unavailable', retryable: true, outcome: 'unknown' })
    expect(errors.map(({ cause }) => (cause as Error).name)).toEqual(['TimeoutError', 'AbortError'])
    const direct = open({ token: await stage.api.token('service', 'hasty') })
    const again = await direct.hold({ show, best: { count: 2 } }, { key: timedOut.key })
    expect(again.seats).toHaveLength(2)
    expect(await count(show, 'held')).toBe(6)
  })

  it('CLIENT-6: what was never sent was not done', async () => {
    const client = open({ url: 'http://127.0.0.1:1', token: 'some.token.here' })
    const write = { show: 'hall', seats: ['A-1'] }
    await expect(client.hold(write, { timeoutMs: 50 })).rejects.toMatchObject({ outcome: 'not_done' })
    await expect(client.hold(write, { signal: AbortSignal.abort() })).rejects.toMatchObject({ outcome: 'not_done' })
    const waiting = client.hold(write)
    client.close()
    await expect(waiting).rejects.toMatchObject({ outcome: 'not_done', message: 'This client was closed.' })
    await expect(client.hold(write)).rejects.toMatchObject({ outcome: 'not_done' })
    expect(client.state).toBe('closed')
  })

  it('CLIENT-18: a client that is closed as soon as its connection is lost stays closed', async () => {
    const states: string[] = []
    const client = open({
      url: 'http://127.0.0.1:1',
      onState: (state) => {
        states.push(state)
        if (state === 'waiting') client.close()
      }
    })
    await eventually(() => expect(client.state).toBe('closed'))
    // Longer than the first try to connect again is put off.
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(states).toEqual(['connecting', 'waiting', 'closed'])
  })

  it('CLIENT-6: an address that is none is told at once', () => {
    expect(() => connect({ url: 'nowhere' })).toThrow(TypeError)
  })
})
