// What the WebSocket door knows of one client.
import { MESSAGE_RATE } from '../../core/limits.ts'
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
  /** Texts to send at the end of this turn. */
  out: string[]
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
