// Three real nodes, and what happens to them: killed, told to end, replaced, frozen, without NATS. Buyers and viewers
// stay connected to the others.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { REMOTE_PATIENCE_MS } from '../core/limits.ts'
import { type ClusterHouse, startClusterHouse, takenOf } from './support/cluster-house.ts'
import type { ClusterNode } from './support/cluster-stage.ts'
import { connect, type WireClient } from './support/wire-client.ts'
import { eventually, house } from './support/wire-client-house.ts'
import { type Load, startLoad, statusesBy } from './support/wire-client-load.ts'

const STATUS_NAMES = ['available', 'held', 'booked', 'blocked']
/** Enough for a load to go on through all that is done. */
const HALL = house(60, 25)

let cluster: ClusterHouse
/** Who is asked, to whom things are done, and who looks on. */
let asked: ClusterNode
let struck: ClusterNode
let other: ClusterNode

beforeAll(async () => {
  cluster = await startClusterHouse({ nodes: 3 })
})
afterAll(() => cluster?.dispose())
beforeEach(async () => {
  for (const node of cluster.nodes) if (node.pid === null && !isReplaced(node)) await node.restart()
  await cluster.settled()
  ;[asked, struck, other] = cluster.running as [ClusterNode, ClusterNode, ClusterNode]
})

/** Whether another process has its name by now. */
function isReplaced({ id, dataDir }: ClusterNode): boolean {
  return cluster.nodes.some((node) => node.id === id && node.dataDir !== dataDir && node.pid !== null)
}

async function hold(node: ClusterNode, show: string, user: string, seat: string) {
  const options = { token: await cluster.customer(user), key: `${user} ${seat}`, body: { seats: [seat] } }
  return cluster.api(node).call('POST', `/api/shows/${show}/holds`, options)
}

async function viewerAt(node: ClusterNode, show: string): Promise<WireClient> {
  const viewer = await connect(node.wsUrl)
  expect(await viewer.ask({ op: 'subscribe', show })).toMatchObject({ ok: true })
  return viewer
}

/** Until `viewer` has the map that `node` shows, and has got there without a gap. */
async function hasTheMap(viewer: WireClient, node: ClusterNode, show: string): Promise<void> {
  await eventually(async () => {
    const { tag, seats } = await cluster.mapAt(node, show)
    const map = viewer.map(show)!
    expect(`"${map.epoch}-${map.seq}"`).toBe(tag)
    const statuses = Object.values(seats)
    expect(map.statuses.slice(0, statuses.length).map((status) => STATUS_NAMES[status])).toEqual(statuses)
  })
  expect(viewer.disorder).toEqual([])
}

/** All that was acknowledged is there, nothing else is, and every node says the same. */
async function expectSold(show: string, load: Load): Promise<void> {
  const told = statusesBy(load.asked)
  for (const node of cluster.running) expect(takenOf((await cluster.mapAt(node, show)).seats)).toEqual(told)
  const booked = Object.keys(told).filter((seat) => told[seat] === 'booked')
  await eventually(async () => {
    const rows = await cluster.sql<{ count: number }>(
      'select count(*)::int as count from frontrow.booking_seats where show_id = $1',
      [show]
    )
    expect(rows[0]!.count).toBe(booked.length)
  })
}

function loadAt(node: ClusterNode, show: string) {
  const stage = { server: node, api: cluster.api(node) }
  return { stage, started: startLoad(stage, { show, seats: HALL.seats, buyers: 6 }) }
}

const codesOf = (load: Load) => [...new Set(load.asked.map(({ answer }) => answer?.error?.code ?? 'ok'))]

describe('a node that is killed', () => {
  it('CLUSTER-44: others sell its shows a moment later, with all that was acknowledged; viewers see it', async () => {
    const show = await cluster.showOf(struck, HALL.show)
    const theirs = await Promise.all([1, 2, 3].map(() => cluster.showOf(struck)))
    const viewers = [await viewerAt(asked, show), await viewerAt(other, show)]
    const load = await loadAt(asked, show).started
    await eventually(() => expect(load.count('ok')).toBeGreaterThan(60))
    await struck.kill('SIGKILL')
    const before = load.count('ok')
    await eventually(() => expect(load.count('ok')).toBeGreaterThan(before + 60), 60_000)
    await load.stop()
    await load.settle()
    for (const code of codesOf(load)) expect(['ok', 'unavailable', 'busy']).toContain(code)
    await expectSold(show, load)
    for (const [at, viewer] of viewers.entries()) {
      await hasTheMap(viewer, [asked, other][at]!, show)
      await viewer.close()
    }
    for (const one of theirs) expect((await hold(other, one, 'ann', '1-1-1')).status).toBe(201)
  })
})

describe('a node that is told to end', () => {
  it('CLUSTER-45: gives all it has to others first; nothing is refused for good, and nothing is lost', async () => {
    const shows = await Promise.all([1, 2].map(() => cluster.showOf(struck, HALL.show)))
    const viewer = await viewerAt(asked, shows[1]!)
    const loads = [asked, struck].map((node, at) => loadAt(node, shows[at]!))
    const started = await Promise.all(loads.map((load) => load.started))
    await eventually(() => expect(Math.min(...started.map((load) => load.count('ok')))).toBeGreaterThan(30))
    const ending = struck.stop()
    // As a balancer would: who connects from now on comes to another node.
    loads[1]!.stage.server = other
    await ending
    expect(await cluster.sql('select shard from frontrow.shard_head where owner like $1', [`${struck.id}.%`])).toEqual(
      []
    )
    const before = started[0]!.count('ok')
    await eventually(() => expect(started[0]!.count('ok')).toBeGreaterThan(before + 30))
    for (const [at, load] of started.entries()) {
      await load.stop()
      for (const { answer } of load.asked) expect(answer?.error?.retryable ?? true, answer?.error?.code).toBe(true)
      await load.settle()
      await expectSold(shows[at]!, load)
    }
    await hasTheMap(viewer, asked, shows[1]!)
    await viewer.close()
    await cluster.settled()
  })
})

describe('two processes that were given one name', () => {
  it('CLUSTER-46: the older one ends, says why, and the younger one has its shards', async () => {
    const show = await cluster.showOf(struck)
    expect((await hold(asked, show, 'ann', '1-1-1')).status).toBe(201)
    const young = await cluster.add({ env: { NODE_ID: struck.id } })
    await eventually(() => expect(struck.pid).toBeNull())
    expect(struck.logs()).toContain('Another process has taken over the name of this node: give each node a NODE_ID')
    await cluster.settled()
    expect((await hold(young, show, 'ann', '1-1-2')).status).toBe(201)
    expect(takenOf((await cluster.mapAt(other, show)).seats)).toEqual({ '1-1-1': 'held', '1-1-2': 'held' })
  })

  it('CLUSTER-46: a data folder has one process, whatever its name; the one that has it goes on', async () => {
    const env = { NODE_ID: 'another', DATA_DIR: struck.dataDir }
    await expect(cluster.add({ env })).rejects.toThrow(/Another process uses this data folder/)
    const show = await cluster.showOf(struck)
    expect((await hold(struck, show, 'ann', '1-1-1')).status).toBe(201)
  })
})

describe('a node that was frozen', () => {
  it('CLUSTER-47: sells nothing twice when it wakes, and shows what others sold meanwhile', async () => {
    const show = await cluster.showOf(struck)
    const viewer = await viewerAt(struck, show)
    process.kill(struck.pid!, 'SIGSTOP')
    await eventually(async () => expect((await cluster.ownerOf(show)).id).not.toBe(struck.id), 30_000)
    await eventually(async () => expect((await hold(asked, show, 'bob', '1-1-1')).status).toBe(201))
    const asleep = [hold(struck, show, 'ann', '1-1-1'), hold(struck, show, 'eve', '1-1-1')]
    process.kill(struck.pid!, 'SIGCONT')
    for (const answer of await Promise.all(asleep)) expect([409, 503]).toContain(answer.status)
    await eventually(async () => {
      expect(await hold(struck, show, 'cid', '1-1-1')).toMatchObject({ json: { code: 'seats_unavailable' } })
    })
    expect((await hold(struck, show, 'cid', '1-1-2')).status).toBe(201)
    await hasTheMap(viewer, asked, show)
    await viewer.close()
  })
})

describe('nodes without NATS', () => {
  it('CLUSTER-48: each sells what it has, and says that the rest is not to be had now; then all goes on', async () => {
    const show = await cluster.showOf(struck)
    const viewer = await viewerAt(asked, show)
    await cluster.nats!.kill()
    await eventually(async () => {
      const owner = await cluster.ownerOf(show)
      expect((await hold(owner, show, 'ann', '1-1-1')).status).toBe(201)
      const away = cluster.running.find((node) => node !== owner)!
      const startedAt = performance.now()
      expect(await hold(away, show, 'bob', '1-1-2')).toMatchObject({
        status: 503,
        json: { code: 'unavailable', retryable: true }
      })
      expect(performance.now() - startedAt).toBeGreaterThan(REMOTE_PATIENCE_MS / 2)
    }, 60_000)
    await cluster.nats!.start()
    for (const node of cluster.running) {
      await eventually(async () => expect((await hold(node, show, 'bob', '1-1-2')).status).toBe(201), 60_000)
    }
    await hasTheMap(viewer, asked, show)
    await viewer.close()
    await cluster.settled()
  })
})
