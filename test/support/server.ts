// A Frontrow of its own process for tests and benches: started as a user starts it, killed as users never should.
// Takes nothing from the environment of the test but PATH and HOME.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { onDeath } from './on-death.ts'
import { exited, hasExited } from './process-family.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface ServerOptions {
  /** Settings as in the README; PORT is a free one unless set here. */
  readonly env?: Readonly<Record<string, string>>
  /** Where it keeps its data; a temporary folder unless given. */
  readonly dataDir?: string
  /** Told what it writes to stdout and stderr, as it comes. */
  readonly heard?: ((part: string) => void) | undefined
}

export interface TestServer {
  readonly url: string
  readonly wsUrl: string
  readonly dataDir: string
  /** Null while it does not run. */
  readonly pid: number | null
  /** Sends `signal` and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** The orderly way: SIGTERM. */
  stop(): Promise<void>
  /** Stops it if it runs, and starts it on the same port and data. */
  restart(): Promise<void>
  /** The last of what it wrote to stdout and stderr. */
  logs(): string
  dispose(): Promise<void>
}

interface Running {
  readonly child: ChildProcess
  readonly logs: () => string
}

const ROOT = join(import.meta.dirname, '..', '..')
const LISTENS = /Frontrow listens on (http:\/\/\S+:\d+)/
const START_MS_MAX = 60_000
const LOG_CHARACTERS_MAX = 1_000_000

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = options.dataDir === undefined ? temporaryFolder('server') : null
  const dataDir = options.dataDir ?? folder?.path ?? ''
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    ...options.env
  }
  const start = async (): Promise<Running> => {
    const running = launch(env, options.heard)
    await ready(running)
    return running
  }
  try {
    const first = await start()
    return control(first, start, listeningUrl(first) ?? '', dataDir, async () => folder?.dispose())
  } catch (error) {
    await folder?.dispose()
    throw error
  }
}

function control(
  first: Running,
  start: () => Promise<Running>,
  url: string,
  dataDir: string,
  disposeFolder: () => Promise<void>
): TestServer {
  let running = first
  const kill = async (signal: NodeJS.Signals) => {
    running.child.kill(signal)
    await exited(running.child)
  }
  const stop = () => kill('SIGTERM')
  return {
    url,
    wsUrl: `${url.replace('http', 'ws')}/ws`,
    dataDir,
    get pid() {
      return hasExited(running.child) ? null : (running.child.pid ?? null)
    },
    kill,
    stop,
    restart: async () => {
      await stop()
      running = await start()
    },
    logs: () => running.logs(),
    dispose: async () => {
      await kill('SIGKILL')
      await disposeFolder()
    }
  }
}

function launch(env: NodeJS.ProcessEnv, heard: (part: string) => void = () => {}): Running {
  const child = spawn(process.execPath, [join(ROOT, 'gateway', 'cli.ts'), 'serve'], {
    cwd: ROOT,
    env,
    // Its own process group: a Ctrl-C is for us, and we end it in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  child.once('exit', onDeath('kill -KILL "$1"', String(child.pid)))
  let text = ''
  const keep = (part: string) => {
    text = (text + part).slice(-LOG_CHARACTERS_MAX)
    heard(part)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  return { child, logs: () => text }
}

/** Ready is: it has said where it listens, and /readyz says yes. */
async function ready(running: Running): Promise<void> {
  const deadline = Date.now() + START_MS_MAX
  while (!(await answersReady(listeningUrl(running)))) {
    const tail = () => running.logs().split('\n').slice(-40).join('\n')
    if (hasExited(running.child)) {
      const how = running.child.signalCode ?? `exit code ${running.child.exitCode}`
      throw new Error(`Frontrow ended before it was ready (${how}):\n${tail()}`)
    }
    if (Date.now() > deadline) {
      running.child.kill('SIGKILL')
      throw new Error(`Frontrow was not ready after ${START_MS_MAX / 1000} s:\n${tail()}`)
    }
    await delay(20)
  }
}

function listeningUrl(running: Running): string | null {
  return LISTENS.exec(running.logs())?.[1] ?? null
}

async function answersReady(url: string | null): Promise<boolean> {
  if (url === null) return false
  try {
    const answer = await fetch(`${url}/readyz`)
    await answer.body?.cancel()
    return answer.status === 200
  } catch {
    return false
  }
}
