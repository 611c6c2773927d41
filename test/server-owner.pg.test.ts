// Who owns the shards: one server at a time, whatever the others think; and a damaged journal is not served.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shardOf } from '../core/shard.ts'
import { freePort } from './support/free-port.ts'
import { httpClient, TEST_SECRET } from './support/http-client.ts'
import { startServer, type TestServer } from './support/server.ts'
import { eventually, startWireStage, type WireStage } from './support/wire-client-house.ts'

let stage: WireStage
let second: Promise<TestServer> | null = null

beforeEach(async () => {
  stage = await startWireStage()
})
afterEach(async () => {
  await (await second?.catch(() => null))?.dispose()
  second = null
  await stage.dispose()
})

/** Starts a second server on the same database; it is ready when it has the shards, which may be never. */
async function startSecond(): Promise<ReturnType<typeof httpClient>> {
  const port = await freePort()
  const env = { DEMO: '0', JWT_SECRET: TEST_SECRET, LOG_LEVEL: 'warn', DATABASE_URL: stage.postgres.url }
  second = startServer({ env: { ...env, PORT: String(port), NODE_ID: 'second' } })
  second.catch(() => {})
  const api = httpClient(`http://127.0.0.1:${port}`)
  await eventually(async () => expect((await api.call('GET', '/healthz')).status).toBe(200))
  return api
}

const hold = (api: WireStage['api'], show: string, token: string, seat: string) =>
  api.call('POST', `/api/shows/${show}/holds`, { token, key: seat, body: { seats: [seat] } })

describe('two servers on one database', () => {
  it('OWNER-1: the second serves nothing while the first lives, and everything soon after it was killed', async () => {
    const show = await stage.newShow({ policy: { holdsPerUserMax: 10 } })
    const token = await stage.newUser()
    expect((await hold(stage.api, show, token, '1-1-1')).status).toBe(201)
    const other = await startSecond()
    expect(await other.call('GET', '/readyz')).toMatchObject({ status: 503 })
    expect(await hold(other, show, token, '1-1-2')).toMatchObject({ status: 503, json: { code: 'unavailable' } })
    expect(await other.call('GET', `/api/shows/${show}/seats`)).toMatchObject({ status: 503 })
    expect((await hold(stage.api, show, token, '1-1-3')).status).toBe(201)
    await stage.server.kill('SIGKILL')
    await second
    expect((await hold(other, show, token, '1-1-1')).json.hold.id).toBe('1')
    expect((await hold(other, show, token, '1-1-4')).status).toBe(201)
    const { json } = await other.call('GET', `/api/shows/${show}/seats`)
    const held = json.seats.filter((seat: { status: string }) => seat.status === 'held')
    expect(held.map((seat: { id: string }) => seat.id)).toEqual(['1-1-1', '1-1-3', '1-1-4'])
  })

  it('OWNER-2: one that was frozen and lost its shards meanwhile sells nothing when it wakes', async () => {
    const show = await stage.newShow({ policy: { holdsPerUserMax: 10 } })
    const [token, stranger] = [await stage.newUser(), await stage.newUser()]
    expect((await hold(stage.api, show, token, '1-1-1')).status).toBe(201)
    const other = await startSecond()
    const pid = stage.server.pid!
    process.kill(pid, 'SIGSTOP')
    // Its lease would run out by itself.
    await stage.sql(`update frontrow.shard_head set expires = now() - interval '1 second'`)
    await second
    expect((await hold(other, show, stranger, '1-1-2')).status).toBe(201)
    const asleep = [
      hold(stage.api, show, token, '1-1-2'),
      hold(stage.api, show, token, '1-1-3'),
      stage.api.call('POST', `/api/shows/${show}/bookings`, { token, key: 'b', body: { holdId: '1' } })
    ]
    process.kill(pid, 'SIGCONT')
    for (const answer of await Promise.all(asleep)) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable', retryable: true } })
    }
    const { json } = await other.call('GET', `/api/shows/${show}/seats`)
    const taken = json.seats.filter((seat: { status: string }) => seat.status !== 'available')
    expect(taken.map((seat: { id: string; status: string }) => `${seat.id} ${seat.status}`)).toEqual([
      '1-1-1 held',
      '1-1-2 held'
    ])
    expect(await stage.api.call('GET', '/readyz')).toMatchObject({ status: 503 })
    expect(await stage.api.call('GET', '/healthz')).toMatchObject({ status: 200 })
  })

  it('OWNER-3: one that stops in good order hands over', async () => {
    const show = await stage.newShow()
    const other = await startSecond()
    await stage.server.stop()
    await second
    expect((await hold(other, show, await stage.newUser(), '1-1-1')).status).toBe(201)
  })
})

describe('a damaged journal', () => {
  const SHARDS = 64
  const show = 'damaged'

  /** Shows on shards of their own, with something in the journal behind their snapshots. */
  async function furnish(): Promise<string> {
    await stage.newShow({ id: show })
    const healthy = Array.from({ length: 50 }, (_, i) => `healthy-${i}`).find(
      (id) => shardOf(id, SHARDS) !== shardOf(show, SHARDS)
    )!
    await stage.newShow({ id: healthy })
    for (const id of [show, healthy])
      expect((await hold(stage.api, id, await stage.newUser(), '1-1-1')).status).toBe(201)
    await stage.server.kill('SIGKILL')
    return healthy
  }

  async function expectRefused(healthy: string, frame: number): Promise<void> {
    const token = await stage.newUser()
    for (const answer of [
      await hold(stage.api, show, token, '1-1-2'),
      await stage.api.call('GET', `/api/shows/${show}`)
    ]) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } })
    }
    expect((await hold(stage.api, healthy, token, '1-1-2')).status).toBe(201)
    expect((await stage.statuses(healthy))['1-1-1']).toBe('held')
    const line = stage.server
      .logs()
      .split('\n')
      .find((one) => one.includes('a shard is damaged'))
    expect(JSON.parse(line!)).toMatchObject({ level: 50, shard: shardOf(show, SHARDS) })
    expect(JSON.parse(line!).error).toContain(`frame ${frame} of shard ${shardOf(show, SHARDS)}`)
    const { text } = await stage.api.call('GET', '/metrics')
    expect(text).toMatch(/^frontrow_damaged_shards 1$/m)
  }

  it.each([
    [
      'a byte that is another',
      'update frontrow.journal set frame = set_byte(frame, octet_length(frame) / 2, get_byte(frame, octet_length(frame) / 2) # 1)'
    ],
    ['a frame cut short', 'update frontrow.journal set frame = substring(frame from 1 for octet_length(frame) - 3)'],
    ['an empty frame', `update frontrow.journal set frame = ''`],
    ['a frame that is missing', 'delete from frontrow.journal']
  ])('OWNER-4: with %s: its shard is not served and named in the log, and all others are', async (_name, damage) => {
    const healthy = await furnish()
    const shard = shardOf(show, SHARDS)
    const [last] = await stage.sql<{ seq: string }>('select max(seq) as seq from frontrow.journal where shard = $1', [
      shard
    ])
    await stage.sql(`${damage} where shard = $1 and seq = $2`, [shard, last!.seq])
    await stage.server.restart()
    await expectRefused(healthy, Number(last!.seq))
  })

  it('OWNER-5: put right, it is served again after a restart, with all that was sold', async () => {
    const healthy = await furnish()
    const shard = shardOf(show, SHARDS)
    const where = 'where shard = $1 and seq = (select max(seq) from frontrow.journal where shard = $1)'
    const flip = `update frontrow.journal set frame = set_byte(frame, 9, get_byte(frame, 9) # 255) ${where}`
    await stage.sql(flip, [shard])
    await stage.server.restart()
    const [last] = await stage.sql<{ seq: string }>('select max(seq) as seq from frontrow.journal where shard = $1', [
      shard
    ])
    await expectRefused(healthy, Number(last!.seq))
    await stage.server.stop()
    await stage.sql(flip, [shard])
    await stage.server.restart()
    expect((await stage.statuses(show))['1-1-1']).toBe('held')
    expect((await hold(stage.api, show, await stage.newUser(), '1-1-2')).status).toBe(201)
  })
})
