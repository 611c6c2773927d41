// What every run stands on, with one server or several: how clients, judges and the nemesis get at it. Keeps true:
// whatever is started while it is furnished ends with `dispose`, or with this process.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { createAuth } from '../../gateway/auth.ts'
import type { Role } from '../../gateway/roles.ts'
import { freePort } from '../support/free-port.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { type SupervisedServer, superviseServer } from './supervised-server.ts'

export interface Ground {
  readonly postgres: TestPostgres
  /** Also those that do not run. */
  readonly servers: readonly SupervisedServer[]
  /** Of a server that is to answer now, for clients. */
  wsUrl(): string
  httpUrl(): string
  dispose(): Promise<void>
}

/** What is called when all ends, the last first. */
export type Later = (close: () => unknown) => void

const SECRET = 'a secret that only the chaos run of frontrow uses'
const TOKEN_LIFE_MS = 12 * 60 * 60 * 1000
const auth = createAuth(Buffer.from(SECRET), Date.now)

export async function furnished<G extends Ground>(furnish: (later: Later) => Promise<Omit<G, 'dispose'>>): Promise<G> {
  const closing: (() => unknown)[] = []
  const dispose = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    return { ...(await furnish((close) => closing.push(close))), dispose } as G
  } catch (error) {
    await dispose()
    throw error
  }
}

/** For every server of a run. */
export async function tokenFor(user: string, role: Role): Promise<string> {
  return (await auth.signToken(user, role, TOKEN_LIFE_MS)).token
}

/** A server whose log and data are in `folder`, under its name. */
export async function superviseIn(
  folder: string,
  name: string,
  env: Readonly<Record<string, string>>
): Promise<SupervisedServer> {
  const dataDir = join(folder, `${name}-data`)
  mkdirSync(dataDir, { recursive: true })
  return superviseServer({
    port: await freePort(),
    logPath: join(folder, `${name}.log`),
    env: { DEMO: '0', LOG_LEVEL: 'warn', JWT_SECRET: SECRET, DATA_DIR: dataDir, ...env }
  })
}

export async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}
