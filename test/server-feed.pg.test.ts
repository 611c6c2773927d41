// What viewers see: the same map in both protocols, only what they missed when they come back, a fresh snapshot when
// they were too slow, and nothing that is somebody else's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SOCKET_SHOWS_MAX } from '../core/limits.ts'
import { bareSocket, frame } from './support/hostile-frames.ts'
import { connect, type WireClient, type WireOptions } from './support/wire-client.ts'
import { eventually, house, startWireStage, type WireStage } from './support/wire-client-house.ts'

let stage: WireStage

beforeAll(async () => {
  stage = await startWireStage()
})
afterAll(() => stage.dispose())

const CODES = ['available', 'held', 'booked', 'blocked']

async function watch(show: string, options: WireOptions = {}, position: object = {}): Promise<WireClient> {
  const client = await connect(stage.server.wsUrl, options)
  expect(await client.ask({ op: 'subscribe', show, ...position })).toMatchObject({ ok: true })
  await eventually(() => expect(client.map(show)).toBeDefined())
  return client
}

/** The map that `client` has made of the pushes becomes the server's own. */
async function expectSameMap(client: WireClient, show: string): Promise<void> {
  const statuses = Object.values(await stage.statuses(show)).map((status) => CODES.indexOf(status))
  await eventually(() => expect(client.map(show)!.statuses.slice(0, statuses.length)).toEqual(statuses))
  expect(client.disorder).toEqual([])
}

async function block(show: string, op: 'block' | 'unblock', seats: readonly string[]): Promise<void> {
  const path = `/api/admin/shows/${show}/${op}`
  expect((await stage.api.call('POST', path, { token: stage.admin, body: { seats } })).status).toBe(200)
}

describe('the feed', () => {
  it('VIEW-1: text and binary viewers make the same map, whatever happens to the seats', async () => {
    const { seats, show } = house(10, 20)
    const id = await stage.newShow(show)
    const token = await stage.api.token('service', 'desk')
    const text = await watch(id, { token })
    const binary = await watch(id, { token, protocol: 'frontrow.v1.bin' })
    expect([text.protocol, binary.protocol]).toEqual(['frontrow.v1', 'frontrow.v1.bin'])
    for (let i = 0; i < 60; i++) {
      // Answers are text on both.
      const { hold } = await binary.ask({ op: 'hold', show: id, seats: [seats[i]!, seats[i + 100]!], key: `h${i}` })
      if (i % 3 === 0) await text.ask({ op: 'book', show: id, hold: hold!.id, seats: [seats[i]!], key: `b${i}` })
      if (i % 3 === 1) await binary.ask({ op: 'release', show: id, hold: hold!.id, key: `r${i}` })
    }
    await block(id, 'block', seats.slice(190))
    await expectSameMap(text, id)
    await expectSameMap(binary, id)
    expect(binary.map(id)).toMatchObject({ epoch: text.map(id)!.epoch, seq: text.map(id)!.seq })
    await Promise.all([text.close(), binary.close()])
  })

  it('VIEW-2: whoever comes back gets just the diffs that were missed', async () => {
    const { seats, show } = house(2, 20)
    const id = await stage.newShow(show)
    const stays = await watch(id)
    const leaves = await watch(id)
    const { epoch, seq } = leaves.map(id)!
    await leaves.close()
    for (const [i, seat] of seats.slice(0, 3).entries()) {
      await block(id, 'block', [seat])
      await eventually(() => expect(stays.map(id)!.seq).toBe(seq + i + 1))
    }
    const messages: string[] = []
    const bare = await bareSocket(stage.server.wsUrl, 'frontrow.v1')
    await bare.write(frame({ payload: JSON.stringify({ id: 1, op: 'subscribe', show: id, epoch, seq }) }))
    for (let i = 0; i < 4; i++) messages.push(String((await bare.next())?.payload))
    // Up to date now: there is nothing else to send, and the next diff is the next one.
    await block(id, 'block', [seats[3]!])
    messages.push(String((await bare.next())?.payload))
    bare.destroy()
    const [answer, ...diffs] = messages.map((message) => JSON.parse(message))
    expect(answer).toEqual({ id: 1, ok: true, epoch, seq: seq + 3 })
    expect(diffs).toEqual(
      [0, 1, 2, 3].map((i) => ({ ev: 'diff', show: id, epoch, seq: seq + 1 + i, changes: [[i, 3]] }))
    )
    await stays.close()
  })

  it('VIEW-3: after a restart there is a new epoch and a snapshot of it', async () => {
    const id = await stage.newShow()
    const before = await watch(id)
    const { epoch, seq } = before.map(id)!
    await stage.server.kill('SIGKILL')
    await stage.server.restart()
    const after = await watch(id, {}, { epoch, seq })
    expect(after.map(id)).toMatchObject({ snapshots: 1, diffs: 0 })
    expect(after.map(id)!.epoch).toBeGreaterThan(epoch)
    await after.close()
  })

  it('VIEW-4: a viewer that does not read is skipped to a fresh snapshot, and the show goes on for all others', async () => {
    const { seats, show } = house(100, 100)
    const id = await stage.newShow(show)
    const fast = await watch(id)
    const slow = await bareSocket(stage.server.wsUrl, 'frontrow.v1')
    await slow.write(frame({ payload: JSON.stringify({ id: 1, op: 'subscribe', show: id }) }))
    expect(JSON.parse(String((await slow.next())!.payload))).toMatchObject({ ok: true })
    slow.pause()
    // Each time ten thousand seats change: 100 KB a diff, of which the slow one's buffers hold a few dozen.
    for (let i = 0; i < 120; i++) {
      const { seq } = fast.map(id)!
      await block(id, i % 2 === 0 ? 'block' : 'unblock', seats)
      await eventually(() => expect(fast.map(id)!.seq).toBeGreaterThan(seq))
    }
    await block(id, 'block', seats.slice(0, 50))
    await expectSameMap(fast, id)
    const { seq: goal, diffs } = { ...fast.map(id)! }
    slow.resume()
    const pushes: { ev: string; seq: number }[] = []
    while (pushes.at(-1)?.seq !== goal) pushes.push(JSON.parse(String((await slow.next())!.payload)))
    expect(pushes.length).toBeLessThan(diffs)
    const lastSnapshot = pushes.findLastIndex(({ ev }) => ev === 'snapshot')
    expect(lastSnapshot).toBeGreaterThan(0)
    // From there on it has every diff, and so the map that everyone has.
    const since = pushes.slice(lastSnapshot)
    expect(since.map(({ seq }) => seq)).toEqual(since.map((_, i) => since[0]!.seq + i))
    await block(id, 'block', [seats[9_999]!])
    const next = JSON.parse(String((await slow.next())!.payload))
    expect(next).toMatchObject({ ev: 'diff', seq: goal + 1, changes: [[9_999, 3]] })
    slow.destroy()
    await fast.close()
  })

  it('VIEW-5: a socket watches sixteen shows and no more', async () => {
    const shows = await Promise.all(Array.from({ length: SOCKET_SHOWS_MAX + 1 }, () => stage.newShow()))
    const client = await connect(stage.server.wsUrl)
    const answers = await Promise.all(shows.map((show) => client.ask({ op: 'subscribe', show })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(SOCKET_SHOWS_MAX)
    expect(answers.at(-1)).toMatchObject({ ok: false, error: { code: 'limit_exceeded' } })
    await client.ask({ op: 'unsubscribe', show: shows[0] })
    expect(await client.ask({ op: 'subscribe', show: shows.at(-1) })).toMatchObject({ ok: true })
    await block(shows[0]!, 'block', ['1-1-1'])
    await block(shows.at(-1)!, 'block', ['1-1-1'])
    await expectSameMap(client, shows.at(-1)!)
    expect(client.map(shows[0]!)!.diffs).toBe(0)
    await client.close()
  })
})

describe('what only one user may see or do', () => {
  it('VIEW-6: the end of a hold is told to its holder, on all of their sockets, and to nobody else', async () => {
    const show = await stage.newShow({ policy: { holdMs: 1_000 } })
    const [token, stranger] = [await stage.newUser(), await stage.newUser()]
    const phone = await watch(show, { token })
    const desk = await watch(show, { token, protocol: 'frontrow.v1.bin' })
    const others = await watch(show, { token: stranger })
    const { hold } = await phone.ask({ op: 'hold', show, seats: ['1-1-1'], key: 'k' })
    await eventually(() => expect(others.map(show)!.statuses[0]).toBe(1))
    await eventually(() => expect([phone.expired, desk.expired]).toEqual([[hold!.id], [hold!.id]]))
    await eventually(() => expect(others.map(show)!.statuses[0]).toBe(0))
    expect(others.expired).toEqual([])
    const late = await phone.ask({ op: 'book', show, hold: hold!.id, key: 'late' })
    expect(late).toMatchObject({ ok: false, error: { code: 'hold_expired' } })
    await Promise.all([phone.close(), desk.close(), others.close()])
  })

  it('VIEW-7: without a token one may look, and do nothing', async () => {
    const show = await stage.newShow()
    const client = await watch(show)
    for (const message of [
      { op: 'hold', seats: ['1-1-1'], key: 'k' },
      { op: 'extend', hold: '1', key: 'k' },
      { op: 'release', hold: '1', key: 'k' },
      { op: 'book', hold: '1', key: 'k' },
      { op: 'cancel', booking: `${show}.1`, key: 'k' }
    ]) {
      const answer = await client.ask({ show, ...message })
      expect(answer).toMatchObject({ ok: false, error: { code: 'unauthenticated', retryable: false } })
    }
    await block(show, 'block', ['1-1-2'])
    await expectSameMap(client, show)
    await client.close()
  })

  it('VIEW-8: a token that ends while its socket is open is worth nothing from then on', async () => {
    const show = await stage.newShow()
    const token = await stage.api.token('customer', 'late', 1_000)
    const client = await watch(show, { token })
    const held = await client.ask({ op: 'hold', show, seats: ['1-1-1'], key: 'k' })
    expect(held.ok).toBe(true)
    const release = { op: 'release', show, hold: '999', key: 'none' }
    await eventually(async () => expect((await client.ask(release)).error?.code).toBe('unauthenticated'))
    const late = await client.ask({ op: 'release', show, hold: held.hold!.id, key: 'r' })
    expect(late).toMatchObject({ ok: false, error: { code: 'unauthenticated' } })
    expect((await stage.statuses(show))['1-1-1']).toBe('held')
    // It may still look.
    await block(show, 'block', ['1-1-2'])
    await expectSameMap(client, show)
    await client.close()
  })

  it('VIEW-9: two hundred sockets that open at once with tokens of their own are all answered', async () => {
    const tokens = await Promise.all(Array.from({ length: 200 }, () => stage.newUser()))
    const show = await stage.newShow()
    const clients = await Promise.all(tokens.map((token) => connect(stage.server.wsUrl, { token })))
    const answers = await Promise.all(clients.map((client) => client.ask({ op: 'subscribe', show })))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    await block(show, 'block', ['1-1-1'])
    await Promise.all(clients.map((client) => expectSameMap(client, show)))
    await Promise.all(clients.map((client) => client.close()))
  })
})
