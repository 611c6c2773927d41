// Keeps the read model behind the journal: a few shards at a time, a chunk of each, idle unless it is woken.
// Keeps true: a failure that passes delays a shard, and a frame that cannot be read stops its shard only.
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Observer } from '../../actors/ports.ts'
import { type Damage, positionOf, projectChunk, type SeatIds } from './projection-chunk.ts'
import { isRefusal } from './projection-write.ts'

export interface ProjectorOptions {
  readonly pool: Pool
  /** The database is in this process, and does one thing at a time. */
  readonly isEmbedded: boolean
  readonly seatIds: SeatIds
  readonly observer: Pick<Observer, 'incident'>
}

interface Waiter {
  readonly seq: number
  readonly done: (isThere: boolean) => void
}

interface Progress {
  readonly shard: number
  /** null until it is known. */
  position: number | null
  target: number
  /** A lane works on it. */
  isTaken: boolean
  /** What was committed at some time; another one once the read model has that. */
  mark: { readonly seq: number; readonly at: number }
  readonly waiters: Set<Waiter>
  retryMs: number
  /** `retrying`: nothing is done until a timer ends it. */
  state: 'well' | 'retrying' | 'stopped'
}

/** What a chunk may take of an embedded database. */
const CHUNK_MS_MAX = 12
const EVENTS_MIN = 32
const EVENTS_MAX = 2_048
/** Of a chunk for a database of its own. Most of its time is waiting, so a few go at once. */
const EVENTS_AT_ONCE = 512
const SHARDS_AT_ONCE = 2
/** After each chunk up to this much longer than it took, by shards at once: commits come first … */
const PAUSE_FACTOR = 2
/** … the less so, the further the read model is behind, up to here. What only pauses falls behind for ever. */
const PATIENCE_MS = 10_000
/** An embedded database does one thing at a time: what it projects, commits wait for. */
const EMBEDDED_PATIENCE_MS = 30_000
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5_000

const START = `
  select h.shard, h.seq, coalesce(p.seq, 0) as position
  from frontrow.shard_head h left join frontrow.projection_position p using (shard)`

export class Projector {
  private readonly options: ProjectorOptions
  private readonly shards = new Map<number, Progress>()
  private readonly due = new Set<Progress>()
  private readonly stopping = new AbortController()
  private started: Promise<void>
  private readonly lanes = new Set<Promise<void>>()
  private rechecking = false
  /** Of a chunk: as many as an embedded database projects in its time. */
  private eventsMax: number

  constructor(options: ProjectorOptions) {
    this.options = options
    this.eventsMax = options.isEmbedded ? EVENTS_MIN : EVENTS_AT_ONCE
    this.started = this.start()
    // What the projections commit is not synced: a crash takes it back, and with it the stored positions.
    options.pool.on('remove', this.recheck)
  }

  /** `seq` of `shard` is committed. */
  wake(shard: number, seq: number): void {
    const progress = this.progressOf(shard)
    if (!isBehind(progress)) progress.mark = { seq, at: performance.now() }
    progress.target = Math.max(progress.target, seq)
    this.schedule(progress)
  }

  /** Whether the read model has reached `seq` of `shard` within `timeoutMs`. */
  caughtUp(shard: number, seq: number, timeoutMs: number): Promise<boolean> {
    const progress = this.progressOf(shard)
    if (progress.position !== null && progress.position >= seq) return Promise.resolve(true)
    if (progress.state === 'stopped' || this.isStopping) return Promise.resolve(false)
    return new Promise((resolve) => {
      const done = (isThere: boolean) => {
        clearTimeout(timer)
        progress.waiters.delete(waiter)
        resolve(isThere)
      }
      const timer = setTimeout(done, timeoutMs, false)
      const waiter = { seq, done }
      progress.waiters.add(waiter)
      this.wake(shard, seq)
    })
  }

  /** Committed frames that are not projected yet. */
  lag(): number {
    let frames = 0
    for (const { position, target } of this.shards.values()) frames += Math.max(0, target - (position ?? target))
    return frames
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    this.options.pool.off('remove', this.recheck)
    this.due.clear()
    await this.started
    await Promise.all(this.lanes)
    for (const progress of this.shards.values()) this.settle(progress)
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted
  }

  private progressOf(shard: number): Progress {
    const known = this.shards.get(shard)
    if (known !== undefined) return known
    const progress: Progress = {
      ...{ shard, position: null, target: 0, waiters: new Set(), retryMs: RETRY_MS_MIN, state: 'well' },
      isTaken: false,
      mark: { seq: 0, at: performance.now() }
    }
    this.shards.set(shard, progress)
    return progress
  }

  /** A connection is gone, and the database may have been too: takes stock again, once at a time. */
  private readonly recheck = (): void => {
    if (this.rechecking || this.isStopping) return
    this.rechecking = true
    this.started = this.started
      .then(() => this.start())
      .finally(() => {
        this.rechecking = false
      })
  }

  /** What was committed while nobody ran, or was lost again: positions that are there, against what we know. */
  private async start(): Promise<void> {
    for (let retryMs = RETRY_MS_MIN; !this.isStopping; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
      try {
        const { rows } = await this.options.pool.query<{ shard: number; seq: number; position: number }>(START)
        for (const { shard, seq, position } of rows) {
          const progress = this.progressOf(shard)
          // A step may be ahead of this answer: it reads the position again, as `null` tells it to.
          if (progress.position === null) progress.position = position
          else if (progress.position > position) progress.position = null
          this.wake(shard, seq)
        }
        return
      } catch (error) {
        const facts = { retryMs, error: String(error) }
        this.options.observer.incident('warn', 'projections cannot start and are tried again', facts)
        await this.sleep(retryMs)
      }
    }
  }

  private schedule(progress: Progress): void {
    if (!isBehind(progress) || progress.isTaken || progress.state !== 'well' || this.isStopping) return
    this.due.add(progress)
    if (this.lanes.size >= this.lanesMax) return
    const lane = this.run().finally(() => this.lanes.delete(lane))
    this.lanes.add(lane)
  }

  private async run(): Promise<void> {
    // Who is scheduled meanwhile comes behind the others, in the same loop.
    for (const progress of this.due) {
      this.due.delete(progress)
      progress.isTaken = true
      const startedAt = performance.now()
      try {
        await this.step(progress)
        progress.retryMs = RETRY_MS_MIN
      } catch (error) {
        this.failed(progress, error)
      }
      progress.isTaken = false
      this.settle(progress)
      const tookMs = performance.now() - startedAt
      if (this.options.isEmbedded) this.adapt(tookMs, progress)
      const lateness = lateMs(progress) / (this.options.isEmbedded ? EMBEDDED_PATIENCE_MS : PATIENCE_MS)
      await this.sleep(tookMs * PAUSE_FACTOR * this.lanesMax * Math.max(0, 1 - lateness))
      this.schedule(progress)
    }
  }

  private get lanesMax(): number {
    return this.options.isEmbedded ? 1 : SHARDS_AT_ONCE
  }

  private adapt(tookMs: number, progress: Progress): void {
    if (tookMs > CHUNK_MS_MAX) this.eventsMax = Math.max(this.eventsMax / 2, EVENTS_MIN)
    else if (isBehind(progress)) this.eventsMax = Math.min(this.eventsMax * 2, EVENTS_MAX)
  }

  private async step(progress: Progress): Promise<void> {
    const { pool, seatIds } = this.options
    const { shard } = progress
    progress.position ??= await positionOf(pool, shard)
    const from = progress.position
    if (from >= progress.target) return
    const { position, damage } = await projectChunk(pool, seatIds, shard, from, this.eventsMax)
    progress.position = position
    if (position !== from) return damage === null ? undefined : this.halt(progress, damage)
    // Nothing to read. Perhaps another node has projected what comes next, and it is history already.
    progress.position = await positionOf(pool, shard)
    if (progress.position !== from) return
    if (damage !== null) this.halt(progress, damage)
    else progress.target = from
  }

  private failed(progress: Progress, error: unknown): void {
    if (isRefusal(error)) return this.halt(progress, { seq: (progress.position ?? 0) + 1, error })
    const { shard, retryMs } = progress
    const facts = { shard, retryMs, error: String(error) }
    this.options.observer.incident('warn', 'a projection failed and is tried again', facts)
    progress.state = 'retrying'
    progress.retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
    void this.sleep(retryMs).then(() => {
      progress.state = 'well'
      this.schedule(progress)
    })
  }

  private halt(progress: Progress, { seq, error }: Damage): void {
    const facts = { shard: progress.shard, seq, error: String(error) }
    this.options.observer.incident('error', 'a frame cannot be projected: its shard is read no further', facts)
    progress.state = 'stopped'
  }

  private settle({ position, state, waiters }: Progress): void {
    const isOver = state === 'stopped' || this.isStopping
    for (const waiter of waiters) {
      const isThere = position !== null && waiter.seq <= position
      if (isThere || isOver) waiter.done(isThere)
    }
  }

  /** Ends early when we stop. */
  private async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => {})
  }
}

function isBehind({ position, target }: Progress): boolean {
  return position === null || position < target
}

/** For how long the read model did not have what was committed. */
function lateMs(progress: Progress): number {
  const { mark, position, target } = progress
  const now = performance.now()
  const lateMs = now - mark.at
  if (position !== null && position >= mark.seq) progress.mark = { seq: target, at: now }
  return lateMs
}
