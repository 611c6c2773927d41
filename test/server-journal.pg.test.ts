// Postgres goes away under a running sale, in every way it can. Every command is answered in time, with `unavailable`
// if need be; and service comes back by itself, with all that was acknowledged.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from './support/wire-client.ts'
import { eventually, house, startWireStage, type WireStage } from './support/wire-client-house.ts'
import { type Load, outcomeOf, startLoad, statusesBy } from './support/wire-client-load.ts'

let stage: WireStage

beforeAll(async () => {
  stage = await startWireStage()
})
afterAll(() => stage.dispose())

/** Two seconds are promised; the rest is for a machine with other things to do. */
const ANSWER_MS_MAX = 5_000
const ALLOWED = new Set(['ok', 'unavailable', 'busy'])

/** Postgres is gone until what is answered is called, or for a moment only. */
type Outage = () => Promise<() => Promise<void>>

const OUTAGES: readonly (readonly [string, Outage])[] = [
  ['stopped in good order', () => stopped('fast')],
  ['stopped at once', () => stopped('immediate')],
  [
    'killed',
    async () => {
      await stage.postgres.kill()
      return () => stage.postgres.start()
    }
  ],
  [
    'frozen for four seconds',
    async () => {
      stage.postgres.pause()
      await delay(4_000)
      return async () => stage.postgres.resume()
    }
  ]
]

async function stopped(mode: 'fast' | 'immediate'): Promise<() => Promise<void>> {
  await stage.postgres.stop(mode)
  return () => stage.postgres.start()
}

async function load(): Promise<{ id: string; running: Load }> {
  const { seats, show } = house(100, 100)
  const id = await stage.newShow(show)
  const running = await startLoad(stage, { show: id, seats, buyers: 6 })
  await eventually(() => expect(running.count('ok')).toBeGreaterThan(200))
  return { id, running }
}

/** Every answer came in time and is one of those allowed; all in all they are what the show says. */
async function expectWhole(id: string, running: Load): Promise<void> {
  const outcomes = new Set(running.asked.map(({ answer }) => outcomeOf(answer)))
  expect([...outcomes].filter((outcome) => !ALLOWED.has(outcome))).toEqual([])
  for (const { answer } of running.asked) if (answer?.error) expect(answer.error.retryable).toBe(true)
  expect(Math.max(...running.asked.map(({ ms }) => ms))).toBeLessThan(ANSWER_MS_MAX)
  await running.settle()
  expect(running.count('ok')).toBe(running.asked.length)
  const statuses = Object.entries(await stage.statuses(id)).filter(([, status]) => status !== 'available')
  expect(Object.fromEntries(statuses)).toEqual(statusesBy(running.asked))
}

describe('the journal', () => {
  it.each(OUTAGES)('DOWN-1: %s: commands are answered, and go on when it is back', async (_name, outage) => {
    const pid = stage.server.pid
    const { id, running } = await load()
    const watcher = await connect(stage.server.wsUrl)
    await watcher.ask({ op: 'subscribe', show: id })
    const end = await outage()
    await eventually(() => expect(running.count('unavailable')).toBeGreaterThan(5))
    const [ready, alive] = await Promise.all(['/readyz', '/healthz'].map((path) => stage.api.call('GET', path)))
    expect(ready).toMatchObject({ status: 503, json: { code: 'unavailable' } })
    expect(alive).toMatchObject({ status: 200 })
    await end()
    const before = running.count('ok')
    await eventually(() => expect(running.count('ok')).toBeGreaterThan(before + 100))
    await running.stop()
    await expectWhole(id, running)
    expect(stage.server.pid).toBe(pid)
    // And whoever only looked sees the same, without having done anything.
    const seats = Object.values(await stage.statuses(id)).map((status) =>
      ['available', 'held', 'booked'].indexOf(status)
    )
    await eventually(() => expect(watcher.map(id)!.statuses.slice(0, seats.length)).toEqual(seats))
    expect(watcher.disorder).toEqual([])
    await watcher.close()
  })

  it('DOWN-2: with its connections cut again and again, loses nothing and doubles nothing', async () => {
    const { id, running } = await load()
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'frontrow%'`
    for (let times = 0; times < 15; times++) {
      const before = running.count('ok')
      await eventually(async () => expect(await stage.sql(cut)).not.toEqual([]))
      await eventually(() => expect(running.count('ok')).toBeGreaterThan(before + 50))
    }
    await running.stop()
    await expectWhole(id, running)
  })

  it('DOWN-3: away, over HTTP: holds are refused for now, and reads are answered or refused for now', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    await stage.postgres.stop('immediate')
    const asks = [
      stage.api.call('POST', `/api/shows/${show}/holds`, { token, key: 'k', body: { seats: ['1-1-1'] } }),
      stage.api.call('GET', `/api/shows/${show}/seats`),
      stage.api.call('GET', '/api/shows'),
      stage.api.call('GET', '/api/bookings', { token }),
      stage.api.call('GET', '/api/shows/never-heard-of')
    ]
    const late = delay(ANSWER_MS_MAX).then(() => [])
    const answers = await Promise.race([Promise.all(asks), late])
    expect(answers).toHaveLength(asks.length)
    expect(answers[0]).toMatchObject({ status: 503, json: { code: 'unavailable', retryable: true } })
    for (const { status, json } of answers.slice(1)) {
      if (status !== 200) expect({ status, code: json.code }).toEqual({ status: 503, code: 'unavailable' })
    }
    await stage.postgres.start()
    const again = { token, key: 'k', body: { seats: ['1-1-1'] } }
    await eventually(async () => {
      expect(await stage.api.call('POST', `/api/shows/${show}/holds`, again)).toMatchObject({ status: 201 })
    })
    await eventually(async () => {
      expect(await stage.api.call('GET', '/api/bookings', { token })).toMatchObject({ status: 200 })
    })
  })
})
