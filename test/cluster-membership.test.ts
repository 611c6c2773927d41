// Who is there: what a node says of itself and hears of others over the wire, and the plan that it makes of the roster.
import { beforeEach, describe, expect, it } from 'vitest'
import { Announcer } from '../actors/cluster/announcer.ts'
import { Membership } from '../actors/cluster/membership.ts'
import { encodeHello, type Hello, type Owned } from '../actors/cluster/routes.ts'
import { JournalError, type Observer, type Roster } from '../actors/ports.ts'
import { HELLO_MS, HELLO_SILENCE_MS, LEASE_MS } from '../core/limits.ts'
import { createMemoryRoster, type MemoryRoster } from '../persistence/memory/memory-roster.ts'
import { ManualClock } from './support/manual-clock.ts'
import { PlainHub } from './support/plain-hub.ts'
import { NOON } from './support/small-show.ts'

const TOPIC = 'hello'
const SHARDS = 16

let clock: ManualClock
let hub: PlainHub
beforeEach(() => {
  clock = new ManualClock(NOON)
  hub = new PlainHub()
})

interface Voice {
  readonly announcer: Announcer
  readonly address: string
  readonly heard: Hello[]
  readonly damaged: unknown[]
  owned: Owned
}

function voiceOf(node: string): Voice {
  const hands = clock.hands()
  const wire = hub.join(node, hands)
  const [heard, damaged]: [Hello[], unknown[]] = [[], []]
  const announcer = new Announcer({
    node,
    wire,
    clock: hands,
    owned: () => voice.owned,
    heard: (hello) => heard.push(hello),
    damaged: (error) => damaged.push(error)
  })
  const voice: Voice = { announcer, address: wire.address, heard, damaged, owned: [] }
  return voice
}

describe('what a node says', () => {
  it('CLUSTER-18: is heard by others, at once when it changes, as one word, and once a second in any case', async () => {
    const [one, two] = [voiceOf('a'), voiceOf('b')]
    for (const { announcer } of [one, two]) announcer.start()
    await clock.settle()
    two.heard.length = 0
    one.owned = [[3, 7]]
    one.announcer.behind(true)
    for (let times = 0; times < 5; times++) one.announcer.announce()
    await clock.settle()
    const said = { node: 'a', address: one.address, asks: false, behind: true, owned: [[3, 7]] }
    expect(two.heard).toEqual([said])
    await clock.pass(3 * HELLO_MS)
    expect(two.heard).toEqual([said, said, said, said])
  })

  it('CLUSTER-18: is a question when it has just come, which others answer at once', async () => {
    const one = voiceOf('a')
    one.announcer.start()
    one.owned = [[1, 1]]
    await clock.pass(HELLO_MS)
    const two = voiceOf('b')
    two.announcer.start()
    await clock.settle()
    expect(one.heard.map(({ node, asks }) => [node, asks])).toEqual([['b', true]])
    expect(two.heard.map(({ node, owned }) => [node, owned])).toEqual([['a', [[1, 1]]]])
  })

  it('CLUSTER-18: is, in the end, that nothing is its own; then it says no more', async () => {
    const [one, two] = [voiceOf('a'), voiceOf('b')]
    for (const { announcer } of [one, two]) announcer.start()
    await clock.settle()
    two.heard.length = 0
    one.announcer.stop()
    one.announcer.announce()
    await clock.pass(3 * HELLO_MS)
    expect(two.heard.map(({ node, owned }) => [node, owned])).toEqual([['a', []]])
  })

  it('CLUSTER-18: makes no sense at times, and whoever hears that goes on', async () => {
    const [one, two] = [voiceOf('a'), voiceOf('b')]
    two.announcer.start()
    const stranger = hub.join('c', clock.hands())
    for (const bytes of [new Uint8Array(), Uint8Array.of(1, 200), Uint8Array.of(99, 0, 0)])
      stranger.publish(TOPIC, bytes)
    await clock.settle()
    expect(two.damaged).toHaveLength(3)
    one.announcer.start()
    await clock.settle()
    expect(two.heard.map(({ node }) => node)).toEqual(['a'])
  })
})

describe('whether a node can be reached', () => {
  it.each(['in', 'out', 'both'] as const)('CLUSTER-19: it knows by its own voice: cut off %s', async (direction) => {
    const one = voiceOf('a')
    expect(one.announcer.isConnected).toBe(false)
    one.announcer.start()
    await clock.settle()
    expect(one.announcer.isConnected).toBe(true)
    hub.cut(one.address, direction)
    await clock.pass(HELLO_SILENCE_MS - HELLO_MS)
    expect(one.announcer.isConnected).toBe(true)
    await clock.pass(HELLO_SILENCE_MS)
    expect(one.announcer.isConnected).toBe(false)
    hub.heal()
    await clock.pass(HELLO_MS)
    expect(one.announcer.isConnected).toBe(true)
  })

  it('CLUSTER-19: it asks everybody anew once it was cut off, as it may have missed much', async () => {
    const [one, two] = [voiceOf('a'), voiceOf('b')]
    for (const { announcer } of [one, two]) announcer.start()
    await clock.settle()
    hub.cut(one.address)
    await clock.pass(2 * HELLO_SILENCE_MS)
    two.heard.length = 0
    one.heard.length = 0
    hub.heal()
    await clock.pass(HELLO_MS)
    expect(two.heard.map(({ asks }) => asks)).toEqual([true])
    expect(one.heard.map(({ node }) => node)).toContain('b')
  })

  it('CLUSTER-19: it is not its own voice that another process of its name has', async () => {
    const one = voiceOf('a')
    one.announcer.start()
    await clock.settle()
    hub.cut(one.address, 'out')
    const other = hub.join('a', clock.hands())
    for (let second = 0; second < 5; second++) {
      other.publish(TOPIC, encodeHello({ node: 'a', address: other.address, asks: false, behind: false, owned: [] }))
      await clock.pass(HELLO_MS)
    }
    expect(one.announcer.isConnected).toBe(false)
    expect(one.heard).toHaveLength(5)
  })
})

describe('the plan that a node makes', () => {
  let roster: MemoryRoster
  /** While it is set the roster cannot be asked. */
  let isDown = false
  const incidents: string[] = []
  const observer = { incident: (_: string, message: string) => incidents.push(message) } as unknown as Observer

  beforeEach(() => {
    roster = createMemoryRoster(() => clock.time)
    isDown = false
    incidents.length = 0
  })

  function memberOf(node: string): { membership: Membership; changes: () => number; replaced: () => number } {
    let [changes, replaced] = [0, 0]
    const hands = clock.hands()
    const failing: Roster = {
      attend: async (said, leaseMs) => {
        if (isDown) throw new JournalError('lost', 'the roster is away')
        return roster.attend(said, leaseMs)
      },
      leave: (name, startedAt) => roster.leave(name, startedAt)
    }
    const membership = new Membership({
      ...{ roster: failing, node, shards: SHARDS, clock: hands, observer, connected: () => true },
      changed: () => changes++,
      replaced: () => replaced++
    })
    return { membership, changes: () => changes, replaced: () => replaced }
  }

  const wanted = ({ membership }: { membership: Membership }) =>
    Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => membership.wants(shard))

  async function started(node: string): Promise<ReturnType<typeof memberOf>> {
    const member = memberOf(node)
    await member.membership.start()
    return member
  }

  it('CLUSTER-20: gives every shard to one of those that are there, and is the same for all', async () => {
    const one = await started('a')
    expect(wanted(one)).toHaveLength(SHARDS)
    const two = await started('b')
    await clock.pass(LEASE_MS / 3)
    expect([...wanted(one), ...wanted(two)].sort((x, y) => x - y)).toEqual(
      Array.from({ length: SHARDS }, (_, at) => at)
    )
    expect(wanted(one).length).toBeLessThan(SHARDS)
    for (let shard = 0; shard < SHARDS; shard++)
      expect(one.membership.ownerOf(shard)).toBe(two.membership.ownerOf(shard))
  })

  it('CLUSTER-20: has no more of a node that says nothing for a lease, or that left', async () => {
    const one = await started('a')
    const gone = await started('b')
    await roster.attend({ node: 'c', startedAt: 1, connected: true, leaving: false }, LEASE_MS)
    await clock.pass(LEASE_MS / 3)
    expect(one.membership.members.map(({ node }) => node)).toEqual(['a', 'b', 'c'])
    await gone.membership.stop()
    await clock.pass(LEASE_MS)
    expect(one.membership.members.map(({ node }) => node)).toEqual(['a'])
    expect(wanted(one)).toHaveLength(SHARDS)
  })

  it('CLUSTER-20: stays as it was while the roster cannot be asked, and is made anew when it can', async () => {
    const [one, two] = [await started('a'), await started('b')]
    await clock.pass(LEASE_MS / 3)
    const before = wanted(one)
    isDown = true
    await clock.pass(3 * LEASE_MS)
    expect([wanted(one), one.membership.members.length]).toEqual([before, 2])
    expect(new Set(incidents)).toEqual(new Set(['the roster could not be asked; who was there is taken to be']))
    isDown = false
    await two.membership.stop()
    await clock.pass(LEASE_MS / 3)
    expect([wanted(one).length, one.membership.members.length]).toEqual([SHARDS, 1])
  })

  it('CLUSTER-20: is waited for, however long the roster cannot be asked', async () => {
    isDown = true
    const member = memberOf('a')
    let isStarted = false
    void member.membership.start().then(() => {
      isStarted = true
    })
    await clock.pass(10_000)
    expect([isStarted, wanted(member).length]).toEqual([false, 0])
    isDown = false
    await clock.pass(1_000)
    expect([isStarted, wanted(member).length]).toEqual([true, SHARDS])
  })

  it('CLUSTER-21: has nothing for one that is to be empty, be it that an operator says so or that it is to end', async () => {
    const [one, two, three] = [await started('a'), await started('b'), await started('c')]
    roster.drain('b')
    await three.membership.leave()
    await clock.pass(LEASE_MS / 3)
    expect([one, two, three].map(({ membership }) => membership.isDraining)).toEqual([false, true, true])
    expect([one, two, three].map((member) => wanted(member).length)).toEqual([SHARDS, 0, 0])
    expect(one.membership.isThere('b')).toBe(true)
  })

  it('CLUSTER-22: ends when a younger process has the name, which keeps it', async () => {
    const old = await started('a')
    await clock.pass(100)
    const young = await started('a')
    await clock.pass(LEASE_MS / 3)
    expect([old.replaced(), young.replaced()]).toEqual([1, 0])
    expect([wanted(old).length, wanted(young).length]).toEqual([0, SHARDS])
    const changes = old.changes()
    await clock.pass(3 * LEASE_MS)
    expect([old.replaced(), old.changes()]).toEqual([1, changes])
    await old.membership.stop()
    await clock.pass(LEASE_MS)
    expect(young.membership.members.map(({ node }) => node)).toEqual(['a'])
    expect(young.replaced()).toBe(0)
  })
})
