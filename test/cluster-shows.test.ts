// Any node takes any command and shows any show: three nodes over memory stores and a wire within this process.
import { beforeEach, describe, expect, it } from 'vitest'
import { PacketWriter, readPacket } from '../actors/cluster/packet.ts'
import { UNAVAILABLE } from '../actors/shard-host.ts'
import { FEED_TICK_MS_MAX, HELLO_MS, HELLO_SILENCE_MS, INTEREST_MS, REMOTE_PATIENCE_MS } from '../core/limits.ts'
import { noting } from './support/arbitrary-messages.ts'
import { type ClusterNode, type MemoryCluster, startCluster } from './support/memory-cluster.ts'
import { ROOMY, Viewer } from './support/memory-node.ts'
import { book, hold, MINUTE, release } from './support/small-show.ts'

/** Diffs are gathered for so long, and a look that nobody answers is asked for again. */
const TICK_MS = 100

let cluster: MemoryCluster
let show: string
let owner: ClusterNode
/** The nodes that do not have the shard of `show`. */
let near: ClusterNode
let far: ClusterNode

beforeEach(async () => {
  cluster = await startCluster(3)
  show = cluster.showsOf(cluster.nodes[1]!, 1)[0]!
  owner = cluster.ownerOf(show)
  ;[near, far] = cluster.notOwning(show) as [ClusterNode, ClusterNode]
  await near.createShow(show)
})

const pass = (ms: number) => cluster.world.clock.pass(ms)
const feedMessages = () => cluster.hub.said.filter(({ to }) => to === `feed.${show}`).length

/** A viewer at `node`, and its map by what was pushed since. */
async function viewerAt(node: ClusterNode): Promise<() => Viewer> {
  const viewer = new Viewer(await node.watch(show))
  const before = node.pushed.length
  let taken = before
  return () => {
    viewer.take(node.pushed.slice(taken).filter((push) => push.show === show))
    taken = node.pushed.length
    return viewer
  }
}

describe('a command', () => {
  it('CLUSTER-23: has the same outcome and the same show, whichever node is asked', async () => {
    const seats = ['A1', 'A2', 'A3']
    for (const [at, node] of [near, far, owner].entries()) {
      const reply = node.send(hold('ann', seats[at]!, { show, key: `k${at}` }))
      await cluster.world.clock.settle()
      expect(reply.outcome).toMatchObject({ kind: 'held', hold: at + 1, user: 'ann' })
      const { epoch } = await owner.position(show)
      expect(reply.view).toMatchObject({ definition: { id: show, currency: 'EUR' }, epoch })
      expect(reply.view!.plan.ids[reply.outcome!.kind === 'held' ? reply.outcome!.seats[0]! : -1]).toBe(seats[at])
    }
    for (const node of cluster.nodes) expect(await node.look(show)).toBe('A1 held, A2 held, A3 held')
  })

  it('CLUSTER-23: is refused in the same words, whichever node is asked', async () => {
    await near.done(hold('ann', 'A1', { show, key: 'k' }))
    for (const command of [
      hold('bob', 'A1 B1', { show }),
      hold('bob', 'Z9', { show }),
      release('bob', 1, { show }),
      hold('bob', 'A1', { show: 'no-such-show' })
    ]) {
      const refusals = await Promise.all(cluster.nodes.map((node) => node.ask(command)))
      for (const refusal of refusals) expect(refusal).toEqual(refusals[0])
    }
  })

  it('CLUSTER-23: has one effect under its key, whichever nodes are asked', async () => {
    const first = await near.done(hold('ann', 'A1', { show, key: 'k' }))
    for (const node of cluster.nodes) expect(await node.done(hold('ann', 'A1', { show, key: 'k' }))).toEqual(first)
    for (const node of cluster.nodes) {
      expect((await node.refused(hold('ann', 'A2', { show, key: 'k' }))).code).toBe('idempotency_conflict')
    }
    expect(await far.look(show)).toBe('A1 held')
  })

  it('CLUSTER-24: the node that was asked knows how far the journal was then', async () => {
    await near.done(hold('ann', 'A1', { show, key: 'k' }))
    await near.done(book('ann', 1, null, { show, key: 'b' }))
    expect(near.cluster.position(show)).toEqual(owner.cluster.position(show))
    expect(far.cluster.position(show).seq).toBeLessThan(owner.cluster.position(show).seq)
    await far.look(show)
    expect(far.cluster.position(show)).toEqual(owner.cluster.position(show))
  })

  it('CLUSTER-11: is answered in time where its owner cannot be reached, and done later under its key', async () => {
    cluster.hub.cut(near.address)
    const [first, second] = [near.send(hold('ann', 'A1', { show, key: 'k' })), near.send(hold('bob', 'A2', { show }))]
    await pass(REMOTE_PATIENCE_MS + TICK_MS)
    expect([first.outcome, second.outcome]).toEqual([UNAVAILABLE, UNAVAILABLE])
    cluster.hub.heal()
    await cluster.settle()
    expect(await near.done(hold('ann', 'A1', { show, key: 'k' }))).toMatchObject({ kind: 'held' })
    expect(await far.look(show)).toBe('A1 held')
  })

  it('CLUSTER-8: that comes in another epoch than the owner’s is not done, and goes back', async () => {
    const stranger = cluster.hub.join('stranger', cluster.world.clock.hands())
    const told: unknown[] = []
    stranger.receive((bytes) => readPacket(bytes, noting(told)))
    const { epoch } = await owner.position(show)
    const packet = new PacketWriter(stranger.address)
    for (const [id, asked] of [epoch - 1, epoch + 1, epoch].entries()) {
      packet.ask({ id, epoch: asked, command: hold('ann', `A${id + 1}`, { show }) })
    }
    stranger.send(owner.address, packet.take(), () => told.push('undelivered'))
    await cluster.world.clock.settle()
    expect(told.slice(0, 2)).toEqual([
      ['elsewhere', 0, epoch - 1],
      ['elsewhere', 1, epoch + 1]
    ])
    expect(told.slice(2)).toMatchObject([['answer', { id: 2, epoch, outcome: { kind: 'held' } }]])
    expect(await owner.look(show)).toBe('A3 held')
  })

  it('CLUSTER-24: of a show that is made here and decided there is answered with what it made', async () => {
    const [other] = cluster.showsOf(owner, 2).filter((id) => id !== show)
    await far.createShow(other!, ROOMY)
    for (const node of cluster.nodes) expect(await node.look(other!)).toBe('')
  })
})

describe('a viewer', () => {
  it('CLUSTER-25: sees at any node what is decided at another, each change once and without gaps', async () => {
    const viewers = await Promise.all(cluster.nodes.map(viewerAt))
    for (const [at, seat] of ['A1', 'A2', 'B1', 'C1'].entries()) {
      await cluster.nodes[at % 3]!.done(hold('ann', seat, { show, key: seat }))
      await pass(TICK_MS)
    }
    await far.done(release('ann', 2, { show }))
    await pass(TICK_MS)
    for (const viewer of viewers) expect(viewer().seats).toBe('A1 held, B1 held, C1 held')
    const { epoch, seq } = await owner.position(show)
    for (const viewer of viewers) expect([viewer().epoch, viewer().seq]).toEqual([epoch, seq])
  })

  it('CLUSTER-25: that comes back gets the diffs it missed', async () => {
    const viewer = await viewerAt(near)
    const { epoch, seq } = viewer()
    for (const seat of ['A1', 'A2']) {
      await owner.done(hold('ann', seat, { show, key: seat }))
      await pass(TICK_MS)
    }
    expect(near.cluster.diffsSince(show, epoch, seq)?.map((diff) => diff.seq)).toEqual([seq + 1, seq + 2])
    expect(far.cluster.diffsSince(show, epoch, seq)).toBeNull()
  })

  it('CLUSTER-26: costs one message a diff and node, however many watch, and none where nobody does', async () => {
    await owner.done(hold('ann', 'A1', { show, key: 'A1' }))
    await pass(TICK_MS)
    expect(feedMessages()).toBe(0)
    // Nor where the owner's own clients are all that watch.
    await owner.watch(show)
    await owner.done(hold('ann', 'B1', { show, key: 'B1' }))
    await pass(TICK_MS)
    expect(feedMessages()).toBe(0)
    owner.cluster.unwatch(show)
    for (let times = 0; times < 3; times++) await near.watch(show)
    await far.watch(show)
    await owner.done(hold('ann', 'A2', { show, key: 'A2' }))
    await pass(TICK_MS)
    // A topic, which the wire brings to each node that listens.
    expect(feedMessages()).toBe(1)
    for (let times = 0; times < 3; times++) near.cluster.unwatch(show)
    far.cluster.unwatch(show)
    await pass(INTEREST_MS + 1_000)
    await owner.done(hold('ann', 'A3', { show, key: 'A3' }))
    await pass(TICK_MS)
    expect(feedMessages()).toBe(1)
    expect(owner.region.watchers(show)).toBe(0)
  })

  it('CLUSTER-26: is watched as long as one of several at a node is there', async () => {
    const viewer = await viewerAt(near)
    for (let times = 0; times < 2; times++) await near.watch(show)
    for (let times = 0; times < 2; times++) near.cluster.unwatch(show)
    await pass(2 * INTEREST_MS)
    await owner.done(hold('ann', 'A1', { show, key: 'A1' }))
    await pass(TICK_MS)
    expect(viewer().seats).toBe('A1 held')
    expect(owner.region.watchers(show)).toBe(1)
  })

  it('CLUSTER-51: gets changes as fast as the slowest node that watches can push them', async () => {
    const viewer = await viewerAt(near)
    far.setBehind(true)
    await pass(0)
    await owner.done(hold('ann', 'A3', { show, key: 'A3' }))
    await pass(TICK_MS)
    expect(viewer().seats).toBe('A3 held')
    await owner.done(release('ann', 1, { show }))
    far.setBehind(false)
    await viewerAt(far)
    await pass(INTEREST_MS / 2)
    far.setBehind(true)
    await pass(0)
    await owner.done(hold('ann', 'A1', { show }))
    // Longer than it takes otherwise; a look would bring the rest along.
    await pass(2 * TICK_MS)
    expect(viewer().seats).toBe('')
    far.setBehind(false)
    await pass(TICK_MS)
    expect(viewer().seats).toBe('A1 held')
    // A node that is gone holds nobody up.
    far.setBehind(true)
    await pass(0)
    far.kill()
    cluster.hub.leave(far.address)
    await pass(HELLO_SILENCE_MS)
    await owner.done(hold('ann', 'A2', { show }))
    await pass(TICK_MS)
    expect(viewer().seats).toBe('A1 held, A2 held')
  })

  it('CLUSTER-52: is told what is gathered when it is due, however often its node says that it watches', async () => {
    const viewers = [await viewerAt(near), await viewerAt(far)]
    owner.setBehind(true)
    await pass(HELLO_MS)
    await owner.done(hold('ann', 'A1', { show, key: 'A1' }))
    await pass(INTEREST_MS)
    expect([INTEREST_MS < FEED_TICK_MS_MAX, ...viewers.map((viewer) => viewer().seats)]).toEqual([true, '', ''])
    await pass(FEED_TICK_MS_MAX - INTEREST_MS)
    expect(viewers.map((viewer) => viewer().seats)).toEqual(['A1 held', 'A1 held'])
  })

  it('CLUSTER-26: is watched for as long as it is there', async () => {
    const viewer = await viewerAt(near)
    await pass(5 * INTEREST_MS)
    await owner.done(hold('ann', 'A1', { show, key: 'A1' }))
    await pass(TICK_MS)
    expect(viewer().seats).toBe('A1 held')
    expect(near.pushed.filter(({ kind }) => kind === 'snapshot')).toHaveLength(1)
  })

  it.each(['the last', 'one of several'])(
    'CLUSTER-27: has the right map again after a diff was lost: %s',
    async (which) => {
      const viewer = await viewerAt(near)
      cluster.hub.cut(near.address, 'in')
      await owner.done(hold('ann', 'A1', { show, key: 'A1' }))
      await pass(TICK_MS)
      cluster.hub.heal()
      if (which === 'one of several') await owner.done(hold('ann', 'A2', { show, key: 'A2' }))
      await pass(INTEREST_MS)
      expect(viewer().seats).toBe(await owner.look(show))
      const { epoch, seq } = await owner.position(show)
      expect([viewer().epoch, viewer().seq]).toEqual([epoch, seq])
    }
  )

  it('CLUSTER-28: hears of a hold that ended, on whatever node it is', async () => {
    await near.done(hold('ann', 'A1', { show, key: 'k' }))
    await pass(15 * MINUTE)
    for (const node of cluster.nodes) {
      const ended = node.pushed.filter(({ kind }) => kind === 'hold_expired')
      expect(ended.map((push) => [push.show, push.what])).toEqual([[show, ['ann 1']]])
    }
  })

  it('CLUSTER-29: gets a snapshot of the new epoch when the owner is no more, and goes on from there', async () => {
    const viewer = await viewerAt(near)
    await owner.done(hold('ann', 'A1', { show, key: 'A1' }))
    await pass(TICK_MS)
    const before = viewer().epoch
    cluster.kill(owner)
    await cluster.settle()
    expect(viewer().epoch).toBeGreaterThan(before)
    await cluster.nodes[0]!.done(hold('bob', 'A2', { show, key: 'A2' }))
    await pass(TICK_MS)
    expect(viewer().seats).toBe('A1 held, A2 held')
    const { epoch, seq } = await cluster.ownerOf(show).position(show)
    expect([viewer().epoch, viewer().seq]).toEqual([epoch, seq])
  })

  it('CLUSTER-29: gets one too where the owner begins a new epoch itself, before that is announced', async () => {
    const viewer = await viewerAt(near)
    const before = viewer().epoch
    cluster.hub.keep = ({ to }) => to === 'hello'
    owner.gate.mode = 'loseAnswers'
    const unknown = owner.send(hold('ann', 'A1', { show, key: 'A1' }))
    await cluster.world.clock.settle()
    owner.gate.mode = 'pass'
    await pass(TICK_MS)
    expect(unknown.outcome).toMatchObject({ kind: 'held' })
    expect([viewer().epoch, viewer().seats]).toEqual([before + 1, 'A1 held'])
    cluster.hub.letGo()
  })

  it('CLUSTER-25: of a show that there is not is told so, and sees it when it is made', async () => {
    const [other] = cluster.showsOf(owner, 2).filter((id) => id !== show)
    let told: unknown = 'nothing'
    near.cluster.watch(other!, (view, refusal) => {
      told = [view, refusal]
    })
    await cluster.world.clock.settle()
    expect(told).toEqual([null, null])
    await far.createShow(other!)
    await pass(INTEREST_MS)
    expect(near.pushed.map(({ kind, show: of }) => [kind, of])).toEqual([['snapshot', other]])
  })
})
