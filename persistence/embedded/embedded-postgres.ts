// A Postgres to start without installing one: PGlite in a thread, on a port of this machine that asks for a
// password, so that the same code runs on it as on a server.
// Keeps true: one process per data folder; a crash of the thread is followed by a start of a new one.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lockFile, lockNote } from '../folder-lock.ts'
import { keepUp } from './embedded-upkeep.ts'
import type { EmbeddedSettings, WorkerMessage } from './embedded-worker.ts'

export interface EmbeddedPostgres {
  readonly url: string
  stop(): Promise<void>
}

const RESTART_MS = 500
const STOP_MS_MAX = 10_000
const LOCK_NAME = 'postgres.lock'

/** Starts the database in `dataDir`, made new where there is none. Throws when another process has it. */
export async function startEmbeddedPostgres(
  dataDir: string,
  onCrash: (error: Error) => void = (error) => process.emitWarning(error)
): Promise<EmbeddedPostgres> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = lockFile(join(dataDir, LOCK_NAME))
  const settings = { folder: join(dataDir, 'postgres'), password: randomBytes(24).toString('base64url') }
  let isStopping = false
  let worker: Worker
  let port: number

  async function launch(wanted: number): Promise<void> {
    const launched = new Worker(new URL('./embedded-worker.ts', import.meta.url), {
      workerData: { ...settings, port: wanted } satisfies EmbeddedSettings
    })
    worker = launched
    port = await new Promise<number>((resolve, reject) => {
      launched.on('message', (message: WorkerMessage) => {
        if ('port' in message) resolve(message.port)
        else onCrash(new Error(`The embedded database crashed: ${message.crash}`))
      })
      launched.on('error', (error) => {
        onCrash(error)
        reject(error)
      })
      launched.once('exit', (code) => reject(new Error(`The embedded database ended with code ${code}`)))
    })
    launched.once('exit', again)
  }

  function again(): void {
    setTimeout(() => {
      if (!isStopping) launch(port).catch(again)
    }, RESTART_MS)
  }

  try {
    await launch(0)
  } catch (error) {
    lock.release()
    throw error
  }
  const url = `postgres://postgres:${settings.password}@127.0.0.1:${port!}/postgres`
  lock.note(url)
  const upkeep = keepUp(url)
  return {
    url,
    stop: async () => {
      isStopping = true
      await upkeep.stop()
      await end(worker)
      lock.release()
    }
  }
}

async function end(worker: Worker): Promise<void> {
  // Crashed, and not started again yet.
  if (worker.threadId === -1) return
  const ended = once(worker, 'exit')
  const patience = setTimeout(() => void worker.terminate(), STOP_MS_MAX)
  worker.postMessage('stop')
  await ended
  clearTimeout(patience)
}

/** Where the database in `dataDir` can be reached, if a process on this machine runs it: for tools beside it. */
export function runningEmbeddedPostgres(dataDir: string): string | null {
  return lockNote(join(dataDir, LOCK_NAME))
}
