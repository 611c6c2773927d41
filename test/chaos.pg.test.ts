// The chaos run, tiny: one of each fault that is cheap, on real processes. How long anything takes is not asked.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { DEFAULTS, runChaos, UsageError } from './chaos/chaos.ts'
import { reportText } from './chaos/chaos-report.ts'
import { childEnvironment } from './support/child-environment.ts'

const CHEAP = [
  'server killed',
  'backends terminated',
  'immediate',
  'Postgres cut',
  'clients cut',
  'clients half closed'
]
const SMALL = { ...DEFAULTS, clients: 8, shows: 2, quietMs: [300, 600] } as const

it('CHAOS-1: real processes, one of each cheap fault, and nothing wrong', async () => {
  const said: string[] = []
  const before = leftovers()
  const result = await runChaos({ ...SMALL, seconds: 120, seed: 3, only: CHEAP, rounds: 1 }, (line) => said.push(line))
  expect(result.failures, reportText(result)).toEqual([])
  expect(result.checks.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))).toEqual([])
  for (const { name, checked } of result.checks) expect(checked, name).toBeGreaterThan(0)
  const inflicted = result.faults.map(({ name }) => name).join()
  for (const fault of CHEAP) if (!inflicted.includes('two')) expect(inflicted).toContain(fault)
  expect(result.writes).toBeGreaterThan(100)
  expect(result.evidence).toBeNull()
  expect(said.some((line) => line.includes('writes'))).toBe(true)
  expect(leftovers()).toEqual(before)
}, 180_000)

it('CHAOS-1: interrupted, it leaves no process, no mount and no folder', async () => {
  const before = leftovers()
  const run = join(import.meta.dirname, 'chaos', 'run.ts')
  const child = spawn(process.execPath, [run, '--seconds', '60', '--seed', '4'], {
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString()
  })
  await vi.waitFor(() => expect(said).toContain('writes'), 60_000)
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(130)
  await vi.waitFor(() => expect(leftovers()).toEqual(before), 10_000)
}, 120_000)

it('CHAOS-9: a fault there is not is refused by name, before anything is started', async () => {
  const asked = runChaos({ ...SMALL, seconds: 1, seed: 1, only: ['earthquake'] }, () => {})
  await expect(asked).rejects.toThrow(UsageError)
  const run = join(import.meta.dirname, 'chaos', 'run.ts')
  const { status, stdout } = spawnSync(process.execPath, [run, '--only', 'earthquake'], { encoding: 'utf8' })
  expect([status, stdout.includes('server killed')]).toEqual([2, true])
})

/** What runs of this machine have left, by name. */
function leftovers(): readonly string[] {
  const folders = readdirSync(tmpdir()).filter((name) => /^frontrow-(chaos-[34]|disk)-/.test(name))
  const mounts = readFileSync('/proc/mounts', 'utf8').match(/\S*frontrow-disk-\S*/g) ?? []
  return [...folders, ...mounts]
}
