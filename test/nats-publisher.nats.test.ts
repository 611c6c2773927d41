// The publisher of events over a real journal and a real stream: crashes at the worst moments, and rivals.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EVENTS_AT_ONCE_MAX } from '../core/limits.ts'
import type { EventJournal } from '../gateway/ports.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { created } from './support/projection-stage.ts'
import { type PublisherStage, startPublisherStage } from './support/publisher-stage.ts'
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

const down = () => Promise.reject(new Error('the database is gone'))

describe('a crash', () => {
  it('EVENTS-4: after publishing and before the position was saved, and nobody came back for long', async () => {
    await stage.commit(1, [created('one')])
    const one = await stage.openPublisher({
      ...stage.events,
      save: (...args) => (positionsSaved++ < 1 ? stage.events.save(...args) : down())
    })
    let positionsSaved = 0
    await eventually(async () => expect(await stage.lastSeq()).toBe(1))
    const seq = await stage.commitHolds(1, 'one', 1, 5)
    one.publisher.wake(1, seq)
    await eventually(async () => expect(await stage.lastSeq()).toBe(6))
    await stage.crash(one)
    expect((await stage.events.positions()).get(1)?.seq ?? 0).toBe(0)
    await stage.forgetIds()
    await stage.commitHolds(1, 'one', 6, 3)
    await stage.projectAll(1)
    await stage.openPublisher()
    await stage.expectJournal(1)
  })

  it('EVENTS-4: in the middle of a frame of many', async () => {
    let reads = 0
    await stage.commit(1, [created('one')])
    await stage.commitHolds(1, 'one', 1, EVENTS_AT_ONCE_MAX + 200)
    const one = await stage.openPublisher({
      ...stage.events,
      frames: (...args) => (reads++ === 0 ? stage.events.frames(...args) : down()),
      save: (...args) => (reads === 0 ? stage.events.save(...args) : down())
    })
    await eventually(async () => expect(await stage.lastSeq()).toBe(EVENTS_AT_ONCE_MAX))
    await stage.crash(one)
    await stage.forgetIds()
    await stage.projectAll(1)
    await stage.openPublisher()
    await stage.expectJournal(1)
  })

  it('EVENTS-4: after a chunk was taken while the position of another was being saved', async () => {
    const { events, nats } = stage
    for (const shard of [1, 2]) await stage.commit(shard, [created(`show-${shard}`)])
    await stage.projectAll(1, 2)
    const isTaken = (count: number) => eventually(async () => expect(await stage.lastSeq()).toBe(count))
    const saves: number[][] = []
    let isOnItsWay = false
    let isSaving = false
    const one = await stage.openPublisher({
      ...events,
      frames: async (...args) => {
        const frames = await events.frames(...args)
        if (args[0] === 2 && args[1] > 0 && !isOnItsWay) {
          await isTaken(3)
          await delay(50)
          nats.pause()
          isOnItsWay = true
          // Then it is time to save again.
          await delay(600)
        }
        return frames
      },
      save: async (...args) => {
        saves.push([...args[3].keys()])
        if (isOnItsWay && !isSaving) {
          isSaving = true
          nats.resume()
          await isTaken(4)
          await delay(50)
        }
        return events.save(...args)
      }
    })
    await eventually(() => expect(saves.at(-1)).toHaveLength(2))
    const seqs = await Promise.all([1, 2].map((shard) => stage.commitHolds(shard, `show-${shard}`, 1)))
    for (const [at, seq] of seqs.entries()) one.publisher.wake(at + 1, seq)
    await eventually(() => expect(saves.at(-1)).toEqual([1]))
    one.publisher.wake(1, await stage.commitHolds(1, 'show-1', 2))
    await eventually(async () => expect((await events.positions()).get(1)?.seq).toBe(3))
    await stage.crash(one)
    await stage.forgetIds()
    await stage.commitHolds(2, 'show-2', 2)
    await stage.openPublisher()
    await stage.expectJournal(1, 2)
  })

  it('EVENTS-4: many of them, each at another moment', async () => {
    for (const shard of [1, 2, 3]) await stage.commit(shard, [created(`show-${shard}`)])
    await stage.projectAll(1, 2, 3)
    for (let round = 0; round < 8; round++) {
      const one = await stage.openPublisher()
      for (let i = 0; i < 4; i++) {
        for (const shard of [1, 2, 3]) {
          one.publisher.wake(shard, await stage.commitHolds(shard, `show-${shard}`, round * 200 + i * 50, 50))
        }
        await delay(round * 3)
      }
      await stage.crash(one)
      if (round % 4 === 3) await stage.forgetIds()
    }
    await stage.openPublisher()
    await stage.expectJournal(1, 2, 3)
  })
})

describe('rivals', () => {
  it('EVENTS-5: one publishes at a time, and another takes over when it stops', async () => {
    await stage.commit(1, [created('one')])
    const first = await stage.openPublisher(stage.events, 'node-1')
    await stage.expectJournal(1)
    await stage.openPublisher(stage.events, 'node-2')
    first.publisher.wake(1, await stage.commitHolds(1, 'one', 1, 10))
    await stage.expectJournal(1)
    await stage.projectAll(1)
    await stage.closeOldest()
    // It was not told of this one: it looks.
    await stage.commitHolds(1, 'one', 11, 10)
    await stage.expectJournal(1)
    expect(stage.incidents).toEqual([])
  })

  it('EVENTS-5: one that wakes up with messages that another has published long ago does not add them', async () => {
    await stage.commit(1, [created('one')])
    await stage.commitHolds(1, 'one', 1, 20)
    let wakeUp = () => {}
    const asleep = new Promise<void>((resolve) => {
      wakeUp = resolve
    })
    let isAsleep = false
    const sleepy: EventJournal = {
      ...stage.events,
      frames: async (...args) => {
        const frames = await stage.events.frames(...args)
        isAsleep = true
        await asleep
        return frames
      }
    }
    await stage.openPublisher(sleepy, 'node-1')
    await eventually(() => expect(isAsleep).toBe(true))
    await stage.pool.query(`update frontrow.event_publisher set expires = clock_timestamp() - interval '1 s'`)
    await stage.openPublisher(stage.events, 'node-2')
    await stage.expectJournal(1)
    await stage.forgetIds()
    wakeUp()
    await eventually(() => expect(stage.incidents).toHaveLength(1))
    expect(stage.incidents[0]!.facts.error).toContain('did not take events')
    await stage.expectJournal(1)
  })

  it('EVENTS-5: some that lose their right again and again add nothing twice and leaves nothing out', async () => {
    await stage.commit(1, [created('one')])
    await stage.projectAll(1)
    await stage.openPublisher(stage.events, 'node-1')
    await stage.openPublisher(stage.events, 'node-2')
    for (let round = 0; round < 40; round++) {
      const seq = await stage.commitHolds(1, 'one', round * 20, 20)
      for (const { publisher } of stage.open) publisher.wake(1, seq)
      // Its time is over before it knows.
      await stage.pool.query(`update frontrow.event_publisher set expires = clock_timestamp() - interval '1 s'`)
      await delay(100)
      if (round === 20) await stage.forgetIds()
    }
    await stage.expectJournal(1)
  })
})
