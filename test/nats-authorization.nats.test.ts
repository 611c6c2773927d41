// The server configuration that deploy/ brings, with a real NATS and a real server behind it: what each user may do
// works, and what it may not do is refused.
import { join } from 'node:path'
import { AckPolicy, type ConnectionOptions, connect, consumerOpts, type NatsConnection } from 'nats'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createNatsWire } from '../gateway/nats/nats-wire.ts'
import { readEvents, STREAM } from './support/event-reader.ts'
import { startNats, type TestNats } from './support/nats.ts'
import { ask, doorIsOpen, request } from './support/nats-stage.ts'
import { eventually, startWireStage, type WireStage } from './support/wire-client-house.ts'

const CONFIG = join(import.meta.dirname, '..', 'deploy', 'nats', 'nats-server.conf')
const PASSWORDS = {
  NATS_NODE_PASSWORD: 'nodeword1',
  NATS_SERVICE_PASSWORD: 'serviceword2',
  NATS_OBSERVER_PASSWORD: 'observerword3',
  NATS_SYSTEM_PASSWORD: 'systemword4'
}

let nats: TestNats
let stage: WireStage
let show: string
const clients: NatsConnection[] = []

beforeAll(async () => {
  nats = await startNats({ config: CONFIG, env: PASSWORDS })
  const url = nats.url.replace('//', `//node:${PASSWORDS.NATS_NODE_PASSWORD}@`)
  stage = await startWireStage({ NATS_URL: url })
  show = await stage.newShow({ policy: { seatsPerUserMax: 10, holdsPerUserMax: 10 } })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  await stage.dispose()
  await nats.dispose()
})

async function as(user: 'node' | 'service' | 'observer', more: ConnectionOptions = {}): Promise<NatsConnection> {
  const pass = PASSWORDS[`NATS_${user.toUpperCase()}_PASSWORD` as keyof typeof PASSWORDS]
  const inboxPrefix = `_INBOX.${user === 'node' ? 'frontrow' : user}`
  const client = await connect({ servers: nats.url, user, pass, inboxPrefix, ...more })
  clients.push(client)
  return client
}

/** Subjects that NATS did not let this client use. */
function refusedOf(client: NatsConnection): string[] {
  const refused: string[] = []
  void (async () => {
    for await (const { type, permissionContext } of client.status()) {
      if (type === 'error' && permissionContext)
        refused.push(`${permissionContext.operation} ${permissionContext.subject}`)
    }
  })()
  return refused
}

describe('a booking service', () => {
  it('NATS-14: sends commands, finds the service, and reads events through its own consumer', async () => {
    const client = await as('service')
    const refused = refusedOf(client)
    await doorIsOpen(client)
    const held = await ask(client, show, 'hold', { user: 'mia', seats: ['1-1-1'], key: 'h' })
    expect(held).toMatchObject({ ok: true })
    const booked = await ask(client, show, 'book', { user: 'mia', hold: held.hold!.id, key: 'b' })
    expect(booked).toMatchObject({ ok: true, booking: { status: 'confirmed' } })
    const names: string[] = []
    for await (const { name } of await client.services.client().info('frontrow')) names.push(name)
    expect(names).toEqual(['frontrow'])
    const jetstream = client.jetstream()
    const manager = await client.jetstreamManager({ checkAPI: false })
    await manager.consumers.add(STREAM, { durable_name: 'service', ack_policy: AckPolicy.Explicit })
    const consumer = await jetstream.consumers.get(STREAM, 'service')
    await eventually(async () => expect((await consumer.info()).num_pending).toBe(3))
    const seen: string[] = []
    for await (const message of await consumer.fetch({ max_messages: 3, expires: 5_000 })) {
      seen.push(message.subject)
      await message.ackAck()
    }
    expect(seen).toEqual(['created', 'held', 'booked'].map((event) => `frontrow.v1.events.${show}.${event}`))
    expect(refused).toEqual([])
  })

  it.each([
    ['events', `frontrow.v1.events.x.booked`],
    ['what nodes say to each other', 'frontrow.cluster.v1.topic.hello'],
    ['what is sent to a node', 'frontrow.cluster.v1.node.node-1.x'],
    ["another's inbox", '_INBOX.observer.x'],
    ["the nodes' inbox", '_INBOX.frontrow.x'],
    ['the end of the stream', '$JS.API.STREAM.DELETE.FRONTROW_EVENTS'],
    ['a purge of the stream', '$JS.API.STREAM.PURGE.FRONTROW_EVENTS'],
    ['a message of the stream', '$JS.API.STREAM.MSG.DELETE.FRONTROW_EVENTS'],
    ["another's consumer", '$JS.API.CONSUMER.MSG.NEXT.FRONTROW_EVENTS.observer'],
    ["the end of another's consumer", '$JS.API.CONSUMER.DELETE.FRONTROW_EVENTS.observer'],
    ["another's acknowledgement", '$JS.ACK.FRONTROW_EVENTS.observer.1.1.1.1.1'],
    ['a stream of its own', '$JS.API.STREAM.CREATE.MINE']
  ])('NATS-14: may not publish on: %s', async (_name, subject) => {
    const client = await as('service')
    const refused = refusedOf(client)
    const before = await messages()
    client.publish(subject, '{}', { reply: '_INBOX.service.answer' })
    await client.flush()
    await eventually(() => expect(refused).toEqual([`publish ${subject}`]))
    expect(await messages()).toBe(before)
  })

  it.each([
    ['commands of others', 'frontrow.v1.shows.*.hold'],
    ['what nodes say to each other', 'frontrow.cluster.>'],
    ['what is sent to nodes', 'frontrow.cluster.v1.node.>'],
    ["another's inbox", '_INBOX.observer.>'],
    ["the nodes' inbox", '_INBOX.frontrow.>'],
    ['all inboxes', '_INBOX.>'],
    ['the place of the service', '$SRV.>'],
    ['everything', '>']
  ])('NATS-14: may not listen to: %s', async (_name, subject) => {
    const client = await as('service')
    const refused = refusedOf(client)
    client.subscribe(subject, { callback: () => {} })
    await client.flush()
    await eventually(() => expect(refused).toEqual([`subscription ${subject}`]))
  })

  it("NATS-14: answers do not come to another's inbox", async () => {
    const client = await as('service', { inboxPrefix: '_INBOX.observer' })
    await expect(request(client, `frontrow.v1.shows.${show}.release`, {}, { timeoutMs: 500 })).rejects.toThrow()
  })
})

describe('an observer', () => {
  it('NATS-15: reads events by a consumer of either kind, live, and sees who serves', async () => {
    const client = await as('observer')
    const refused = refusedOf(client)
    const live: string[] = []
    client.subscribe('frontrow.v1.events.>', { callback: (_error, { subject }) => live.push(subject) })
    await client.flush()
    const service = await as('service')
    await doorIsOpen(service)
    await ask(service, show, 'hold', { user: 'tom', seats: ['1-2-1'], key: 'live' })
    await eventually(() => expect(live).toEqual([`frontrow.v1.events.${show}.held`]))
    const pulled = await readEventsAs(client, 'observer')
    expect(pulled.at(-1)).toBe(`frontrow.v1.events.${show}.held`)
    const manager = await client.jetstreamManager({ checkAPI: false })
    await manager.consumers.delete(STREAM, 'observer')
    const pushed: string[] = []
    await manager.consumers.add(STREAM, {
      durable_name: 'observer',
      deliver_subject: '_INBOX.observer.push',
      ack_policy: AckPolicy.Explicit
    })
    const subscription = await client.jetstream().subscribe(
      'frontrow.v1.events.>',
      consumerOpts()
        .bind(STREAM, 'observer')
        .manualAck()
        .callback((_error, message) => {
          if (message === null) return
          pushed.push(message.subject)
          message.ack()
        })
    )
    await eventually(() => expect(pushed).toEqual(pulled))
    subscription.unsubscribe()
    const names: string[] = []
    for await (const { name } of await client.services.client().ping()) names.push(name)
    expect(names).toEqual(['frontrow'])
    expect(refused).toEqual([])
  })

  it.each([
    ['commands', () => `frontrow.v1.shows.${show}.hold`],
    ['events', () => 'frontrow.v1.events.x.booked'],
    ['what nodes say to each other', () => 'frontrow.cluster.v1.topic.hello'],
    ['what is sent to a node', () => 'frontrow.cluster.v1.node.node-1.x'],
    ["a service's inbox", () => '_INBOX.service.x'],
    ["a service's consumer", () => '$JS.API.CONSUMER.MSG.NEXT.FRONTROW_EVENTS.service'],
    ['the end of the stream', () => '$JS.API.STREAM.DELETE.FRONTROW_EVENTS']
  ])('NATS-15: may not publish on: %s', async (_name, subject) => {
    const client = await as('observer')
    const refused = refusedOf(client)
    const before = await stage.statuses(show)
    const command = JSON.stringify({ user: 'eve', seats: ['2-1-1'], key: 'k' })
    client.publish(subject(), command, { reply: '_INBOX.observer.answer' })
    await client.flush()
    await eventually(() => expect(refused).toEqual([`publish ${subject()}`]))
    expect(await stage.statuses(show)).toEqual(before)
  })

  it.each(['frontrow.v1.shows.>', 'frontrow.cluster.>', '_INBOX.service.>', '_INBOX.>', '>'])(
    'NATS-15: may not listen to %s',
    async (subject) => {
      const client = await as('observer')
      const refused = refusedOf(client)
      client.subscribe(subject, { callback: () => {} })
      await client.flush()
      await eventually(() => expect(refused).toEqual([`subscription ${subject}`]))
    }
  )
})

describe('a node', () => {
  it('NATS-16: speaks to other nodes, and learns where nobody hears it', async () => {
    const [one, other] = [await wireOf('one'), await wireOf('other')]
    const heard: string[] = []
    for (const { wire } of [one, other]) {
      wire.receive((bytes) => heard.push(`to me: ${Buffer.from(bytes)}`))
      wire.listen('tests', (bytes) => heard.push(`to all: ${Buffer.from(bytes)}`))
    }
    await other.connection.flush()
    one.wire.publish('tests', Buffer.from('1'))
    one.wire.send(other.wire.address, Buffer.from('2'), () => heard.push('undelivered: 2'))
    one.wire.send('nobody.here', Buffer.from('3'), () => heard.push('undelivered: 3'))
    const all = ['to all: 1', 'to all: 1', 'to me: 2', 'undelivered: 3']
    await eventually(() => expect(heard.toSorted()).toEqual(all))
    expect(stage.server.logs()).not.toMatch(/refused something/)
  })

  it('NATS-16: serves, publishes, and reads the stream', async () => {
    const one = await as('node')
    expect((await readEvents(one, 'check')).length).toBeGreaterThan(0)
    const manager = await one.jetstreamManager()
    await manager.consumers.delete(STREAM, 'check')
    expect(stage.server.logs()).not.toMatch(/refused something|cannot be published/)
  })
})

/** As a node has it. */
async function wireOf(node: string) {
  const connection = await as('node')
  const wire = createNatsWire(node, () => !connection.isClosed())
  wire.open(connection)
  return { wire, connection }
}

describe('anybody else', () => {
  it.each([
    ['nobody', {}],
    ['a wrong password', { user: 'service', pass: 'wrong' }],
    ["another's password", { user: 'node', pass: PASSWORDS.NATS_SERVICE_PASSWORD }],
    ['a user that is not there', { user: 'admin', pass: 'x' }]
  ])('NATS-16: %s is not let in', async (_name, options) => {
    await expect(connect({ servers: nats.url, ...options })).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' })
  })
})

async function messages(): Promise<number> {
  const node = await as('node')
  return (await (await node.jetstreamManager()).streams.info(STREAM)).state.messages
}

/** Subjects of all events, through the consumer that has the user's name. */
async function readEventsAs(client: NatsConnection, name: string): Promise<string[]> {
  return (await readEvents(client, name)).map(({ subject }) => subject)
}
