// What deploy/ says of the server is true of the server: the container has all it needs, the compose file sets what is
// read and waits for what is used, and dashboard and alerts ask for metrics that there are.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET_BYTES_MIN, SHUTDOWN_MS } from '../core/limits.ts'
import { readSettings } from '../gateway/config.ts'
import {
  alertQueries,
  composeVariables,
  DEPLOY,
  dashboardQueries,
  numbered,
  parseEnv,
  parseYaml,
  ROOT,
  readCompose,
  readContainerfile,
  readDashboard,
  readDeploy,
  restOf,
  selectorsOf
} from './deploy-files.ts'
import { type HttpStage, startStage } from './support/http-stage.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const folder = temporaryFolder('deploy')
/** As `make-env.sh` makes them, in a copy of the folder. */
let copies = 0
const env = makeEnv()
const compose = readCompose(env)
const services = Object.entries(compose.services)
const nodes = numbered(compose, 'node')

afterAll(() => folder.dispose())

describe('the container file', () => {
  const [build, image] = readContainerfile()

  it('DEPLOY-1: the builder sees what is copied, and nothing else', () => {
    const shown = readDeploy('Containerfile.dockerignore').matchAll(/^!(.*)$/gm)
    const copied = build!.filter(({ name }) => name === 'COPY').flatMap(({ rest }) => rest.split(' ').slice(0, -1))
    expect([...shown].map(([, path]) => path).toSorted()).toEqual(copied.toSorted())
    for (const path of copied) expect(existsSync(join(ROOT, path)), path).toBe(true)
  })

  it('DEPLOY-2: it runs as an ordinary user, on the Node that the tests run on, and is told to stop by SIGTERM', () => {
    expect(restOf(image!, 'USER')).toMatch(/^[a-z]+$/)
    expect(restOf(image!, 'USER')).not.toBe('root')
    expect(restOf(image!, 'STOPSIGNAL')).toBe('SIGTERM')
    const major = process.versions.node.split('.')[0]
    for (const stage of [build!, image!]) expect(restOf(stage, 'FROM')).toMatch(new RegExp(`/node:${major}-`))
  })
})

describe('the compose file', () => {
  it.each(nodes)('DEPLOY-3: every setting of %s is one that the server reads', (_name, { environment = {} }) => {
    const { PGPASSWORD, ...settings } = Object.fromEntries(Object.entries(environment).map(([k, v]) => [k, String(v)]))
    expect(readSettings(settings).ok).toBe(true)
    // What is read depends on a setting that is read: without it, or with nonsense in it.
    const unread = Object.keys(settings).filter((name) => {
      const { [name]: _, ...without } = settings
      const others = [without, { ...settings, [name]: 'n o n s e n s e' }]
      return others.every((other) => JSON.stringify(readSettings(other)) === JSON.stringify(readSettings(settings)))
    })
    expect(unread).toEqual([])
    // Of the Postgres client, so that the address has no secret.
    expect(PGPASSWORD).toBe(env.POSTGRES_PASSWORD)
  })

  it('DEPLOY-3: nodes differ by name alone, and have one secret', () => {
    const named = nodes.map(([name, { environment }]) => ({ ...environment, NODE_ID: environment?.NODE_ID === name }))
    expect(named).toHaveLength(3)
    for (const one of named) expect(one).toEqual({ ...named[0], NODE_ID: true, JWT_SECRET: env.JWT_SECRET })
  })

  it('DEPLOY-4: .env.example names what it takes, and make-env.sh fills in secrets that differ each time', () => {
    const example = parseEnv(readDeploy('.env.example'))
    expect(Object.keys(example).toSorted()).toEqual(composeVariables().toSorted())
    const empty = Object.keys(example).filter((name) => example[name] === '')
    const secrets = empty.map((name) => env[name]!)
    expect(secrets.length).toBeGreaterThan(5)
    expect(new Set([...secrets, ...empty.map((name) => makeEnv()[name]!)]).size).toBe(2 * secrets.length)
    for (const secret of secrets) expect(secret).toMatch(new RegExp(`^[a-z][a-z0-9]{${SECRET_BYTES_MIN - 1},}$`))
    for (const name of empty) expect(() => readCompose({ ...env, [name]: '' }), name).toThrow(name)
  })

  it('DEPLOY-4: what make-env.sh wrote is for its owner alone, and stays', () => {
    const at = mkCopy()
    const path = join(at, '.env')
    runMakeEnv(at)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const first = readFileSync(path, 'utf8')
    runMakeEnv(at)
    expect(readFileSync(path, 'utf8')).toBe(first)
    expect(readDeploy('.gitignore')).toMatch(/^\.env$/m)
  })

  it('DEPLOY-4: no secret stands on a command line or in an address', () => {
    const secrets = Object.values(env).filter((value) => value.length >= SECRET_BYTES_MIN)
    const inOpen = services.flatMap(([, { command = '', healthcheck, environment = {} }]) => [
      command,
      ...(healthcheck?.test ?? []),
      ...Object.values(environment)
        .map(String)
        .filter((value) => !secrets.includes(value))
    ])
    expect(inOpen.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([])
  })

  it.each(services)('DEPLOY-5: %s says when it is healthy, and starts after whom it needs is', (_name, service) => {
    const [kind, ...command] = service.healthcheck!.test
    expect(kind).toBe('CMD')
    // A colon in the wrong place makes a part of it something else than text.
    expect(command.map((part) => typeof part)).toEqual(command.map(() => 'string'))
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(needed)
      expect(condition).toBe('service_healthy')
    }
  })

  it.each(services)('DEPLOY-5: the files, volumes and networks of %s are there', (_name, service) => {
    const { build, volumes = [], networks } = service
    if (build) expect(existsSync(join(DEPLOY, build.context, build.dockerfile))).toBe(true)
    for (const source of volumes.map((volume) => volume.split(':')[0]!)) {
      if (source.startsWith('.')) expect(existsSync(join(DEPLOY, source)), source).toBe(true)
      else expect(compose.volumes).toHaveProperty(source)
    }
    for (const name of Array.isArray(networks) ? networks : Object.keys(networks)) {
      expect(compose.networks).toHaveProperty(name)
    }
  })

  it.each(nodes)('DEPLOY-5: %s waits for every server in its addresses, and has the time to stop in order', (...it) => {
    const [, { environment = {}, depends_on, stop_grace_period }] = it
    const urls = ['DATABASE_URL', 'NATS_URL', 'REDIS_URL'].flatMap((name) => String(environment[name]).split(','))
    expect(urls.map((url) => new URL(url).hostname).toSorted()).toEqual(Object.keys(depends_on!).toSorted())
    expect(Number(/^(\d+)s$/.exec(stop_grace_period!)![1]) * 1000).toBeGreaterThan(SHUTDOWN_MS)
  })
})

describe('dashboard and alerts', () => {
  /** Every series of a server that was asked for something, with its labels. */
  let series: Map<string, Set<string>>
  let stage: HttpStage
  /** Prometheus gives these to all that it reads. */
  const GIVEN = ['job', 'instance', 'node']

  beforeAll(async () => {
    stage = await startStage({ NATS_URL: 'nats://127.0.0.1:9' })
    const show = await stage.newShow()
    const body = { best: { count: 2 } }
    await stage.api.call('POST', `/api/shows/${show}/holds`, { token: await stage.newUser(), body })
    series = seriesOf((await stage.api.call('GET', '/metrics')).text)
  })
  afterAll(() => stage.server.dispose())

  it.each([
    ['a panel', dashboardQueries()],
    ['an alert', alertQueries()]
  ])('DEPLOY-6: every metric and label that %s asks for is there', (_which, queries) => {
    expect(queries.length).toBeGreaterThan(5)
    const missing = queries.flatMap(selectorsOf).flatMap(({ metric, labels }) => {
      const has = metric === 'up' ? new Set<string>() : series.get(metric)
      if (has === undefined) return [metric]
      return labels.filter((label) => !GIVEN.includes(label) && !has.has(label)).map((label) => `${metric}.${label}`)
    })
    expect(missing).toEqual([])
  })

  it('DEPLOY-7: every metric of our own is on a panel', () => {
    const shown = new Set(
      dashboardQueries()
        .flatMap(selectorsOf)
        .map(({ metric }) => familyOf(metric))
    )
    const ours = new Set([...series.keys()].filter((name) => name.startsWith('frontrow_')).map(familyOf))
    expect(ours.size).toBeGreaterThan(10)
    expect([...ours].filter((family) => !shown.has(family))).toEqual([])
  })

  it('DEPLOY-7: Prometheus reads every node, and panels are told apart', () => {
    interface Scraped {
      readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: string[] }[] }[]
    }
    const { scrape_configs } = parseYaml<Scraped>(readDeploy('prometheus/prometheus.yml'))
    const targets = scrape_configs.flatMap((it) => it.static_configs).flatMap((it) => it.targets)
    expect(targets).toEqual(nodes.map(([name]) => `${name}:8080`))
    const panels = readDashboard()
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const drawn = panels.filter(({ type }) => type !== 'row')
    expect(drawn.filter(({ targets: queries = [] }) => queries.length === 0)).toEqual([])
  })
})

function mkCopy(): string {
  const at = join(folder.path, `copy-${copies++}`)
  for (const name of ['make-env.sh', '.env.example']) cpSync(join(DEPLOY, name), join(at, name))
  return at
}

function runMakeEnv(at: string): void {
  const { status, stderr } = spawnSync(join(at, 'make-env.sh'), { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
}

function makeEnv(): Readonly<Record<string, string>> {
  const at = mkCopy()
  runMakeEnv(at)
  return parseEnv(readFileSync(join(at, '.env'), 'utf8'))
}

/** Prometheus's text format; a metric that has no series yet is there without labels. */
function seriesOf(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, name, labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name!) ?? new Set()
    for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label!)
    found.set(name!, known)
  }
  return found
}

/** The metric that a series is of. */
function familyOf(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, '')
}
