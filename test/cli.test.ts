// The command line as people use it: what it prints, and what it exits with.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from '../gateway/config.ts'
import { httpClient } from './support/http-client.ts'
import { type Ran, runNode } from './support/run-node.ts'
import { startServer, type TestServer } from './support/server.ts'
import { drawnPlan } from './support/small-plan.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const folder = temporaryFolder('cli')
afterAll(() => folder.dispose())

function frontrow(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return runNode('gateway/cli.ts', words, { cwd: folder.path, env: { DATA_DIR: folder.path, ...env } })
}

async function planFile(name: string, plan: unknown): Promise<string> {
  const path = join(folder.path, name)
  await writeFile(path, typeof plan === 'string' ? plan : JSON.stringify(plan))
  return path
}

function faultyPlan() {
  const plan = drawnPlan('AAAA\nAAAA')
  plan.zones[0]!.rows[1]!.seats[0]!.seat_guid = '1-1-1'
  plan.zones[0]!.rows[1]!.seats[3]!.seat_guid = '1-1-4'
  return plan
}

describe('settings', () => {
  it('CLI-1: all have a default, and nothing counts as not set', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '' })).toEqual({
      ok: true,
      settings: {
        port: 8080,
        host: '127.0.0.1',
        databaseUrl: null,
        dataDir: './data',
        nodeId: null,
        jwtSecret: null,
        shards: 64,
        logLevel: 'info',
        demo: true,
        nats: null,
        ignored: []
      }
    })
  })

  it('CLI-1: are read from the environment', () => {
    const environment = {
      PORT: '0',
      HOST: '::1',
      DATABASE_URL: 'postgres://user:word@db:5432/frontrow',
      DATA_DIR: '/srv/frontrow',
      NODE_ID: 'node-1_a',
      JWT_SECRET: 'x'.repeat(32),
      SHARDS: '1',
      LOG_LEVEL: 'debug',
      DEMO: '0',
      NATS_URL: 'nats://node:s%20ecret@n,tls://m:4333',
      NATS_EVENTS_MB: '64',
      NATS_EVENTS_REPLICAS: '3',
      REDIS_URL: 'redis://r'
    }
    expect(readSettings(environment)).toEqual({
      ok: true,
      settings: {
        port: 0,
        host: '::1',
        databaseUrl: environment.DATABASE_URL,
        dataDir: '/srv/frontrow',
        nodeId: 'node-1_a',
        jwtSecret: environment.JWT_SECRET,
        shards: 1,
        logLevel: 'debug',
        demo: false,
        nats: {
          urls: ['nats://n:4222', 'tls://m:4333'],
          user: 'node',
          password: 's ecret',
          credentials: null,
          eventsBytesMax: 64 * 1024 * 1024,
          eventsReplicas: 3
        },
        ignored: ['REDIS_URL']
      }
    })
  })

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['DATABASE_URL', 'mysql://db'],
    ['DATABASE_URL', 'postgres:/'],
    ['NODE_ID', 'a b'],
    ['JWT_SECRET', 'x'.repeat(31)],
    ['SHARDS', '0'],
    ['SHARDS', '1e3'],
    ['LOG_LEVEL', 'loud'],
    ['DEMO', 'maybe'],
    ['NATS_URL', 'http://n'],
    ['NATS_URL', 'nats://'],
    ['NATS_URL', 'nats://n/subject'],
    ['NATS_URL', 'nats://n,'],
    ['NATS_URL', 'nats://me:100%@n'],
    ['NATS_EVENTS_MB', '0'],
    ['NATS_EVENTS_REPLICAS', '6']
  ])('CLI-2: a %s of %j is refused by its name, and its value is not told', (name, value) => {
    const read = readSettings({ [name]: value })
    expect(read).toEqual({ ok: false, problems: [expect.stringMatching(new RegExp(`^${name}: expected `))] })
    expect(JSON.stringify(read)).not.toContain(value === '0' ? ' 0.' : `${value}.`)
  })

  it('CLI-2: wrong ones are all told, a line each, and the server does not start', async () => {
    const { code, stdout, stderr } = await frontrow(['serve'], { PORT: 'http', SHARDS: 'many', LOG_LEVEL: 'loud' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    for (const name of ['PORT', 'SHARDS', 'LOG_LEVEL']) expect(stderr).toMatch(new RegExp(`^\\s*${name}: .+$`, 'm'))
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe('frontrow', () => {
  it('CLI-3: says what it can do, and what it does not know', async () => {
    const help = await frontrow(['--help'])
    expect(help.code).toBe(0)
    for (const command of ['serve', 'token', 'plan', 'show', 'journal', 'cluster'])
      expect(help.stdout).toContain(`  ${command} `)
    const unknown = await frontrow(['plan', 'chek'])
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain('check')
    expect((await frontrow(['token', '--role', 'root', '--user', 'x'])).code).toBe(1)
    expect((await frontrow(['token', '--role', 'admin'])).code).toBe(1)
    expect((await frontrow(['token', '--role', 'admin', '--user', 'x', '--ttl', 'long'])).code).toBe(1)
  })

  it('CLI-4: plan check lists faults by place and exits with 1, and is content with a sound plan', async () => {
    const sound = await frontrow(['plan', 'check', await planFile('sound.json', drawnPlan('AAAA'))])
    expect(sound).toMatchObject({ code: 0, stdout: expect.stringContaining('is sound: 4 seats in 1 zone') })
    const faulty = await frontrow(['plan', 'check', await planFile('faulty.json', faultyPlan())])
    expect(faulty.code).toBe(1)
    expect(faulty.stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^zones\[0\]\.rows\[1\]\.seats\[0\]: .*"1-1-1"/),
      expect.stringMatching(/^zones\[0\]\.rows\[1\]\.seats\[3\]: .*"1-1-4"/)
    ])
    expect(faulty.stderr).toContain('has 2 faults')
  })

  it('CLI-4: plan check --fix writes a sound copy and lists what it changed', async () => {
    const file = await planFile('mend.json', faultyPlan())
    const target = join(folder.path, 'mended.json')
    const mended = await frontrow(['plan', 'check', file, '--fix', target])
    expect(mended).toMatchObject({ code: 0, stdout: expect.stringContaining('with 2 changes: 8 seats') })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(faultyPlan())
    expect(await frontrow(['plan', 'check', target])).toMatchObject({ code: 0 })
  })

  it('CLI-4: plan check says what is wrong with a file that is no plan', async () => {
    expect(await frontrow(['plan', 'check', 'nowhere.json'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere.json cannot be read')
    })
    expect(await frontrow(['plan', 'check', await planFile('text.json', 'hello')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not JSON')
    })
    expect(await frontrow(['plan', 'check', await planFile('list.json', [])])).toMatchObject({ code: 1 })
  })
})

describe('frontrow and a server of the same data folder', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ dataDir: folder.path, env: { DEMO: '0', LOG_LEVEL: 'warn' } })
  }, 60_000)
  afterAll(() => server.dispose())

  const create = (plan: string, ...more: string[]) => {
    const words = ['show', 'create', '--plan', plan, '--title', 'Faust', '--starts-at', '2030-05-01T19:30:00Z']
    const url = more.includes('--url') ? [] : ['--url', server.url]
    return frontrow([...words, '--currency', 'EUR', ...url, ...more])
  }

  it('CLI-5: token prints a token that the server believes', async () => {
    const { code, stdout } = await frontrow(['token', '--role', 'customer', '--user', 'ann', '--ttl', '5m'])
    expect(code).toBe(0)
    const answer = await httpClient(server.url).call('GET', '/api/bookings', { token: stdout.trim() })
    expect(answer).toMatchObject({ status: 200, json: { bookings: [] } })
  })

  it('CLI-6: show create makes a show from a plan, with a price for each category and one for the rest', async () => {
    const file = await planFile('hall.json', drawnPlan('AABB'))
    const made = await create(file, '--id', 'faust', '--price', 'A=5000', '--price', '*=3000')
    expect(made, made.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Created faust: Faust, 4 seats')
    })
    const { json } = await httpClient(server.url).call('GET', '/api/shows/faust')
    expect(json.show.prices).toEqual({ A: 5_000, B: 3_000, Wheelchair: 3_000 })
  })

  it.each([
    [['--price', 'A=5000'], /--price is missing for B, Wheelchair/],
    [['--price', 'A=50.00', '--price', '*=1'], /expected a whole number of minor units/],
    [['--price', 'Z=5', '--price', '*=1'], /the plan has no Z; it has A, B, Wheelchair/],
    [['--price', '*=1', '--id', 'a.b'], /The server said no: id: expected a show id/],
    [['--price', '*=1', '--url', 'http://127.0.0.1:9'], /No server answers at http:\/\/127\.0\.0\.1:9/]
  ])('CLI-6: show create with %j says what to do', async (words, message) => {
    const { code, stderr } = await create(await planFile('hall.json', drawnPlan('AABB')), ...words)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) })
  })

  it('CLI-6: show create with a faulty plan leads to plan check', async () => {
    const { code, stderr } = await create(await planFile('faulty.json', faultyPlan()), '--price', '*=1')
    expect(code).toBe(1)
    expect(stderr).toMatch(/has 2 faults: see frontrow plan check/)
  })

  it('CLI-7: journal dump prints what was journaled, as lines of JSON', async () => {
    await create(await planFile('hall.json', drawnPlan('AABB')), '--id', 'dumped', '--price', '*=3000')
    const beside = await frontrow(['journal', 'dump'])
    expect(beside.stdout, beside.stderr).toContain('"show":"dumped"')
    await server.stop()
    const { code, stdout, stderr } = await frontrow(['journal', 'dump'])
    expect(code, stderr).toBe(0)
    const frames = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(frames).toContainEqual(
      expect.objectContaining({
        shard: expect.any(Number),
        epoch: expect.any(Number),
        seq: expect.any(Number),
        events: [expect.objectContaining({ show: 'dumped', event: expect.objectContaining({ kind: 'created' }) })]
      })
    )
    const { shard } = frames.find(({ events }) => events[0].show === 'dumped')
    const one = await frontrow(['journal', 'dump', '--shard', String(shard), '--limit', '1'])
    expect(one.stdout.trim().split('\n')).toHaveLength(1)
    expect((await frontrow(['journal', 'dump', '--shard', String(shard), '--from', '99'])).stdout).toBe('')
    const nowhere = await frontrow(['journal', 'dump'], { DATA_DIR: join(folder.path, 'nowhere') })
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no database in') })
  })
})
