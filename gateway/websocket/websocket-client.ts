// What the WebSocket door knows of one client.
import { FLOOD_MAX, MESSAGE_RATE } from '../../core/limits.ts'
import type { Identity } from '../auth.ts'
import type { WebSocket } from '../uws.ts'

/** What is known of one socket; lives on after it closed, while answers are on their way. */
export interface Client {
  socket: WebSocket<SocketData> | null
  /** Null: look only. */
  readonly identity: Identity | null
  readonly binary: boolean
  /** Shows it watches. */
  readonly shows: Set<string>
  /** By show, the room in which it gets pushes; none while it is skipped. */
  readonly rooms: Map<string, string>
  /** To be sent at the end of this turn. */
  out: (string | Uint8Array)[]
  /** Commands not answered yet. */
  waiting: number
  /** Messages it may send now, and when that was counted. */
  tokens: number
  countedAt: number
  /** Messages over its rate since it was last quiet. */
  refused: number
  /** It did not stop sending, and is about to be closed. */
  flooding: boolean
  /** Pushes were dropped: it gets snapshots once its buffer is empty. */
  lagging: boolean
}

export interface SocketData {
  readonly client: Client
}

export function newClient(identity: Identity | null, binary: boolean, now: number): Client {
  return {
    socket: null,
    identity,
    binary,
    shows: new Set(),
    rooms: new Map(),
    out: [],
    waiting: 0,
    tokens: MESSAGE_RATE.burst,
    countedAt: now,
    refused: 0,
    flooding: false,
    lagging: false
  }
}

/** Whether `client` may send a message at `now`: `flood` where it does not care to be slower. */
export function pace(client: Client, now: number): 'well' | 'slow' | 'flood' {
  if (client.identity !== null && client.identity.role !== 'customer') return 'well'
  const gained = (Math.max(0, now - client.countedAt) * MESSAGE_RATE.perSecond) / 1000
  client.tokens = Math.min(MESSAGE_RATE.burst, client.tokens + gained)
  client.countedAt = now
  // It has been quiet: what was before is forgiven.
  if (client.tokens === MESSAGE_RATE.burst) client.refused = 0
  if (client.tokens >= 1) {
    client.tokens--
    return 'well'
  }
  return ++client.refused > FLOOD_MAX ? 'flood' : 'slow'
}
