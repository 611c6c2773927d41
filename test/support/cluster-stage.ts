// A cluster as tests and `npm run cluster` run it: nodes of their own processes on one Postgres and one NATS, started
// here unless their addresses are given. Nodes come and go; what they stand on ends with the stage.
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { createAuth } from '../../gateway/auth.ts'
import type { Role } from '../../gateway/roles.ts'
import { type NatsOptions, startNats, type TestNats } from './nats.ts'
import { type PostgresOptions, startPostgres, type TestPostgres } from './postgres.ts'
import { type ServerOptions, startServer, type TestServer } from './server.ts'

export interface ClusterStageOptions {
  readonly nodes: number
  /** Settings of every node. */
  readonly env?: Readonly<Record<string, string>>
  /** Of a Postgres and a NATS that are there already. */
  readonly databaseUrl?: string | undefined
  readonly natsUrl?: string | undefined
  /** How those are started that are not. */
  readonly postgres?: PostgresOptions
  readonly nats?: NatsOptions
}

/** What is the node's own, beside what all have. */
export type NodeOptions = Pick<ServerOptions, 'env' | 'heard'>

export interface ClusterNode extends TestServer {
  /** Its NODE_ID. */
  readonly id: string
}

export interface ClusterStage {
  /** Null where it was there already. */
  readonly postgres: TestPostgres | null
  readonly nats: TestNats | null
  readonly databaseUrl: string
  readonly natsUrl: string
  /** By their ids, also those that do not run any more. */
  readonly nodes: readonly ClusterNode[]
  /** One more, `node-<n>` unless NODE_ID is set; returns when it is ready. */
  add(options?: NodeOptions): Promise<ClusterNode>
  token(user: string, role: Role): Promise<string>
  /** Creates a show at the first node that runs; fails when the server says no. */
  createShow(show: object): Promise<void>
  sql<Row extends object>(query: string, values?: unknown[]): Promise<Row[]>
  dispose(): Promise<void>
}

const TOKEN_LIFE_MS = 12 * 60 * 60 * 1000
const CREATED_MS_MAX = 20_000
const RETRY_MS = 200

export async function startClusterStage(options: ClusterStageOptions): Promise<ClusterStage> {
  const { databaseUrl, natsUrl } = options
  const [postgres, nats] = await bothOrNone(
    databaseUrl === undefined ? startPostgres(options.postgres) : null,
    natsUrl === undefined ? startNats(options.nats) : null
  )
  const stage = control(options, postgres, nats)
  // All of them, also where one fails: what still starts could not be ended.
  const started = await Promise.allSettled(Array.from({ length: options.nodes }, () => stage.add()))
  const failed = started.find((one) => one.status === 'rejected')
  if (failed === undefined) return stage
  await stage.dispose()
  throw failed.reason
}

function control(options: ClusterStageOptions, postgres: TestPostgres | null, nats: TestNats | null): ClusterStage {
  const databaseUrl = options.databaseUrl ?? postgres!.url
  const natsUrl = options.natsUrl ?? nats!.url
  const secret = options.env?.JWT_SECRET ?? randomBytes(32).toString('hex')
  const auth = createAuth(Buffer.from(secret), Date.now)
  const token = async (user: string, role: Role) => (await auth.signToken(user, role, TOKEN_LIFE_MS)).token
  const common = { DEMO: '0', LOG_LEVEL: 'info', JWT_SECRET: secret, DATABASE_URL: databaseUrl, NATS_URL: natsUrl }
  const nodes: ClusterNode[] = []
  let count = 0
  return {
    ...{ postgres, nats, databaseUrl, natsUrl, nodes, token },
    add: async ({ env, heard } = {}) => {
      const id = env?.NODE_ID ?? `node-${++count}`
      const server = await startServer({ env: { ...common, NODE_ID: id, ...options.env, ...env }, heard })
      const node = named(server, id)
      nodes.push(node)
      nodes.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
      return node
    },
    createShow: async (show) => {
      const authorization = `Bearer ${await token('stage', 'admin')}`
      await createShow(() => nodes.find(({ pid }) => pid !== null)?.url, authorization, show)
    },
    sql: async <Row extends object>(query: string, values: unknown[] = []) => {
      const client = new Client({ connectionString: databaseUrl })
      await client.connect()
      try {
        return (await client.query<Row>(query, values)).rows
      } finally {
        await client.end()
      }
    },
    dispose: async () => {
      await Promise.all(nodes.map((node) => node.dispose()))
      await Promise.all([postgres?.dispose(), nats?.dispose()])
    }
  }
}

/** Under one key until there is an answer that stays: its shard may be on the way from one node to another. */
async function createShow(anyUrl: () => string | undefined, authorization: string, show: object): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization, 'idempotency-key': randomUUID() }
  for (const until = Date.now() + CREATED_MS_MAX; ; await delay(RETRY_MS)) {
    const url = anyUrl()
    if (url === undefined) throw new Error('no node runs')
    const response = await fetch(`${url}/api/admin/shows`, { method: 'POST', headers, body: JSON.stringify(show) })
    const answer = await response.text()
    if (response.status === 201) return
    if (response.status === 503 && Date.now() < until) continue
    throw new Error(`the show was not created: ${response.status} ${answer.slice(0, 500)}`)
  }
}

/** What `server` says of itself changes, so it is asked each time. */
function named(server: TestServer, id: string): ClusterNode {
  return Object.create(server, { id: { value: id, enumerable: true } }) as ClusterNode
}

/** Neither is left behind when the other does not start. */
async function bothOrNone(
  postgres: Promise<TestPostgres> | null,
  nats: Promise<TestNats> | null
): Promise<[TestPostgres | null, TestNats | null]> {
  const [first, second] = await Promise.allSettled([postgres, nats])
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value]
  if (first.status === 'fulfilled') await first.value?.dispose()
  if (second.status === 'fulfilled') await second.value?.dispose()
  throw first.status === 'rejected' ? first.reason : (second as PromiseRejectedResult).reason
}
