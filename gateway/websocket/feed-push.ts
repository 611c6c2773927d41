// Seat changes on their way to everyone who looks: one publish per show and protocol, fanned out by
// uWebSockets.js. Each push is made once, however many get it.
import type { Diff, FeedSink, ShowView } from '../../actors/outcome.ts'
import { holdId } from '../../core/event.ts'
import type { TemplatedApp } from '../uws.ts'
import { diffBytes, diffText, snapshotBytes, snapshotText } from './feed-codec.ts'

export interface FeedPush extends FeedSink {
  /** Where to publish; before that nobody can be looking. */
  attach(app: TemplatedApp): void
  /** The snapshot of `view` in a socket's protocol; made once for all who ask at the same position. */
  snapshotFor(show: string, view: ShowView, binary: boolean): string | Uint8Array
}

export function showTopic(show: string, binary: boolean): string {
  return binary ? `b/${show}` : `t/${show}`
}

/** What only one user is told goes to all of their sockets. */
export function userTopic(user: string): string {
  return `u/${user}`
}

/** Snapshots kept: that of the latest position of this many shows. */
const SNAPSHOTS_KEPT = 64

export function createFeedPush(): FeedPush {
  let app: TemplatedApp | null = null
  let pushMs = 0
  let isMeasuring = false
  const snapshots = new Map<string, { epoch: number; seq: number; push: string | Uint8Array }>()

  function publish(show: string, text: () => string, bytes: () => Uint8Array): void {
    if (app === null) return
    const textTopic = showTopic(show, false)
    const binaryTopic = showTopic(show, true)
    const [texts, binaries] = [app.numSubscribers(textTopic), app.numSubscribers(binaryTopic)]
    if (texts + binaries === 0) return
    measure()
    if (texts > 0) app.publish(textTopic, text(), false)
    if (binaries > 0) app.publish(binaryTopic, bytes(), true)
  }

  /** What was published goes out at the end of this turn of the loop, or in the next one. */
  function measure(): void {
    if (isMeasuring) return
    isMeasuring = true
    const startedAt = performance.now()
    setImmediate(() => {
      setImmediate(() => {
        isMeasuring = false
        pushMs = performance.now() - startedAt
      })
    })
  }

  return {
    get pushMs() {
      return pushMs
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
    snapshotFor(show, view, binary) {
      const topic = showTopic(show, binary)
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
