// A Frontrow under a supervisor, as in production: whoever ends it starts it again, and when it ends by itself it is
// started at once, and that is remembered. All it ever said goes to one file.
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { onDeath } from '../support/on-death.ts'
import { exited, hasExited } from '../support/process-family.ts'

export interface SupervisedServer {
  readonly port: number
  readonly url: string
  /** Null while it does not run. */
  readonly pid: number | null
  /** How often it ended by itself though it had been up. */
  readonly crashes: readonly string[]
  /** It stays down until `start`. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** It has its shards, and the journal answers. */
  isReady(): Promise<boolean>
  /** Returns at once; as often as it takes, as its database may be away. */
  start(): void
}

export interface ServerSite {
  readonly port: number
  readonly logPath: string
  readonly env: Readonly<Record<string, string>>
}

const ROOT = join(import.meta.dirname, '..', '..')
const LISTENS = 'Frontrow listens on'
const RESTART_MS = 250
const READY_MS_MAX = 2_000

export function superviseServer({ port, logPath, env }: ServerSite): SupervisedServer {
  const crashes: string[] = []
  let isWanted = false
  let child: ChildProcess | null = null

  function launch(): void {
    if (!isWanted || (child !== null && !hasExited(child))) return
    const started = spawn(process.execPath, [join(ROOT, 'gateway', 'cli.ts'), 'serve'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    child = started
    let wasUp = false
    const keep = (text: string) => {
      appendFileSync(logPath, text)
      wasUp ||= text.includes(LISTENS)
    }
    started.stdout.setEncoding('utf8').on('data', keep)
    started.stderr.setEncoding('utf8').on('data', keep)
    const release = onDeath('kill -KILL "$1"', String(started.pid))
    started.once('exit', (code, signal) => {
      release()
      appendFileSync(logPath, `-- ended: ${signal ?? `exit code ${code}`}\n`)
      if (!isWanted) return
      if (wasUp) crashes.push(`the server ended by itself with ${signal ?? `exit code ${code}`}`)
      setTimeout(launch, RESTART_MS)
    })
  }

  const url = `http://127.0.0.1:${port}`
  return {
    port,
    url,
    crashes,
    get pid() {
      return child === null || hasExited(child) ? null : (child.pid ?? null)
    },
    end: async (signal) => {
      isWanted = false
      if (child === null) return
      child.kill(signal)
      await exited(child)
    },
    isReady: async () => {
      try {
        const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_MS_MAX) })
        await response.body?.cancel()
        return response.ok
      } catch {
        return false
      }
    },
    start: () => {
      isWanted = true
      launch()
    }
  }
}
