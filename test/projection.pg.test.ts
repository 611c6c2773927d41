// The read model says what the journal says, once, whatever happens on the way.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { created, entry, type ProjectionStage, projectionStage, T } from './support/projection-stage.ts'

const MINUTE = 60_000
const WAIT_MS_MAX = 10_000
let postgres: TestPostgres
let stage: ProjectionStage
let shard = 0
let show = ''

beforeAll(async () => {
  postgres = await startPostgres()
  stage = await projectionStage(await postgres.createDatabase('projection'))
})
beforeEach(() => {
  shard++
  show = `show-${shard}`
  stage.incidents.length = 0
})
afterAll(async () => {
  await stage.close()
  await postgres.dispose()
})

const held = (hold: number, seats: number[], at = T) =>
  entry(show, at, { kind: 'held', hold, seats, prices: seats.map(() => 5_000), expiresAt: at + 10 * MINUTE })
const booked = (booking: number, hold: number, seats: number[], at = T) => {
  const prices = seats.map(() => 5_000)
  return entry(show, at, { kind: 'booked', booking, owner: 'mia', hold, seats, prices, freed: [], payment: 'pay-1' })
}
const cancelled = (booking: number, seats: number[], left: number[], at = T) => {
  const leftPrices = left.map(() => 5_000)
  return entry(show, at, { kind: 'cancelled', booking, owner: 'mia', bookedAt: T, seats, left, leftPrices })
}
const seatStatus = async () =>
  (await stage.rows('booking_seats', show)).map(({ booking_id, seat_id, status }) => [booking_id, seat_id, status])

describe('what events become', () => {
  it('PROJECTION-1: a show is a row, which its changes change', async () => {
    await stage.commit(shard, [created(show)])
    await stage.project(shard)
    const definition = { ...created(show).event, kind: 'changed' as const, at: T + MINUTE }
    if (!('definition' in definition)) throw new Error('a show has a definition')
    const later = { ...definition.definition, title: 'Hamlet, late', prices: { Stalls: 6_000 } }
    await stage.commit(shard, [entry(show, T + MINUTE, { kind: 'changed', definition: later })])
    await stage.project(shard)
    expect(await stage.rows('shows', show)).toEqual([
      {
        show_id: show,
        title: 'Hamlet, late',
        starts_at: new Date(T + 86_400_000),
        currency: 'EUR',
        plan_hash: 'plan',
        prices: { Stalls: 6_000 },
        policy: later.policy,
        seat_count: 12,
        created_at: new Date(T)
      }
    ])
  })

  it('PROJECTION-1: a hold is a row from its beginning to its end', async () => {
    await stage.commit(shard, [created(show), ...[1, 2, 3, 4].map((hold) => held(hold, [hold, hold + 4]))])
    const at = T + MINUTE
    const expiresAt = at + 10 * MINUTE
    await stage.commit(shard, [
      entry(show, at, { kind: 'extended', hold: 1, seats: [1, 5], prices: [5_000, 5_000], expiresAt }),
      entry(show, at, { kind: 'released', hold: 2, seats: [2, 6] }),
      entry(show, at, { kind: 'expired', hold: 3, seats: [3, 7] }),
      booked(1, 4, [4, 8], at)
    ])
    await stage.project(shard)
    const row = { show_id: show, user_id: 'mia', held_at: new Date(T), extensions: 0 }
    const ended = { ...row, expires_at: new Date(T + 10 * MINUTE), ended_at: new Date(at) }
    expect(await stage.rows('holds', show)).toEqual([
      { ...row, hold: 1, seats: [1, 5], expires_at: new Date(expiresAt), extensions: 1, ended_at: null, outcome: null },
      { ...ended, hold: 2, seats: [2, 6], outcome: 'released' },
      { ...ended, hold: 3, seats: [3, 7], outcome: 'expired' },
      { ...ended, hold: 4, seats: [4, 8], outcome: 'booked' }
    ])
  })

  it('PROJECTION-1: a booking has the seats and the total that it still has', async () => {
    await stage.commit(shard, [created(show), held(1, [0, 1, 2]), booked(1, 1, [0, 1, 2])])
    await stage.project(shard)
    await stage.commit(shard, [cancelled(1, [1], [0, 2], T + MINUTE)])
    await stage.project(shard)
    const row = {
      booking_id: `${show}.1`,
      show_id: show,
      user_id: 'mia',
      currency: 'EUR',
      payment_reference: 'pay-1',
      booked_at: new Date(T)
    }
    expect(await stage.rows('bookings', show)).toEqual([
      { ...row, status: 'confirmed', total: 10_000, updated_at: new Date(T + MINUTE) }
    ])
    await stage.commit(shard, [cancelled(1, [0, 2], [], T + 2 * MINUTE)])
    await stage.project(shard)
    expect(await stage.rows('bookings', show)).toEqual([
      { ...row, status: 'cancelled', total: 0, updated_at: new Date(T + 2 * MINUTE) }
    ])
    expect((await stage.rows('booking_seats', show)).map(({ price, status }) => [price, status])).toEqual([
      [5_000, 'cancelled'],
      [5_000, 'cancelled'],
      [5_000, 'cancelled']
    ])
  })

  it('PROJECTION-1: a seat can be sold, given back and sold again in one chunk', async () => {
    await stage.commit(shard, [created(show), held(1, [7]), booked(1, 1, [7])])
    await stage.project(shard)
    await stage.commit(shard, [cancelled(1, [7], []), held(2, [7]), booked(2, 2, [7]), cancelled(2, [7], [])])
    await stage.commit(shard, [held(3, [7]), booked(3, 3, [7])])
    await stage.project(shard)
    expect(await seatStatus()).toEqual([
      [`${show}.1`, 'A-8', 'cancelled'],
      [`${show}.2`, 'A-8', 'cancelled'],
      [`${show}.3`, 'A-8', 'booked']
    ])
  })

  it('PROJECTION-1: texts that Postgres cannot store are stored as near as it can', async () => {
    await stage.commit(shard, [created(show, { title: 'Ham\0let \ud83d' })])
    await stage.commit(shard, [entry(show, T, { kind: 'released', hold: 9, seats: [] }, '\0')])
    expect(await stage.project(shard)).toBe(true)
    expect(await stage.rows('shows', show)).toMatchObject([{ title: 'Ham\ufffdlet \ufffd' }])
  })
})

describe('each frame once', () => {
  it('PROJECTION-2: when several projectors read the same shard', async () => {
    const projectors = [stage.projector(), stage.projector(), stage.projector()]
    await stage.commit(shard, [created(show)])
    for (let hold = 1; hold <= 150; hold++) {
      const seq = await stage.commit(shard, [held(hold, [hold % 12], T + hold)])
      for (const projector of projectors) projector.wake(shard, seq)
    }
    const all = await Promise.all(projectors.map((projector) => projector.caughtUp(shard, 151, WAIT_MS_MAX)))
    expect(all).toEqual([true, true, true])
    expect(projectors.map((projector) => projector.lag())).toEqual([0, 0, 0])
    await Promise.all(projectors.map((projector) => projector.stop()))
    expect((await stage.rows('holds', show)).map(({ hold }) => hold)).toEqual(
      Array.from({ length: 150 }, (_, i) => i + 1)
    )
    expect(stage.incidents).toEqual([])
  })

  it('PROJECTION-2: when another node projected on, and its frames are history already', async () => {
    const ours = stage.projector()
    await stage.commit(shard, [created(show)])
    expect(await ours.caughtUp(shard, 1, WAIT_MS_MAX)).toBe(true)
    await stage.commit(shard, [held(1, [1])])
    await stage.commit(shard, [held(2, [2])])
    await stage.project(shard)
    await stage.checkpoint(shard)
    expect(await ours.caughtUp(shard, 3, WAIT_MS_MAX)).toBe(true)
    await stage.commit(shard, [held(3, [3])])
    await stage.project(shard)
    await stage.checkpoint(shard)
    await stage.commit(shard, [held(4, [4])])
    expect(await ours.caughtUp(shard, 5, WAIT_MS_MAX)).toBe(true)
    await ours.stop()
    expect(await stage.rows('holds', show)).toHaveLength(4)
    expect(stage.incidents).toEqual([])
  })
})

describe('waiting for the read model', () => {
  it('PROJECTION-3: is answered when it is there, and in time when it is not', async () => {
    const projector = stage.projector()
    await stage.commit(shard, [created(show)])
    expect(await projector.caughtUp(shard, 1, WAIT_MS_MAX)).toBe(true)
    expect(await projector.caughtUp(shard, 1, 0)).toBe(true)
    expect(await projector.caughtUp(shard, 2, 50)).toBe(false)
    const waits = projector.caughtUp(shard, 2, WAIT_MS_MAX)
    await stage.commit(shard, [held(1, [1])])
    projector.wake(shard, 2)
    expect(await waits).toBe(true)
    const never = projector.caughtUp(shard, 3, WAIT_MS_MAX)
    await projector.stop()
    expect(await never).toBe(false)
    expect(await projector.caughtUp(shard, 3, WAIT_MS_MAX)).toBe(false)
  })

  it('PROJECTION-3: what was committed while nobody ran is found at the start', async () => {
    await stage.commit(shard, [created(show)])
    const projector = stage.projector()
    while ((await stage.rows('shows', show)).length === 0) await delay(10)
    await projector.stop()
  })
})

describe('failures', () => {
  it('PROJECTION-4: one that passes is tried again until it has passed', async () => {
    const projector = stage.projector()
    await stage.commit(shard, [created(show)])
    expect(await projector.caughtUp(shard, 1, WAIT_MS_MAX)).toBe(true)
    await stage.pool.query('alter table frontrow.holds rename to holds_away')
    await stage.commit(shard, [held(1, [1])])
    expect(await projector.caughtUp(shard, 2, 300)).toBe(false)
    expect(projector.lag()).toBe(1)
    await stage.pool.query('alter table frontrow.holds_away rename to holds')
    expect(await projector.caughtUp(shard, 2, WAIT_MS_MAX)).toBe(true)
    await stage.commit(shard, [held(2, [2])])
    await postgres.kill()
    expect(await projector.caughtUp(shard, 3, 300)).toBe(false)
    await postgres.start()
    expect(await projector.caughtUp(shard, 3, WAIT_MS_MAX)).toBe(true)
    await projector.stop()
    expect(await stage.rows('holds', show)).toHaveLength(2)
    expect(new Set(stage.incidents.map(({ level }) => level))).toEqual(new Set(['warn']))
  })

  it('PROJECTION-5: a frame that cannot be read stops its shard, behind the frames before it', async () => {
    await stage.commit(shard, [created(show), held(1, [1])])
    const damaged = await stage.commit(shard, Buffer.from('not a frame'))
    await stage.commit(shard, [held(2, [2])])
    const projector = stage.projector()
    expect(await projector.caughtUp(shard, 1, WAIT_MS_MAX)).toBe(true)
    expect(await projector.caughtUp(shard, 3, WAIT_MS_MAX)).toBe(false)
    expect(await stage.rows('holds', show)).toHaveLength(1)
    const facts = { shard, seq: damaged, error: expect.stringContaining('bytes') }
    expect(stage.incidentsOf(shard)).toEqual([
      { level: 'error', message: expect.stringContaining('cannot be projected'), facts }
    ])
    shard += 500
    show = `show-${shard}`
    await stage.commit(shard, [created(show)])
    expect(await projector.caughtUp(shard, 1, WAIT_MS_MAX)).toBe(true)
    await projector.stop()
  })

  it('PROJECTION-5: a frame that is missing stops its shard', async () => {
    await stage.commit(shard, [created(show)])
    await stage.commit(shard, [held(1, [1])])
    await stage.commit(shard, [held(2, [2])])
    await stage.pool.query('delete from frontrow.journal where shard = $1 and seq = 2', [shard])
    expect(await stage.project(shard)).toBe(false)
    expect(stage.incidentsOf(shard)).toMatchObject([{ level: 'error', facts: { shard, seq: 2 } }])
    expect(await stage.rows('holds', show)).toEqual([])
  })

  it('PROJECTION-6: a seat sold twice is refused by the tables too', async () => {
    await stage.commit(shard, [created(show), held(1, [3, 4]), booked(1, 1, [3, 4])])
    await stage.commit(shard, [held(2, [4, 5]), booked(2, 2, [4, 5])])
    expect(await stage.project(shard)).toBe(false)
    expect(stage.incidentsOf(shard)).toMatchObject([
      { level: 'error', facts: { shard, error: expect.stringContaining('booking_seats_sold_once') } }
    ])
  })
})
