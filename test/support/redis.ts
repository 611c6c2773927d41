// A real Redis server for tests and benches: its own folder and port, gone with the process that started it. It starts
// in 30 ms, so every test file has its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findRedis } from './binaries.ts'
import { freePort } from './free-port.ts'
import { onDeath } from './on-death.ts'
import { exited, hasExited } from './process-family.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestRedis {
  /** `redis://127.0.0.1:<port>`. */
  readonly url: string
  readonly pid: number
  dispose(): Promise<void>
}

const START_MS_MAX = 30_000
const PORT_TRIES = 5

/** `settings` as in redis.conf. Nothing is saved unless they say so. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const binary = findRedis()
  if (binary === null) throw new Error('Found no redis-server: install it, or add its folder to PATH.')
  const folder = temporaryFolder('redis')
  const log = join(folder.path, 'redis.log')
  const logTail = () => readFileSync(log, 'utf8').split('\n').slice(-30).join('\n')
  try {
    const { child, port } = await launchOnFreePort()
    return {
      url: `redis://127.0.0.1:${port}`,
      pid: child.pid!,
      dispose: async () => {
        child.kill('SIGKILL')
        await exited(child)
        await folder.dispose()
      }
    }
  } catch (error) {
    await folder.dispose()
    throw error
  }

  async function launchOnFreePort(): Promise<{ child: ChildProcess; port: number }> {
    for (let tries = 1; ; tries++) {
      const port = await freePort()
      try {
        return { child: await launch(port), port }
      } catch (error) {
        if (tries === PORT_TRIES || !logTail().includes('Address already in use')) throw error
      }
    }
  }

  async function launch(port: number): Promise<ChildProcess> {
    const all = Object.entries({ bind: '127.0.0.1', port: String(port), dir: folder.path, save: '', ...settings })
    const output = openSync(log, 'w')
    const flags = all.flatMap(([name, value]) => [`--${name}`, value])
    const child = spawn(binary!, flags, {
      cwd: folder.path,
      // Its own process group: a Ctrl-C is for us, and we end it in order.
      detached: true,
      stdio: ['ignore', output, output]
    })
    closeSync(output)
    child.once('exit', onDeath('kill -KILL "$1"', String(child.pid)))
    const deadline = Date.now() + START_MS_MAX
    // Its own log says so: right also when some other server answers on this port.
    while (!logTail().includes('Ready to accept connections')) {
      if (hasExited(child)) throw new Error(`redis-server did not start:\n${logTail()}`)
      if (Date.now() > deadline) {
        child.kill('SIGKILL')
        throw new Error(`redis-server was not ready after ${START_MS_MAX / 1000} s:\n${logTail()}`)
      }
      await delay(10)
    }
    return child
  }
}
