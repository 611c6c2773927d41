// Everything a run stands on: a real Postgres, a real server on it, and the wires between them and to the clients.
// Keeps true: whatever is started or mounted here ends with `dispose`, or with this process.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { createAuth } from '../../gateway/auth.ts'
import type { Role } from '../../gateway/roles.ts'
import { freePort } from '../support/free-port.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { type FaultyWire, faultyWire } from './faulty-wire.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { type SupervisedServer, superviseServer } from './supervised-server.ts'

export interface Stage {
  readonly postgres: TestPostgres
  readonly server: SupervisedServer
  /** A second one on the same database; it is not running unless a fault starts it. */
  readonly rival: SupervisedServer
  /** Between server and Postgres. */
  readonly databaseWire: FaultyWire
  /** Between clients and server. */
  readonly clientWire: FaultyWire
  /** With the database's log; or why there is none. */
  readonly disk: SmallDisk | string
  /** Of the clients, through their wire. */
  readonly wsUrl: string
  readonly httpUrl: string
  token(user: string, role: Role): Promise<string>
  /** Asks Postgres past the wire. */
  sql(text: string): Promise<void>
  dispose(): Promise<void>
}

const SECRET = 'a secret that only the chaos run of frontrow uses'
const TOKEN_LIFE_MS = 12 * 60 * 60 * 1000
const DISK_MEGABYTES = 64
/**
 * Segments of the log are of 1 MB and not used again: a full disk is felt at the next one. Commits that do not ask to
 * be on disk are kept in memory for long: what a crash may lose is lost.
 */
const SETTINGS = {
  ...{ max_wal_size: '24MB', min_wal_size: '2MB', wal_recycle: 'off' },
  ...{ wal_writer_delay: '10s', shared_buffers: '64MB' }
}

/** `folder`: where logs are kept. */
export async function openStage(folder: string): Promise<Stage> {
  const closing: (() => unknown)[] = []
  const dispose = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    return { ...(await furnish(folder, (close) => closing.push(close))), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function furnish(folder: string, later: (close: () => unknown) => void): Promise<Omit<Stage, 'dispose'>> {
  const disk = mountSmallDisk(DISK_MEGABYTES)
  if (typeof disk !== 'string') later(disk.dispose)
  const waldir = typeof disk === 'string' ? [] : [`--waldir=${join(disk.path, 'wal')}`]
  const postgres = await startPostgres({
    durable: true,
    settings: SETTINGS,
    initdbFlags: ['--wal-segsize=1', ...waldir]
  })
  later(postgres.dispose)
  const databaseWire = await faultyWire({ host: '127.0.0.1', port: postgres.port })
  later(databaseWire.close)
  const databaseUrl = `postgres://postgres@127.0.0.1:${databaseWire.port}/postgres`
  const server = await superviseIn(folder, 'server', databaseUrl)
  const rival = await superviseIn(folder, 'rival', databaseUrl)
  server.start()
  later(() => Promise.all([server.end('SIGKILL'), rival.end('SIGKILL')]))
  const clientWire = await faultyWire({ host: '127.0.0.1', port: server.port })
  later(clientWire.close)
  const auth = createAuth(Buffer.from(SECRET), Date.now)
  return {
    ...{ postgres, server, rival, databaseWire, clientWire, disk },
    wsUrl: `ws://127.0.0.1:${clientWire.port}/ws`,
    httpUrl: `http://127.0.0.1:${clientWire.port}`,
    token: async (user, role) => (await auth.signToken(user, role, TOKEN_LIFE_MS)).token,
    sql: (text) => query(postgres.url, text)
  }
}

/** Its log and its data are in `folder`, under its name. */
async function superviseIn(folder: string, name: string, databaseUrl: string): Promise<SupervisedServer> {
  const dataDir = join(folder, `${name}-data`)
  mkdirSync(dataDir, { recursive: true })
  return superviseServer({
    port: await freePort(),
    logPath: join(folder, `${name}.log`),
    env: { DEMO: '0', LOG_LEVEL: 'warn', JWT_SECRET: SECRET, DATA_DIR: dataDir, DATABASE_URL: databaseUrl }
  })
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end().catch(() => {})
  }
}
