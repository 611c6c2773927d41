// Seat changes on their way to everyone who looks. Each push is made once for each protocol, however many get it. Who
// watches a show is in a room of it, of so many sockets at the most; rooms are pushed to one after another, each in a turn
// of the loop of its own, so that many viewers do not keep a node from its leases and its buyers.
import type { Diff, FeedSink, ShowView } from '../../actors/outcome.ts'
import { holdId } from '../../core/event.ts'
import { PUSHED_AT_ONCE_MAX } from '../../core/limits.ts'
import type { TemplatedApp } from '../uws.ts'
import { diffBytes, diffText, snapshotBytes, snapshotText } from './feed-codec.ts'
import type { Client } from './websocket-client.ts'

export interface FeedPush extends FeedSink {
  /** Where to publish; before that nobody can be looking. */
  attach(app: TemplatedApp): void
  /** `client` gets what is pushed of `show` from now on, and nothing of what was before. */
  join(client: Client, show: string): void
  /** Before `client` is told where `show` stands: it gets what was pushed until then, and no more of that later. */
  settle(client: Client, show: string): void
  /** `client` gets no more of what is pushed of `show`. */
  leave(client: Client, show: string): void
  /** The snapshot of `view` in a socket's protocol; made once for all who ask at the same position. */
  snapshotFor(show: string, view: ShowView, binary: boolean): string | Uint8Array
}

/** What only one user is told goes to all of their sockets. */
export function userTopic(user: string): string {
  return `u/${user}`
}

interface Push {
  readonly room: string
  readonly message: string | Uint8Array
  readonly binary: boolean
  readonly sockets: number
}

function kindOf(show: string, binary: boolean): string {
  return binary ? `b/${show}` : `t/${show}`
}

/** Until it is known. */
const MS_PER_SOCKET = 0.005
/** Snapshots kept: that of the latest position of this many shows. */
const SNAPSHOTS_KEPT = 64

export function createFeedPush(): FeedPush {
  let app: TemplatedApp | null = null
  let isPushing = false
  /** Of the latest push, of all that wait, and of this turn. */
  let [lastSockets, waitingSockets, turnSockets] = [0, 0, 0]
  let msPerSocket = MS_PER_SOCKET
  let turnAt = 0
  /** By show and protocol, how many rooms there are. */
  const rooms = new Map<string, number>()
  let waiting: Push[] = []
  const snapshots = new Map<string, { epoch: number; seq: number; push: string | Uint8Array }>()

  function publish(show: string, text: () => string, bytes: () => Uint8Array): void {
    if (app === null) return
    const sockets = toRooms(kindOf(show, false), text, false) + toRooms(kindOf(show, true), bytes, true)
    if (sockets === 0) return
    lastSockets = sockets
    waitingSockets += sockets
    if (isPushing) return
    isPushing = true
    // With all that is pushed in this turn.
    queueMicrotask(pushOn)
  }

  /** Answers how many sockets are in them. */
  function toRooms(kind: string, make: () => string | Uint8Array, binary: boolean): number {
    const count = rooms.get(kind) ?? 0
    let message: string | Uint8Array | null = null
    let all = 0
    for (let at = 0; at < count; at++) {
      const room = `${kind}/${at}`
      const sockets = app!.numSubscribers(room)
      if (sockets === 0) continue
      message ??= make()
      waiting.push({ room, message, binary, sockets })
      all += sockets
    }
    if (all === 0) rooms.delete(kind)
    return all
  }

  /** As many sockets as there may be in a turn, and the rest in the next ones. */
  function pushOn(): void {
    turnAt = performance.now()
    turnSockets = 0
    let at = 0
    while (at < waiting.length && turnSockets < PUSHED_AT_ONCE_MAX) send(waiting[at++]!)
    waiting = waiting.slice(at)
    // What was published goes out at the end of this turn, or in the next one.
    setImmediate(() => setImmediate(pushed))
  }

  function send({ room, message, binary, sockets }: Push): void {
    turnSockets += sockets
    waitingSockets -= sockets
    app!.publish(room, message, binary)
  }

  function pushed(): void {
    // Few sockets say little of what many take.
    if (turnSockets >= PUSHED_AT_ONCE_MAX / 2) {
      msPerSocket += ((performance.now() - turnAt) / turnSockets - msPerSocket) / 4
    }
    isPushing = waiting.length > 0
    if (isPushing) pushOn()
  }

  function roomFor(kind: string): string {
    const count = rooms.get(kind) ?? 0
    for (let at = 0; at < count; at++) {
      const room = `${kind}/${at}`
      if (app!.numSubscribers(room) < PUSHED_AT_ONCE_MAX) return room
    }
    rooms.set(kind, count + 1)
    return `${kind}/${count}`
  }

  /** Those who are in `room` already get what waits for it. */
  function hurry(room: string): void {
    if (waiting.length === 0) return
    for (const push of waiting) if (push.room === room) send(push)
    waiting = waiting.filter((push) => push.room !== room)
  }

  return {
    get pushMs() {
      return msPerSocket * Math.max(lastSockets, waitingSockets)
    },
    attach(to) {
      app = to
    },
    diff(show: string, diff: Diff) {
      publish(
        show,
        () => diffText(show, diff),
        () => diffBytes(show, diff)
      )
    },
    snapshot(show, view) {
      publish(
        show,
        () => snapshotText(show, view),
        () => snapshotBytes(show, view)
      )
    },
    holdExpired(show, user, hold) {
      app?.publish(userTopic(user), `{"ev":"hold_expired","show":"${show}","hold":"${holdId(hold)}"}`, false)
    },
    join(client, show) {
      if (client.socket === null || client.rooms.has(show)) return
      const room = roomFor(kindOf(show, client.binary))
      hurry(room)
      client.rooms.set(show, room)
      client.socket.subscribe(room)
    },
    settle(client, show) {
      const room = client.rooms.get(show)
      if (room !== undefined) hurry(room)
    },
    leave(client, show) {
      const room = client.rooms.get(show)
      if (room === undefined) return
      client.rooms.delete(show)
      client.socket?.unsubscribe(room)
    },
    snapshotFor(show, view, binary) {
      const topic = kindOf(show, binary)
      const known = snapshots.get(topic)
      if (known !== undefined && known.epoch === view.epoch && known.seq === view.seq) return known.push
      const push = binary ? snapshotBytes(show, view) : snapshotText(show, view)
      snapshots.delete(topic)
      snapshots.set(topic, { epoch: view.epoch, seq: view.seq, push })
      if (snapshots.size > SNAPSHOTS_KEPT) snapshots.delete(snapshots.keys().next().value as string)
      return push
    }
  }
}
