// `npm test`: sees to it that the servers the tests need are on this machine, runs `npm run check` and every test,
// and ends with the line `N passed, N failed`. With arguments (vitest's: file filters, --project unit, -t name) it
// runs just those tests, needs only what they need, and leaves the check out.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium, findNatsServer, findPostgres, findRedis } from './support/binaries.ts'
import { childEnvironment } from './support/child-environment.ts'

interface Server {
  readonly name: string
  /** Test files with one of these in their name need it. */
  readonly suffixes: readonly string[]
  readonly find: () => unknown
  readonly aptPackage: string
  readonly otherwise: string
}

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The parts of vitest's JSON report that are counted. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numTotalTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

const SERVERS: readonly Server[] = [
  {
    name: 'PostgreSQL',
    suffixes: ['.pg.test.ts', '.nats.test.ts'],
    find: findPostgres,
    aptPackage: 'postgresql',
    otherwise: 'dnf install postgresql-server, apk add postgresql, brew install postgresql'
  },
  {
    name: 'nats-server',
    suffixes: ['.nats.test.ts'],
    find: findNatsServer,
    aptPackage: 'nats-server',
    otherwise: 'brew install nats-server, or a release of github.com/nats-io/nats-server'
  },
  {
    name: 'Redis',
    suffixes: ['.redis.test.ts'],
    find: findRedis,
    aptPackage: 'redis-server',
    otherwise: 'dnf install redis, apk add redis, brew install redis'
  },
  {
    name: 'Chromium',
    suffixes: ['.browser.test.ts'],
    find: findChromium,
    aptPackage: 'chromium',
    otherwise: 'dnf install chromium, apk add chromium, or Google Chrome'
  }
]

const ROOT = join(import.meta.dirname, '..')
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const NODE_MINIMUM = [22, 19] as const
const filters = process.argv.slice(2)

requireNode()
await requireServers(await missingServers())
const check = filters.length === 0 ? await runCheck() : { passed: 0, failed: 0, skipped: 0 }
const tests = await runTests()
finish({ passed: check.passed + tests.passed, failed: check.failed + tests.failed, skipped: tests.skipped })

function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1])) return
  stop(
    `This is Node ${process.versions.node}; Frontrow needs ${NODE_MINIMUM.join('.')} or later.`,
    `npm ci brings it for Linux, macOS and Windows; for ${process.platform}-${process.arch} install it yourself.`
  )
}

async function missingServers(): Promise<readonly Server[]> {
  const { code, output } = await run([VITEST, 'list', '--filesOnly', ...filters], 'pipe')
  if (code !== 0) stop(output.trim(), 'vitest could not list the tests')
  const needed = SERVERS.filter(({ suffixes }) => suffixes.some((suffix) => output.includes(suffix)))
  return needed.filter((server) => server.find() === null)
}

async function requireServers(missing: readonly Server[]): Promise<void> {
  if (missing.length === 0) return
  const names = missing.map((server) => server.name).join(' and ')
  const packages = missing.map((server) => server.aptPackage)
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    stop(
      `These tests need ${names}, and this machine has none (or not on PATH). Install with`,
      `  sudo apt-get install ${packages.join(' ')}`,
      ...missing.map((server) => `  elsewhere: ${server.otherwise}`),
      'or run only the tests that need nothing: npm test -- --project unit'
    )
  }
  await install(packages)
  const still = missing.filter((server) => server.find() === null)
  if (still.length > 0) stop(`Installed, but still not to be found: ${still.map((server) => server.name).join(', ')}`)
}

async function install(packages: readonly string[]): Promise<void> {
  const startedAt = Date.now()
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`
  console.log(`test: installing ${packages.join(' and ')} with apt-get; this takes a minute or two`)
  const progress = setInterval(() => console.log(`test: still installing (${seconds()})`), 15_000)
  for (const flags of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
    const { code, output } = await run(flags, 'pipe', 'apt-get', { DEBIAN_FRONTEND: 'noninteractive' })
    if (code !== 0) stop(output.trim(), `apt-get ${flags.join(' ')} failed (exit code ${code})`)
  }
  clearInterval(progress)
  console.log(`test: installed in ${seconds()}`)
}

async function runCheck(): Promise<Counts> {
  const { code } = await run([join(ROOT, 'test', 'check.ts')], 'inherit')
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function runTests(): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'frontrow-report-'))
  const path = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]
  try {
    const { code } = await run([VITEST, 'run', ...reporters, ...filters], 'inherit')
    return count(existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : null, code)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Files that could not be loaded have no tests; they, and a crash of vitest itself, count as failed. */
function count(report: Report | null, code: number | null): Counts {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const passed = report.numPassedTests
  const failed = report.numFailedTests + broken.length
  const skipped = report.numTotalTests - report.numPassedTests - report.numFailedTests
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped }
}

function finish({ passed, failed, skipped }: Counts): void {
  if (passed + failed === 0) console.log('test: no test ran')
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
}

async function run(
  args: readonly string[],
  stdio: 'inherit' | 'pipe',
  command = process.execPath,
  env: NodeJS.ProcessEnv = {}
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...childEnvironment(), ...env },
    stdio: ['ignore', stdio, stdio]
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      output += part
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return { code, output }
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)))
}

function stop(...lines: readonly string[]): never {
  for (const line of lines) console.log(line)
  console.log('\n0 passed, 1 failed')
  process.exit(1)
}
