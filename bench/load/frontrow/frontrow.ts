// Frontrow as one of the systems that are put under load: a server, a Postgres that syncs every commit, and a NATS
// server, all of their own. Every run begins with the same shows, on a fresh copy of the database.
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { Policy } from '../../../core/policy.ts'
import { viewOf } from '../../../gateway/cli/cluster-view.ts'
import { createPool } from '../../../persistence/postgres/postgres.ts'
import { createPostgresNodes } from '../../../persistence/postgres/postgres-nodes.ts'
import { startNats, type TestNats } from '../../../test/support/nats.ts'
import type { TestPostgres } from '../../../test/support/postgres.ts'
import { startServer, type TestServer } from '../../../test/support/server.ts'
import { startChild } from '../../child.ts'
import type { FromMaker, MakeShows } from '../../memory/protocol.ts'
import type { House, Peer, PeerSettings, RunningPeer } from '../../peers/peer.ts'
import { type Stage, startDurablePostgres, startStage } from '../../stage.ts'
import { BINARY_WORDING } from '../drivers/binary-wording.ts'
import { type Ask, createFrontrowDriver, type FrontrowDriver } from '../drivers/frontrow-driver.ts'
import { JSON_WORDING } from '../drivers/json-wording.ts'
import type { Link } from '../drivers/link.ts'
import { openNatsLink } from '../drivers/nats-link.ts'
import { openWebSocketLink } from '../drivers/websocket-link.ts'
import type { Wording } from '../drivers/wording.ts'
import type { FrontrowAddress } from './address.ts'
import { LOAD_POLICY, seatIdsOf, shapeOf, showIdsOf } from './house.ts'

interface FrontrowSettings extends PeerSettings {
  readonly ask: Ask
}

interface FrontrowOptions {
  /** What differs from the policy of loads. */
  readonly policy?: Partial<Policy>
  /** A folder for CPU profiles of the server. */
  readonly profile?: string
}

export interface RunningFrontrow extends RunningPeer {
  readonly address: FrontrowAddress
  readonly stage: Stage
  readonly databaseUrl: string
  /** Where Postgres and NATS keep what they keep. */
  readonly folders: { readonly postgres: string; readonly nats: string }
}

export interface Frontrow extends Peer {
  start(house: House, options?: FrontrowOptions): Promise<RunningFrontrow>
  openDriver(address: FrontrowAddress, settings: FrontrowSettings): Promise<FrontrowDriver>
}

const SECRET = 'a secret that only benches sign their tokens with'
const TEMPLATE = 'shows'
const DATABASE = 'run'
const TOKENS = 64
export const SHARDS = 64
/** The server says by itself when it cannot answer, within two seconds. */
const ANSWER_MS_MAX = 2_500
const OTHER = 'other'
const PLACE_MS_MAX = 60_000
const PLACE_POLL_MS = 50
const EVERYTHING = 'durable (Postgres, synchronous_commit=on), fenced; idempotency keys, expiry, limits per user, feed'

const overNats = {
  connections: 1,
  url: (_: Stage, nats: TestNats) => nats.url,
  open: (address: FrontrowAddress, _settings: FrontrowSettings, wording: Wording) =>
    openNatsLink(address, wording, ANSWER_MS_MAX)
}
const overWebSocket = {
  connections: TOKENS,
  url: ({ server }: Stage) => server.wsUrl,
  open: (address: FrontrowAddress, { connections }: FrontrowSettings, wording: Wording) =>
    openWebSocketLink(address, connections, wording, ANSWER_MS_MAX)
}

export const frontrowNats = frontrow({
  ...overNats,
  name: 'frontrow over NATS',
  what: `${EVERYTHING}, events on JetStream; JSON`
})

export const frontrowNatsBinary = frontrow({
  ...overNats,
  name: 'frontrow over NATS in binary',
  what: `${EVERYTHING}, events on JetStream; binary`,
  wording: BINARY_WORDING
})

export const frontrowWebSocket = frontrow({
  ...overWebSocket,
  name: 'frontrow over WebSocket',
  what: `${EVERYTHING}, tokens; JSON`
})

export const frontrowWebSocketBinary = frontrow({
  ...overWebSocket,
  name: 'frontrow over WebSocket in binary',
  what: `${EVERYTHING}, tokens; binary`,
  wording: BINARY_WORDING
})

const OWNS_ALL = 'of two nodes the first owns all shows'

/** The same work by three ways in. */
export const frontrowOwner = frontrow({
  ...overWebSocket,
  ...{ name: 'frontrow, at the owner', what: `${EVERYTHING}, tokens; JSON; ${OWNS_ALL}`, nodes: 2, ownsAll: true }
})

export const frontrowHop = frontrow({
  ...overWebSocket,
  ...{ name: 'frontrow, one hop away', what: `${EVERYTHING}, tokens; JSON; ${OWNS_ALL}`, nodes: 2, ownsAll: true },
  url: (_stage, _nats, other) => other!.wsUrl
})

export const frontrowServices = frontrow({
  ...overNats,
  name: 'frontrow, services door of two nodes',
  what: `${EVERYTHING}, events on JetStream; ${OWNS_ALL}, and each takes half of the requests`,
  ...{ nodes: 2, ownsAll: true }
})

/** The shows are shared out among so many nodes, and so are the requests. */
export const frontrowNodes = [1, 2, 3, 4].map((nodes) =>
  frontrow({
    ...overNats,
    name: `frontrow on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    what: `${EVERYTHING}, events on JetStream; each node has its share of the shows and of the requests`,
    nodes
  })
)

interface Door {
  readonly name: string
  readonly what: string
  readonly connections: number
  /** JSON unless it says otherwise. */
  readonly wording?: Wording
  /** 1 unless it says more. */
  readonly nodes?: number
  /** The first node has all shows; else each has its share. */
  readonly ownsAll?: boolean
  url(stage: Stage, nats: TestNats, other: TestServer | null): string
  open(address: FrontrowAddress, settings: FrontrowSettings, wording: Wording): Promise<Link>
}

function frontrow(door: Door): Frontrow {
  const { name, what, connections, open, wording = JSON_WORDING } = door
  const settings: FrontrowSettings = { connections, ask: 'seats' }
  return {
    ...{ name, what, durable: 'always', sweep: [settings] },
    start: (house, options = {}) => start(house, options, door),
    openDriver: async (address, given) =>
      createFrontrowDriver(address, await open(address, given, wording), wording, given.ask)
  }
}

async function start(house: House, options: FrontrowOptions, door: Door): Promise<RunningFrontrow> {
  const postgres = await startDurablePostgres()
  let nats = await startNats()
  let stage: Stage | null = null
  const others: TestServer[] = []
  const stop = async () => {
    // In order: only then does it leave its profile.
    if (options.profile) await stage?.server.stop()
    for (const other of others) await other.dispose()
    await stage?.dispose()
    await nats.dispose()
    await postgres.dispose()
  }
  try {
    await createShows(await postgres.createDatabase(TEMPLATE), house, { ...LOAD_POLICY, ...options.policy })
    const databaseUrl = await freshHouse(postgres)
    const profiling = options.profile ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${options.profile}` } : {}
    const env = { SHARDS: String(SHARDS), JWT_SECRET: SECRET, NATS_URL: nats.url, ...profiling }
    const running = await startStage('postgres', { ...env, NODE_ID: 'owner' }, databaseUrl)
    stage = running
    for (let at = 1; at < (door.nodes ?? 1); at++) {
      const own = { NODE_ID: nameOf(at), DATABASE_URL: databaseUrl, DEMO: '0', LOG_LEVEL: 'warn' }
      others.push(await startServer({ env: { ...env, ...own } }))
    }
    await place(databaseUrl, door)
    const users = Array.from({ length: TOKENS }, (_, at) => running.token(`service-${at + 1}`, 'service'))
    const address = {
      url: door.url(running, nats, others[0] ?? null),
      showIds: showIdsOf(house.shows),
      seatIds: seatIdsOf(house),
      tokens: await Promise.all(users)
    }
    return {
      ...{ version: await versionOf(databaseUrl), address, stage: running, databaseUrl, stop },
      get folders() {
        return { postgres: join(dirname(postgres.logPath), 'data'), nats: nats.dataFolder }
      },
      get processes() {
        const nodes = others.map(({ pid }, at) => [`frontrow, ${nameOf(at + 1)}`, pid] as const)
        const first = { frontrow: running.server.pid, ...Object.fromEntries(nodes) }
        return processesOf({ ...first, postgres: postgres.pid, nats: nats.pid })
      },
      reset: async () => {
        for (const other of others) await other.stop()
        await running.server.stop()
        await query(postgres.url, `drop database ${DATABASE} with (force)`)
        await freshHouse(postgres)
        // The events of a sale that never was must not be there.
        await nats.dispose()
        nats = await startNats({ port: nats.port })
        await running.server.restart()
        for (const other of others) await other.restart()
        await place(databaseUrl, door)
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function nameOf(at: number): string {
  return at === 1 ? OTHER : `${OTHER}-${at}`
}

/** Until every show is where it is to be. */
async function place(databaseUrl: string, { nodes: count = 1, ownsAll }: Door): Promise<void> {
  if (count === 1) return
  const pool = createPool(databaseUrl)
  try {
    const nodes = createPostgresNodes(pool)
    if (ownsAll) await nodes.drain(OTHER)
    for (const until = Date.now() + PLACE_MS_MAX; ; await delay(PLACE_POLL_MS)) {
      const look = await nodes.look()
      const { misplaced, ownerless } = viewOf(look)
      const areAllThere = look.nodes.filter(({ isThere }) => isThere).length === count
      if (areAllThere && misplaced.length === 0 && ownerless.length === 0) return
      if (Date.now() > until) throw new Error(`shows are not where they are to be after ${PLACE_MS_MAX} ms`)
    }
  } finally {
    await pool.end()
  }
}

function processesOf(pids: Readonly<Record<string, number | null>>): RunningPeer['processes'] {
  return Object.entries(pids).flatMap(([name, pid]) => (pid === null ? [] : [{ name, pid }]))
}

/** By the maker of shows, through the actors as the admin API does it: over HTTP a plan of 8,000 seats takes 0.5 s each. */
async function createShows(url: string, house: House, policy: Partial<Policy>): Promise<void> {
  const maker = startChild<MakeShows, FromMaker>(new URL('../../memory/maker.ts', import.meta.url))
  try {
    const made = maker.next('made')
    maker.send({ kind: 'make', url, shards: SHARDS, ids: showIdsOf(house.shows), shape: shapeOf(house), policy })
    await made
  } finally {
    await maker.end()
  }
}

/** With a checkpoint behind it, so that none falls into the run. */
async function freshHouse(postgres: TestPostgres): Promise<string> {
  const url = await postgres.createDatabase(DATABASE, TEMPLATE)
  await query(postgres.url, 'checkpoint')
  return url
}

async function versionOf(databaseUrl: string): Promise<string> {
  const [row] = await query(databaseUrl, 'show server_version')
  return `frontrow on Postgres ${(row as { server_version: string }).server_version}`
}

async function query(url: string, text: string): Promise<readonly object[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<object>(text)).rows
  } finally {
    await client.end()
  }
}
