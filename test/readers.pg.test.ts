// The thread of the journal's readers, on a real Postgres.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Readers } from '../gateway/readers/readers.ts'
import { createPostgresPlans } from '../persistence/postgres/postgres-plans.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { created, type Incident, type ProjectionStage, projectionStage } from './support/projection-stage.ts'
import { drawnPlan } from './support/small-plan.ts'
import { eventually } from './support/wire-client-house.ts'

const WAIT_MS_MAX = 20_000
let postgres: TestPostgres
let url: string
let stage: ProjectionStage
let readers: Readers
let incidents: Incident[]
let shard = 0
let show = ''

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.createDatabase('readers')
  stage = await projectionStage(url)
  const plan = Buffer.from(JSON.stringify(drawnPlan('AAAA')))
  await createPostgresPlans(stage.pool).save('plan', plan)
})
beforeEach(() => {
  shard++
  show = `show-${shard}`
  incidents = []
  readers = new Readers(
    { databaseUrl: url, isEmbedded: false, nats: null, node: 'a', owner: 'a' },
    { incident: (level, message, facts) => incidents.push({ level, message, facts }) }
  )
})
afterEach(() => readers.stop())
afterAll(async () => {
  await stage.close()
  await postgres.dispose()
})

const titles = async () => (await stage.rows('shows', show)).map(({ title }) => title)
const committed = async (title: string) => {
  const seq = await stage.commit(shard, [created(show, { title })])
  readers.wake(shard, seq)
  return seq
}

describe('the readers of the journal', () => {
  it('READERS-1: read what was committed, and whoever waits for it is told', async () => {
    const seq = await committed('Hamlet')
    expect(await readers.caughtUp(shard, seq, WAIT_MS_MAX)).toBe(true)
    expect(await titles()).toEqual(['Hamlet'])
  })

  it('READERS-1: whoever waits for what nobody committed is told in time that it is not there', async () => {
    const seq = await committed('Hamlet')
    expect(await readers.caughtUp(shard, seq + 1, 100)).toBe(false)
  })

  it('READERS-2: that ended are followed by new ones, which read what was committed meanwhile', async () => {
    await readers.caughtUp(shard, await committed('Hamlet'), WAIT_MS_MAX)
    const waiting = readers.caughtUp(shard, 99, WAIT_MS_MAX)
    await readers.worker!.terminate()
    expect(await waiting).toBe(false)
    const message = 'the readers of the journal ended and are started again'
    expect(incidents).toMatchObject([{ level: 'error', message }])
    await stage.commit(shard, [created(show, { title: 'Macbeth' })])
    readers.wake(shard, 2)
    await eventually(async () => expect(await titles()).toEqual(['Macbeth']), WAIT_MS_MAX)
    expect(await readers.caughtUp(shard, 2, WAIT_MS_MAX)).toBe(true)
  })

  it('READERS-3: say what they are behind with, and what an operator should know', async () => {
    const seq = await stage.commit(shard, Uint8Array.of(1, 2, 3))
    readers.wake(shard, seq)
    await eventually(() => expect(readers.lag).toMatchObject({ projection: 1, events: 0 }), WAIT_MS_MAX)
    const message = 'a frame cannot be projected: its shard is read no further'
    const told = incidents.filter(({ facts }) => facts.shard === shard)
    expect(told).toMatchObject([{ level: 'error', message, facts: { shard, seq } }])
  })

  it('READERS-4: end when they are told to, and read nothing more', async () => {
    await readers.caughtUp(shard, await committed('Hamlet'), WAIT_MS_MAX)
    await readers.stop()
    const seq = await committed('Macbeth')
    expect(await readers.caughtUp(shard, seq, 100)).toBe(false)
    expect(await titles()).toEqual(['Hamlet'])
  })
})
