// The WebSocket door. Sockets only put commands in mailboxes; answers come after the commit, and all
// that are due to one socket leave in one write. A socket that cannot keep up is skipped to a fresh
// snapshot, or closed: the show never waits for it (DESIGN rule 10).
import type { Outcome, ReplySink, ShowFace, Shows, ShowView } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import {
  MESSAGE_BYTES_MAX,
  MESSAGE_RATE,
  SOCKET_BUFFER_MAX,
  SOCKET_COMMANDS_MAX,
  SOCKET_IDLE_SECONDS,
  SOCKET_SHOWS_MAX
} from '../../core/limits.ts'
import { type Refusal, refuse } from '../../core/refusal.ts'
import { answerText, idText, type MessageId } from '../answer.ts'
import type { Auth, Identity } from '../auth.ts'
import { answerBytes } from '../binary/binary-answer.ts'
import { decodeBinaryMessage } from '../binary/binary-command.ts'
import type { RecentWrites } from '../recent-writes.ts'
import type { ClientMessage } from '../schema/schema-websocket.ts'
import { toCommand } from '../to-command.ts'
import type { TemplatedApp, WebSocket } from '../uws.ts'
import { decodeClientMessage } from './client-message.ts'
import { BINARY_PROTOCOL, diffBytes, diffText } from './feed-codec.ts'
import { type FeedPush, userTopic } from './feed-push.ts'
import { type Client, pace, type SocketData } from './websocket-client.ts'
import { upgradeHandler } from './websocket-upgrade.ts'

/** Close codes: below 4000 the client should connect again, from 4000 on it should not. */
const CLOSE_RESTART = 1012
const CLOSE_TOO_SLOW = 1013
const CLOSE_FLOOD = 4029
const FLOOD_CLOSE_MS = 250
/** A viewer that was skipped when nobody could be asked is tried again after this. */
const CATCH_UP_RETRY_MS = 1_000

type Socket = WebSocket<SocketData>
/** As text, or in binary where the command came so. */
type Say = typeof answerText | typeof answerBytes
type Subscribe = ClientMessage & { readonly op: 'subscribe' }

const NO_SUCH_SHOW = refuse('not_found', 'There is no such show.')
const TOO_FAST = refuse('rate_limited', 'Too many messages on this socket: send fewer.', {
  retryAfterMs: Math.ceil(1000 / MESSAGE_RATE.perSecond)
})
const NOT_WATCHED = refuse('unavailable', 'Another message about this show came between: subscribe again.', {
  retryAfterMs: 100
})

export interface WebSocketOptions {
  readonly shows: Shows
  readonly feed: FeedPush
  readonly auth: Auth
  readonly recentWrites: RecentWrites
  /** Epoch milliseconds. */
  readonly now: () => number
}

export interface WebSocketDoor {
  readonly sockets: number
  /** Closes every socket with a code that says: connect again. */
  close(): void
}

export function webSocketDoor(app: TemplatedApp, options: WebSocketOptions): WebSocketDoor {
  const door = new Door(options)
  app.ws<SocketData>('/ws', {
    maxPayloadLength: MESSAGE_BYTES_MAX * 4,
    maxBackpressure: SOCKET_BUFFER_MAX,
    idleTimeout: SOCKET_IDLE_SECONDS,
    sendPingsAutomatically: true,
    upgrade: upgradeHandler(options.auth, options.now),
    open: (socket) => door.open(socket),
    message: (socket, message, isBinary) => door.message(socket.getUserData().client, message, isBinary),
    dropped: (socket) => door.dropped(socket.getUserData().client),
    drain: (socket) => door.drain(socket.getUserData().client),
    close: (socket) => door.closed(socket.getUserData().client)
  })
  return door
}

class Door implements WebSocketDoor {
  private readonly options: WebSocketOptions
  private readonly clients = new Set<Client>()
  private dirty: Client[] = []

  constructor(options: WebSocketOptions) {
    this.options = options
  }

  get sockets(): number {
    return this.clients.size
  }

  close(): void {
    for (const { socket } of this.clients) socket?.end(CLOSE_RESTART, 'the server goes down: connect again')
  }

  open(socket: WebSocket<SocketData>): void {
    const { client } = socket.getUserData()
    client.socket = socket
    this.clients.add(client)
    if (client.identity !== null) socket.subscribe(userTopic(client.identity.user))
  }

  closed(client: Client): void {
    client.socket = null
    this.clients.delete(client)
    for (const show of client.shows) this.options.shows.unwatch(show)
    client.shows.clear()
  }

  message(client: Client, bytes: ArrayBuffer, isBinary: boolean): void {
    if (client.flooding) return
    const limited = this.limit(client)
    if (isBinary && !client.binary) {
      return this.invalid(client, null, `Send text: JSON in UTF-8. Binary commands are for ${BINARY_PROTOCOL}.`)
    }
    const answer = isBinary ? answerBytes : answerText
    if (bytes.byteLength > MESSAGE_BYTES_MAX) {
      return this.invalid(client, null, `A message has ${MESSAGE_BYTES_MAX} bytes at the most.`, answer)
    }
    if (isBinary) return this.binary(client, bytes, limited)
    const decoded = decodeClientMessage(Buffer.from(bytes).toString())
    if (limited !== null) return this.refuse(client, decoded.id, limited)
    if (decoded.ok) this.handle(client, decoded.id, decoded.message)
    else this.invalid(client, decoded.id, decoded.detail)
  }

  private handle(client: Client, id: string | number, message: ClientMessage): void {
    if (message.op === 'subscribe') return this.subscribe(client, id, message)
    if (message.op === 'unsubscribe') return this.unsubscribe(client, id, message.show)
    const { identity } = client
    if (this.admits(client, identity, id, answerText)) this.submit(client, id, toCommand(message, identity), answerText)
  }

  private binary(client: Client, bytes: ArrayBuffer, limited: Refusal | null): void {
    const { identity } = client
    const decoded = decodeBinaryMessage(bytes, identity)
    const { id } = decoded
    if (limited !== null) return this.refuse(client, id, limited, answerBytes)
    if (!decoded.ok) return this.invalid(client, id, decoded.detail, answerBytes)
    if (this.admits(client, identity, id, answerBytes)) this.submit(client, id, decoded.command, answerBytes)
  }

  /** Refuses a command of one who may not ask, or has asked for too much. */
  private admits(client: Client, identity: Identity | null, id: MessageId, answer: Say): identity is Identity {
    if (identity === null || identity.expiresAt <= this.options.now()) {
      const detail = 'Get a token from POST /api/sessions, and connect with it as subprotocol bearer.<token>.'
      this.refuse(client, id, refuse('unauthenticated', detail), answer)
      return false
    }
    if (client.waiting < SOCKET_COMMANDS_MAX) return true
    this.refuse(client, id, refuse('busy', 'Too many commands of this socket wait for their answers.'), answer)
    return false
  }

  private submit(client: Client, id: string | number, command: Command, answer: Say): void {
    client.waiting++
    this.options.shows.submit(command, new Waiting(this, client, id, answer), 0)
  }

  /** A command was answered, after its commit. */
  answered(client: Client, { user, show }: Command, outcome: Outcome, said: string | Uint8Array): void {
    client.waiting--
    if (outcome.kind !== 'refused') this.options.recentWrites.note(user, show)
    this.say(client, said)
  }

  private subscribe(client: Client, id: string | number, message: Subscribe): void {
    const { shows } = this.options
    const { show } = message
    const answer = (view: ShowView | null, refusal: Refusal | null) => {
      if (view === null) return this.refuse(client, id, refusal ?? NO_SUCH_SHOW)
      // An earlier subscribe of this show failed, or it was unsubscribed meanwhile: nobody is counted as watching.
      if (!client.shows.has(show)) return this.refuse(client, id, NOT_WATCHED)
      if (client.socket !== null) this.subscribed(client.socket, client, id, message, view)
    }
    if (client.shows.has(show)) return shows.view(show, answer)
    if (client.shows.size >= SOCKET_SHOWS_MAX) {
      const detail = `A socket watches ${SOCKET_SHOWS_MAX} shows at the most: unsubscribe from another first.`
      return this.refuse(client, id, refuse('limit_exceeded', detail))
    }
    client.shows.add(show)
    shows.watch(show, (view, refusal) => {
      // Whoever left while the show was loading has been counted out already.
      if (view === null && client.shows.delete(show)) shows.unwatch(show)
      answer(view, refusal)
    })
  }

  private subscribed(socket: Socket, client: Client, id: string | number, message: Subscribe, view: ShowView): void {
    const { shows, feed } = this.options
    const { show, epoch, seq } = message
    const { binary } = client
    feed.settle(client, show)
    this.say(client, `{"id":${idText(id)},"ok":true,"epoch":${view.epoch},"seq":${view.seq}}`)
    this.flush(client)
    // Sending may have found the buffer full, and closed it.
    if (client.socket === null) return
    const diffs = epoch !== undefined && seq !== undefined ? shows.diffsSince(show, epoch, seq) : null
    socket.cork(() => {
      if (diffs === null) socket.send(feed.snapshotFor(show, view, binary), binary)
      else for (const diff of diffs) socket.send(binary ? diffBytes(show, diff) : diffText(show, diff), binary)
    })
    feed.join(client, show)
  }

  private unsubscribe(client: Client, id: string | number, show: string): void {
    const watched = client.shows.delete(show)
    if (watched) this.options.feed.leave(client, show)
    this.options.shows.view(show, (view) => {
      this.say(client, `{"id":${idText(id)},"ok":true,"epoch":${view?.epoch ?? 0}}`)
    })
    if (watched) this.options.shows.unwatch(show)
  }

  /** A push did not fit this socket's buffer: no more of them until it is empty. */
  dropped(client: Client): void {
    if (client.lagging) return
    client.lagging = true
    // Not from within the publish that found the buffer full.
    setImmediate(() => {
      for (const show of client.shows) this.options.feed.leave(client, show)
      this.drain(client)
    })
  }

  /** The buffer ran empty: who was skipped gets the state as it is now, and goes on from there. */
  drain(client: Client): void {
    const { socket } = client
    if (socket === null || !client.lagging || socket.getBufferedAmount() > 0) return
    client.lagging = false
    for (const show of client.shows) this.catchUp(client, show)
  }

  private catchUp(client: Client, show: string): void {
    if (client.socket === null || !client.shows.has(show)) return
    this.options.shows.view(show, (view, refusal) => {
      const { socket, binary } = client
      if (socket === null || !client.shows.has(show)) return
      // Nobody can be asked now; the snapshot that all others got may be among what this one was skipped over.
      if (refusal !== null) return void setTimeout(() => this.catchUp(client, show), CATCH_UP_RETRY_MS)
      if (view !== null) socket.send(this.options.feed.snapshotFor(show, view, binary), binary)
      this.options.feed.join(client, show)
    })
  }

  /** Null, or why this socket has to be slower; closes it when it does not care. */
  private limit(client: Client): Refusal | null {
    const paced = pace(client, this.options.now())
    if (paced === 'well') return null
    if (paced === 'flood') this.shutOut(client)
    return TOO_FAST
  }

  /** Hears nothing more from `client`, and closes it once it had time to read why. */
  private shutOut(client: Client): void {
    client.flooding = true
    setTimeout(() => client.socket?.end(CLOSE_FLOOD, 'too many messages'), FLOOD_CLOSE_MS)
  }

  private invalid(client: Client, id: MessageId, detail: string, answer: Say = answerText): void {
    this.refuse(client, id, refuse('invalid_request', detail), answer)
  }

  private refuse(client: Client, id: MessageId, refusal: Refusal, answer: Say = answerText): void {
    this.say(client, answer(id, refusal, null))
  }

  /** Sends it with everything else this turn has for the socket. */
  private say(client: Client, said: string | Uint8Array): void {
    if (client.socket === null || client.out.push(said) > 1) return
    if (this.dirty.push(client) === 1) queueMicrotask(() => this.flushAll())
  }

  private flushAll(): void {
    const dirty = this.dirty
    this.dirty = []
    for (const client of dirty) this.flush(client)
  }

  private flush(client: Client): void {
    const { socket, out } = client
    if (socket === null || out.length === 0) return
    client.out = []
    let fits = true
    socket.cork(() => {
      for (const said of out) if (socket.send(said, typeof said !== 'string') === 2) fits = false
    })
    // An answer that got lost must not look like silence: the client connects again and asks once more.
    if (!fits) socket.end(CLOSE_TOO_SLOW, 'answers were not read')
  }
}

/** A command on its way: what its answer needs to find its socket. */
class Waiting implements ReplySink {
  private readonly door: Door
  private readonly client: Client
  private readonly id: string | number
  private readonly say: Say

  constructor(door: Door, client: Client, id: string | number, say: Say) {
    this.door = door
    this.client = client
    this.id = id
    this.say = say
  }

  reply(command: Command, outcome: Outcome, show: ShowFace | null): void {
    this.door.answered(this.client, command, outcome, this.say(this.id, outcome, show))
  }
}
