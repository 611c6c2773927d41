// What the container file puts into the image is enough to run: the same files and no others, the page built by its
// command, the modules that are left, started and watched as it says. Only the engine and npm's part are missing.
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ROOT, readContainerfile, restOf } from './deploy-files.ts'
import { childEnvironment } from './support/child-environment.ts'
import { freePort } from './support/free-port.ts'
import { onDeath } from './support/on-death.ts'
import { exited } from './support/process-family.ts'
import { type TemporaryFolder, temporaryFolder } from './support/temporary-folder.ts'
import { eventually } from './support/wire-client-house.ts'

interface Module {
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
}

/** Twenty times what it takes where nothing else runs. */
const READY_MS_MAX = 100_000
const [build, image] = readContainerfile()
let folder: TemporaryFolder
let tree: string

beforeEach(() => {
  folder = temporaryFolder('image')
  tree = join(folder.path, 'app')
})
afterEach(() => folder.dispose())

it('DEPLOY-8: the image has what it needs, writes only to its data, says how it is, and stops in order', async () => {
  copyProduct()
  linkModules(() => true)
  const command = build!.find(({ name, rest }) => name === 'RUN' && rest.startsWith('node '))!.rest
  expect(run('sh', ['-c', command]).stdout).toContain('Built the seat map page')
  rmSync(join(tree, 'node_modules'), { recursive: true })
  linkModules(({ optional }) => optional !== true)
  const before = filesOf(tree)

  const port = await freePort()
  const place = { HOST: '127.0.0.1', PORT: String(port), DATA_DIR: join(folder.path, 'data'), DEMO: '0' }
  const env = { PATH: childEnvironment().PATH, ...imageEnvironment(), ...place }
  const [healthCommand, ...healthFlags] = exec(/CMD (.*)$/.exec(restOf(image!, 'HEALTHCHECK'))![1]!)
  const isHealthy = () => run(healthCommand!, healthFlags, env).status === 0
  expect(isHealthy()).toBe(false)
  const [program, ...flags] = [...exec(restOf(image!, 'ENTRYPOINT')), ...exec(restOf(image!, 'CMD'))]
  const log = join(folder.path, 'log')
  const output = openSync(log, 'w')
  const server = spawn(program!, flags, { cwd: tree, env, stdio: ['ignore', output, output] })
  closeSync(output)
  server.once('exit', onDeath('kill -KILL "$1"', String(server.pid)))
  try {
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
    const ready = eventually(async () => expect((await get('/readyz')).status).toBe(200), READY_MS_MAX)
    await Promise.race([ready, exited(server)])
    expect(server.exitCode, readFileSync(log, 'utf8')).toBe(null)
    expect(isHealthy()).toBe(true)
    expect(await (await get('/')).text()).toContain('<script type="module"')
  } finally {
    server.kill(restOf(image!, 'STOPSIGNAL') as NodeJS.Signals)
    await exited(server)
  }
  expect(server.exitCode).toBe(0)
  expect(filesOf(tree)).toEqual(before)
}, 180_000)

function copyProduct(): void {
  for (const { name, rest } of build!) {
    if (name !== 'COPY') continue
    for (const path of rest.split(' ').slice(0, -1)) {
      // As the ignore file has it: no page that was built elsewhere.
      const filter = (source: string) => !source.endsWith('gateway/web/dist')
      cpSync(join(ROOT, path), join(tree, path), { recursive: true, filter })
    }
  }
}

/** What npm installs without development tools, as far as `wanted`. */
function linkModules(wanted: (module: Module) => boolean): void {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Module> }
  for (const [path, module] of Object.entries(lock.packages)) {
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || module.dev || module.devOptional || !wanted(module)) continue
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    symlinkSync(join(ROOT, path), join(tree, path))
  }
}

function imageEnvironment(): Record<string, string> {
  const pairs = restOf(image!, 'ENV').split(' ')
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
}

/** The exec form of a command. */
function exec(text: string): readonly string[] {
  return JSON.parse(text) as readonly string[]
}

function run(command: string, flags: readonly string[], env: NodeJS.ProcessEnv = childEnvironment()) {
  return spawnSync(command, flags, { cwd: tree, env, encoding: 'utf8' })
}

/** Every file with the time it was last written. */
function filesOf(root: string): readonly string[] {
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${statSync(path).mtimeMs}`)
    .toSorted()
}
