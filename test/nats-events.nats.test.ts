// Events of a whole server on JetStream: what they say, and that whoever listens hears each once, whatever happens to
// the server, to NATS, or to the listener.
import { connect } from 'nats'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FrameRow } from '../actors/ports.ts'
import { decoderOf } from '../gateway/schema/decode.ts'
import { NATS_EVENTS } from '../gateway/schema/schema-nats.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { byShard, idsOf, readEvents, type SeenEvent, STREAM } from './support/event-reader.ts'
import { ask, type NatsStage, startNatsStage } from './support/nats-stage.ts'
import { eventually, house, ROOMY } from './support/wire-client-house.ts'
import { startLoad } from './support/wire-client-load.ts'

let stage: NatsStage

async function journaled(): Promise<string[]> {
  const pool = createPool(stage.postgres.url)
  const all =
    'select shard, seq, epoch, stamped_at as "stampedAt", frame as bytes from frontrow.journal_all order by 1, 2'
  const { rows } = await pool.query<FrameRow>(all)
  await pool.end()
  return idsOf(rows)
}

/** What was seen is the journal: each event once, those of a shard in order. */
async function expectJournal(seen: readonly SeenEvent[]): Promise<void> {
  expect(byShard(seen.map(({ id }) => id))).toEqual(byShard(await journaled()))
}

async function published(): Promise<number> {
  const { state } = await (await stage.client.jetstreamManager()).streams.info(STREAM)
  return state.messages
}

/** Until the stream has as many messages as the journal has events. */
const settled = () => eventually(async () => expect(await published()).toBe((await journaled()).length), 60_000)

describe('what events say', () => {
  beforeAll(async () => {
    stage = await startNatsStage()
  })
  afterAll(() => stage.dispose())

  it('EVENTS-1: each is one message, as the description has it', async () => {
    const show = await stage.newShow({ policy: { ...ROOMY, holdMs: 1_000 } })
    const { client, api, admin } = stage
    const subject = { user: 'mia' }
    const hold = async (seats: string[], key: string) =>
      (await ask(client, show, 'hold', { ...subject, seats, key })).hold!.id
    const call = (method: string, path: string, body: object) => api.call(method, path, { token: admin, body })
    const one = await hold(['1-1-1', '1-1-2', '1-1-3'], 'h1')
    const booked = { ...subject, hold: one, seats: ['1-1-1', '1-1-2'], payment: { reference: 'pay' }, key: 'b1' }
    const { booking } = await ask(client, show, 'book', booked)
    await ask(client, show, 'cancel', { ...subject, booking: booking!.id, seats: ['1-1-1'], key: 'c1' })
    const two = await hold(['1-2-1'], 'h2')
    await ask(client, show, 'extend', { ...subject, hold: two, key: 'e2' })
    await ask(client, show, 'release', { ...subject, hold: two, key: 'r2' })
    const three = await hold(['1-2-2'], 'h3')
    await call('POST', `/api/admin/shows/${show}/block`, { seats: ['2-1-1'] })
    await call('POST', `/api/admin/shows/${show}/unblock`, { seats: ['2-1-1'] })
    await call('PATCH', `/api/admin/shows/${show}`, { title: 'Faust II' })
    await eventually(async () => expect(await stage.statuses(show)).toMatchObject({ '1-2-2': 'available' }))
    await settled()
    const seen = (await readEvents(client, 'all')).filter(({ body }) => body.showId === show)
    for (const { id, subject: to, body } of seen) {
      const schema = NATS_EVENTS[body.event as keyof typeof NATS_EVENTS]
      expect(decoderOf<unknown>(schema)(body)).toEqual({ ok: true, value: body })
      expect({ id, to }).toEqual({
        id: `${body.shard}.${body.seq}.${body.index}`,
        to: `frontrow.v1.events.${show}.${body.event}`
      })
    }
    const facts = seen.map(({ body }) => body)
    const seats = (...ids: string[]) => ids.map((id) => expect.objectContaining({ id }))
    expect(facts).toMatchObject([
      { event: 'created', user: 'boss', show: { id: show, title: 'Faust', seatCount: 22 } },
      { event: 'held', user: 'mia', hold: { id: one, total: 15_000, seats: seats('1-1-1', '1-1-2', '1-1-3') } },
      { event: 'booked', booking: { ...booking }, holdId: one, freed: ['1-1-3'], payment: { reference: 'pay' } },
      { event: 'cancelled', booking: { id: booking!.id, total: 5_000, seats: seats('1-1-2') }, seats: ['1-1-1'] },
      { event: 'held', hold: { id: two } },
      { event: 'extended', hold: { id: two } },
      { event: 'released', holdId: two, seats: ['1-2-1'] },
      { event: 'held', hold: { id: three } },
      { event: 'blocked', user: 'boss', seats: ['2-1-1'] },
      { event: 'unblocked', seats: ['2-1-1'] },
      { event: 'changed', show: { title: 'Faust II' } },
      { event: 'expired', user: 'mia', holdId: three, seats: ['1-2-2'] }
    ])
    expect(JSON.stringify(facts)).not.toContain('"key"')
  })

  it('EVENTS-2: a consumer that stops and starts hears each once, in order, while seats are sold', async () => {
    const { seats, show } = house(20, 50)
    const id = await stage.newShow(show)
    const load = await startLoad(stage, { show: id, seats, buyers: 4 })
    const seen: SeenEvent[] = []
    for (let round = 1; round <= 4; round++) {
      await eventually(async () => expect(await published()).toBeGreaterThan(round * 100))
      const client = await connect({ servers: stage.nats.url })
      seen.push(...(await readEvents(client, 'listener', 80)))
      await client.close()
    }
    await eventually(() => expect(load.count('ok')).toBeGreaterThan(seats.length))
    await load.stop()
    await settled()
    seen.push(...(await readEvents(stage.client, 'listener')))
    await expectJournal(seen)
  })

  it('EVENTS-11: the stream is kept in files, has an end to its size, and knows ids for two minutes', async () => {
    const { config } = await (await stage.client.jetstreamManager()).streams.info(STREAM)
    expect(config).toMatchObject({
      subjects: ['frontrow.v1.events.>'],
      storage: 'file',
      discard: 'old',
      max_bytes: 1024 * 1024 * 1024,
      duplicate_window: 120_000_000_000
    })
  })
})

describe('a bad day', () => {
  beforeEach(async () => {
    stage = await startNatsStage()
  })
  afterEach(() => stage.dispose())

  it('EVENTS-3: the server killed again and again in the middle of a sale: none is lost, none comes twice', async () => {
    const { seats, show } = house(100, 50)
    const id = await stage.newShow(show)
    const load = await startLoad(stage, { show: id, seats, buyers: 8 })
    for (let kills = 1; kills <= 3; kills++) {
      const before = load.count('ok')
      await eventually(() => expect(load.count('ok')).toBeGreaterThan(before + 300))
      await stage.server.kill('SIGKILL')
      // The stream knows ids for a moment only, as if it had been away for long.
      await forgetIds()
      await stage.server.restart()
    }
    await load.stop()
    await settled()
    await expectJournal(await readEvents(stage.client, 'all'))
  })

  it('EVENTS-6: NATS killed in the middle of a sale: it goes on, and events follow', async () => {
    const { seats, show } = house(40, 50)
    const id = await stage.newShow(show)
    const load = await startLoad(stage, { show: id, seats, buyers: 8 })
    await eventually(() => expect(load.count('ok')).toBeGreaterThan(200))
    await stage.nats.kill()
    const before = load.count('ok')
    await eventually(() => expect(load.count('ok')).toBeGreaterThan(before + 300))
    await stage.nats.start()
    await eventually(() => expect(load.count('ok')).toBeGreaterThan(before + 400))
    await load.stop()
    expect(load.count('busy') + load.count('unavailable')).toBe(0)
    await settled()
    await expectJournal(await readEvents(stage.client, 'all'))
  })
})

async function forgetIds(): Promise<void> {
  const manager = await stage.client.jetstreamManager()
  const { config } = await manager.streams.info(STREAM)
  await manager.streams.update(STREAM, { ...config, duplicate_window: 100_000_000 })
  await new Promise((resolve) => setTimeout(resolve, 400))
}
