// What the publisher of events does with a journal that is long, damaged or elsewhere, and with a stream that is not
// what it was.
import { cpSync, rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPostgresEvents } from '../persistence/postgres/postgres-events.ts'
import { readEvents, STREAM } from './support/event-reader.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { created, projectionStage } from './support/projection-stage.ts'
import { type PublisherStage, SETTINGS, startPublisherStage } from './support/publisher-stage.ts'
import { eventually } from './support/wire-client-house.ts'

let postgres: TestPostgres
let stage: PublisherStage
let databases = 0

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.dispose())
beforeEach(async () => {
  stage = await startPublisherStage(postgres, `events-${++databases}`)
})
afterEach(() => stage.close())

describe('the journal', () => {
  it('EVENTS-7: is read where its frames are by now', async () => {
    await stage.commit(1, [created('one')])
    for (let hold = 1; hold <= 20; hold++) await stage.commitHolds(1, 'one', hold)
    await stage.projectAll(1)
    await stage.checkpoint(1)
    await stage.commitHolds(1, 'one', 21)
    const { rows } = await stage.pool.query('select count(*) as frames from frontrow.journal')
    expect(rows).toEqual([{ frames: 1 }])
    await stage.openPublisher()
    await stage.expectJournal(1)
  })

  it('EVENTS-7: is published from its beginning where NATS came later, and shows are known by the read model', async () => {
    await stage.commit(1, [created('one')])
    await stage.openPublisher()
    await stage.expectJournal(1)
    await stage.closeOldest()
    const seq = await stage.commitHolds(1, 'one', 1)
    // The one that comes now has not seen the show being made, and the read model does not know it yet.
    const { publisher } = await stage.openPublisher()
    await eventually(() => expect(publisher.lag()).toBe(1))
    await stage.projectAll(1)
    publisher.wake(1, seq)
    await stage.expectJournal(1)
    expect(stage.incidents).toEqual([])
  })

  it('EVENTS-9: a frame that is damaged or missing stops its shard in front of it, and no other', async () => {
    await stage.commit(1, [created('one')])
    const damaged = await stage.commit(1, Buffer.from('not a frame'))
    await stage.commit(2, [created('two')])
    for (let hold = 1; hold <= 3; hold++) await stage.commitHolds(2, 'two', hold)
    await stage.pool.query('delete from frontrow.journal where shard = 2 and seq = 3')
    await stage.commit(3, [created('three')])
    await stage.openPublisher()
    await eventually(async () => expect(await stage.lastSeq()).toBe(4))
    await eventually(() => expect(stage.incidents).toHaveLength(2))
    expect(stage.incidents).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ level: 'error', facts: expect.objectContaining({ shard: 1, seq: damaged }) }),
        expect.objectContaining({ level: 'error', facts: expect.objectContaining({ shard: 2, seq: 3 }) })
      ])
    )
    const ids = (await readEvents(stage.client, 'reader')).map(({ id }) => id)
    expect(ids.toSorted()).toEqual(['1.1.0', '2.1.0', '2.2.0', '3.1.0'])
  })
})

describe('the stream', () => {
  it('EVENTS-10: that lost its end gets it again from the journal', async () => {
    for (const shard of [1, 2]) await stage.commit(shard, [created(`show-${shard}`)])
    const first = await stage.openPublisher()
    await stage.expectJournal(1, 2)
    await stage.nats.stop()
    cpSync(stage.nats.dataFolder, `${stage.nats.dataFolder}-before`, { recursive: true })
    await stage.nats.start()
    for (const shard of [1, 2]) first.publisher.wake(shard, await stage.commitHolds(shard, `show-${shard}`, 1, 30))
    await eventually(async () => expect(await stage.lastSeq()).toBe(62))
    await stage.closeOldest()
    // What was acknowledged is gone, as after a power cut.
    await stage.nats.stop()
    rmSync(stage.nats.dataFolder, { recursive: true })
    cpSync(`${stage.nats.dataFolder}-before`, stage.nats.dataFolder, { recursive: true })
    await stage.nats.start()
    await eventually(async () => expect(await stage.lastSeq()).toBe(2))
    await stage.projectAll(1, 2)
    await stage.openPublisher()
    await stage.expectJournal(1, 2)
  })

  it('EVENTS-10: that somebody deleted begins again with what comes next', async () => {
    await stage.commit(1, [created('one')])
    const { publisher } = await stage.openPublisher()
    await stage.expectJournal(1)
    await eventually(async () => expect((await stage.events.positions()).get(1)?.seq).toBe(1))
    await (await stage.manager()).streams.delete(STREAM)
    publisher.wake(1, await stage.commitHolds(1, 'one', 1, 2))
    await eventually(async () => expect(await stage.lastSeq()).toBe(2), 30_000)
    expect((await readEvents(stage.client, 'reader')).map(({ id }) => id)).toEqual(['1.2.0', '1.2.1'])
  })

  it('EVENTS-10: with events of another database is taken as it is, and what is new comes behind them', async () => {
    await stage.commit(1, [created('one')])
    await stage.openPublisher()
    await stage.expectJournal(1)
    await stage.closeOldest()
    const other = await projectionStage(await postgres.createDatabase(`events-${++databases}`))
    await other.commit(1, [created('two')])
    await stage.forgetIds()
    await stage.openPublisher(createPostgresEvents(other.pool))
    await eventually(async () => expect(await stage.lastSeq()).toBe(2), 30_000)
    expect((await readEvents(stage.client, 'reader')).map(({ subject }) => subject)).toEqual([
      'frontrow.v1.events.one.created',
      'frontrow.v1.events.two.created'
    ])
    await stage.closeOldest()
    await other.close()
  })

  it('EVENTS-11: is changed to what is set', async () => {
    await stage.openPublisher()
    await eventually(async () => expect(await stage.lastSeq()).toBe(0))
    const streams = (await stage.manager()).streams
    const { config } = await streams.info(STREAM)
    await streams.update(STREAM, { ...config, max_bytes: 1_000_000, duplicate_window: 1_000_000_000 })
    await stage.closeOldest()
    await stage.openPublisher()
    await eventually(async () =>
      expect((await streams.info(STREAM)).config).toMatchObject({
        max_bytes: SETTINGS.eventsBytesMax,
        duplicate_window: 120_000_000_000
      })
    )
  })
})
