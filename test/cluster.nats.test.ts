// Three real nodes on one Postgres and one NATS: whichever of them is asked, over whichever door, it is one box office.
import { connect as connectNats, type NatsConnection } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterHouse, startClusterHouse, takenOf } from './support/cluster-house.ts'
import type { ClusterNode } from './support/cluster-stage.ts'
import { ask, doorIsOpen } from './support/nats-stage.ts'
import { connect, type WireClient } from './support/wire-client.ts'
import { eventually, house, ROOMY } from './support/wire-client-house.ts'

const STATUS_NAMES = ['available', 'held', 'booked', 'blocked']

let cluster: ClusterHouse
let nats: NatsConnection
const clients: WireClient[] = []

beforeAll(async () => {
  cluster = await startClusterHouse({ nodes: 3 })
  nats = await connectNats({ servers: cluster.natsUrl })
  await doorIsOpen(nats)
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
  await nats?.close()
  await cluster?.dispose()
})

async function clientAt(node: ClusterNode, user: string, binary = false): Promise<WireClient> {
  const token = await cluster.token(user, 'service')
  const client = await connect(node.wsUrl, { token, ...(binary && { protocol: 'frontrow.v1.bin' as const }) })
  clients.push(client)
  return client
}

async function holdAt(node: ClusterNode, show: string, user: string, seats: readonly string[], key: string) {
  const body = { seats }
  return cluster.api(node).call('POST', `/api/shows/${show}/holds`, { token: await cluster.customer(user), key, body })
}

/** Until `client` has the map that all nodes show, and has got there without a gap. */
async function hasTheMap(client: WireClient, show: string): Promise<void> {
  await eventually(async () => {
    const { tag, seats } = await cluster.mapAt(cluster.running[0]!, show)
    const map = client.map(show)!
    expect(`"${map.epoch}-${map.seq}"`).toBe(tag)
    const statuses = Object.values(seats)
    expect(map.statuses.slice(0, statuses.length).map((status) => STATUS_NAMES[status])).toEqual(statuses)
  })
  expect(client.disorder).toEqual([])
}

describe('a cluster', () => {
  it('CLUSTER-38: any node takes any command over HTTP, and all show the same map under one ETag', async () => {
    for (const owner of cluster.nodes) {
      const show = await cluster.showOf(owner)
      for (const [at, node] of cluster.nodes.entries()) {
        const held = await holdAt(node, show, 'ann', [`1-1-${at + 1}`], `${at}`)
        expect(held.status, held.text).toBe(201)
        const { id } = held.json.hold
        const body = { holdId: id, payment: { reference: 'p' } }
        const options = { token: await cluster.customer('ann'), key: `b${at}`, body }
        const next = cluster.nodes[(at + 1) % 3]!
        const booked = await cluster.api(next).call('POST', `/api/shows/${show}/bookings`, options)
        expect(booked.json.booking, booked.text).toMatchObject({ userId: 'ann', status: 'confirmed' })
      }
      const gone = await holdAt(cluster.nodes[0]!, show, 'bob', ['1-1-1', '1-1-4'], 'late')
      expect(gone).toMatchObject({ status: 409, json: { code: 'seats_unavailable', seats: ['1-1-1'] } })
      const maps = await Promise.all(cluster.nodes.map((node) => cluster.mapAt(node, show)))
      expect(takenOf(maps[0]!.seats)).toEqual({ '1-1-1': 'booked', '1-1-2': 'booked', '1-1-3': 'booked' })
      for (const map of maps) expect(map).toEqual(maps[0])
      const headers = { 'if-none-match': maps[0]!.tag! }
      for (const node of cluster.nodes) {
        expect((await cluster.api(node).call('GET', `/api/shows/${show}/seats`, { headers })).status).toBe(304)
      }
    }
  })

  it('CLUSTER-38: … over WebSocket, with the same refusals', async () => {
    const show = await cluster.showOf(cluster.nodes[2]!)
    for (const [at, node] of cluster.nodes.entries()) {
      const client = await clientAt(node, 'ann')
      const held = await client.ask({ op: 'hold', show, seats: [`1-1-${at + 1}`], key: `h${at}` })
      expect(held).toMatchObject({ ok: true, hold: { seats: [{ id: `1-1-${at + 1}` }] } })
      const extended = await client.ask({ op: 'extend', show, hold: held.hold!.id, key: `e${at}` })
      expect(extended).toMatchObject({ ok: true, hold: { id: held.hold!.id } })
      const refused = await client.ask({ op: 'hold', show, seats: ['1-1-1'], key: 'other' })
      expect(refused).toMatchObject({ ok: false, error: { code: 'seats_unavailable', seats: ['1-1-1'] } })
      expect(await client.ask({ op: 'release', show, hold: '99', key: `r${at}` })).toMatchObject({
        error: { code: 'not_found' }
      })
      expect(await client.ask({ op: 'subscribe', show: 'no-such-show' })).toMatchObject({
        error: { code: 'not_found' }
      })
    }
  })

  it('CLUSTER-38: … and over the service door, whichever node gets the request', async () => {
    const shows = await Promise.all(cluster.nodes.map((owner) => cluster.showOf(owner)))
    for (const show of shows) {
      const ids = Object.keys((await cluster.mapAt(cluster.nodes[0]!, show)).seats).slice(0, 12)
      const asked = ids.map((seat) => ask(nats, show, 'hold', { user: 'desk', seats: [seat], key: seat }))
      for (const answer of await Promise.all(asked)) expect(answer.error).toBeUndefined()
      const sold = await ask(nats, show, 'book', { user: 'desk', hold: '1', key: 'b' })
      expect(sold).toMatchObject({ ok: true, booking: { status: 'confirmed' } })
      const { seats } = await cluster.mapAt(cluster.nodes[0]!, show)
      expect(Object.values(takenOf(seats)).sort()).toEqual(['booked', ...Array.from({ length: 11 }, () => 'held')])
    }
  })

  it('CLUSTER-39: a key is one key, whichever nodes and doors it comes to, also at once', async () => {
    const show = await cluster.showOf(cluster.nodes[0]!)
    const sockets = await Promise.all(cluster.nodes.map((node) => clientAt(node, 'ann')))
    const http = await Promise.all(cluster.nodes.map((node) => holdAt(node, show, 'ann', ['1-1-1'], 'once')))
    const wire = await Promise.all(
      sockets.map((client) => client.ask({ op: 'hold', show, seats: ['1-1-1'], key: 'once' }))
    )
    const service = await ask(nats, show, 'hold', { user: 'ann', seats: ['1-1-1'], key: 'once' })
    for (const { json, text } of http) expect(json.hold, text).toEqual(http[0]!.json.hold)
    for (const { hold } of [...wire, service]) expect(hold).toEqual(http[0]!.json.hold)
    for (const client of sockets) {
      expect(await client.ask({ op: 'hold', show, seats: ['1-1-2'], key: 'once' })).toMatchObject({
        error: { code: 'idempotency_conflict' }
      })
    }
    expect(takenOf((await cluster.mapAt(cluster.nodes[1]!, show)).seats)).toEqual({ '1-1-1': 'held' })
  })

  it('CLUSTER-40: who wrote at a node finds it in their lists there at once, and at all others soon', async () => {
    for (const owner of cluster.nodes) {
      const show = await cluster.showOf(owner)
      const asked = cluster.nodes.find((node) => node !== owner)!
      const user = `reader of ${show}`
      const token = await cluster.customer(user)
      const held = await holdAt(asked, show, user, ['1-1-1'], 'h')
      const body = { holdId: held.json.hold.id }
      const booked = await cluster.api(asked).call('POST', `/api/shows/${show}/bookings`, { token, key: 'b', body })
      const { id } = booked.json.booking
      const idsAt = async (node: ClusterNode) => {
        const { json } = await cluster.api(node).call('GET', '/api/bookings', { token })
        return (json.bookings as { id: string }[]).map((one) => one.id)
      }
      expect(await idsAt(asked)).toEqual([id])
      for (const node of cluster.nodes) {
        await eventually(async () => expect(await idsAt(node)).toEqual([id]))
        expect(await cluster.api(node).call('GET', `/api/bookings/${id}`, { token })).toMatchObject({ status: 200 })
      }
      const [list] = await Promise.all(
        cluster.nodes.map((node) => cluster.api(node).call('GET', '/api/shows?limit=200'))
      )
      expect((list!.json.shows as { id: string }[]).map((one) => one.id)).toContain(show)
    }
  })

  it('CLUSTER-41: a viewer at any node sees what is sold at all, without gaps, as text and as bytes', async () => {
    const { seats, show: made } = house(10, 20)
    const show = await cluster.showOf(cluster.nodes[1]!, made)
    const viewers = await Promise.all(
      cluster.nodes.flatMap((node) => [clientAt(node, 'eve'), clientAt(node, 'eve', true)])
    )
    for (const viewer of viewers) expect(await viewer.ask({ op: 'subscribe', show })).toMatchObject({ ok: true })
    const buyers = await Promise.all(cluster.nodes.map((node, at) => clientAt(node, `buyer-${at}`)))
    await Promise.all(
      buyers.map(async (buyer, at) => {
        for (let seat = at; seat < seats.length; seat += 3) {
          const { hold } = await buyer.ask({ op: 'hold', show, seats: [seats[seat]!], key: `h${seat}` })
          if (seat % 4 === 0) await buyer.ask({ op: 'book', show, hold: hold!.id, key: `b${seat}` })
          if (seat % 4 === 1) await buyer.ask({ op: 'release', show, hold: hold!.id, key: `r${seat}` })
        }
      })
    )
    for (const viewer of viewers) await hasTheMap(viewer, show)
    for (const viewer of viewers) expect(viewer.map(show)).toMatchObject({ snapshots: 1 })
    // Who comes back to another node goes on from where it was.
    const { epoch, seq, diffs } = viewers[0]!.map(show)!
    const back = await clientAt(cluster.nodes[2]!, 'eve')
    expect(await back.ask({ op: 'subscribe', show, epoch, seq: seq - 2 })).toMatchObject({ ok: true })
    await eventually(() => expect(back.disorder).toHaveLength(2))
    expect(diffs).toBeGreaterThan(2)
  })

  it('CLUSTER-42: the end of a hold is told to its holder, on whatever node, and to nobody else', async () => {
    const show = await cluster.showOf(cluster.nodes[0]!, { policy: { ...ROOMY, holdMs: 1_000 } })
    const holders = await Promise.all(cluster.nodes.map((node) => clientAt(node, 'ann')))
    const stranger = await clientAt(cluster.nodes[1]!, 'bob')
    const { hold } = await holders[2]!.ask({ op: 'hold', show, seats: ['1-1-1'], key: 'h' })
    for (const holder of holders) await eventually(() => expect(holder.expired).toEqual([hold!.id]))
    expect(stranger.expired).toEqual([])
    expect(takenOf((await cluster.mapAt(cluster.nodes[1]!, show)).seats)).toEqual({})
  })

  it('CLUSTER-43: each node tells what it has and who is there', async () => {
    const stats = await Promise.all(
      cluster.nodes.map(async ({ url }) => {
        const text = await (await fetch(`${url}/metrics`)).text()
        const gauge = (name: string) => Number(new RegExp(`^frontrow_${name} (\\d+)$`, 'm').exec(text)?.[1])
        const shards = [...text.matchAll(/^frontrow_shard_epoch\{shard="(\d+)"\} \d+$/gm)].map(([, shard]) =>
          Number(shard)
        )
        return { members: gauge('members'), owned: gauge('owned_shards'), shards }
      })
    )
    expect(stats.map(({ members }) => members)).toEqual([3, 3, 3])
    expect(stats.map(({ owned }) => owned)).toEqual(stats.map(({ shards }) => shards.length))
    expect(stats.flatMap(({ shards }) => shards).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, at) => at)
    )
  })
})
