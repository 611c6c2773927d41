// The wire's contract, held by NATS; and what becomes of a wire whose NATS goes away.
import type { NatsConnection } from 'nats'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNatsLink } from '../gateway/nats/nats-link.ts'
import { createNatsWire } from '../gateway/nats/nats-wire.ts'
import { startNats, type TestNats } from './support/nats.ts'
import { eventually } from './support/wire-client-house.ts'
import { bytesOf, textOf, type WireEnd, type WireStage, wireContract } from './wire-contract.ts'

interface NatsStage extends WireStage {
  readonly nats: TestNats
  /** How many of the processes that are there are connected. */
  readonly connected: number
}

async function openNatsStage(): Promise<NatsStage> {
  const nats = await startNats()
  const settings = { urls: [nats.url], user: null, password: null, credentials: null }
  const ends = new Set<{ link: ReturnType<typeof createNatsLink>; connection: NatsConnection }>()
  const join = async (node: string): Promise<WireEnd> => {
    const link = createNatsLink({ ...settings, eventsBytesMax: 0, eventsReplicas: 1 }, node, { incident: () => {} })
    const wire = createNatsWire(node, () => link.isConnected)
    const connection = await new Promise<NatsConnection>((resolve) => link.each(resolve))
    link.each((opened) => wire.open(opened))
    const end = { link, connection }
    ends.add(end)
    const leave = async () => {
      ends.delete(end)
      await link.close()
    }
    return { wire, leave }
  }
  return {
    nats,
    join,
    get connected() {
      return [...ends].filter(({ link }) => link.isConnected).length
    },
    settled: async () => {
      await Promise.all([...ends].map(({ connection }) => connection.flush()))
    },
    arrives: (check) => eventually(check),
    close: async () => {
      await Promise.all([...ends].map(({ link }) => link.close()))
      await nats.dispose()
    }
  }
}

wireContract('over NATS', openNatsStage)

describe('over a NATS that goes away', () => {
  let stage: NatsStage
  beforeEach(async () => {
    stage = await openNatsStage()
  })
  afterEach(() => stage.close())

  it('WIRE-7: NATS goes and comes, and whoever spoke and listened does so again; what was said meanwhile is lost', async () => {
    const [one, two] = [await stage.join('a'), await stage.join('b')]
    const heard: string[] = []
    const undelivered: string[] = []
    const send = (text: string) => one.wire.send(two.wire.address, bytesOf(text), () => undelivered.push(text))
    two.wire.receive((bytes) => heard.push(`to me: ${textOf(bytes)}`))
    two.wire.listen('news', (bytes) => heard.push(`to all: ${textOf(bytes)}`))
    await stage.settled()
    await stage.nats.kill()
    await eventually(() => expect(stage.connected).toBe(0))
    one.wire.publish('news', bytesOf('while it is away'))
    send('while it is away')
    await eventually(() => expect(undelivered).toEqual(['while it is away']))
    // A subject that somebody begins to listen to meanwhile is heard as well.
    two.wire.listen('later', (bytes) => heard.push(`later: ${textOf(bytes)}`))
    await stage.nats.start()
    await eventually(() => expect(stage.connected).toBe(2))
    await stage.settled()
    send('again')
    for (const topic of ['news', 'later']) one.wire.publish(topic, bytesOf('again'))
    await eventually(() => expect(heard).toEqual(['to me: again', 'to all: again', 'later: again']))
    expect(undelivered).toEqual(['while it is away'])
  })
})
