// Postgres connections to a database that has one session: they take turns, from the first message of a request
// to its Sync, and from the begin of a transaction to its end. (The socket server that comes with PGlite takes
// turns by message: a request that arrives in two packets loses its portal to whoever comes between.)
// Keeps true: no request sees another one's half, a stalled transaction does not stop the others for ever.
import { timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import {
  AUTHENTICATION_OK_NEEDS_PASSWORD,
  closeStatements,
  errorMessage,
  MessageReader,
  messageText,
  SIMPLE_ROLLBACK,
  SYNC,
  startupKind
} from './embedded-protocol.ts'

export interface Engine {
  /** Runs whole messages, and answers what the database says to them. */
  run(messages: Uint8Array): Buffer
  inTransaction(): boolean
}

interface Session {
  readonly socket: Socket
  readonly reader: MessageReader
  /** Names of prepared statements, which would outlive the session. */
  readonly statements: Set<string>
  /** Messages of a request that is not complete. */
  parts: Buffer[]
  startup: Buffer | null
  isReady: boolean
}

/** What runs in one go. After a Flush the request goes on: the turn is kept. */
interface Turn {
  readonly session: Session
  readonly messages: Buffer
  readonly isComplete: boolean
}

const SESSIONS_MAX = 64
/** How long a connection may take to say who it is. */
const GREETING_MS_MAX = 5_000
/** How long a transaction may keep everybody waiting without a word. */
const SILENCE_MS_MAX = 5_000

export function serveSessions(engine: Engine, password: string): Server {
  const turns = createTurns(engine)
  const server = createServer({ noDelay: true }, (socket) => {
    const session: Session = {
      socket,
      reader: new MessageReader(),
      statements: new Set(),
      parts: [],
      startup: null,
      isReady: false
    }
    socket.setTimeout(GREETING_MS_MAX, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => turns.leave(session))
    socket.on('data', (chunk) => {
      try {
        session.reader.read(chunk, (message) => {
          if (session.isReady) request(session, message, turns.take)
          else greet(session, message, password, turns.take)
        })
      } catch {
        socket.destroy()
      }
    })
  })
  server.maxConnections = SESSIONS_MAX
  return server
}

/** Up to the right password: whoever can reach the port is not yet somebody who may read. */
function greet(session: Session, message: Buffer, password: string, take: (turn: Turn) => void): void {
  const { socket, reader } = session
  if (session.startup === null) {
    const kind = startupKind(message)
    if (kind === 'encryption') return void socket.write('N')
    if (kind !== 'startup') return void socket.destroy()
    session.startup = Buffer.from(message)
    reader.isStarting = false
    socket.write(AUTHENTICATION_OK_NEEDS_PASSWORD)
    return
  }
  const given = Buffer.from(messageText(message, 'p'))
  const expected = Buffer.from(password)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return void socket.end(errorMessage('28P01', 'password authentication failed'))
  }
  session.isReady = true
  reader.isTrusted = true
  socket.setTimeout(0)
  take({ session, messages: session.startup, isComplete: true })
}

function request(session: Session, message: Buffer, take: (turn: Turn) => void): void {
  const type = String.fromCharCode(message[0]!)
  if (type === 'X') return void session.socket.end()
  if (type === 'P') session.statements.add(messageText(message, 'P'))
  session.parts.push(message)
  if (!'SQFH'.includes(type)) return
  const messages = Buffer.concat(session.parts)
  session.parts = []
  take({ session, messages, isComplete: type !== 'H' })
}

function createTurns(engine: Engine) {
  const waiting: Turn[] = []
  let owner: Session | null = null
  let silence: NodeJS.Timeout | null = null

  function own(session: Session | null): void {
    owner = session
    if (silence !== null) clearTimeout(silence)
    silence = session === null ? null : setTimeout(() => hangUp(session), SILENCE_MS_MAX)
  }

  function hangUp({ socket }: Session): void {
    socket.write(errorMessage('25P03', 'terminating connection: its transaction kept all others waiting'))
    socket.destroy()
  }

  function go(): void {
    for (;;) {
      const at = owner === null ? 0 : waiting.findIndex(({ session }) => session === owner)
      const [turn] = at < 0 ? [] : waiting.splice(at, 1)
      if (turn === undefined) return
      const { session, messages, isComplete } = turn
      session.socket.write(engine.run(messages))
      own(engine.inTransaction() || !isComplete ? session : null)
    }
  }

  return {
    take: (turn: Turn) => {
      waiting.push(turn)
      go()
    },
    /** What `session` asked for and did not get is forgotten, what it began is undone. */
    leave: (session: Session) => {
      for (let at = waiting.length - 1; at >= 0; at--) if (waiting[at]!.session === session) waiting.splice(at, 1)
      if (owner === session) {
        engine.run(SYNC)
        if (engine.inTransaction()) engine.run(SIMPLE_ROLLBACK)
        own(null)
      }
      if (session.statements.size > 0) {
        waiting.push({ session, messages: closeStatements(session.statements), isComplete: true })
      }
      go()
    }
  }
}
