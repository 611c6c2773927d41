// Pushes on their way to rooms of sockets: so many sockets in a turn of the loop, and the rest in the next ones. A room
// whose turn it is gets all that waits for it, in order: much of what a push costs is paid once a socket then.
import { PUSHED_AT_ONCE_MAX } from '../../core/limits.ts'

interface Push {
  readonly message: string | Uint8Array
  readonly binary: boolean
}

export interface PushQueueOptions {
  readonly publish: (room: string, push: Push) => void
  /** How many are in a room. */
  readonly sockets: (room: string) => number
  /** `isBehind` is another. */
  readonly behindChanged: (isBehind: boolean) => void
}

export interface PushQueue {
  /** There is more than goes out in one turn. */
  readonly isBehind: boolean
  /** Goes out from the end of the turn on. */
  add(room: string, push: Push): void
  /** Those who are in `room` now get what waits for it at once. */
  hurry(room: string): void
}

export function createPushQueue({ publish, sockets, behindChanged }: PushQueueOptions): PushQueue {
  /** By room, the one that has waited longest first. */
  const waiting = new Map<string, Push[]>()
  let isPushing = false
  let isBehind = false

  function pushOn(): void {
    let pushed = 0
    for (const room of waiting.keys()) {
      if (pushed >= PUSHED_AT_ONCE_MAX) break
      pushed += sockets(room)
      hurry(room)
    }
    if (waiting.size > 0) setBehind(true)
    // What was published goes out at the end of this turn, or in the next one.
    setImmediate(() => setImmediate(turned))
  }

  function turned(): void {
    if (waiting.size > 0) return pushOn()
    isPushing = false
    setBehind(false)
  }

  function setBehind(to: boolean): void {
    if (isBehind === to) return
    isBehind = to
    behindChanged(to)
  }

  function hurry(room: string): void {
    for (const push of waiting.get(room) ?? []) publish(room, push)
    waiting.delete(room)
  }

  return {
    get isBehind() {
      return isBehind
    },
    add(room, push) {
      const before = waiting.get(room)
      if (before !== undefined) before.push(push)
      else waiting.set(room, [push])
      if (isPushing) return
      isPushing = true
      queueMicrotask(pushOn)
    },
    hurry
  }
}
