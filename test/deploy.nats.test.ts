// The servers that the compose file starts, with its own flags and settings on this machine: three NATS servers that
// keep the events together, a Postgres that asks for a password, and three nodes that find their way to them and to
// each other.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type StreamInfo } from 'nats'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEPLOY, numbered, readCompose, type Service } from './deploy-files.ts'
import { findNatsServer } from './support/binaries.ts'
import { STREAM } from './support/event-reader.ts'
import { freePort } from './support/free-port.ts'
import { type HttpClient, httpClient, TEST_SECRET } from './support/http-client.ts'
import { type HttpStage, startStage } from './support/http-stage.ts'
import { onDeath } from './support/on-death.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { exited } from './support/process-family.ts'
import { startServer, type TestServer } from './support/server.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { eventually } from './support/wire-client-house.ts'

interface NatsServer {
  readonly name: string
  readonly url: string
  isHealthy(): Promise<boolean>
  start(): void
  kill(): Promise<void>
}

/** Unless it is set. */
const SHARDS = 64
/** One with what an address could not have as it is. */
const SECRETS = {
  POSTGRES_PASSWORD: 'p@ss/word#1',
  NATS_NODE_PASSWORD: 'nodeword1',
  NATS_SERVICE_PASSWORD: 'serviceword2',
  NATS_OBSERVER_PASSWORD: 'observerword3',
  NATS_SYSTEM_PASSWORD: 'systemword4',
  GRAFANA_PASSWORD: 'grafanaword5'
}
const SUPERUSER = { host: '127.0.0.1', user: 'postgres', database: 'postgres' }
const compose = readCompose({ ...SECRETS, JWT_SECRET: TEST_SECRET, DEMO: '0' })
const folder = temporaryFolder('compose')
let natsServers: readonly NatsServer[] = []
let postgres: TestPostgres
let stage: HttpStage
let others: readonly TestServer[] = []

beforeAll(async () => {
  natsServers = await composedNats()
  for (const server of natsServers) server.start()
  for (const server of natsServers) await eventually(async () => expect(await server.isHealthy()).toBe(true))
  postgres = await composedPostgres()
  const [first, ...more] = numbered(compose, 'node').map(([, service]) => nodeSettings(service))
  stage = await startStage(first)
  others = await Promise.all(more.map((env) => startServer({ env })))
})
afterAll(async () => {
  await Promise.all(others.map((server) => server.dispose()))
  await stage?.server.dispose()
  await Promise.all(natsServers.map((server) => server.kill()))
  await postgres?.dispose()
  await folder.dispose()
})

describe('the servers of the compose file', () => {
  it('DEPLOY-9: three nodes are one cluster, each of which sells', async () => {
    const servers = [stage.server, ...others]
    await eventually(async () => {
      const metrics = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
      expect(metrics.map((text) => gauge(text, 'frontrow_members'))).toEqual([3, 3, 3])
      const owned = metrics.map((text) => gauge(text, 'frontrow_owned_shards'))
      for (const shards of owned) expect(shards).toBeGreaterThan(0)
      expect(owned.reduce((sum, shards) => sum + shards)).toBe(SHARDS)
    }, 60_000)
    const show = await stage.newShow()
    for (const { url } of servers) await hold(show, httpClient(url))
    const statuses = Object.values(await stage.statuses(show))
    expect(statuses.filter((status) => status === 'held')).toHaveLength(2 * servers.length)
  })

  it('DEPLOY-9: nothing secret is in their logs', () => {
    for (const server of [stage.server, ...others]) {
      const log = server.logs()
      expect(log).toContain('connected to NATS')
      for (const secret of [...Object.values(SECRETS), TEST_SECRET]) expect(log).not.toContain(secret)
    }
  })

  it('DEPLOY-10: three NATS servers keep the events, and go on when the one that leads is killed', async () => {
    await sell()
    const before = await eventually(async () => {
      const info = await streamInfo()
      expect(info.config.num_replicas).toBe(3)
      expect(info.cluster?.replicas?.map(({ current }) => current)).toEqual([true, true])
      expect(info.state.messages).toBeGreaterThanOrEqual(2)
      return info
    })
    const leader = natsServers.find(({ name }) => name === before.cluster!.leader)!
    await leader.kill()
    await sell()
    await eventually(async () => {
      const { state, cluster } = await streamInfo()
      expect(state.messages).toBeGreaterThanOrEqual(before.state.messages + 2)
      expect(cluster?.leader).not.toBe(leader.name)
    }, 60_000)
    leader.start()
    await eventually(async () => {
      expect(await leader.isHealthy()).toBe(true)
      expect((await streamInfo()).cluster?.replicas?.map(({ current }) => current)).toEqual([true, true])
    }, 60_000)
  })

  it('DEPLOY-10: clients are told of no other addresses', async () => {
    const client = await connect({ ...natsAccess(), ignoreClusterUpdates: true })
    expect(client.info?.connect_urls ?? []).toEqual([])
    await client.close()
  })
})

/** A show and a hold: two events. */
async function sell(): Promise<void> {
  await hold(await stage.newShow(), stage.api)
}

async function hold(show: string, api: HttpClient): Promise<void> {
  const body = { best: { count: 2 } }
  const held = await api.call('POST', `/api/shows/${show}/holds`, { token: await stage.newUser(), body })
  expect(held.status, held.text).toBe(201)
}

function gauge(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1])
}

/** As a node, by whichever server answers. */
async function streamInfo(): Promise<StreamInfo> {
  const client = await connect({ ...natsAccess(), timeout: 2_000 })
  try {
    return await (await client.jetstreamManager({ checkAPI: false, timeout: 2_000 })).streams.info(STREAM)
  } finally {
    await client.close()
  }
}

function natsAccess() {
  const servers = natsServers.map(({ url }) => new URL(url).host)
  return { servers, user: 'node', pass: SECRETS.NATS_NODE_PASSWORD, inboxPrefix: '_INBOX.frontrow' }
}

/** What a node is given, with places on this machine; Redis is not started here. */
function nodeSettings(node: Service): Record<string, string> {
  const environment = Object.entries(node.environment!)
  const { REDIS_URL: _, ...settings } = Object.fromEntries(environment.map(([name, value]) => [name, String(value)]))
  const database = new URL(settings.DATABASE_URL!)
  database.host = `127.0.0.1:${postgres.port}`
  const nats = natsServers.map(({ url }) => url).join(',')
  return { ...settings, DATABASE_URL: database.href, NATS_URL: nats, LOG_LEVEL: 'debug' }
}

async function composedNats(): Promise<readonly NatsServer[]> {
  const all = numbered(compose, 'nats')
  const routes = new Map<string, number>()
  for (const [name] of all) routes.set(`${name}-route`, await freePort())
  const here = (text: string) =>
    text.replaceAll(/([\w-]+-route):6222/g, (_, name: string) => `127.0.0.1:${routes.get(name)}`)
  return Promise.all(all.map(([name, service]) => composedServer(name, service, here)))
}

async function composedServer(name: string, service: Service, here: (text: string) => string): Promise<NatsServer> {
  const [port, httpPort] = [await freePort(), await freePort()]
  const mounted = service.volumes!.find((volume) => volume.startsWith('./'))!.split(':')
  const flags = here(service.command!)
    .replace(mounted[1]!, join(DEPLOY, mounted[0]!))
    .replace('--store_dir=/data', `--store_dir=${join(folder.path, name)}`)
    .replace('--http_port=8222', `--http_port=${httpPort}`)
    .split(/\s+/)
    .slice(1)
  const health = service.healthcheck!.test.at(-1)!.replace(':8222/', `:${httpPort}/`)
  const log = join(folder.path, `${name}.log`)
  let child: ChildProcess
  return {
    name,
    url: `nats://127.0.0.1:${port}`,
    isHealthy: async () => (await fetch(health).catch(() => null))?.ok ?? false,
    start() {
      const output = openSync(log, 'a')
      const env = { PATH: process.env.PATH, ...(service.environment as NodeJS.ProcessEnv) }
      const place = ['--addr=127.0.0.1', `--port=${port}`]
      child = spawn(findNatsServer()!, [...flags, ...place], { env, stdio: ['ignore', output, output] })
      closeSync(output)
      child.once('exit', onDeath('kill -KILL "$1"', String(child.pid)))
    },
    async kill() {
      child.kill('SIGKILL')
      await exited(child)
    }
  }
}

/** As the image makes it: a user and a database of one name, asked for the password by everyone but itself. */
async function composedPostgres(): Promise<TestPostgres> {
  const { command, environment } = compose.services.postgres!
  const { POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS } = environment as Record<string, string>
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, SECRETS.POSTGRES_PASSWORD)
  // Postgres's own user has to read it.
  chmodSync(folder.path, 0o755)
  const started = await startPostgres({
    settings: Object.fromEntries([...command!.matchAll(/-c (\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!])),
    initdbFlags: [...POSTGRES_INITDB_ARGS!.split(' '), '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`]
  })
  const client = new Client({ ...SUPERUSER, port: started.port, password: SECRETS.POSTGRES_PASSWORD })
  await client.connect()
  await client.query(`create role ${POSTGRES_USER} login superuser password '${SECRETS.POSTGRES_PASSWORD}'`)
  await client.query(`create database ${POSTGRES_DB} owner ${POSTGRES_USER}`)
  await client.end()
  return started
}
