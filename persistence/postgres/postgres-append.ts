// The one connection that appends. Appends are written as they come, without waiting for the answers to those
// before, and Postgres takes them in that order.
// Keeps true: each append gets one answer, in order; once one is lost, all behind it are.
import { Socket } from 'node:net'
import { Client } from 'pg'
import { JournalError } from '../../actors/ports.ts'
import { APPEND_TIMEOUT_MS } from '../../core/limits.ts'
import { connectionTo } from './postgres.ts'

/** `rows` are what the statement returned, a list of columns each. */
export type AppendDone = (error: JournalError | null, rows: readonly (readonly number[])[]) => void

/** Prepared once on each connection. */
interface Statement {
  readonly name: string
  readonly text: string
}

interface AppendConnection {
  send(statement: Statement, values: readonly (string | Buffer)[], done: AppendDone): void
  close(): Promise<void>
}

interface Pending {
  readonly deadline: number
  readonly done: AppendDone
}

/** One connection's life. */
interface Line {
  readonly number: number
  readonly client: Client
  readonly socket: Socket
  readonly pending: Pending[]
  timer: NodeJS.Timeout | null
}

/**
 * Connects when the first append comes, and again after the connection died. `onLost` is called before the
 * appends that are lost with a connection hear of it.
 */
export function createAppendConnection(url: string, onLost: () => void): AppendConnection {
  let line: Line | null = null
  let lines = 0

  function lose(lost: Line, cause: Error): void {
    if (line !== lost) return
    line = null
    if (lost.timer !== null) clearTimeout(lost.timer)
    lost.socket.destroy()
    if (lost.pending.length === 0) return
    onLost()
    const error = new JournalError('lost', `The journal's answer is lost: ${cause.message}`, { cause })
    for (const { done } of lost.pending) queueMicrotask(() => done(error, []))
  }

  /** One timer for the oldest append: appends are answered in order. */
  function watch(watched: Line): void {
    const oldest = watched.pending[0]
    if (watched.timer !== null || oldest === undefined) return
    const late = () => {
      watched.timer = null
      const first = watched.pending[0]
      if (first !== undefined && first.deadline <= performance.now()) {
        lose(watched, new Error(`no answer within ${APPEND_TIMEOUT_MS} ms`))
      } else watch(watched)
    }
    watched.timer = setTimeout(late, Math.ceil(oldest.deadline - performance.now()))
  }

  function open(): Line {
    const socket = new Socket()
    const client = new Client({
      ...connectionTo(url, 'journal'),
      stream: () => socket,
      connectionTimeoutMillis: APPEND_TIMEOUT_MS,
      statement_timeout: APPEND_TIMEOUT_MS,
      lock_timeout: APPEND_TIMEOUT_MS
    })
    const opened: Line = { number: ++lines, client, socket, pending: [], timer: null }
    const failed = (error: Error | null) => {
      if (error) lose(opened, error)
    }
    client.on('error', failed)
    client.on('end', () => lose(opened, new Error('the connection was closed')))
    client.connect(failed)
    // Whatever the server or the URL says: what is answered is on disk.
    void client.query('set synchronous_commit = on', failed)
    return opened
  }

  return {
    send: ({ name, text }, values, done) => {
      line ??= open()
      const used = line
      used.pending.push({ deadline: performance.now() + APPEND_TIMEOUT_MS, done })
      watch(used)
      // An embedded database has one session for all, in which the last line's statements may still be there.
      void used.client.query(
        { name: `${name}_${used.number}`, text, values: [...values], rowMode: 'array' },
        (error, result) => {
          if (line !== used) return
          if (error) return lose(used, error)
          used.pending.shift()!.done(null, result.rows)
        }
      )
    },
    close: async () => {
      const last = line
      if (last === null) return
      // A server that says nothing would not say goodbye either.
      const patience = setTimeout(() => last.socket.destroy(), APPEND_TIMEOUT_MS)
      await last.client.end()
      clearTimeout(patience)
      lose(last, new Error('the journal was closed'))
    }
  }
}
