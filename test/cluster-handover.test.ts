// Shards that change hands: one node comes, one is emptied, one ends, one is no more. Whoever asks meanwhile waits, and
// is not refused.
import { beforeEach, describe, expect, it } from 'vitest'
import { HANDOFFS_AT_ONCE, LEASE_MS, REMOTE_PATIENCE_MS } from '../core/limits.ts'
import { shardOf } from '../core/shard.ts'
import { type ClusterNode, MemoryCluster, startCluster } from './support/memory-cluster.ts'
import { newWorld, type Reply } from './support/memory-node.ts'
import { book, hold } from './support/small-show.ts'
import { latch } from './support/store-gates.ts'

let cluster: MemoryCluster
beforeEach(async () => {
  cluster = await startCluster(2)
})

const pass = (ms: number) => cluster.world.clock.pass(ms)
const settle = () => cluster.world.clock.settle()
const shares = () => cluster.nodes.map((node) => node.cluster.owned().length)
const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0)

/** One show on each shard. */
async function showsEverywhere(): Promise<string[]> {
  const shows = new Map<number, string>()
  for (let number = 0; shows.size < cluster.shards; number++)
    shows.set(shardOf(`s${number}`, cluster.shards), `s${number}`)
  for (const show of shows.values()) await cluster.nodes[0]!.createShow(show)
  return [...shows.values()]
}

/**
 * Asks for one seat after another of each show, at any of `nodes`, while `during` goes on. Answers what was answered,
 * and how long the longest took.
 */
async function sell(shows: readonly string[], nodes: () => readonly ClusterNode[], rounds: number) {
  const { clock } = cluster.world
  const replies: Reply[] = []
  let longestMs = 0
  for (let round = 0; round < rounds; round++) {
    const asked = shows.map((show, at) => {
      const among = nodes()
      return among[(at + round) % among.length]!.send(
        hold('ann', `${'ABC'[round % 3]}${1 + (round % 4)}`, { show, key: `${round}` })
      )
    })
    const startedAt = clock.time
    replies.push(...asked)
    while (asked.some(({ outcome }) => outcome === null)) await pass(1)
    longestMs = Math.max(longestMs, clock.time - startedAt)
    await pass(40)
  }
  const codes = replies.map(({ outcome }) => (outcome!.kind === 'refused' ? outcome!.code : 'ok'))
  return { codes: [...new Set(codes)], longestMs }
}

describe('a node that comes', () => {
  it('CLUSTER-30: gets its share, a few shards at a time, and every shard has one owner', async () => {
    cluster = new MemoryCluster(await newWorld(), 64)
    const old = await cluster.add('a')
    const { handOff } = old.region
    let [underway, most] = [0, 0]
    old.region.handOff = async (shard) => {
      most = Math.max(most, ++underway)
      return handOff.call(old.region, shard).finally(() => underway--)
    }
    await cluster.settle()
    await cluster.add('b')
    await cluster.settle()
    expect(most).toBe(HANDOFFS_AT_ONCE)
    expect(total(shares())).toBe(64)
    for (const share of shares()) expect(share).toBe(32)
    expect(cluster.nodes.map((node) => node.cluster.ready)).toEqual([true, true])
    expect(old.cluster.stats()).toMatchObject({ members: 2, ownedShards: 32, handovers: 32 })
  })

  it('CLUSTER-31: nobody who asks meanwhile is refused, whichever node is asked', async () => {
    const shows = await showsEverywhere()
    const before = [...cluster.nodes]
    const selling = sell(shows, () => before, 80)
    await cluster.add('c')
    const { codes } = await selling
    expect(codes).toEqual(['ok', 'seats_unavailable'])
    expect(Math.min(...shares())).toBeGreaterThan(0)
    for (const show of shows) cluster.ownerOf(show)
  })
})

describe('a node that is to be empty', () => {
  it('CLUSTER-21: gives all it has to others, says that it is not ready, and takes commands all the same', async () => {
    const shows = await showsEverywhere()
    cluster.roster.drain('b')
    const { codes } = await sell(shows, () => cluster.nodes, 60)
    expect(codes).toEqual(['ok', 'seats_unavailable'])
    expect(shares()).toEqual([16, 0])
    expect(cluster.nodes.map((node) => node.cluster.ready)).toEqual([true, false])
  })

  it('CLUSTER-34: one that ends has given everything away before it does', async () => {
    const shows = await showsEverywhere()
    const [stays, ends] = cluster.nodes as [ClusterNode, ClusterNode]
    let left: number | null = null
    void ends.cluster.drain().then(() => {
      left = ends.cluster.owned().length
    })
    const { codes } = await sell(shows, () => [stays, ends], 30)
    expect(codes).toEqual(['ok', 'seats_unavailable'])
    expect([left, shares()]).toEqual([0, [16, 0]])
    await ends.stop()
    cluster.hub.leave(ends.address)
    await pass(100)
    expect((await stays.refused(hold('x', 'A1', { show: shows[0]! }))).code).toBe('seats_unavailable')
    await pass(LEASE_MS)
    expect(stays.cluster.members.map(({ node }) => node)).toEqual(['a'])
  })

  it('CLUSTER-49: one that ends answers everyone who waits for another node', async () => {
    const [other, ends] = cluster.nodes as [ClusterNode, ClusterNode]
    const [show] = cluster.showsOf(other, 1)
    await other.createShow(show!)
    other.gate.mode = 'keepAppends'
    const asked = ends.send(hold('ann', 'A1', { show: show!, key: 'a' }))
    const seen: string[] = []
    // The first look goes out at once, and the next one waits for it.
    for (let looks = 0; looks < 2; looks++) ends.shows.view(show!, (_, refusal) => seen.push(refusal?.code ?? 'seen'))
    other.kill()
    await ends.stop()
    expect(asked.outcome).toMatchObject({ code: 'unavailable' })
    expect(seen).toEqual(['unavailable', 'unavailable'])
  })

  it('CLUSTER-34: the last of all ends at once, as there is nobody to give anything to', async () => {
    const [stays, ends] = cluster.nodes as [ClusterNode, ClusterNode]
    cluster.kill(ends)
    await cluster.settle()
    expect(shares()).toEqual([16])
    let isEmpty = false
    void stays.cluster.drain().then(() => {
      isEmpty = true
    })
    await settle()
    expect([isEmpty, shares()]).toEqual([true, [16]])
    await stays.stop()
    const again = await cluster.add('a')
    await settle()
    expect(again.cluster.owned()).toHaveLength(16)
  })
})

describe('a node that is no more', () => {
  it('CLUSTER-35: others have its shards a lease and a moment later, with all that was acknowledged', async () => {
    const shows = await showsEverywhere()
    const [one, gone] = cluster.nodes as [ClusterNode, ClusterNode]
    for (const show of shows) {
      await one.done(hold('ann', 'A1 A2', { show, key: 'h' }))
      await one.done(book('ann', 1, 'A1', { show, key: 'b' }))
    }
    cluster.kill(gone)
    await pass(LEASE_MS + 1_000)
    expect(shares()).toEqual([16])
    for (const show of shows) {
      expect(await one.done(book('ann', 1, 'A1', { show, key: 'b' }))).toMatchObject({ kind: 'booked', booking: 1 })
      expect(await one.look(show)).toBe('A1 booked')
    }
  })

  it('CLUSTER-35: who asks meanwhile is told that it is not known in time, and every other show is sold', async () => {
    const [one, gone] = cluster.nodes as [ClusterNode, ClusterNode]
    const [theirs, ours] = [cluster.showsOf(gone, 1)[0]!, cluster.showsOf(one, 1)[0]!]
    for (const show of [theirs, ours]) await one.createShow(show)
    cluster.kill(gone)
    const lost = one.send(hold('ann', 'A1', { show: theirs, key: 'a' }))
    expect(await one.done(hold('ann', 'A1', { show: ours, key: 'a' }))).toMatchObject({ kind: 'held' })
    await pass(REMOTE_PATIENCE_MS + 100)
    expect(lost.outcome).toMatchObject({ code: 'unavailable', retryAfterMs: expect.any(Number) })
    await pass(LEASE_MS)
    expect(await one.done(hold('ann', 'A1', { show: theirs, key: 'a' }))).toMatchObject({ kind: 'held', hold: 1 })
  })

  it('CLUSTER-22: one whose name a younger process takes is told so, and loses everything to it', async () => {
    const [one, old] = cluster.nodes as [ClusterNode, ClusterNode]
    const [show] = cluster.showsOf(old, 1)
    await old.createShow(show!)
    const young = await cluster.add('b')
    await pass(LEASE_MS / 3)
    expect([one, old, young].map((node) => node.replaced())).toEqual([false, true, false])
    await old.stop()
    cluster.kill(old)
    await cluster.settle()
    expect(cluster.ownerOf(show!)).toBe(young)
    expect(await one.done(hold('ann', 'A1', { show: show!, key: 'a' }))).toMatchObject({ kind: 'held' })
    expect(young.cluster.members.map(({ node }) => node).sort()).toEqual(['a', 'b'])
  })
})

describe('a wire that is cut', () => {
  it('CLUSTER-36: one node that cannot be reached gives its shards up, and has its share again later', async () => {
    const shows = await showsEverywhere()
    const [one, other] = cluster.nodes as [ClusterNode, ClusterNode]
    cluster.hub.cut(other.address)
    await pass(4 * LEASE_MS)
    expect([shares(), other.cluster.ready]).toEqual([[16, 0], false])
    for (const show of shows) await one.done(hold('ann', 'A1', { show, key: 'a' }))
    cluster.hub.heal()
    await cluster.settle()
    expect(shares()).toEqual([8, 8])
    for (const show of shows) expect(await other.look(show)).toBe('A1 held')
  })

  it('CLUSTER-36: where it is down for all, all go on with what they have', async () => {
    const shows = await showsEverywhere()
    for (const { address } of cluster.nodes) cluster.hub.cut(address)
    await pass(3 * LEASE_MS)
    expect(shares()).toEqual([8, 8])
    for (const show of shows) await cluster.ownerOf(show).done(hold('ann', 'A1', { show, key: 'a' }))
    cluster.hub.heal()
    await cluster.settle()
    for (const show of shows) await cluster.notOwning(show)[0]!.done(hold('bob', 'B1', { show, key: 'b' }))
    expect(total(shares())).toBe(16)
  })
})

describe('a node without a database', () => {
  it('CLUSTER-37: decides nothing past its lease; another does, and it sends on to that one when it is back', async () => {
    const [one, cut] = cluster.nodes as [ClusterNode, ClusterNode]
    const [show] = cluster.showsOf(cut, 1)
    await cut.createShow(show!)
    const { opened, open } = latch()
    const { attend } = cluster.roster
    cluster.roster.attend = async (said, leaseMs) => {
      if (said.node === 'b') await opened
      return attend(said, leaseMs)
    }
    cut.gate.mode = 'down'
    await pass(LEASE_MS + 1_500)
    expect(cut.send(hold('ann', 'A1', { show: show!, key: 'a' }))).toBeDefined()
    expect(await one.done(hold('bob', 'A1', { show: show!, key: 'b' }))).toMatchObject({ kind: 'held' })
    cut.gate.mode = 'pass'
    open()
    await pass(LEASE_MS)
    expect((await cut.refused(hold('ann', 'A1', { show: show!, key: 'c' }))).code).toBe('seats_unavailable')
    await cluster.settle()
    expect(shares()).toEqual([8, 8])
  })
})
