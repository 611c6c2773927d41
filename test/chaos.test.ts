// The parts of the chaos run: the wire that fails, the plan of faults, the availability, the command line.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRandom } from '../bench/random.ts'
import { createShowViewer } from '../bench/sellout/show-viewer.ts'
import { availabilityOf } from './chaos/availability.ts'
import { UsageError } from './chaos/chaos.ts'
import { FAULTS } from './chaos/faults.ts'
import { type FaultyWire, faultyWire } from './chaos/faulty-wire.ts'
import { planRound } from './chaos/nemesis.ts'
import { createRecorder } from './chaos/recorder.ts'
import { readOptions } from './chaos/run.ts'
import { mountSmallDisk } from './chaos/small-disk.ts'
import { outcomeOf, wireMessage } from './chaos/wire-answer.ts'

describe('the wire', () => {
  let server: Server
  let wire: FaultyWire
  const far: Socket[] = []
  const near: Socket[] = []
  let heard = ''

  beforeEach(async () => {
    heard = ''
    server = createServer({ allowHalfOpen: true }, (socket) => {
      far.push(socket)
      socket.on('error', () => {})
      socket.on('data', (data) => {
        heard += data.toString()
        socket.write(data.toString().toUpperCase())
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    wire = await faultyWire({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  })
  afterEach(async () => {
    for (const socket of [...near.splice(0), ...far.splice(0)]) socket.destroy()
    await wire.close()
    server.close()
  })

  async function dial(): Promise<{ socket: Socket; said: () => string }> {
    const socket = connect({ host: '127.0.0.1', port: wire.port, allowHalfOpen: true })
    near.push(socket)
    let said = ''
    socket.on('error', () => {})
    socket.on('data', (data) => {
      said += data.toString()
    })
    await once(socket, 'connect')
    return { socket, said: () => said }
  }

  it('CHAOS-5: passes everything on in both directions, also the end', async () => {
    const { socket, said } = await dial()
    socket.write('one')
    await vi.waitFor(() => expect(said()).toBe('ONE'))
    expect(wire.connections).toBe(1)
    socket.end()
    await vi.waitFor(() => expect(far[0]!.readableEnded).toBe(true))
    far[0]!.end()
    await vi.waitFor(() => expect(wire.connections).toBe(0))
  })

  it('CHAOS-5: when slow it is late and in order, and loses nothing when it is fast again', async () => {
    const { socket, said } = await dial()
    wire.slow(60)
    const startedAt = performance.now()
    for (const word of ['a', 'b', 'c']) {
      socket.write(word)
      await delay(5)
    }
    await vi.waitFor(() => expect(said()).toBe('ABC'))
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(110)
    wire.slow(60_000)
    socket.write('d')
    await delay(20)
    socket.write('e')
    wire.heal()
    socket.write('f')
    await vi.waitFor(() => expect(said()).toBe('ABCDEF'))
  })

  it('CHAOS-5: silent in one direction it holds what goes there, and hands it over whole', async () => {
    const { socket, said } = await dial()
    wire.hold('back')
    socket.write('question')
    await vi.waitFor(() => expect(heard).toBe('question'))
    await delay(30)
    expect(said()).toBe('')
    wire.heal()
    await vi.waitFor(() => expect(said()).toBe('QUESTION'))
    wire.hold('forth')
    socket.write(' of somebody who leaves')
    socket.destroy()
    await delay(30)
    expect(heard).toBe('question')
    wire.heal()
    await vi.waitFor(() => expect(heard).toBe('question of somebody who leaves'))
  })

  it('CHAOS-5: stranded, a connection says nothing until it is healed, and a new one is served', async () => {
    const { socket, said } = await dial()
    await vi.waitFor(() => expect(far).toHaveLength(1))
    wire.strand()
    socket.write('old')
    const { socket: next, said: saidToNext } = await dial()
    next.write('new')
    await vi.waitFor(() => expect(saidToNext()).toBe('NEW'))
    expect([heard, said()]).toEqual(['new', ''])
    wire.heal()
    await vi.waitFor(() => expect(said()).toBe('OLD'))
  })

  it('CHAOS-5: cut, both sides hear of it, and new connections are welcome', async () => {
    const { socket } = await dial()
    await vi.waitFor(() => expect(far).toHaveLength(1))
    wire.cut()
    await vi.waitFor(() => expect([socket.closed, far[0]!.closed]).toEqual([true, true]))
    const { socket: next, said } = await dial()
    next.write('again')
    await vi.waitFor(() => expect(said()).toBe('AGAIN'))
  })

  it('CHAOS-5: half closed, one side is told that there is no more, and the other direction lives on', async () => {
    const { socket, said } = await dial()
    socket.write('x')
    await vi.waitFor(() => expect(said()).toBe('X'))
    wire.halfClose('forth')
    await vi.waitFor(() => expect(far[0]!.readableEnded).toBe(true))
    far[0]!.write('still here')
    await vi.waitFor(() => expect(said()).toBe('Xstill here'))
    expect(socket.readableEnded).toBe(false)
  })

  it('CHAOS-5: where nobody listens behind it, whoever connects is told', async () => {
    server.close()
    const { socket } = await dial()
    await vi.waitFor(() => expect(socket.closed).toBe(true))
  })
})

describe('the nemesis', () => {
  it('CHAOS-6: the same seed plans the same, each fault once a round, and two at once harm different parts', () => {
    const plans = Array.from({ length: 50 }, (_, seed) => planRound(FAULTS, createRandom(seed)))
    expect(planRound(FAULTS, createRandom(7))).toEqual(plans[7])
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBe(50)
    for (const plan of plans) {
      const names = plan.flat().map(({ name }) => name)
      expect(names.toSorted()).toEqual(FAULTS.map(({ name }) => name).toSorted())
      for (const [first, second] of plan) expect(second?.part).not.toBe(first!.part)
    }
    expect(plans.flat().some((together) => together.length === 2)).toBe(true)
  })

  it('CHAOS-6: a small disk takes what fits and no more, or it is said why there is none', () => {
    const disk = mountSmallDisk(2)
    if (typeof disk === 'string') return expect(disk).not.toBe('')
    try {
      disk.fill()
      expect(() => disk.fill()).not.toThrow()
      disk.free()
      disk.fill()
    } finally {
      disk.dispose()
    }
  })
})

describe('availability', () => {
  const incident = { name: 'kill', faults: 1, startedMs: 1_000, endedMs: 1_500, quietUntilMs: 4_000 }
  const at = (...times: readonly number[]) => times.map((ms) => ({ sentMs: ms - 10, atMs: ms }))

  it('CHAOS-7: is the longest time without service from the start, and the time from the end until it is back', () => {
    const services = at(990, 1_005, 2_100, 2_120, 2_500, 3_990, 9_000)
    const [row] = availabilityOf([incident], services, [])
    expect(row).toMatchObject({ name: 'kill', count: 1, withoutServiceMs: { p50: 1_490, max: 1_490 } })
    expect(row!.backAfterMs).toEqual({ p50: 600, max: 600 })
    const [never] = availabilityOf([incident], at(990), [])
    expect(never!.withoutServiceMs.max).toBe(Number.POSITIVE_INFINITY)
  })

  it('CHAOS-7: an answer to what was asked before the end is no service after it', () => {
    const [row] = availabilityOf([incident], [{ sentMs: 1_400, atMs: 1_510 }, ...at(1_700)], [])
    expect(row!.backAfterMs.max).toBe(200)
  })

  it('CHAOS-7: a wait is put down to the fault that filled most of it, and two at once are a line of their own', () => {
    const later = { ...incident, name: 'cut', startedMs: 4_000, endedMs: 4_100, quietUntilMs: 6_000 }
    const both = { ...incident, name: 'kill + cut', faults: 2, startedMs: 6_000, endedMs: 8_000, quietUntilMs: 9_000 }
    const waits = [
      { fromMs: 900, toMs: 4_050 },
      { fromMs: 3_900, toMs: 4_300 },
      { fromMs: 7_000, toMs: 7_700 }
    ]
    const rows = availabilityOf([both, incident, later], at(1_200, 4_200, 8_500), waits)
    expect(rows.map(({ name, waitMsMax }) => [name, waitMsMax])).toEqual([
      ['kill', 3_150],
      ['cut', 400],
      ['two of these at once', 700]
    ])
  })
})

describe('what is recorded', () => {
  it('CHAOS-8: every attempt of a key with its own moments, which never are the same', () => {
    const recorder = createRecorder()
    const record = recorder.ask('s', 'ann', { op: 'release', hold: '1' })
    const other = recorder.ask('s', 'ann', { op: 'release', hold: '2' })
    const attempts = [recorder.send(record), recorder.send(other), recorder.send(record)]
    recorder.answer(record, attempts[2]!, { kind: 'granted', told: { kind: 'released' }, answer: '{}' })
    recorder.answer(other, attempts[1]!, { kind: 'refused', code: 'hold_expired', seats: [] })
    const moments = attempts.flatMap(({ sentAt, returnedAt }) => [sentAt, returnedAt])
    expect(moments).toEqual([1, Number.POSITIVE_INFINITY, 2, 5, 3, 4])
    expect(record.key).not.toBe(other.key)
    expect(record.attempts.map(({ outcome }) => outcome.kind)).toEqual(['unknown', 'granted'])
    expect(Object.fromEntries(recorder.outcomes)).toEqual({ 'release ok': 1, 'release hold_expired': 1 })
  })

  it('CHAOS-8: a position that looks different to two clients is a contradiction', () => {
    const { sightings } = createRecorder()
    sightings.see('s', 1, 4, Uint8Array.of(0, 1))
    sightings.see('s', 1, 4, Uint8Array.of(0, 1))
    sightings.see('s', 2, 4, Uint8Array.of(0, 2))
    expect(sightings.contradictions).toEqual([])
    sightings.see('s', 1, 4, Uint8Array.of(0, 2))
    expect(sightings.contradictions).toEqual(['s at 1.4: 01 and 02'])
    const viewer = createShowViewer(2)
    viewer.diff({ ev: 'diff', show: 's', epoch: 1, seq: 5, changes: [] })
    expect(viewer.disorder).toHaveLength(1)
  })

  it('CHAOS-8: only what says so leaves open whether it was done', () => {
    const question = { show: 's', asked: { op: 'cancel', booking: 's.1', seats: null } as const, seats: ['A', 'B'] }
    const error = (code: string) => outcomeOf(question, { ok: false, error: { code, seats: ['A'] } })
    expect(error('unavailable').kind).toBe('unknown')
    expect(error('busy').kind).toBe('turned_away')
    expect(error('rate_limited').kind).toBe('turned_away')
    expect(error('forbidden')).toEqual({ kind: 'refused', code: 'forbidden', seats: ['A'] })
    const done = outcomeOf(question, { ok: true, booking: { id: 's.1', seats: [{ id: 'B' }] } })
    expect(done).toMatchObject({ kind: 'granted', told: { kind: 'cancelled', seats: ['A'] } })
    expect(wireMessage(question, 'k')).toEqual({ op: 'cancel', show: 's', booking: 's.1', key: 'k' })
    const best = { show: 's', asked: { op: 'hold', seats: null, count: 3 } as const }
    expect(wireMessage(best, 'k')).toEqual({ op: 'hold', show: 's', best: { count: 3 }, key: 'k' })
  })
})

describe('the command line', () => {
  it('CHAOS-9: takes minutes or seconds, seed, clients, shows and faults, and refuses what it does not know', () => {
    const given = ['--minutes', '2', '--seed', '5', '--clients', '8', '--shows', '2', '--only', 'killed, cut']
    expect(readOptions(given)).toMatchObject({ seconds: 120, seed: 5, clients: 8, shows: 2, only: ['killed', 'cut'] })
    expect(readOptions(['--seconds', '30', '--json', 'x']).seconds).toBe(30)
    expect(readOptions([])).toMatchObject({ only: [], json: undefined })
    for (const wrong of [['--clients', 'many'], ['--seconds', '0'], ['--faults', 'all'], ['kill']]) {
      expect(() => readOptions(wrong)).toThrow(UsageError)
    }
  })
})
