// The thread of the embedded database: PGlite, and the port that it answers on. In the main thread it would
// hold up everybody else for the length of each statement.
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { PGlite } from '@electric-sql/pglite'
import { openDatabase } from './embedded-files.ts'
import { type Engine, serveSessions } from './embedded-sessions.ts'

export interface EmbeddedSettings {
  readonly folder: string
  readonly password: string
  /** 0 for a free one. */
  readonly port: number
}

/** That it answers, or why it ends. */
export type WorkerMessage = { readonly port: number } | { readonly crash: string }

/** How Postgres's error handling leaves a statement; every other exception is a crash. */
const LONGJMP = 100

const { folder, password, port } = workerData as EmbeddedSettings
const database = await openDatabase(folder)
const server = serveSessions(engineOf(database), password)
server.listen(port, '127.0.0.1', () => {
  parentPort!.postMessage({ port: (server.address() as AddressInfo).port } satisfies WorkerMessage)
})

parentPort!.once('message', () => {
  server.close()
  void database.close().then(() => process.exit(0))
})

function engineOf({ Module: postgres }: PGlite): Engine {
  // After a crash the memory cannot be trusted, and PGlite would go on with it: end here. The log is replayed.
  const loop = postgres._PostgresMainLoopOnce
  postgres._PostgresMainLoopOnce = () => {
    try {
      loop()
    } catch (error) {
      if ((error as { status?: number }).status !== LONGJMP) crash(error)
      throw error
    }
  }
  return {
    run: (messages) => {
      const answer: Buffer[] = []
      const onRawData = (bytes: Uint8Array) => answer.push(Buffer.from(bytes))
      // Runs to its end before it returns: nothing in it waits.
      database.execProtocolRawStream(messages, { syncToFs: false, onRawData }).catch(crash)
      return Buffer.concat(answer)
    },
    inTransaction: () => database.isInTransaction()
  }
}

function crash(error: unknown): never {
  const crash = (error as { message?: string }).message ?? String(error)
  parentPort!.postMessage({ crash } satisfies WorkerMessage)
  process.exit(1)
}
