// The stores every node shares, and each node's way to them. What is stored is the product's own memory adapters;
// what this adds is a network and a server that have bad days: calls and answers that take long, get lost, come
// too late or out of a server that died before it had synced.
import type { FrameRow, Journal, PlanStore, Roster, ShardLease, SnapshotStore } from '../../actors/ports.ts'
import { JournalError } from '../../actors/ports.ts'
import { APPEND_TIMEOUT_MS } from '../../core/limits.ts'
import { createMemoryJournal, type MemoryJournal } from '../../persistence/memory/memory-journal.ts'
import { createMemoryPlans } from '../../persistence/memory/memory-plans.ts'
import { createMemoryRoster, type MemoryRoster } from '../../persistence/memory/memory-roster.ts'
import { createMemorySnapshots } from '../../persistence/memory/memory-snapshots.ts'
import type { Database, Process, Stage } from './parts.ts'

type Done = (error: JournalError | null, moved: ReadonlySet<number>) => void
const NONE: ReadonlySet<number> = new Set()
/** How long a call may be stuck on the way after its caller gave up. */
const LATE_MS = 8_000

/** The database: its memory adapters, and whether it is there. */
export class StoreServer implements Database {
  readonly journal: MemoryJournal
  readonly snapshots: SnapshotStore = createMemorySnapshots()
  readonly plans: PlanStore = createMemoryPlans()
  readonly roster: MemoryRoster
  /** Until when it does nothing, and until when nobody can reach it. */
  stalledUntil = 0
  downUntil = 0
  /** Grows with each crash: what was not synced by then is gone. */
  incarnation = 0
  private readonly world: Stage

  constructor(world: Stage) {
    this.world = world
    // Leases run on the database's own clock, which does not jump.
    const now = () => Math.floor(world.timeline.now)
    this.roster = createMemoryRoster(now)
    const projectedSeq = () => (world.random.below(4) === 0 ? world.random.below(50) : Number.POSITIVE_INFINITY)
    this.journal = createMemoryJournal({ now, defer: (run) => run(), projectedSeq })
  }

  crash(downMs: number): void {
    this.incarnation++
    this.downUntil = this.world.timeline.now + downMs
  }

  /** Appends at this instant: synced and visible at once, as one statement is. */
  append(rows: readonly FrameRow[]): ReadonlySet<number> {
    let moved: ReadonlySet<number> = NONE
    this.journal.append(rows, (_, which) => {
      moved = which
    })
    for (const row of rows) if (moved.has(row.shard)) this.world.judge.committed(row)
    return moved
  }
}

/** What becomes of one call. */
interface Fate {
  /** When the store does it, and when the answer is back; Infinity: never. */
  readonly effectAt: number
  readonly answerAt: number
}

/** An append that has no answer yet. */
interface Pending {
  readonly done: Done
  moved: ReadonlySet<number> | null
}

/** One node's connections. Appends take effect and are answered in the order of the calls, until one is lost. */
export class StoreLink implements Journal, SnapshotStore, PlanStore, Roster {
  private readonly world: Stage
  private readonly node: Process
  private readonly server: Database
  private lastEffectAt = 0
  private lastAnswerAt = 0
  private broken = false
  private readonly pending: Pending[] = []

  constructor(world: Stage, node: Process) {
    this.world = world
    this.node = node
    this.server = world.store
  }

  append(frames: readonly FrameRow[], done: Done): void {
    const { world, node, server } = this
    const { trouble } = world.scenario
    const { timeline } = world
    const rows = frames.map((row) => ({ ...row, bytes: row.bytes.slice() }))
    if (world.happens(trouble.killBeforeCommit)) return node.kill('killed before a commit')
    if (this.broken) {
      timeline.after(0, () => node.enter(() => done(lost('the connection is gone'), NONE)))
      return
    }
    const fate = this.fate(true)
    const { incarnation } = server
    const pending: Pending = { done, moved: null }
    this.pending.push(pending)
    if (fate.effectAt < Number.POSITIVE_INFINITY) {
      timeline.at(fate.effectAt, () => {
        if (server.incarnation !== incarnation) return world.injected('commit lost before it was synced')
        pending.moved = server.append(rows)
        if (world.happens(trouble.killDuringCommit)) node.kill('killed while a commit was answered')
      })
    }
    const at = Math.max(Math.min(fate.answerAt, timeline.now + APPEND_TIMEOUT_MS), this.lastAnswerAt)
    // Given up before the answer is there, it will not be heard any more.
    const heard = at >= fate.answerAt
    this.lastAnswerAt = at
    timeline.at(at, () =>
      node.enter(() => {
        if (this.pending[0] !== pending) return
        const { moved } = pending
        if (!heard || moved === null || server.incarnation !== incarnation) return this.lose()
        this.pending.shift()
        done(null, moved)
        if (world.happens(trouble.killAfterCommit)) node.kill('killed after a commit')
      })
    )
  }

  /** The connection is gone, and with it every answer that was to come over it. */
  private lose(): void {
    this.broken = true
    for (const { done } of this.pending.splice(0)) done(lost('no answer'), NONE)
  }

  claim(shards: readonly number[], owner: string, leaseMs: number): ReturnType<Journal['claim']> {
    return this.call(() => this.server.journal.claim(shards, owner, leaseMs)).then((heads) => {
      // On a new connection nothing waits for what was on its way on the old one.
      if (this.broken) {
        this.lastEffectAt = 0
        this.lastAnswerAt = 0
      }
      this.broken = false
      return heads
    })
  }
  renew(shards: readonly number[], owner: string, leaseMs: number): ReturnType<Journal['renew']> {
    return this.call(() => this.server.journal.renew(shards, owner, leaseMs))
  }
  release(leases: readonly ShardLease[]): Promise<void> {
    return this.call(() => this.server.journal.release(leases), this.fateOfRelease())
  }
  read(shard: number, after: number, limit: number): Promise<readonly FrameRow[]> {
    return this.call(() => this.server.journal.read(shard, after, Math.min(limit, 1 + this.world.random.below(200))))
  }
  checkpoint(shard: number, epoch: number, seq: number): Promise<void> {
    return this.call(() => this.server.journal.checkpoint(shard, epoch, seq))
  }
  load(show: string): ReturnType<SnapshotStore['load']>
  load(hash: string): ReturnType<PlanStore['load']>
  load(name: string): Promise<never> {
    const isPlan = name.length === 64
    return this.call<unknown>(() =>
      isPlan ? this.server.plans.load(name) : this.server.snapshots.load(name)
    ) as Promise<never>
  }
  loadWithHolds(shard: number): ReturnType<SnapshotStore['loadWithHolds']> {
    return this.call(() => this.server.snapshots.loadWithHolds(shard))
  }
  save(rows: Parameters<SnapshotStore['save']>[0]): ReturnType<SnapshotStore['save']>
  save(hash: string, json: Uint8Array): Promise<void>
  save(what: string | Parameters<SnapshotStore['save']>[0], json?: Uint8Array): Promise<never> {
    if (typeof what === 'string') return this.call(() => this.server.plans.save(what, json!)) as Promise<never>
    const copies = what.map((row) => ({ ...row, bytes: row.bytes.slice() }))
    return this.call(() => this.server.snapshots.save(copies)) as Promise<never>
  }
  loadKeyHashes(show: string): ReturnType<SnapshotStore['loadKeyHashes']> {
    return this.call(() => this.server.snapshots.loadKeyHashes(show))
  }
  loadKeys(show: string, seqs: readonly number[]): ReturnType<SnapshotStore['loadKeys']> {
    return this.call(() => this.server.snapshots.loadKeys(show, seqs))
  }
  forgetKeys(shard: number, time: number): Promise<void> {
    return this.call(() => this.server.snapshots.forgetKeys(shard, time))
  }

  attend(node: Parameters<Roster['attend']>[0], leaseMs: number): ReturnType<Roster['attend']> {
    return this.call(() => this.server.roster.attend(node, leaseMs))
  }
  leave(node: string, startedAt: number): Promise<void> {
    return this.call(() => this.server.roster.leave(node, startedAt))
  }

  /** A call with a promise, which is kept or broken by a step of the timeline. */
  private call<T>(effect: () => Promise<T>, fate = this.fate(false)): Promise<T> {
    const { world, node, server } = this
    const { timeline } = world
    const { incarnation } = server
    const giveUpAt = timeline.now + APPEND_TIMEOUT_MS
    return new Promise<T>((resolve, reject) => {
      let answered = false
      const answer = (run: () => void) => {
        if (answered) return
        answered = true
        node.enter(run)
        world.promised = true
      }
      timeline.at(Math.min(fate.answerAt, giveUpAt), () => {
        const refused = fate.effectAt === Number.POSITIVE_INFINITY || server.incarnation !== incarnation
        if (refused || fate.answerAt >= giveUpAt) answer(() => reject(lost('no answer')))
      })
      if (fate.effectAt === Number.POSITIVE_INFINITY) return
      timeline.at(fate.effectAt, () => {
        if (server.incarnation !== incarnation) return
        world.promised = true
        void effect().then((value) => {
          timeline.at(fate.answerAt, () => {
            if (server.incarnation === incarnation) answer(() => resolve(value))
          })
        })
      })
    })
  }

  private fate(ordered: boolean): Fate {
    const { world, server } = this
    const { trouble } = world.scenario
    const { now } = world.timeline
    const never = { effectAt: Number.POSITIVE_INFINITY, answerAt: Number.POSITIVE_INFINITY }
    if (server.downUntil > now) return { ...never, answerAt: now + world.delay(1) }
    if (this.node.storeCutUntil > now) return never
    let way = world.delay(0.5)
    let back = world.delay(0.5)
    if (world.strikes('store slow', trouble.storeSlow)) way += world.random.below(1_200)
    const starts = Math.max(now + way, server.stalledUntil + world.delay(1))
    const effectAt = ordered ? Math.max(starts, this.lastEffectAt) : starts
    if (world.strikes('store call lost', trouble.storeRequestLost)) return never
    if (world.strikes('store call refused', trouble.storeFails)) return { ...never, answerAt: now + way + back }
    if (world.strikes('store answer lost', trouble.storeAnswerLost)) {
      if (ordered) this.lastEffectAt = effectAt
      return { effectAt, answerAt: Number.POSITIVE_INFINITY }
    }
    if (world.strikes('store call late', trouble.storeLate)) {
      const late = this.late(effectAt)
      if (ordered) this.lastEffectAt = late.effectAt
      return late
    }
    if (ordered) this.lastEffectAt = effectAt
    back += 0.01
    if (world.strikes('store answer slow', trouble.storeAnswerSlow)) back += world.random.below(1_200)
    return { effectAt, answerAt: effectAt + back }
  }

  /** Who gives its leases up may be gone before that arrives, or is answered. */
  private fateOfRelease(): Fate {
    const { world } = this
    const { trouble } = world.scenario
    if (world.strikes('leases given up late', trouble.releaseLate)) return this.late(world.timeline.now)
    const fate = this.fate(false)
    if (!world.strikes('leases given up without an answer', trouble.releaseUnanswered)) return fate
    return { ...fate, answerAt: Number.POSITIVE_INFINITY }
  }

  /** Done long after the caller gave up. */
  private late(at: number): Fate {
    const effectAt = at + APPEND_TIMEOUT_MS + this.world.random.below(LATE_MS)
    return { effectAt, answerAt: Number.POSITIVE_INFINITY }
  }
}

function lost(why: string): JournalError {
  return new JournalError('lost', why)
}
