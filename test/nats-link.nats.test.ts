// NATS comes late, goes, and comes back: the box office goes on, and the door opens again by itself.
import { writeFileSync } from 'node:fs'
import { connect, type NatsConnection } from 'nats'
import { afterEach, describe, expect, it } from 'vitest'
import type { ReplySink, Shows } from '../actors/outcome.ts'
import type { Command } from '../core/command.ts'
import { NATS_COMMANDS_MAX, NATS_COMMANDS_PER_REQUEST_MAX } from '../core/limits.ts'
import { refuse } from '../core/refusal.ts'
import { createLog } from '../gateway/log.ts'
import { createNatsDoor } from '../gateway/nats/nats-door.ts'
import { freePort } from './support/free-port.ts'
import { startNats, type TestNats } from './support/nats.ts'
import { ask, askAll, doorIsOpen, type NatsAnswer, request, startNatsStage } from './support/nats-stage.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { connect as connectSocket } from './support/wire-client.ts'
import { eventually, house, startWireStage } from './support/wire-client-house.ts'

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function openNats(options: Parameters<typeof startNats>[0] = {}): Promise<TestNats> {
  const nats = await startNats(options)
  endings.push(() => nats.dispose())
  return nats
}

async function openClient(nats: TestNats, more: object = {}): Promise<NatsConnection> {
  const client = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50, ...more })
  endings.push(() => client.close())
  return client
}

describe('NATS under a running server', () => {
  it.each<[string, (nats: TestNats) => Promise<void>]>([
    ['stopped', (nats) => nats.stop()],
    ['killed', (nats) => nats.kill()],
    ['frozen for longer than anybody waits', async (nats) => nats.pause()]
  ])('NATS-11: %s: other doors go on, and the service comes back by itself', async (_name, take) => {
    const stage = await startNatsStage({ LOG_LEVEL: 'info' })
    endings.push(() => stage.dispose())
    const { seats, show } = house(1, 20)
    const id = await stage.newShow(show)
    expect(await ask(stage.client, id, 'hold', { user: 'mia', seats: [seats[0]], key: 'a' })).toMatchObject({
      ok: true
    })
    await take(stage.nats)
    await eventually(() => expect(stage.server.logs()).toContain('NATS is away'), 60_000)
    const socket = await connectSocket(stage.server.wsUrl, { token: await stage.api.token('service', 'tom') })
    expect(await socket.ask({ op: 'hold', show: id, seats: [seats[1]!], key: 'b' })).toMatchObject({ ok: true })
    await socket.close()
    expect(await stage.api.call('GET', '/readyz')).toMatchObject({ status: 200 })
    if (stage.nats.pid === null) await stage.nats.start()
    else stage.nats.resume()
    const client = await openClient(stage.nats)
    await doorIsOpen(client)
    expect(await ask(client, id, 'hold', { user: 'mia', seats: [seats[2]], key: 'c' })).toMatchObject({ ok: true })
    const { hold } = await ask(client, id, 'hold', { user: 'mia', seats: [seats[0]], key: 'a' })
    expect(hold).toMatchObject({ id: '1' })
  })

  it('NATS-11: that is not there at first is found when it comes', async () => {
    const port = await freePort()
    const stage = await startWireStage({ NATS_URL: `nats://127.0.0.1:${port}` })
    endings.push(() => stage.dispose())
    const show = await stage.newShow()
    const nats = await openNats({ port })
    const client = await openClient(nats)
    await doorIsOpen(client)
    expect(await ask(client, show, 'hold', { user: 'mia', best: { count: 1 }, key: 'k' })).toMatchObject({ ok: true })
  })
})

describe('who asks for a connection', () => {
  it('NATS-13: stands in the address or beside it, is asked for its password, and no log names it', async () => {
    const folder = temporaryFolder('nats-users')
    endings.push(() => folder.dispose())
    const config = `${folder.path}/nats.conf`
    const write = (password: string) =>
      writeFileSync(config, `authorization { users: [{ user: node, password: "${password}" }] }\n`)
    write('another')
    const nats = await openNats({ config })
    const url = nats.url.replace('nats://', 'nats://node:s3cret-word@')
    const stage = await startWireStage({ NATS_URL: url, LOG_LEVEL: 'trace' })
    endings.push(() => stage.dispose())
    await eventually(() => expect(stage.server.logs()).toMatch(/NATS cannot be reached/))
    // The operator puts it right, and nobody has to start the server again.
    write('s3cret-word')
    process.kill(nats.pid!, 'SIGHUP')
    // It reads its configuration in its own time.
    const client = await eventually(() => openClient(nats, { user: 'node', pass: 's3cret-word' }))
    await doorIsOpen(client)
    expect(stage.server.logs()).toContain(`127.0.0.1:${nats.port}`)
    expect(stage.server.logs()).not.toContain('s3cret-word')
    const beside = await startWireStage({ NATS_URL: nats.url, NATS_USER: 'node', NATS_PASSWORD: 's3cret-word' })
    endings.push(() => beside.dispose())
    await eventually(async () => {
      const answers: string[] = []
      for await (const { metadata } of await client.services.client().ping('frontrow')) answers.push(metadata!.node!)
      expect(new Set(answers).size).toBe(2)
    })
  })
})

describe('told to stop', () => {
  it('NATS-12: whoever was heard is answered, and what was done is told', async () => {
    const stage = await startNatsStage()
    endings.push(() => stage.dispose())
    const { seats, show } = house(10, 100)
    const id = await stage.newShow(show)
    const answers = seats.map((seat) =>
      ask(stage.client, id, 'hold', { user: 'mia', seats: [seat], key: seat }, { timeoutMs: 10_000 }).catch(
        (error: { code: string }) => error
      )
    )
    await answers[0]
    await stage.server.stop()
    const all = await Promise.all(answers)
    await stage.server.restart()
    const statuses = await stage.statuses(id)
    for (const [i, answer] of all.entries()) {
      if ('ok' in answer && answer.ok) expect(statuses[seats[i]!]).toBe('held')
      else if ('ok' in answer) expect(answer.error).toMatchObject({ code: 'unavailable', retryable: true })
      // Nobody was there any more to hear it.
      else expect(answer).toMatchObject({ code: '503' })
      if (statuses[seats[i]!] === 'held') expect(answer).toMatchObject({ ok: true })
    }
  })
})

describe('bounds', () => {
  /** A door whose shows answer when they are told to. */
  async function openDoor(shows: Pick<Shows, 'submit'>, config?: string) {
    const nats = await openNats(config === undefined ? {} : { config })
    const recentWrites = { note: () => {}, settled: () => Promise.resolve() }
    const door = createNatsDoor({ shows, recentWrites, node: 'n', log: createLog('silent'), now: Date.now })
    door.open(await openClient(nats))
    const client = await openClient(nats)
    await doorIsOpen(client)
    return { door, client }
  }
  const commands = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ user: 'mia', seats: [`s${i}`], key: `k${i}` }))
  const NO = refuse('seats_unavailable', 'Too late.')

  it('NATS-10: more commands without an answer than there may be are refused as busy, and taken again later', async () => {
    const kept: [Command, ReplySink, number][] = []
    const { door, client } = await openDoor({
      submit: (command, sink, tag) => {
        if (command.op === 'hold') kept.push([command, sink, tag])
        else sink.reply(command, NO, null, tag)
      }
    })
    const requests = NATS_COMMANDS_MAX / NATS_COMMANDS_PER_REQUEST_MAX
    const waiting = Array.from({ length: requests }, () =>
      askAll(client, 'hall', 'hold', commands(NATS_COMMANDS_PER_REQUEST_MAX))
    )
    await eventually(() => expect(door.waiting).toBe(NATS_COMMANDS_MAX))
    const busy = await ask(client, 'hall', 'release', { user: 'mia', hold: '1', key: 'k' })
    expect(busy.error).toMatchObject({ code: 'busy', retryable: true })
    for (const [command, sink, tag] of kept) sink.reply(command, NO, null, tag)
    for (const answers of await Promise.all(waiting)) {
      expect(answers.every(({ error }) => error!.code === 'seats_unavailable')).toBe(true)
    }
    expect(door.waiting).toBe(0)
    const after = await ask(client, 'hall', 'release', { user: 'mia', hold: '1', key: 'k' })
    expect(after.error).toMatchObject({ code: 'seats_unavailable' })
  })

  it('NATS-10: answers that do not fit in one message are left out, and their keys have them', async () => {
    const folder = temporaryFolder('nats-payload')
    endings.push(() => folder.dispose())
    const config = `${folder.path}/nats.conf`
    writeFileSync(config, 'max_payload: 65536\n')
    const long = refuse('not_found', 'x'.repeat(3_000))
    const { client } = await openDoor({ submit: (command, sink, tag) => sink.reply(command, long, null, tag) }, config)
    const answers = await askAll(client, 'hall', 'hold', commands(100))
    const codes = answers.map(({ error }) => error!.code)
    const told = codes.filter((code) => code === 'not_found').length
    expect(told).toBeGreaterThan(5)
    expect(codes).toEqual([...new Array(told).fill('not_found'), ...new Array(100 - told).fill('unavailable')])
    const endless = refuse('not_found', 'x'.repeat(70_000))
    const other = await openDoor({ submit: (command, sink, tag) => sink.reply(command, endless, null, tag) }, config)
    const reply = await request(other.client, 'frontrow.v1.shows.hall.hold', commands(1)[0])
    expect(reply.json<NatsAnswer>().error).toMatchObject({ code: 'unavailable', retryable: true })
  })
})
