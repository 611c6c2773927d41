// The ground of a cluster: nodes of their own processes on one Postgres and one NATS, and for each node a wire of its
// own to either, so that it can be cut off alone.
import { placeShards } from '../../../actors/cluster/placement.ts'
import { startNats, type TestNats } from '../../support/nats.ts'
import { startPostgres } from '../../support/postgres.ts'
import { type FaultyWire, faultyWire } from '../faulty-wire.ts'
import { furnished, type Ground, type Later, query, superviseIn } from '../ground.ts'
import type { SupervisedServer } from '../supervised-server.ts'

export interface ClusterNode {
  readonly id: string
  readonly server: SupervisedServer
  readonly databaseWire: FaultyWire
  readonly natsWire: FaultyWire
}

/** A shard by Postgres's word. */
export interface Head {
  readonly owner: string | null
  readonly epoch: number
}

export interface ClusterGround extends Ground {
  readonly nats: TestNats
  /** Those that the cluster has, as long as nothing is done to it. */
  readonly nodes: readonly ClusterNode[]
  /** One more, that does not run unless a fault starts it. */
  readonly spare: ClusterNode
  /** Those that run now, the spare too. */
  readonly running: readonly ClusterNode[]
  /** By shard. Asked past the wires. */
  heads(): Promise<readonly Head[]>
  /** Ends every connection that a node has to Postgres. */
  terminateBackends(): Promise<void>
  /** Why not every node that runs is ready, or a shard is not where it belongs; null where all is well. */
  unrest(): Promise<string | null>
}

export const SHARDS = 64
/** An owner is the name of its node, and what tells its processes from others of that name. */
const HEADS = `
  select case when expires > clock_timestamp() then split_part(owner, '.', 1) end as owner, epoch::int
  from frontrow.shard_head order by shard`
const TERMINATE = `
  select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'frontrow%'`

/** `folder`: where logs are kept. */
export function openClusterGround(folder: string, nodes: number): Promise<ClusterGround> {
  return furnished<ClusterGround>((later) => furnish(folder, nodes, later))
}

async function furnish(folder: string, count: number, later: Later): Promise<Omit<ClusterGround, 'dispose'>> {
  const postgres = await startPostgres({ durable: true })
  later(postgres.dispose)
  const nats = await startNats()
  later(nats.dispose)
  const all: ClusterNode[] = []
  for (let at = 1; at <= count + 1; at++) all.push(await node(`node-${at}`, folder, postgres.port, nats.port, later))
  const nodes = all.slice(0, count)
  for (const { server } of nodes) server.start()
  later(() => Promise.all(all.map(({ server }) => server.end('SIGKILL'))))
  let turns = 0
  const running = () => all.filter(({ server }) => server.pid !== null)
  const next = () => {
    const up = running()
    return (up[turns++ % up.length] ?? all[0]!).server.url
  }
  const heads = () => query<Head>(postgres.url, HEADS)
  return {
    ...{ postgres, nats, nodes, heads },
    spare: all[count]!,
    servers: all.map(({ server }) => server),
    get running() {
      return running()
    },
    wsUrl: () => `${next().replace('http', 'ws')}/ws`,
    httpUrl: next,
    terminateBackends: async () => {
      await query(postgres.url, TERMINATE)
    },
    unrest: () => unrestOf(running(), heads)
  }
}

async function unrestOf(
  running: readonly ClusterNode[],
  heads: () => Promise<readonly Head[]>
): Promise<string | null> {
  try {
    for (const { id, server } of running) if (!(await server.isReady())) return `${id} is not ready`
    const ids = running.map(({ id }) => id)
    const owners = await heads()
    const wrong = placeShards(ids, SHARDS).flatMap((to, shard) => {
      const owner = owners[shard]?.owner ?? 'nobody'
      return owner === to ? [] : [`shard ${shard} is of ${owner}, not of ${to}`]
    })
    return wrong.length === 0 ? null : `${wrong.length} shards are out of place, ${wrong.slice(0, 3).join(', ')}`
  } catch (error) {
    return String(error)
  }
}

async function node(
  id: string,
  folder: string,
  postgresPort: number,
  natsPort: number,
  later: Later
): Promise<ClusterNode> {
  const databaseWire = await faultyWire({ host: '127.0.0.1', port: postgresPort })
  later(databaseWire.close)
  const natsWire = await faultyWire({ host: '127.0.0.1', port: natsPort })
  later(natsWire.close)
  const server = await superviseIn(folder, id, {
    ...{ NODE_ID: id, SHARDS: String(SHARDS), LOG_LEVEL: 'info' },
    DATABASE_URL: `postgres://postgres@127.0.0.1:${databaseWire.port}/postgres`,
    NATS_URL: `nats://127.0.0.1:${natsWire.port}`
  })
  return { id, server, databaseWire, natsWire }
}
