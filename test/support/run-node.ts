// Runs one of our programs to its end, as a shell would.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Everything but PATH. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Told its process id once it runs. */
  readonly started?: (pid: number) => void
}

const ROOT = join(import.meta.dirname, '..', '..')

/** `script` is a path from the root. */
export async function runNode(script: string, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [join(ROOT, script), ...words], {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  if (child.pid !== undefined) options.started?.(child.pid)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}
