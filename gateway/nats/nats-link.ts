// The connection to NATS: made in the background and kept for ever. While it is away its users are idle, and the
// other doors go on. Nothing that opens a door is written to the log: servers are named by host and port.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from 'nats'
import type { Observer } from '../../actors/ports.ts'
import type { NatsSettings } from '../config.ts'

export interface NatsLink {
  readonly isConnected: boolean
  /** Calls `use` with the connection, now or when there is one; again should there ever be another. */
  each(use: (connection: NatsConnection) => void): void
  /** Sends what is on its way, and ends. */
  close(): Promise<void>
}

const RETRY_MS_MIN = 250
const RETRY_MS_MAX = 5_000
const PING_MS = 3_000
const CONNECT_MS_MAX = 5_000
/** How long what is under way may take to be sent at the end. */
const CLOSE_MS = 2_000
/** Nodes take their answers here: no other user of a server with deploy/nats/ may listen to it. */
export const INBOX_PREFIX = '_INBOX.frontrow'

export function createNatsLink(settings: NatsSettings, name: string, observer: Pick<Observer, 'incident'>): NatsLink {
  const options = optionsOf(settings, name)
  const stopping = new AbortController()
  const users: ((connection: NatsConnection) => void)[] = []
  let connection: NatsConnection | null = null
  let isConnected = false
  let failure = ''
  const isStopping = () => stopping.signal.aborted
  const say: Observer['incident'] = (level, message, facts) => observer.incident(level, message, { name, ...facts })

  async function run(): Promise<void> {
    for (let retryMs = RETRY_MS_MIN; !isStopping(); retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
      try {
        connection = await connect(options)
      } catch (error) {
        const why = messageOf(error)
        // Said once: it is tried every few seconds, for as long as it takes.
        if (why !== failure) say('warn', 'NATS cannot be reached', { servers: serversOf(settings), error: why })
        failure = why
        await delay(retryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
        continue
      }
      if (isStopping()) return connection.close()
      isConnected = true
      failure = ''
      say('info', 'connected to NATS', { server: connection.getServer() })
      void watch(connection)
      for (const use of users) use(connection)
      // It connects again by itself, for ever; only something that nobody thought of ends it.
      const error = await connection.closed()
      isConnected = false
      connection = null
      if (!isStopping()) say('error', 'the connection to NATS ended', { error: messageOf(error) })
    }
  }

  async function watch(watched: NatsConnection): Promise<void> {
    for await (const { type, data } of watched.status()) {
      if (type === 'disconnect') {
        isConnected = false
        if (!isStopping()) say('warn', 'NATS is away', { server: data })
      } else if (type === 'reconnect') {
        isConnected = true
        say('info', 'NATS is back', { server: data })
      } else if (type === 'error') {
        say('warn', 'NATS refused something', { error: data })
      }
    }
  }

  const running = run()
  return {
    get isConnected() {
      return isConnected
    },
    each(use) {
      users.push(use)
      if (connection !== null) use(connection)
    },
    async close() {
      stopping.abort()
      const patience = delay(CLOSE_MS, undefined, { ref: false })
      if (isConnected) await Promise.race([connection?.flush().catch(() => {}), patience])
      await connection?.close()
      await running
    }
  }
}

function optionsOf(settings: NatsSettings, name: string): ConnectionOptions {
  const { user, password, credentials } = settings
  return {
    servers: serversOf(settings),
    name: `frontrow ${name}`,
    inboxPrefix: INBOX_PREFIX,
    maxReconnectAttempts: -1,
    // A password that is wrong today may be right when the operator has seen to it.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RETRY_MS_MIN,
    timeout: CONNECT_MS_MAX,
    pingInterval: PING_MS,
    noAsyncTraces: true,
    ...(settings.urls.some((url) => url.startsWith('tls:')) && { tls: {} }),
    ...(user !== null && { user }),
    ...(password !== null && { pass: password }),
    ...(credentials !== null && { authenticator: credsAuthenticator(readFileSync(credentials)) })
  }
}

/** Host and port, without what stands before them. */
function serversOf({ urls }: NatsSettings): string[] {
  return urls.map((url) => new URL(url).host)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
