// The chaos run with a cluster, tiny: three nodes of their own processes on a real Postgres and a real NATS; one is
// killed, one is paused past its lease, one is stopped in order. How long anything takes is not asked.
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { CLUSTER_DEFAULTS, runClusterChaos } from './chaos/cluster/cluster-chaos.ts'
import { clusterReportText } from './chaos/cluster/cluster-report.ts'

const SEED = 5
const FAULTS = ['node killed and back at once', 'node paused past its lease', 'node stopped in order']
const SMALL = { ...CLUSTER_DEFAULTS, clients: 9, shows: 12, quietMs: [300, 600], rounds: 1, only: FAULTS } as const

it('CHAOS-10: three nodes, one killed, one paused past its lease, one stopped in order, and nothing wrong', async () => {
  const before = leftovers()
  const said: string[] = []
  const result = await runClusterChaos({ ...SMALL, seconds: 150, seed: SEED }, (line) => said.push(line))
  expect(result.failures, clusterReportText(result)).toEqual([])
  expect(result.checks.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))).toEqual([])
  for (const { name, checked } of result.checks) expect(checked, name).toBeGreaterThan(0)
  expect(result.faults.map(({ name }) => name).toSorted()).toEqual(FAULTS)
  for (const { name, concernedMs } of result.faults) expect(concernedMs.max, name).toBeGreaterThan(0)
  expect(result.writes).toBeGreaterThan(100)
  expect(said.some((line) => line.includes('without service'))).toBe(true)
  expect(result.evidence).toBeNull()
  expect(leftovers()).toEqual(before)
}, 300_000)

/** What runs of this machine have left, by name. */
function leftovers(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`frontrow-chaos-${SEED}-`))
}
