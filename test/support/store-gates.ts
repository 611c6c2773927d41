// Doors in front of the journal and the snapshots that a test can shut: calls or their answers are kept
// back, or lost, as on a bad day of a network. What passes is done by the real thing, in its order.
import {
  type Clock,
  type FrameRow,
  type Journal,
  JournalError,
  type ShardLease,
  type SnapshotStore
} from '../../actors/ports.ts'
import { APPEND_TIMEOUT_MS } from '../../core/limits.ts'

type Done = Parameters<Journal['append']>[1]

/** An append or an answer on its way: it arrives, or is lost, having taken effect or not. */
interface Kept {
  readonly arrive: () => void
  readonly lose: (applied: boolean) => void
}
const NONE: ReadonlySet<number> = new Set()

/**
 * pass: all is well. keepAnswers: appends take effect, nobody hears of it until `letGo`. keepAppends: they
 * wait outside until `letGo`. loseAnswers: they take effect, and the answer is lost. loseAppends: they never
 * arrive. down: nothing arrives and nothing is answered, until callers give up. deaf: all arrives, and nothing is
 * answered. Journals answer appends in their order, and once one is lost so are all behind it: change modes while
 * nothing is `busy`.
 */
export type JournalMode = 'pass' | 'keepAnswers' | 'keepAppends' | 'loseAnswers' | 'loseAppends' | 'down' | 'deaf'

export class JournalGate implements Journal {
  mode: JournalMode = 'pass'
  /** Every append that was asked for, oldest first. */
  readonly appends: FrameRow[][] = []
  readonly reads: { shard: number; after: number }[] = []
  /** Lets a test damage or hide what is read. */
  onRead: (rows: readonly FrameRow[]) => readonly FrameRow[] = (rows) => rows
  /** Reads wait here while it is set. */
  readsWaitFor: Promise<void> | null = null
  private readonly inner: Journal
  private readonly clock: Clock
  private readonly kept: Kept[] = []
  private unanswered = 0

  constructor(inner: Journal, clock: Clock) {
    this.inner = inner
    this.clock = clock
  }

  /** Whether an append has no answer yet. */
  get busy(): boolean {
    return this.unanswered > 0
  }

  /** Lets go what was kept back, or the `count` oldest of it; in mode `pass` again if all of it. */
  letGo(count = this.kept.length): void {
    if (count >= this.kept.length) this.mode = 'pass'
    for (const { arrive } of this.kept.splice(0, count)) arrive()
  }

  /** Loses all that was kept back; the `applied` oldest of it took effect. In mode `pass` again. */
  lose(applied: number): void {
    this.mode = 'pass'
    for (const [at, { lose }] of this.kept.splice(0).entries()) lose(at < applied)
  }

  append(frames: readonly FrameRow[], answer: Done): void {
    this.unanswered++
    const done: Done = (error, moved) => {
      this.unanswered--
      answer(error, moved)
    }
    const rows = frames.map((row) => ({ ...row, bytes: row.bytes.slice() }))
    this.appends.push(rows)
    switch (this.mode) {
      case 'pass':
        return this.inner.append(rows, done)
      case 'keepAnswers':
        return this.inner.append(rows, (error, moved) => {
          this.kept.push({ arrive: () => done(error, moved), lose: () => done(lost(), NONE) })
        })
      case 'keepAppends':
        this.kept.push({
          arrive: () => this.inner.append(rows, done),
          lose: (applied) => this.vanish(rows, applied, done)
        })
        return
      case 'loseAnswers':
        return this.inner.append(rows, () => done(lost(), NONE))
      case 'loseAppends':
        return queueMicrotask(() => done(lost(), NONE))
      case 'deaf':
        this.inner.append(rows, () => {})
        this.clock.after(APPEND_TIMEOUT_MS, () => done(lost(), NONE))
        return
      case 'down':
        this.clock.after(APPEND_TIMEOUT_MS, () => done(lost(), NONE))
    }
  }

  claim(shards: readonly number[], owner: string, leaseMs: number): ReturnType<Journal['claim']> {
    return this.reached(() => this.inner.claim(shards, owner, leaseMs))
  }
  renew(shards: readonly number[], owner: string, leaseMs: number): ReturnType<Journal['renew']> {
    return this.reached(() => this.inner.renew(shards, owner, leaseMs))
  }
  release(leases: readonly ShardLease[]): Promise<void> {
    return this.reached(() => this.inner.release(leases))
  }
  checkpoint(shard: number, epoch: number, seq: number): Promise<void> {
    return this.reached(() => this.inner.checkpoint(shard, epoch, seq))
  }
  async read(shard: number, after: number, limit: number): Promise<readonly FrameRow[]> {
    this.reads.push({ shard, after })
    await this.readsWaitFor
    return this.onRead(await this.reached(() => this.inner.read(shard, after, limit)))
  }

  private vanish(rows: readonly FrameRow[], applied: boolean, done: Done): void {
    if (applied) this.inner.append(rows, () => done(lost(), NONE))
    else queueMicrotask(() => done(lost(), NONE))
  }

  private reached<T>(call: () => Promise<T>): Promise<T> {
    if (this.mode !== 'down' && this.mode !== 'deaf') return call()
    if (this.mode === 'deaf') void call()
    return new Promise((_, reject) => this.clock.after(APPEND_TIMEOUT_MS, () => reject(lost())))
  }
}

export class SnapshotGate implements SnapshotStore {
  loads = 0
  /** Called before a save takes effect; the save waits for it. */
  beforeSave: (shows: readonly string[]) => Promise<void> = async () => {}
  /** What loads find comes only after this, while it is set. */
  loadsWaitFor: Promise<void> | null = null
  keyLoads = 0
  keysWaitFor: Promise<void> | null = null
  private readonly inner: SnapshotStore

  constructor(inner: SnapshotStore) {
    this.inner = inner
  }

  async load(show: string): ReturnType<SnapshotStore['load']> {
    this.loads++
    const until = this.loadsWaitFor
    const row = await this.inner.load(show)
    await until
    return row
  }
  async loadWithHolds(shard: number): ReturnType<SnapshotStore['loadWithHolds']> {
    const until = this.loadsWaitFor
    const rows = await this.inner.loadWithHolds(shard)
    await until
    return rows
  }
  async save(rows: Parameters<SnapshotStore['save']>[0]): ReturnType<SnapshotStore['save']> {
    const copies = rows.map((row) => ({ ...row, bytes: row.bytes.slice() }))
    await this.beforeSave(copies.map(({ show }) => show))
    return this.inner.save(copies)
  }
  loadKeyHashes(show: string): ReturnType<SnapshotStore['loadKeyHashes']> {
    return this.inner.loadKeyHashes(show)
  }
  async loadKeys(show: string, seqs: readonly number[]): ReturnType<SnapshotStore['loadKeys']> {
    this.keyLoads++
    const until = this.keysWaitFor
    const events = await this.inner.loadKeys(show, seqs)
    await until
    return events
  }
  forgetKeys(shard: number, time: number): Promise<void> {
    return this.inner.forgetKeys(shard, time)
  }
}

/** A promise and the call that ends the wait for it. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

function lost(): JournalError {
  return new JournalError('lost', 'the answer is lost')
}
