// What every wire between nodes must do: one suite for NATS, for the network of the simulator, and for the wire that
// tests of the cluster stand on. That nothing came is known by what was said behind it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Wire } from '../actors/ports.ts'
import { PACKET_BYTES_MAX, PLAN_SEATS_MAX } from '../core/limits.ts'

export interface WireStage {
  /** A process of `node` of its own, connected. */
  join(node: string): Promise<WireEnd>
  /** What was asked for until now is known where it has to be. */
  settled(): Promise<void>
  /** Waits until `check` throws no more. */
  arrives(check: () => void): Promise<void>
  close(): Promise<void>
}

export interface WireEnd {
  readonly wire: Wire
  /** The process is gone. */
  leave(): Promise<void>
}

/** A node that writes down what it hears. */
interface Ear {
  readonly wire: Wire
  readonly heard: string[]
  leave(): Promise<void>
}

export function wireContract(name: string, open: () => Promise<WireStage>): void {
  describe(name, () => {
    let stage: WireStage
    let topics = 0
    const ears: Ear[] = []
    beforeAll(async () => {
      stage = await open()
    })
    afterAll(async () => {
      await Promise.all(ears.map((ear) => ear.leave()))
      await stage.close()
    })
    const newEar = async (node: string) => {
      const ear = await listener(stage, node)
      ears.push(ear)
      return ear
    }
    const newTopic = () => `topic-${++topics}`

    sending(() => stage, newEar)
    publishing(() => stage, newEar, newTopic)
    missing(() => stage, newEar)
  })
}

async function listener(stage: WireStage, node: string): Promise<Ear> {
  const { wire, leave } = await stage.join(node)
  const heard: string[] = []
  wire.receive((bytes) => heard.push(textOf(bytes)))
  await stage.settled()
  return { wire, heard, leave }
}

function sending(stage: () => WireStage, newEar: (node: string) => Promise<Ear>): void {
  it('WIRE-1: bytes come as they were, of any value and size that nodes have for each other', async () => {
    const [from, to] = [await newEar('a'), await newEar('b')]
    const sizes = [0, 1, 255, 4_096, PACKET_BYTES_MAX, PACKET_BYTES_MAX + PLAN_SEATS_MAX + 4_096]
    const sent = sizes.map((size) => Uint8Array.from({ length: size }, (_, at) => (at * 7 + size) & 0xff))
    const come: Uint8Array[] = []
    to.wire.receive((bytes) => come.push(bytes.slice()))
    for (const bytes of sent) from.wire.send(to.wire.address, bytes, unexpected)
    await stage().arrives(() => expect(come).toHaveLength(sizes.length))
    for (const [at, bytes] of come.entries()) expect(Buffer.compare(bytes, sent[at]!), `${sizes[at]} bytes`).toBe(0)
  })

  it('WIRE-2: what one node says comes in its order, to one or to all, however much others say', async () => {
    const [one, two, to] = [await newEar('a'), await newEar('b'), await newEar('c')]
    to.wire.listen('orders', (bytes) => to.heard.push(textOf(bytes)))
    await stage().settled()
    for (let number = 0; number < 500; number++) {
      for (const { wire } of [one, two]) {
        const bytes = bytesOf(`${wire.address} ${number}`)
        if (number % 3 === 0) wire.publish('orders', bytes)
        else wire.send(to.wire.address, bytes, unexpected)
      }
    }
    await stage().arrives(() => expect(to.heard).toHaveLength(1_000))
    for (const { wire } of [one, two]) {
      const numbers = to.heard.flatMap((text) => (text.startsWith(wire.address) ? [Number(text.split(' ')[1])] : []))
      expect(numbers).toEqual(Array.from({ length: 500 }, (_, number) => number))
    }
  })

  it('WIRE-1: a node can write to itself', async () => {
    const one = await newEar('a')
    one.wire.send(one.wire.address, bytesOf('to myself'), unexpected)
    await stage().arrives(() => expect(one.heard).toEqual(['to myself']))
  })
}

function publishing(stage: () => WireStage, newEar: (node: string) => Promise<Ear>, newTopic: () => string): void {
  const listen = ({ wire, heard }: Ear, topic: string) =>
    wire.listen(topic, (bytes) => heard.push(`${topic}: ${textOf(bytes)}`))

  it('WIRE-3: a topic reaches all who listen to it, whoever speaks too, and nobody else', async () => {
    const [one, two, three] = [await newEar('a'), await newEar('b'), await newEar('c')]
    const [topic, other] = [newTopic(), newTopic()]
    for (const ear of [one, two]) listen(ear, topic)
    listen(three, other)
    await stage().settled()
    one.wire.publish(topic, bytesOf('first'))
    one.wire.publish(other, bytesOf('second'))
    await stage().arrives(() => {
      expect(one.heard).toEqual([`${topic}: first`])
      expect(two.heard).toEqual([`${topic}: first`])
      expect(three.heard).toEqual([`${other}: second`])
    })
  })

  it('WIRE-4: who does not listen any more hears nothing more, and may listen again', async () => {
    const [one, two] = [await newEar('a'), await newEar('b')]
    const [topic, marker] = [newTopic(), newTopic()]
    const unlisten = listen(two, topic)
    listen(two, marker)
    await stage().settled()
    one.wire.publish(topic, bytesOf('1'))
    await stage().arrives(() => expect(two.heard).toEqual([`${topic}: 1`]))
    unlisten()
    await stage().settled()
    one.wire.publish(topic, bytesOf('2'))
    one.wire.publish(marker, bytesOf('behind it'))
    await stage().arrives(() => expect(two.heard).toEqual([`${topic}: 1`, `${marker}: behind it`]))
    listen(two, topic)
    await stage().settled()
    one.wire.publish(topic, bytesOf('3'))
    await stage().arrives(() => expect(two.heard.at(-1)).toBe(`${topic}: 3`))
    expect(two.heard).toHaveLength(3)
  })

  it('WIRE-3: a topic that nobody listens to is no trouble', async () => {
    const [one, two] = [await newEar('a'), await newEar('b')]
    one.wire.publish(newTopic(), bytesOf('nobody'))
    one.wire.send(two.wire.address, bytesOf('somebody'), unexpected)
    await stage().arrives(() => expect(two.heard).toEqual(['somebody']))
  })
}

function missing(stage: () => WireStage, newEar: (node: string) => Promise<Ear>): void {
  it('WIRE-5: the sender is told, once for each, when nobody is there; and not when somebody is', async () => {
    const [one, two] = [await newEar('a'), await newEar('b')]
    const undelivered: number[] = []
    for (let number = 0; number < 20; number++) {
      const to = number % 2 === 0 ? 'nobody.is-here' : two.wire.address
      one.wire.send(to, bytesOf(String(number)), () => undelivered.push(number))
    }
    await stage().arrives(() => {
      expect(two.heard).toHaveLength(10)
      expect(undelivered).toHaveLength(10)
    })
    expect(undelivered).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
  })

  it('WIRE-5: nobody is there once a process is gone', async () => {
    const [one, two] = [await newEar('a'), await newEar('b')]
    await two.leave()
    const undelivered: string[] = []
    await stage().settled()
    one.wire.send(two.wire.address, bytesOf('too late'), () => undelivered.push('too late'))
    await stage().arrives(() => expect(undelivered).toEqual(['too late']))
    expect(two.heard).toEqual([])
  })

  it('WIRE-6: another process of a node has another address, and does not get what the first one is sent', async () => {
    const [one, first] = [await newEar('a'), await newEar('b')]
    const second = await newEar('b')
    expect(second.wire.address).not.toBe(first.wire.address)
    one.wire.send(first.wire.address, bytesOf('for the first'), unexpected)
    one.wire.send(second.wire.address, bytesOf('for the second'), unexpected)
    await stage().arrives(() => {
      expect(first.heard).toEqual(['for the first'])
      expect(second.heard).toEqual(['for the second'])
    })
    await first.leave()
    const undelivered: string[] = []
    one.wire.send(first.wire.address, bytesOf('it is gone'), () => undelivered.push('it is gone'))
    await stage().arrives(() => expect(undelivered).toEqual(['it is gone']))
    expect(second.heard).toEqual(['for the second'])
  })
}

function unexpected(): void {
  throw new Error('somebody is there')
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
