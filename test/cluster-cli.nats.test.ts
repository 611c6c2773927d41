// The operator's commands on a cluster of two nodes: what they say, and that the nodes do what is said.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterNode, type ClusterStage, startClusterStage } from './support/cluster-stage.ts'
import { httpClient } from './support/http-client.ts'
import { SHOW } from './support/http-stage.ts'
import { runNode } from './support/run-node.ts'
import { eventually } from './support/wire-client-house.ts'

let stage: ClusterStage
let one: ClusterNode
let two: ClusterNode

beforeAll(async () => {
  stage = await startClusterStage({ nodes: 2 })
  ;[one, two] = stage.nodes as [ClusterNode, ClusterNode]
  await stage.createShow({ ...SHOW, id: 'faust' })
  await eventually(async () => expect(await ownedByNodes()).toEqual([32, 32]))
})
afterAll(() => stage.dispose())

function cluster(...words: string[]) {
  return runNode('gateway/cli.ts', ['cluster', ...words], { env: { DATABASE_URL: stage.databaseUrl } })
}

/** As each node counts its shards itself. */
function ownedByNodes(): Promise<readonly number[]> {
  return Promise.all([one, two].map(owned))
}

async function owned({ url }: ClusterNode): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^frontrow_owned_shards (\d+)$/m.exec(metrics)?.[1])
}

async function readiness({ url }: ClusterNode): Promise<number> {
  return (await httpClient(url).call('GET', '/readyz')).status
}

async function holdOver({ url }: ClusterNode, seat: string): Promise<number> {
  const token = await stage.token(`buyer of ${seat}`, 'customer')
  const { status } = await httpClient(url).call('POST', '/api/shows/faust/holds', { token, body: { seats: [seat] } })
  return status
}

describe('frontrow cluster', () => {
  it('OPER-1: status lists the nodes, what they have, what they are to have, and when they were last heard of', async () => {
    const { code, stdout, stderr } = await cluster('status')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trim().split('\n')
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
      ['node', 'connected', 'draining', 'shards', 'planned'],
      ['node-1', 'yes', 'no', '32', '32'],
      ['node-2', 'yes', 'no', '32', '32'],
      [''],
      [expect.stringMatching(/^64 shards, [1-9]\d* frames? in the journal\.$/)],
      ['All of them are where they are to be.']
    ])
    expect(lines[1]).toMatch(/ [0-3]\.\d s ago$/)
  })

  it('OPER-1: status --json says the same to programs', async () => {
    const { stdout } = await cluster('status', '--json')
    const { nodes, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({ shards: 64, ownerless: [], misplaced: [], frames: expect.any(Number) })
    expect(nodes).toHaveLength(2)
    for (const { owned, planned, silentMs, ...node } of nodes) {
      expect(node).toEqual({
        node: expect.stringMatching(/^node-[12]$/),
        there: true,
        connected: true,
        draining: false
      })
      expect(owned).toEqual(planned)
      expect(silentMs).toBeLessThan(3_000)
    }
    const all = nodes.flatMap((node: { owned: number[] }) => node.owned)
    expect(all.toSorted((a: number, b: number) => a - b)).toEqual(Array.from({ length: 64 }, (_, shard) => shard))
  })

  it('OPER-2: drain hands everything to the others, and waits for it; the node still serves, and is not ready', async () => {
    const { code, stdout, stderr } = await cluster('drain', 'node-2')
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^node-2 has no shards\. Moved 32 shards in \d+\.\d s:\n {2}node-2 → node-1 {2}32\n$/)
    expect(stderr).toMatch(/^\d+ shards? of node-2 left\n/)
    expect(await ownedByNodes()).toEqual([64, 0])
    await eventually(async () => expect([await readiness(one), await readiness(two)]).toEqual([200, 503]))
    expect(await holdOver(two, '1-1-1')).toBe(201)
  })

  it('OPER-3: drain refuses a node that is not there, and one that nobody could take over from', async () => {
    expect(await cluster('drain', 'node-9')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('There is no node node-9; there are node-1, node-2.')
    })
    expect(await cluster('drain', 'node-1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('node-1 cannot be drained: all others are draining or cannot be reached.')
    })
    expect(await ownedByNodes()).toEqual([64, 0])
  })

  it('OPER-4: rebalance ends drains, waits until every shard is where it is to be, and says what moved', async () => {
    const { code, stdout, stderr } = await cluster('rebalance')
    expect(code, stderr).toBe(0)
    expect(stdout.trim().split('\n')).toEqual([
      'Not draining any more: node-2.',
      expect.stringMatching(/^Moved 32 shards in \d+\.\d s:$/),
      '  node-1 → node-2  32',
      'Each of 64 shards is where it is to be.'
    ])
    expect(await ownedByNodes()).toEqual([32, 32])
    await eventually(async () => expect(await readiness(two)).toBe(200))
    expect((await cluster('rebalance')).stdout).toContain('Nothing had to be moved.')
    expect(await holdOver(two, '1-1-2')).toBe(201)
  })

  it('OPER-2: drain --no-wait returns at once, and the shards go all the same', async () => {
    const { code, stdout } = await cluster('drain', 'node-1', '--no-wait')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'node-1 is draining; it has 32 shards.\n' })
    await eventually(async () => expect(await ownedByNodes()).toEqual([0, 64]))
    await cluster('rebalance')
  })

  it('OPER-1: status shows a node that was killed, and that others took its shards', async () => {
    await two.kill('SIGKILL')
    await eventually(async () => expect(await owned(one)).toBe(64))
    const { stdout } = await cluster('status')
    expect(stdout).toMatch(/^node-2 +gone +– +0 +0 +\d+(\.\d)? s ago$/m)
    expect(stdout).toMatch(/^node-1 +yes +no +64 +64 /m)
    const { stderr } = await cluster('drain', 'node-1')
    expect(stderr).toContain('node-1 cannot be drained: no other node is there.')
  })

  it('OPER-5: without a Postgres of a cluster it says what to do', async () => {
    const status = async (env: Record<string, string>) => runNode('gateway/cli.ts', ['cluster', 'status'], { env })
    expect(await status({})).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('never the embedded one: set DATABASE_URL')
    })
    expect(await status({ DATABASE_URL: 'postgres://postgres@127.0.0.1:1/postgres' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The database of DATABASE_URL cannot be used: connect ECONNREFUSED')
    })
    const empty = await stage.postgres!.createDatabase('empty')
    expect(await status({ DATABASE_URL: empty })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No node of a cluster has ever run on this database.')
    })
  })
})
