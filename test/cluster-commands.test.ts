// Commands for shards of other nodes: sent over a wire to owners that the test plays, and what becomes of them whatever
// those do.
import { beforeEach, describe, expect, it } from 'vitest'
import { Outbox } from '../actors/cluster/outbox.ts'
import { type Ask, PacketWriter, readPacket } from '../actors/cluster/packet.ts'
import { RemoteCommands } from '../actors/cluster/remote-commands.ts'
import { Routes } from '../actors/cluster/routes.ts'
import type { Mail } from '../actors/mailbox.ts'
import type { Outcome } from '../actors/outcome.ts'
import type { Wire } from '../actors/ports.ts'
import { BUSY, UNAVAILABLE } from '../actors/shard-host.ts'
import { PACKET_BYTES_MAX, REMOTE_COMMANDS_MAX, REMOTE_PATIENCE_MS } from '../core/limits.ts'
import { refuse } from '../core/refusal.ts'
import { noting } from './support/arbitrary-messages.ts'
import { ManualClock } from './support/manual-clock.ts'
import { PlainHub } from './support/plain-hub.ts'
import { hold } from './support/small-show.ts'

const SHARD = 3
const SOLD = refuse('seats_unavailable', 'Someone was faster.')
const STOPPING = refuse('unavailable', 'stopping')
/** Deadlines are looked at this often. */
const SWEEP_MS = 100

let clock: ManualClock
let hub: PlainHub
let wire: Wire
let routes: Routes
let commands: RemoteCommands
/** What was told: the key of a command, what became of it, and the epoch in which it was decided. */
let told: [key: string, outcome: Outcome, epoch: number | null][]

beforeEach(() => {
  clock = new ManualClock(1_000)
  hub = new PlainHub()
  const hands = clock.hands()
  wire = hub.join('here', hands)
  routes = new Routes(8)
  told = []
  commands = new RemoteCommands({
    outbox: new Outbox(wire, hands),
    routes,
    clock: hands,
    answered: ({ command }, outcome, epoch) => told.push([command.key, outcome, epoch]),
    refused: ({ command }, outcome) => told.push([command.key, outcome, null])
  })
  const receiver = noting([])
  wire.receive((bytes) => {
    readPacket(bytes, {
      ...receiver,
      answer: (answer) => commands.answer(answer),
      elsewhere: (id, epoch) => commands.elsewhere(id, epoch)
    })
  })
})

/** A node that has the shard, and does what the test says. */
class Owner {
  readonly asked: Ask[] = []
  readonly address: string
  private readonly wire: Wire

  constructor(name: string) {
    this.wire = hub.join(name, clock.hands())
    this.address = this.wire.address
    this.wire.receive((bytes) => readPacket(bytes, { ...noting([]), ask: (_, ask) => this.asked.push(ask) }))
  }

  /** Says that the shard is its own; what moves by it is sent again. */
  own(epoch: number): this {
    const { address } = this
    for (const shard of routes.heard({ node: address, address, owned: [[SHARD, epoch]] })) commands.moved(shard)
    return this
  }

  answer({ id, epoch }: Ask, outcome: Outcome = SOLD): void {
    this.send((packet) => packet.answer({ id, epoch, shard: SHARD, seq: 1, outcome }))
  }

  elsewhere({ id, epoch }: Ask): void {
    this.send((packet) => packet.elsewhere(id, epoch))
  }

  get keys(): string[] {
    return this.asked.map(({ command }) => command.key)
  }

  private send(write: (packet: PacketWriter) => void): void {
    const packet = new PacketWriter(this.address)
    write(packet)
    this.wire.send(wire.address, packet.take(), () => {})
  }
}

function mail(key: string): Mail {
  return { command: hold('ann', 'A1', { key }), sink: { reply: () => {} }, tag: 0 }
}

async function submit(...keys: readonly string[]): Promise<void> {
  for (const key of keys) commands.submit(mail(key), SHARD)
  await clock.settle()
}

describe('a command for another node', () => {
  it('CLUSTER-7: goes to the owner in its epoch, and is told what became of it, once', async () => {
    const owner = new Owner('a').own(5)
    await submit('k1', 'k2')
    expect(owner.asked.map(({ epoch, command }) => [epoch, command])).toEqual([
      [5, hold('ann', 'A1', { key: 'k1' })],
      [5, hold('ann', 'A1', { key: 'k2' })]
    ])
    for (const ask of [owner.asked[1]!, owner.asked[0]!, owner.asked[0]!]) owner.answer(ask)
    await clock.settle()
    expect(told).toEqual([
      ['k2', SOLD, 5],
      ['k1', SOLD, 5]
    ])
    await clock.pass(2 * REMOTE_PATIENCE_MS)
    expect([told.length, commands.size]).toEqual([2, 0])
  })

  it('CLUSTER-7: waits until somebody owns its shard', async () => {
    await submit('k1', '')
    const owner = new Owner('a')
    await clock.pass(1_000)
    owner.own(1)
    await clock.settle()
    expect(owner.keys).toEqual(['k1', ''])
  })

  it('CLUSTER-8: an answer of another epoch than it was asked in says nothing', async () => {
    const [old, young] = [new Owner('a').own(5), new Owner('b')]
    await submit('k1')
    young.own(6)
    await clock.settle()
    old.answer(old.asked[0]!)
    old.elsewhere(old.asked[0]!)
    await clock.settle()
    expect(told).toEqual([])
    expect(young.asked.map(({ epoch }) => epoch)).toEqual([6])
    young.answer(young.asked[0]!)
    await clock.settle()
    expect(told).toEqual([['k1', SOLD, 6]])
  })

  it.each(['k1', ''])(
    'CLUSTER-9: with key %j, it is asked again where it was surely not done: elsewhere',
    async (key) => {
      const [old, young] = [new Owner('a').own(5), new Owner('b')]
      await submit(key)
      old.elsewhere(old.asked[0]!)
      await clock.settle()
      expect(routes.of(SHARD)).toBeNull()
      young.own(6)
      await clock.settle()
      expect([old.keys, young.keys]).toEqual([[key], [key]])
      young.answer(young.asked[0]!)
      await clock.settle()
      expect(told).toEqual([[key, SOLD, 6]])
    }
  )

  it.each(['k1', ''])('CLUSTER-9: with key %j, it is asked again where nobody was there to hear it', async (key) => {
    const [old, young] = [new Owner('a').own(5), new Owner('b')]
    hub.leave(old.address)
    await submit(key)
    young.own(6)
    await clock.settle()
    expect(young.keys).toEqual([key])
    expect(told).toEqual([])
  })

  it('CLUSTER-10: when its shard moves it is asked again under its key, and without one never', async () => {
    const [old, young] = [new Owner('a').own(5), new Owner('b')]
    await submit('k1', '', 'k2')
    young.own(6)
    await clock.settle()
    expect(young.keys).toEqual(['k1', 'k2'])
    await clock.pass(REMOTE_PATIENCE_MS - 1)
    // It was decided before the shard moved, and the answer was on its way.
    old.answer(old.asked[1]!)
    await clock.settle()
    expect(told).toEqual([['', SOLD, 5]])
    await clock.pass(SWEEP_MS + 1)
    expect(told.slice(1)).toEqual([
      ['k1', UNAVAILABLE, null],
      ['k2', UNAVAILABLE, null]
    ])
    expect(young.keys).toEqual(['k1', 'k2'])
  })

  it('CLUSTER-11: is unavailable when nobody answers in time, the oldest first, and what comes then is not told', async () => {
    const owner = new Owner('a').own(5)
    await submit('k1')
    await clock.pass(REMOTE_PATIENCE_MS / 2)
    await submit('k2')
    await clock.pass(REMOTE_PATIENCE_MS / 2 + SWEEP_MS)
    expect(told).toEqual([['k1', UNAVAILABLE, null]])
    for (const ask of owner.asked) owner.answer(ask)
    await clock.settle()
    expect(told.slice(1)).toEqual([['k2', SOLD, 5]])
    expect(commands.size).toBe(0)
  })

  it('CLUSTER-11: is busy where too many wait, and there is room again for each that is answered', async () => {
    const owner = new Owner('a').own(5)
    await submit(...Array.from({ length: REMOTE_COMMANDS_MAX }, (_, at) => `k${at}`))
    await submit('one too many')
    expect(told).toEqual([['one too many', BUSY, null]])
    owner.answer(owner.asked[7]!)
    await clock.settle()
    await submit('in its place')
    expect(told.map(([key]) => key)).toEqual(['one too many', 'k7'])
    expect(owner.keys.at(-1)).toBe('in its place')
  })

  it('CLUSTER-11: is answered when the node ends', async () => {
    new Owner('a').own(5)
    await submit('k1', '')
    commands.refuseAll(STOPPING)
    expect(told).toEqual([
      ['k1', STOPPING, null],
      ['', STOPPING, null]
    ])
    await clock.pass(2 * REMOTE_PATIENCE_MS)
    expect(told).toHaveLength(2)
  })

  it('CLUSTER-10: is decided here when its shard comes here, but for one without a key that is on its way', async () => {
    const owner = new Owner('a').own(5)
    await submit('k1', '')
    owner.elsewhere(owner.asked[1]!)
    await clock.settle()
    await submit('')
    new Owner('b').own(6)
    await submit('')
    const taken = commands.takeBack((shard) => shard === SHARD)
    // Of those without a key all are with the second owner by now.
    expect(taken.map(({ command }) => command.key)).toEqual(['k1'])
    expect(commands.size).toBe(3)
    expect(commands.takeBack(() => true)).toEqual([])
  })
})

describe('what one node has for another', () => {
  it('CLUSTER-12: leaves as one message at the end of the turn', async () => {
    new Owner('a').own(5)
    await submit(...Array.from({ length: 100 }, (_, at) => `k${at}`))
    expect(hub.said).toHaveLength(1)
    await submit('next')
    expect(hub.said).toHaveLength(2)
  })

  it('CLUSTER-12: leaves before, in its order, when it is much', async () => {
    const owner = new Owner('a').own(5)
    const keys = Array.from({ length: 5_000 }, (_, at) => `${at}-${'x'.repeat(100)}`)
    await submit(...keys)
    expect(owner.keys).toEqual(keys)
    expect(hub.said.length).toBeGreaterThan(3)
    for (const { bytes } of hub.said) expect(bytes.length).toBeLessThan(PACKET_BYTES_MAX + 1_000)
  })

  it('CLUSTER-9: of a message that reached nobody all are asked again, in their order', async () => {
    const [old, young] = [new Owner('a').own(5), new Owner('b')]
    hub.leave(old.address)
    const keys = Array.from({ length: 3_000 }, (_, at) => `${at}-${'x'.repeat(100)}`)
    await submit(...keys)
    young.own(6)
    await clock.settle()
    expect(young.keys).toEqual(keys)
  })
})
