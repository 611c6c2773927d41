// The server is killed, or told to stop, while many buyers take seats. What they were told is there afterwards, and
// nothing else is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from './support/wire-client.ts'
import { eventually, house, startWireStage, type WireStage } from './support/wire-client-house.ts'
import { type Load, outcomeOf, startLoad, statusesBy } from './support/wire-client-load.ts'

let stage: WireStage

beforeAll(async () => {
  stage = await startWireStage()
})
afterAll(() => stage.dispose())

const BUYERS = 8
/** Acknowledgements before anything happens to the server. */
const ENOUGH = 300

async function load(show: string, seats: readonly string[]): Promise<Load> {
  const started = await startLoad(stage, { show, seats, buyers: BUYERS })
  await eventually(() => expect(started.count('ok')).toBeGreaterThan(ENOUGH))
  return started
}

/** The map, the read model, and every buyer's list are what the answers say, no more and no less. */
async function expectAcknowledged(show: string, { asked }: Load): Promise<void> {
  const told = statusesBy(asked)
  const statuses = Object.entries(await stage.statuses(show)).filter(([, status]) => status !== 'available')
  expect(Object.fromEntries(statuses)).toEqual(told)
  const booked = Object.keys(told).filter((seat) => told[seat] === 'booked')
  await eventually(async () => {
    const rows = await stage.sql<{ seat_id: string }>(
      `select seat_id from frontrow.booking_seats where show_id = $1 and status = 'booked'`,
      [show]
    )
    expect(rows.map(({ seat_id }) => seat_id).toSorted()).toEqual(booked.toSorted())
  })
}

/** Every question again under its key, once more: the same answer, word for word but for the epoch. */
async function expectSameAnswers({ asked }: Load): Promise<void> {
  const tokens = await Promise.all(
    Array.from({ length: BUYERS }, (_, buyer) => stage.api.token('service', `buyer-${buyer}`))
  )
  const clients = await Promise.all(tokens.map((token) => connect(stage.server.wsUrl, { token })))
  const again = await Promise.all(asked.map(({ buyer, message, key }) => clients[buyer]!.ask({ ...message, key })))
  const words = ({ hold, booking, error }: (typeof again)[number]) => ({ hold, booking, code: error?.code })
  expect(again.map(words)).toEqual(asked.map(({ answer }) => words(answer!)))
  await Promise.all(clients.map((client) => client.close()))
}

describe('killed', () => {
  it('CRASH-1: twice in the middle of a sale, and every acknowledged hold and booking is there, and nothing else', async () => {
    const { seats, show } = house(60, 50)
    const id = await stage.newShow(show)
    const running = await load(id, seats)
    for (const _time of [1, 2]) {
      const before = running.count('ok')
      await stage.server.kill('SIGKILL')
      await stage.server.restart()
      await eventually(() => expect(running.count('ok')).toBeGreaterThan(before + 100))
    }
    await running.stop()
    expect(running.asked.filter(({ answer }) => answer === null).length).toBeGreaterThan(0)
    await running.settle()
    expect(new Set(running.asked.map(({ answer }) => outcomeOf(answer)))).toEqual(new Set(['ok']))
    await expectAcknowledged(id, running)
    await expectSameAnswers(running)
  })

  it('CRASH-2: between the question and a retry over either door, and the answer is the first one', async () => {
    const show = await stage.newShow()
    const token = await stage.newUser()
    const holds = `/api/shows/${show}/holds`
    const bookings = `/api/shows/${show}/bookings`
    const hold = { token, key: 'h', body: { seats: ['1-1-1', '1-1-2'] } }
    const first = await stage.api.call('POST', holds, hold)
    const extended = await stage.api.call('POST', `${holds}/1/extend`, { token, key: 'x' })
    const book = { token, key: 'b', body: { holdId: '1', seats: ['1-1-1'] } }
    const booked = await stage.api.call('POST', bookings, book)
    await stage.server.kill('SIGKILL')
    await stage.server.restart()
    expect((await stage.api.call('POST', holds, hold)).json).toEqual(first.json)
    expect((await stage.api.call('POST', `${holds}/1/extend`, { token, key: 'x' })).json).toEqual(extended.json)
    expect((await stage.api.call('POST', bookings, book)).json).toEqual(booked.json)
    const client = await connect(stage.server.wsUrl, { token })
    const asked = { op: 'hold', show, seats: ['1-1-1', '1-1-2'], key: 'h' }
    expect((await client.ask(asked)).hold).toEqual(first.json.hold)
    const other = await client.ask({ ...asked, seats: ['1-1-1'] })
    expect(other).toMatchObject({ ok: false, error: { code: 'idempotency_conflict' } })
    await client.close()
    const { '1-1-1': one, '1-1-2': two } = await stage.statuses(show)
    expect({ one, two }).toEqual({ one: 'booked', two: 'available' })
  })

  it('CRASH-3: while a hold runs, which then ends at its time, no later and no sooner', async () => {
    const show = await stage.newShow({ policy: { holdMs: 1_500 } })
    const token = await stage.newUser()
    const held = await stage.api.call('POST', `/api/shows/${show}/holds`, { token, body: { seats: ['1-1-1'] } })
    await stage.server.kill('SIGKILL')
    await stage.server.restart()
    const client = await connect(stage.server.wsUrl, { token })
    await client.ask({ op: 'subscribe', show })
    await eventually(() => expect(client.map(show)!.statuses[0]).toBe(0))
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(held.json.hold.expiresAt))
    const late = await client.ask({ op: 'book', show, hold: held.json.hold.id, key: 'late' })
    expect(late).toMatchObject({ ok: false, error: { code: 'hold_expired' } })
    await client.close()
  })
})

describe('told to stop', () => {
  it('CRASH-4: in the middle of a sale: sockets are told to connect again, and all that was acknowledged is there', async () => {
    const { seats, show } = house(60, 50)
    const id = await stage.newShow(show)
    const watcher = await connect(stage.server.wsUrl)
    await watcher.ask({ op: 'subscribe', show: id })
    const running = await load(id, seats)
    await stage.server.stop()
    expect(await watcher.closed).toMatchObject({ code: 1012 })
    expect(watcher.disorder).toEqual([])
    // Whoever comes next need not wait for a lease to run out.
    expect(await stage.sql('select shard from frontrow.shard_head where owner is not null')).toEqual([])
    const before = running.count('ok')
    await stage.server.restart()
    await eventually(() => expect(running.count('ok')).toBeGreaterThan(before + 100))
    await running.stop()
    await running.settle()
    await expectAcknowledged(id, running)
    await expectSameAnswers(running)
  })

  it('CRASH-5: nothing is left without an answer: it was done and told, or it was refused', async () => {
    const { seats, show } = house(20, 50)
    const id = await stage.newShow(show)
    const client = await connect(stage.server.wsUrl, { token: await stage.api.token('service', 'desk') })
    const answers = seats.map((seat) =>
      client.ask({ op: 'hold', show: id, seats: [seat], key: seat }).then(
        (answer) => answer,
        () => null
      )
    )
    // Some are answered, most are on their way.
    await answers[0]
    await stage.server.stop()
    const all = await Promise.all(answers)
    expect(await client.closed).toMatchObject({ code: 1012 })
    await stage.server.restart()
    const statuses = await stage.statuses(id)
    for (const [i, answer] of all.entries()) {
      if (answer?.ok) expect(statuses[seats[i]!]).toBe('held')
      else if (answer !== null) expect(answer.error).toMatchObject({ code: 'unavailable', retryable: true })
    }
  })
})
