// What tests of whole clusters ask of a stage: when all is settled, whose a show is, and what every node shows of it.
import { expect } from 'vitest'
import { shardOf } from '../../core/shard.ts'
import { type ClusterNode, type ClusterStage, type ClusterStageOptions, startClusterStage } from './cluster-stage.ts'
import { type HttpClient, httpClient, TEST_SECRET } from './http-client.ts'
import { SHOW } from './http-stage.ts'
import { eventually, ROOMY } from './wire-client-house.ts'

/** So many that every node has some, and few enough to look at. */
export const CLUSTER_SHARDS = 24

export interface ClusterHouse extends ClusterStage {
  /** Those that run. */
  readonly running: readonly ClusterNode[]
  api(node: ClusterNode): HttpClient
  /** Until every shard is owned by a node that runs, each has its share, and all are ready. */
  settled(): Promise<void>
  /** Whose `show` is, as the journal says. */
  ownerOf(show: string): Promise<ClusterNode>
  /** The id of a new show that is `node`'s, with 22 seats unless `more` says otherwise. */
  showOf(node: ClusterNode, more?: object): Promise<string>
  customer(user: string): Promise<string>
  /** Every seat's status at `node`, with the ETag. */
  mapAt(
    node: ClusterNode,
    show: string
  ): Promise<{ readonly tag: string | null; readonly seats: Record<string, string> }>
}

const OWNERS = `
  select shard, split_part(owner, '.', 1) as node from frontrow.shard_head
  where owner is not null and expires > clock_timestamp()`

export async function startClusterHouse(options: ClusterStageOptions): Promise<ClusterHouse> {
  const env = { JWT_SECRET: TEST_SECRET, SHARDS: String(CLUSTER_SHARDS), ...options.env }
  const stage = await startClusterStage({ ...options, env })
  let shows = 0
  const running = () => stage.nodes.filter(({ pid }) => pid !== null)
  const owners = async () => {
    const rows = await stage.sql<{ shard: number; node: string }>(OWNERS)
    return new Map(rows.map(({ shard, node }) => [shard, node]))
  }
  const house: ClusterHouse = {
    ...stage,
    get nodes() {
      return stage.nodes
    },
    get running() {
      return running()
    },
    api: (node) => httpClient(node.url),
    customer: (user) => stage.token(user, 'customer'),
    settled: () =>
      eventually(async () => {
        const ids = running().map(({ id }) => id)
        const shares = [...(await owners()).values()]
        expect(shares).toHaveLength(CLUSTER_SHARDS)
        expect([...new Set(shares)].sort()).toEqual([...ids].sort())
        for (const { url } of running()) expect((await fetch(`${url}/readyz`)).status).toBe(200)
      }, 60_000),
    ownerOf: async (show) => {
      const name = (await owners()).get(shardOf(show, CLUSTER_SHARDS))
      const node = running().find(({ id }) => id === name)
      if (node === undefined) throw new Error(`nobody has ${show}`)
      return node
    },
    showOf: async (node, more = {}) => {
      for (;;) {
        const id = `show-${++shows}`
        if ((await owners()).get(shardOf(id, CLUSTER_SHARDS)) !== node.id) continue
        await stage.createShow({ ...SHOW, policy: ROOMY, ...more, id })
        return id
      }
    },
    mapAt: async ({ url }, show) => {
      const { status, headers, json, text } = await httpClient(url).call('GET', `/api/shows/${show}/seats`)
      if (status !== 200) throw new Error(`no map of ${show}: ${status} ${text}`)
      const seats = (json.seats as { id: string; status: string }[]).map((seat) => [seat.id, seat.status])
      return { tag: headers.get('etag'), seats: Object.fromEntries(seats) }
    }
  }
  await house.settled()
  return house
}

/** `'1-1-1': 'held'` and so on, of what is not available. */
export function takenOf(seats: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(seats).filter(([, status]) => status !== 'available'))
}
