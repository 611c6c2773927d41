// What a WebSocket door does, without bytes: commands in, answers out, and feeds to those who subscribed, in the
// order of one socket. All that leaves the node is judged here, at the moment it is told.
import type { Diff, FeedSink, Outcome, ReplySink, ShowFace, ShowView } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { Line, Process, ProcessDoor, Push, Stage } from './parts.ts'
import { hashOf } from './seat-hash.ts'

/** A command that waits for its answer, and how its caller gets it. */
interface Waiting {
  readonly command: Command
  readonly since: number
  readonly told: (outcome: Outcome) => void
}

/** Answers take at most this long while the process runs: a load, slow commits that go first, one that is given up. */
const ANSWER_MS = 10_000
/** A viewer that was skipped when nobody could be asked is tried again after this. */
const CATCH_UP_RETRY_MS = 1_000

export class Door implements FeedSink, ReplySink, ProcessDoor {
  private readonly world: Stage
  private readonly node: Process
  private readonly waiting = new Map<number, Waiting>()
  private nextTag = 1
  private readonly sockets = new Map<string, Set<Line>>()
  /** By show, how many sockets watch it. */
  private readonly watching = new Map<string, number>()
  /** Watched shows as told by diffs alone. */
  private readonly faces = new Map<string, { epoch: number; seq: number; statuses: Uint8Array }>()

  constructor(world: Stage, node: Process) {
    this.world = world
    this.node = node
  }

  submit(command: Command, told: (outcome: Outcome) => void): void {
    const tag = this.nextTag++
    this.waiting.set(tag, { command, since: this.world.timeline.now, told })
    this.node.shows.submit(command, this, tag)
  }

  reply(command: Command, outcome: Outcome, show: ShowFace | null, tag: number): void {
    const waiting = this.waiting.get(tag)
    if (waiting?.command !== command) return this.world.fail('SIM-9', `answered twice: ${JSON.stringify(command)}`)
    this.waiting.delete(tag)
    this.world.judge.told(this.node, command, outcome, show)
    waiting.told(outcome)
  }

  subscribe(socket: Line, show: string, epoch: number, seq: number): void {
    const { shows } = this.node
    const first = !socket.shows.has(show)
    const since = this.world.judge.toldUpTo(show)
    const then = (view: ShowView | null, refusal: Refusal | null) => {
      if (!socket.open) return
      this.world.judge.viewed(this.node, show, view, refusal, since)
      if (view === null) {
        if (socket.shows.delete(show)) this.unwatch(show)
        this.sockets.get(show)?.delete(socket)
        return socket.push({ kind: 'refused', show })
      }
      // An earlier subscribe failed meanwhile: nobody is counted as watching.
      if (!socket.shows.has(show)) return socket.push({ kind: 'refused', show })
      this.face(show, view)
      const diffs = shows.diffsSince(show, epoch, seq)
      if (diffs === null) socket.push(snapshotOf(show, view))
      else {
        socket.push({ kind: 'resumed', show, epoch: view.epoch, seq: view.seq })
        for (const diff of diffs) socket.push(diffOf(show, diff))
      }
      const sockets = this.sockets.get(show) ?? new Set()
      this.sockets.set(show, sockets.add(socket))
    }
    if (!first) return shows.view(show, then)
    socket.shows.add(show)
    this.watching.set(show, (this.watching.get(show) ?? 0) + 1)
    shows.watch(show, then)
  }

  unsubscribe(socket: Line, show: string): void {
    this.sockets.get(show)?.delete(socket)
    if (!socket.shows.delete(show)) return
    this.unwatch(show)
  }

  /** The socket is gone. */
  closed(socket: Line): void {
    for (const show of [...socket.shows]) this.unsubscribe(socket, show)
  }

  /** A socket that was skipped can take a push again. */
  drained(socket: Line, show: string): void {
    const since = this.world.judge.toldUpTo(show)
    this.node.shows.view(show, (view, refusal) => {
      this.world.judge.viewed(this.node, show, view, refusal, since)
      if (!socket.open || !socket.shows.has(show)) return
      if (view !== null) socket.push(snapshotOf(show, view))
      else if (refusal !== null) {
        this.world.timeline.after(CATCH_UP_RETRY_MS, () => this.node.enter(() => this.drained(socket, show)))
      }
    })
  }

  diff(show: string, diff: Diff): void {
    if (!this.sockets.get(show)?.size) return this.node.pushedToOthers(show, diff)
    const face = this.faces.get(show)
    if (face === undefined || face.epoch !== diff.epoch || face.seq + 1 !== diff.seq) {
      const has = face === undefined ? 'nothing' : `${face.epoch}.${face.seq}`
      this.world.fail('SIM-5', `${show}: diff ${diff.epoch}.${diff.seq} follows ${has}`)
      return
    }
    for (let at = 0; at < diff.changes.length; at += 2) face.statuses[diff.changes[at]!] = diff.changes[at + 1]!
    face.seq = diff.seq
    this.world.judge.pushed(this.node, show, diff.epoch, diff.seq, hashOf(face.statuses))
    const push = diffOf(show, diff)
    for (const socket of this.sockets.get(show) ?? []) socket.push(push)
  }

  snapshot(show: string, view: ShowView): void {
    if (!this.sockets.get(show)?.size) return this.node.pushedToOthers(show, view)
    this.face(show, view)
    const push = snapshotOf(show, view)
    for (const socket of this.sockets.get(show) ?? []) socket.push(push)
  }

  isBehind(): boolean {
    return false
  }

  onBehind(): void {}

  holdExpired(show: string, user: string, hold: number): void {
    this.world.judge.expired(show, user, hold)
  }

  /** The process got all the time it needs: whoever still waits was forgotten. */
  overdue(): void {
    const before = this.world.timeline.now - ANSWER_MS
    for (const { command, since } of this.waiting.values()) {
      if (since >= before) return
      this.world.fail('SIM-9', `not answered for ${ANSWER_MS} ms by ${this.node.owner}: ${JSON.stringify(command)}`)
      return
    }
  }

  /** What waits gets its time anew: the process did nothing meanwhile. */
  paused(): void {
    for (const [tag, waiting] of this.waiting) {
      this.waiting.set(tag, { ...waiting, since: Number.POSITIVE_INFINITY })
    }
  }

  /** After an ordered stop nobody may be left without an answer. */
  flushed(): void {
    for (const { command } of this.waiting.values()) {
      this.world.fail('SIM-9', `stopped without an answer to ${JSON.stringify(command)}`)
    }
  }

  private face(show: string, view: ShowView): void {
    const { epoch, seq } = view
    const face = this.faces.get(show)
    if (face !== undefined && face.epoch === epoch && face.seq > seq) {
      this.world.fail('SIM-5', `${show}: the feed went back from ${epoch}.${face.seq} to ${seq}`)
    }
    this.faces.set(show, { epoch, seq, statuses: view.statuses.slice() })
    this.world.judge.pushed(this.node, show, epoch, seq, hashOf(view.statuses))
  }

  private unwatch(show: string): void {
    this.node.shows.unwatch(show)
    const left = this.watching.get(show)! - 1
    if (left > 0) this.watching.set(show, left)
    else {
      this.watching.delete(show)
      this.faces.delete(show)
    }
  }
}

function snapshotOf(show: string, { epoch, seq, statuses }: ShowView): Push {
  return { kind: 'snapshot', show, epoch, seq, statuses: statuses.slice() }
}

function diffOf(show: string, { epoch, seq, changes }: Diff): Push {
  return { kind: 'diff', show, epoch, seq, changes }
}
