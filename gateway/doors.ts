// Opens the doors, HTTP, WebSocket and page, of one node: everything that clients can reach, on one port.
import type { Shows } from '../actors/outcome.ts'
import type { PlanStore } from '../actors/ports.ts'
import type { Plan } from '../core/plan/plan.ts'
import type { Auth } from './auth.ts'
import { portTaken } from './free-port.ts'
import { createSubmit } from './http/ask-show.ts'
import { httpDoor } from './http/http-door.ts'
import { filesDoor } from './http/http-files.ts'
import { createHandlers } from './http/http-handlers.ts'
import { operationsDoor } from './http/http-operations.ts'
import { createSeatMaps } from './http/seat-map.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { BookingReads, Projector, ShowReads } from './ports.ts'
import { createRateLimits } from './rate-limit.ts'
import type { RecentWrites } from './recent-writes.ts'
import { App, closeListenSocket, listenAlone } from './uws.ts'
import type { FeedPush } from './websocket/feed-push.ts'
import { webSocketDoor } from './websocket/websocket.ts'

export interface DoorsParts {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly shows: Shows
  /** Whether the shows take commands. */
  readonly ready: () => boolean
  readonly feed: FeedPush
  readonly auth: Auth
  readonly plans: Pick<PlanStore, 'save'>
  readonly projector: Projector
  readonly recentWrites: RecentWrites
  readonly bookings: BookingReads
  readonly showReads: ShowReads
  /** The plan with this hash. */
  readonly planOf: (hash: string) => Promise<Plan>
  /** Whether the read model can have given this as the `next` of a list. */
  readonly isCursor: (text: string) => boolean
  /** The built page. */
  readonly webFolder: string
  readonly metrics: Metrics
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: () => number
}

export interface Doors {
  /** The one it listens on. */
  readonly port: number
  /** No new connections; requests get `unavailable`, and /readyz says no. */
  stopTaking(): void
  /** Sends away whoever is still connected, with a code that says: connect again. */
  close(): void
}

/** Rejects where the port is taken. */
export async function openDoors(parts: DoorsParts): Promise<Doors> {
  const { host, shows, auth, feed, recentWrites, metrics, log, now } = parts
  let open = true
  const app = App()
  const limits = createRateLimits(() => performance.now())
  const sockets = webSocketDoor(app, { shows, feed, auth, recentWrites, now })
  operationsDoor(app, { ready: () => open && parts.ready(), metrics })
  const submit = createSubmit(shows)
  const handlers = createHandlers({ ...parts, submit, seatMaps: createSeatMaps(shows) })
  httpDoor(app, { auth, handlers, limits, isCursor: parts.isCursor, metrics, log, open: () => open })
  await filesDoor(app, parts.webFolder)
  feed.attach(app)
  metrics.watch('frontrow_sockets', 'WebSockets that are open', () => sockets.sockets)
  const listening = await listenAlone(app, host, parts.port)
  if (listening === null) throw portTaken(host, parts.port)
  return {
    port: listening.port,
    stopTaking() {
      open = false
      closeListenSocket(listening.socket)
    },
    close() {
      sockets.close()
      // A moment for the close frames; HTTP connections that idle are cut.
      setTimeout(() => app.close(), CLOSE_FRAMES_MS)
    }
  }
}

const CLOSE_FRAMES_MS = 50
