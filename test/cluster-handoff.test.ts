// One shard on its way from one node to another: what is under way, who waits, and who looks on.
import { beforeEach, describe, expect, it } from 'vitest'
import { placeShards } from '../actors/cluster/placement.ts'
import { JournalError } from '../actors/ports.ts'
import { HELLO_SILENCE_MS, JOURNAL_PATIENCE_MS, LEASE_MS, REMOTE_PATIENCE_MS } from '../core/limits.ts'
import { shardOf } from '../core/shard.ts'
import { type ClusterNode, type MemoryCluster, startCluster } from './support/memory-cluster.ts'
import { type Reply, Viewer } from './support/memory-node.ts'
import { hold } from './support/small-show.ts'

let cluster: MemoryCluster
/** Who gives its shards away, and who is there to have them. */
let giver: ClusterNode
let others: readonly ClusterNode[]
let show: string
let shard: number

beforeEach(async () => {
  cluster = await startCluster(3)
  giver = cluster.nodes[0]!
  others = cluster.nodes.slice(1)
  // Its first shard is the first that is handed over.
  shard = giver.cluster.owned()[0]![0]
  show = cluster.showsOf(giver, 100).find((id) => shardOf(id, cluster.shards) === shard)!
  await giver.createShow(show)
  // So that nothing has to be stored first: a shard serves while it is.
  await giver.region['maintenance'].checkpoint(giver.region['hosts'][shard]!)
})

const pass = (ms: number) => cluster.world.clock.pass(ms)

/** Until the shard takes mail and decides nothing, as it is to be handed over. */
async function untilItRests(): Promise<void> {
  for (let waited = 0; giver.region['hosts'][shard]!.state !== 'leaving'; waited += 10) {
    if (waited > LEASE_MS) throw new Error('it does not rest')
    await pass(10)
  }
}

/** A hold whose frame is under way while the shard is to be handed over. */
async function restWithFrame(mode: 'keepAppends' | 'keepAnswers'): Promise<Reply> {
  giver.gate.mode = mode
  const decided = giver.send(hold('ann', 'A1', { show, key: 'a' }))
  await cluster.world.clock.settle()
  cluster.roster.drain('a')
  await untilItRests()
  return decided
}

/** What others say to the giver alone is kept back. */
function keepAnswersOfOthers(): void {
  cluster.hub.keep = ({ from, to }) => from !== giver.address && to === giver.address
}

const readsOfOthers = () => others.flatMap(({ gate }) => gate.reads.filter((read) => read.shard === shard))

describe('a handover', () => {
  it('CLUSTER-32: commits and tells what is under way, and sends on who waits, from whatever node', async () => {
    const decided = await restWithFrame('keepAppends')
    const waiting = cluster.nodes.flatMap((node, at) => [
      node.send(hold('bob', `B${at + 1}`, { show, key: `b${at}` })),
      node.send(hold('cid', `C${at + 1}`, { show }))
    ])
    await pass(100)
    expect([decided, ...waiting].map(({ outcome }) => outcome)).toEqual(Array(7).fill(null))
    giver.gate.letGo()
    await pass(LEASE_MS / 3)
    for (const { outcome } of [decided, ...waiting]) expect(outcome).toMatchObject({ kind: 'held' })
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect(await giver.look(show)).toBe('A1 held, B1 held, B2 held, B3 held, C1 held, C2 held, C3 held')
    expect(cluster.world.journal.history(shard).length + (await cluster.world.journal.read(shard, 0, 100)).length).toBe(
      cluster.ownerOf(show).region.position(show).seq
    )
  })

  it('CLUSTER-32: that does not come about is called off, and tried again', async () => {
    const decided = await restWithFrame('keepAnswers')
    await pass(1_100)
    expect(giver.region['hosts'][shard]!.state).toBe('open')
    expect(cluster.ownerOf(show)).toBe(giver)
    giver.gate.letGo()
    await cluster.world.clock.settle()
    expect(decided.outcome).toMatchObject({ kind: 'held' })
    await pass(LEASE_MS)
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect(await giver.look(show)).toBe('A1 held')
  })

  it('CLUSTER-32: is not ended by the patience of an earlier wait', async () => {
    giver.gate.mode = 'keepAppends'
    giver.send(hold('ann', 'A1', { show, key: 'a' }))
    await cluster.world.clock.settle()
    const host = giver.region['hosts'][shard]!
    // Its lease is found to be over, and renewed before anybody grew tired.
    host.leaseUntil = 0
    giver.region['ownership'].lapsed(host)
    expect(host.state).toBe('waiting')
    await cluster.world.clock.settle()
    expect(host.state).toBe('open')
    const handed = giver.region.handOff(shard)
    await pass(JOURNAL_PATIENCE_MS)
    expect(host.state).toBe('leaving')
    await pass(1_000)
    expect([await handed, host.state]).toEqual([false, 'open'])
  })

  it('CLUSTER-32: is not begun while stock is taken of the journal', async () => {
    const host = giver.region['hosts'][shard]!
    giver.region['loop'].suspended = true
    // Rebuilt in an epoch of its own meanwhile: what comes of taking stock is not about it.
    expect([host.state, await giver.region.handOff(shard), host.state]).toEqual(['open', false, 'open'])
  })

  it('CLUSTER-32: of which the journal does not hear keeps nobody waiting', async () => {
    giver.gate.release = () => new Promise(() => {})
    await restWithFrame('keepAppends')
    const asked = cluster.nodes.map((node, at) => node.send(hold('bob', `B${at + 1}`, { show, key: `b${at}` })))
    await pass(10)
    giver.gate.letGo()
    await pass(REMOTE_PATIENCE_MS + 200)
    expect(asked.map(({ outcome }) => outcome !== null)).toEqual([true, true, true])
  })

  it('CLUSTER-53: is read by its next owner while it still serves, and then only for what happened since', async () => {
    keepAnswersOfOthers()
    cluster.roster.drain('a')
    await pass(LEASE_MS / 3)
    const { seq } = giver.region.position(show)
    await giver.done(hold('ann', 'A1', { show, key: 'a' }))
    const before = readsOfOthers().length
    cluster.hub.letGo()
    await pass(100)
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect(readsOfOthers().slice(before)).toEqual([{ shard, after: seq }])
    expect(await giver.look(show)).toBe('A1 held')
  })

  it('CLUSTER-53: reads all of it where its snapshots and journal went on since it was read ahead', async () => {
    keepAnswersOfOthers()
    cluster.roster.drain('a')
    await pass(LEASE_MS / 3)
    const { snapshotSeq } = giver.region['hosts'][shard]!
    await giver.done(hold('ann', 'A1', { show, key: 'a' }))
    expect((await giver.region.checkpoint(shard)).snapshotSeq).toBeGreaterThan(snapshotSeq)
    await giver.done(hold('ann', 'A2', { show, key: 'b' }))
    cluster.hub.letGo()
    await pass(100)
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect(await giver.look(show)).toBe('A1 held, A2 held')
  })

  it('CLUSTER-54: is not begun while the next owner says nothing, and the shard serves meanwhile', async () => {
    keepAnswersOfOthers()
    cluster.roster.drain('a')
    for (const seat of ['A1', 'A2', 'A3']) {
      await pass(LEASE_MS / 2)
      expect(cluster.ownerOf(show)).toBe(giver)
      expect(await giver.done(hold('ann', seat, { show, key: seat }))).toMatchObject({ kind: 'held' })
    }
    cluster.hub.letGo()
    await pass(LEASE_MS)
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect(await giver.look(show)).toBe('A1 held, A2 held, A3 held')
  })

  it('CLUSTER-54: is not to a node that cannot read it, which is asked again', async () => {
    const lost = Promise.reject(new JournalError('lost', 'no answer'))
    lost.catch(() => {})
    for (const { snapshots } of others) snapshots.loadsWaitFor = lost
    cluster.roster.drain('a')
    await pass(LEASE_MS / 2)
    expect(await giver.done(hold('ann', 'A1', { show, key: 'a' }))).toMatchObject({ kind: 'held' })
    expect(cluster.ownerOf(show)).toBe(giver)
    for (const { snapshots } of others) snapshots.loadsWaitFor = null
    await pass(LEASE_MS)
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect(await giver.look(show)).toBe('A1 held')
  })

  it('CLUSTER-54: to a node that says nothing keeps no other from its turn', async () => {
    cluster = await startCluster(3, 64)
    giver = cluster.nodes[0]!
    others = cluster.nodes.slice(1)
    const heirs = placeShards(['b', 'c'], cluster.shards)
    const ours = giver.cluster.owned().map(([each]) => each)
    const [asleep, awake] = others
    cluster.hub.cut(asleep!.address)
    cluster.roster.drain('a')
    // Before it is missed.
    await pass(HELLO_SILENCE_MS - 100)
    const owners = ours.map((each) => cluster.nodes.find(({ region }) => region.epochOf(each) > 0)?.name)
    expect(owners).toContain('a')
    expect(owners).toEqual(ours.map((each) => (heirs[each] === awake!.name ? awake!.name : 'a')))
  })

  it('CLUSTER-33: leaves no viewer behind, at the old node, the new one, or any other', async () => {
    const viewers = await Promise.all(cluster.nodes.map(async (node) => new Viewer(await node.watch(show))))
    let from = cluster.nodes.map((node) => node.pushed.length)
    const look = () => {
      for (const [at, viewer] of viewers.entries()) viewer.take(cluster.nodes[at]!.pushed.slice(from[at]))
      from = cluster.nodes.map((node) => node.pushed.length)
      return viewers
    }
    await others[0]!.done(hold('ann', 'A1', { show, key: 'a' }))
    await pass(50)
    const { epoch } = look()[0]!
    cluster.roster.drain('a')
    while (giver.region.epochOf(shard) > 0 || others.every((node) => node.region.epochOf(shard) === 0)) await pass(1)
    // At once, and not when they look again of themselves.
    await pass(1)
    for (const viewer of look()) expect(viewer.epoch).toBe(epoch + 1)
    await giver.done(hold('ann', 'A2', { show, key: 'b' }))
    await pass(100)
    for (const viewer of look()) expect(viewer.seats).toBe('A1 held, A2 held')
  })

  it('CLUSTER-33: is not seen by those who look, at whatever node', async () => {
    const seen = new Set<string>()
    let [asked, answered] = [0, 0]
    cluster.roster.drain('a')
    for (let ms = 0; ms < LEASE_MS; ms += 5) {
      for (const node of cluster.nodes) {
        asked++
        node.shows.view(show, (view, refusal) => {
          answered++
          seen.add(view === null ? (refusal?.code ?? 'absent') : 'shown')
        })
      }
      await pass(5)
    }
    await pass(LEASE_MS)
    expect(cluster.ownerOf(show)).not.toBe(giver)
    expect([answered, [...seen]]).toEqual([asked, ['shown']])
  })
})
