// Seat changes on their way to everyone who looks. Each push is made once for each protocol, however many get it. Who
// watches a show is in a room of it, of so many sockets at the most; rooms are pushed to one after another, each in a turn
// of the loop of its own, so that many viewers do not keep a node from its leases and its buyers.
import type { Diff, FeedSink, ShowView } from '../../actors/outcome.ts'
import { holdId } from '../../core/event.ts'
import { PUSHED_AT_ONCE_MAX } from '../../core/limits.ts'
import type { TemplatedApp } from '../uws.ts'
import { diffBytes, diffText, snapshotBytes, snapshotText } from './feed-codec.ts'
import { createPushQueue } from './push-queue.ts'
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

function kindOf(show: string, binary: boolean): string {
  return binary ? `b/${show}` : `t/${show}`
}

/** Snapshots kept: that of the latest position of this many shows. */
const SNAPSHOTS_KEPT = 64

export function createFeedPush(): FeedPush {
  let app: TemplatedApp | null = null
  let behindChanged = (_isBehind: boolean) => {}
  const queue = createPushQueue({
    publish: (room, { message, binary }) => app!.publish(room, message, binary),
    sockets: (room) => app!.numSubscribers(room),
    behindChanged: (is) => behindChanged(is)
  })
  /** By show and protocol, how many rooms there are. */
  const rooms = new Map<string, number>()

  function publish(show: string, text: () => string, bytes: () => Uint8Array): void {
    if (app === null) return
    toRooms(kindOf(show, false), text, false)
    toRooms(kindOf(show, true), bytes, true)
  }

  function toRooms(kind: string, make: () => string | Uint8Array, binary: boolean): void {
    const count = rooms.get(kind) ?? 0
    let message: string | Uint8Array | null = null
    let isEmpty = true
    for (let at = 0; at < count; at++) {
      const room = `${kind}/${at}`
      if (app!.numSubscribers(room) === 0) continue
      message ??= make()
      queue.add(room, { message, binary })
      isEmpty = false
    }
    if (isEmpty) rooms.delete(kind)
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

  return {
    isBehind(show) {
      return queue.isBehind && (rooms.has(kindOf(show, false)) || rooms.has(kindOf(show, true)))
    },
    onBehind(changed) {
      behindChanged = changed
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
      queue.hurry(room)
      client.rooms.set(show, room)
      client.socket.subscribe(room)
    },
    settle(client, show) {
      const room = client.rooms.get(show)
      if (room !== undefined) queue.hurry(room)
    },
    leave(client, show) {
      const room = client.rooms.get(show)
      if (room === undefined) return
      client.rooms.delete(show)
      client.socket?.unsubscribe(room)
    },
    snapshotFor: latestSnapshots()
  }
}

function latestSnapshots(): FeedPush['snapshotFor'] {
  const kept = new Map<string, { epoch: number; seq: number; push: string | Uint8Array }>()
  return (show, view, binary) => {
    const kind = kindOf(show, binary)
    const known = kept.get(kind)
    if (known !== undefined && known.epoch === view.epoch && known.seq === view.seq) return known.push
    const push = binary ? snapshotBytes(show, view) : snapshotText(show, view)
    kept.delete(kind)
    kept.set(kind, { epoch: view.epoch, seq: view.seq, push })
    if (kept.size > SNAPSHOTS_KEPT) kept.delete(kept.keys().next().value as string)
    return push
  }
}
