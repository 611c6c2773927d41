// A real NATS server with JetStream for tests and benches: its own folder and port, and everything one does to a
// server in anger (stop, kill, freeze, start again). It starts in 50 ms, so every test file has its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findNatsServer } from './binaries.ts'
import { freePort } from './free-port.ts'
import { onDeath } from './on-death.ts'
import { exited, freeze, hasExited, thaw } from './process-family.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface NatsOptions {
  /** A configuration file; port, address and folder are given beside it. */
  readonly config?: string
  /** What the configuration takes from its environment, such as passwords. */
  readonly env?: Readonly<Record<string, string>>
  /** The port, where it has to be a certain one. */
  readonly port?: number
}

export interface TestNats {
  /** `nats://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  /** Where JetStream keeps its streams. */
  readonly dataFolder: string
  /** Null while it does not run. */
  readonly pid: number | null
  /** Again, on the same folder and port. */
  start(): Promise<void>
  /** The orderly way. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** Freezes it: it neither answers nor hangs up. */
  pause(): void
  resume(): void
  /** The last lines it wrote. */
  logs(): string
  dispose(): Promise<void>
}

const START_MS_MAX = 30_000
const PORT_TRIES = 5

export async function startNats(options: NatsOptions = {}): Promise<TestNats> {
  const binary = findNatsServer()
  if (binary === null) throw new Error('Found no nats-server: install it, or add its folder to PATH.')
  const folder = temporaryFolder('nats')
  const log = join(folder.path, 'nats.log')
  const dataFolder = join(folder.path, 'data')
  const logTail = () => readFileSync(log, 'utf8').split('\n').slice(-30).join('\n')
  const config = options.config === undefined ? [] : ['-c', options.config]
  const launch = async (port: number): Promise<ChildProcess> => {
    const output = openSync(log, 'a')
    const place = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dataFolder]
    const env = { PATH: process.env.PATH ?? '', ...options.env }
    const child = spawn(binary, [...config, ...place], {
      env,
      cwd: folder.path,
      // Its own process group: a Ctrl-C is for us, and we end it in order.
      detached: true,
      stdio: ['ignore', output, output]
    })
    closeSync(output)
    child.once('exit', onDeath('kill -KILL "$1"', String(child.pid)))
    await ready(child, port, logTail)
    return child
  }
  try {
    const port = options.port ?? (await freePort())
    const first = await launchOnFreePort(launch, port)
    return control({ ...first, dataFolder }, launch, logTail, folder.dispose)
  } catch (error) {
    await folder.dispose()
    throw error
  }

  async function launchOnFreePort(start: typeof launch, first: number): Promise<{ child: ChildProcess; port: number }> {
    for (let tries = 1, port = first; ; tries++, port = await freePort()) {
      try {
        return { child: await start(port), port }
      } catch (error) {
        if (options.port !== undefined || tries === PORT_TRIES || !logTail().includes('address already in use'))
          throw error
      }
    }
  }
}

function control(
  first: { readonly child: ChildProcess; readonly port: number; readonly dataFolder: string },
  launch: (port: number) => Promise<ChildProcess>,
  logs: () => string,
  disposeFolder: () => Promise<void>
): TestNats {
  const { port, dataFolder } = first
  let child = first.child
  const pid = () => (hasExited(child) ? null : (child.pid ?? null))
  const signal = (send: (pid: number) => void) => {
    const running = pid()
    if (running !== null) send(running)
  }
  const end = async (how: NodeJS.Signals) => {
    signal(thaw)
    child.kill(how)
    await exited(child)
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    dataFolder,
    get pid() {
      return pid()
    },
    start: async () => {
      if (pid() === null) child = await launch(port)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => signal(freeze),
    resume: () => signal(thaw),
    logs,
    dispose: async () => {
      await end('SIGKILL')
      await disposeFolder()
    }
  }
}

/** Ready is: it greets with INFO, and the log says that JetStream is there. */
async function ready(child: ChildProcess, port: number, logTail: () => string): Promise<void> {
  const deadline = Date.now() + START_MS_MAX
  while (!(await greets(port))) {
    if (hasExited(child)) throw new Error(`nats-server did not start:\n${logTail()}`)
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`nats-server was not ready after ${START_MS_MAX / 1000} s:\n${logTail()}`)
    }
    await delay(10)
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1')
    const done = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('data', (chunk: Buffer) => done(chunk.toString().startsWith('INFO ')))
    socket.once('error', () => done(false))
    socket.setTimeout(1_000, () => done(false))
  })
}
