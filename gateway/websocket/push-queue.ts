// Pushes on their way to rooms of sockets: so many sockets in a turn of the loop, and the rest in the next ones, in order.
// Knows by experience how long that takes.
import { PUSHED_AT_ONCE_MAX } from '../../core/limits.ts'

interface Push {
  readonly room: string
  readonly message: string | Uint8Array
  readonly binary: boolean
  /** How many are in the room. */
  readonly sockets: number
}

export interface PushQueue {
  /** Milliseconds until the latest push, and all that waits before it, has gone out. */
  readonly pushMs: number
  add(push: Push): void
  /** What was added makes one push to so many sockets; it begins at the end of the turn. */
  pushed(sockets: number): void
  /** Those who are in `room` now get what waits for it at once. */
  hurry(room: string): void
}

/** Until it is known. */
const MS_PER_SOCKET = 0.005

export function createPushQueue(
  publish: (room: string, message: string | Uint8Array, binary: boolean) => void
): PushQueue {
  let waiting: Push[] = []
  let isPushing = false
  /** Of the latest push, of all that wait, and of this turn. */
  let [lastSockets, waitingSockets, turnSockets] = [0, 0, 0]
  let msPerSocket = MS_PER_SOCKET
  let turnAt = 0

  function pushOn(): void {
    turnAt = performance.now()
    turnSockets = 0
    let at = 0
    while (at < waiting.length && turnSockets < PUSHED_AT_ONCE_MAX) send(waiting[at++]!)
    waiting = waiting.slice(at)
    // What was published goes out at the end of this turn, or in the next one.
    setImmediate(() => setImmediate(turned))
  }

  function send({ room, message, binary, sockets }: Push): void {
    turnSockets += sockets
    waitingSockets -= sockets
    publish(room, message, binary)
  }

  function turned(): void {
    // Few sockets say little of what many take.
    if (turnSockets >= PUSHED_AT_ONCE_MAX / 2) {
      msPerSocket += ((performance.now() - turnAt) / turnSockets - msPerSocket) / 4
    }
    isPushing = waiting.length > 0
    if (isPushing) pushOn()
  }

  return {
    get pushMs() {
      return msPerSocket * Math.max(lastSockets, waitingSockets)
    },
    add(push) {
      waiting.push(push)
      waitingSockets += push.sockets
    },
    pushed(sockets) {
      if (sockets === 0) return
      lastSockets = sockets
      if (isPushing) return
      isPushing = true
      queueMicrotask(pushOn)
    },
    hurry(room) {
      if (waiting.length === 0) return
      for (const push of waiting) if (push.room === room) send(push)
      waiting = waiting.filter((push) => push.room !== room)
    }
  }
}
