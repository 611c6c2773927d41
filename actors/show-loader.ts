// Loads shows that are asked for and not in memory, each once however many ask, and remembers which
// shows do not exist. Who waits, also for a shard that is being opened, is called back when it is worth asking again.

import type { SealedKey } from '../core/idempotency-memory.ts'
import { ABSENT_SHOWS_MAX, LOAD_PATIENCE_MS, PARKED_MAX } from '../core/limits.ts'
import type { Clock, Observer } from './ports.ts'
import type { ResidentShow } from './resident-show.ts'
import type { ShardHost } from './shard-host.ts'
import { findKey, readSealed, readSegments, recoverShow, type Sources } from './shard-recovery.ts'

/** `loaded`: ask again. `failed`: the journal or its content could not be read. `full`: too many wait. */
export type LoadResult = 'loaded' | 'failed' | 'full'

const SERVING_POLL_MS = 10

export class ShowLoader {
  private readonly sources: Sources
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly absent = new Set<string>()
  private readonly waiting = new Map<string, ((result: LoadResult) => void)[]>()
  /** Segments of keys that are being read, each once for all keys that may be in it. */
  private readonly reading = new Map<string, Promise<readonly Uint8Array[]>>()
  private parked = 0
  private loadingAll: Promise<void> = Promise.resolve()
  private stopped = false

  constructor(sources: Sources, clock: Clock, observer: Observer) {
    this.sources = sources
    this.clock = clock
    this.observer = observer
  }

  knownAbsent(showId: string): boolean {
    return this.absent.has(showId)
  }

  present(showId: string): void {
    this.absent.delete(showId)
  }

  forgetAbsent(): void {
    this.absent.clear()
  }

  load(host: ShardHost, showId: string, done: (result: LoadResult) => void): void {
    this.park(`show ${showId}`, done, (wanted) => this.loadShow(host, showId, wanted))
  }

  /** Until `host` serves, or it is known that it does not. */
  untilServing(host: ShardHost, done: (result: LoadResult) => void): void {
    this.park(`shard ${host.shard}`, done, async (wanted) => {
      while (host.isPausing && wanted()) {
        await new Promise<void>((resolve) => this.clock.after(SERVING_POLL_MS, resolve))
      }
    })
  }

  loadPlan(hash: string, done: (result: LoadResult) => void): void {
    this.park(`plan ${hash}`, done, async () => {
      await this.sources.plans.get(hash)
    })
  }

  /** Reads which keys of `show` were sealed. */
  loadSealed(show: ResidentShow, done: (result: LoadResult) => void): void {
    this.park(`sealed keys of show ${show.id}`, done, () => readSealed(this.sources, show))
  }

  /** The same of all shows of `host`, one after another. A command that comes before its show's turn goes before it. */
  loadAllSealed(host: ShardHost): void {
    const { incarnation } = host
    this.loadingAll = this.loadingAll.then(async () => {
      for (const show of [...host.residents.values()]) {
        if (this.stopped || host.incarnation !== incarnation) return
        if (!show.inventory.keys.sealed.isUnread) continue
        await new Promise<LoadResult>((resolve) => this.loadSealed(show, resolve))
      }
    })
  }

  /** Reads what a sealed key of `show`, of the shard of `host`, did. */
  loadKey(host: ShardHost, show: ResidentShow, asked: SealedKey, done: (result: LoadResult) => void): void {
    const { keys } = show.inventory
    this.park(`key ${show.id} ${asked.user} ${asked.key}`, done, async () => {
      try {
        const segments = await this.segments(show.id, asked.segments)
        keys.reveal(asked, findKey(segments, show.id, asked))
      } catch (error) {
        // Forgotten while it was looked up, as the clock was set: asked again, it is as good as never used.
        if (!keys.isOutdated(asked, host.stampedAt)) throw error
      }
    })
  }

  private segments(show: string, seqs: readonly number[]): Promise<readonly Uint8Array[]> {
    const what = `${show} ${seqs}`
    let reading = this.reading.get(what)
    if (reading === undefined) {
      reading = readSegments(this.sources, show, seqs).finally(() => this.reading.delete(what))
      this.reading.set(what, reading)
    }
    return reading
  }

  private park(what: string, done: (result: LoadResult) => void, run: (wanted: () => boolean) => Promise<void>): void {
    if (this.parked >= PARKED_MAX) return done('full')
    this.parked++
    const others = this.waiting.get(what)
    if (others !== undefined) {
      others.push(done)
      return
    }
    const waiting = [done]
    this.waiting.set(what, waiting)
    const giveUp = this.clock.after(LOAD_PATIENCE_MS, () => this.finish(what, waiting, 'failed'))
    run(() => this.waiting.get(what) === waiting)
      .then(
        () => this.finish(what, waiting, 'loaded'),
        (error: unknown) => {
          this.observer.incident('error', 'a show could not be loaded', { what, error: String(error) })
          this.finish(what, waiting, 'failed')
        }
      )
      .finally(giveUp)
  }

  /** Nobody waits any longer. */
  stop(): void {
    this.stopped = true
    for (const [what, waiting] of this.waiting) this.finish(what, waiting, 'failed')
  }

  /** Calls back those who wait, once; who asks from now on starts anew. */
  private finish(what: string, waiting: ((result: LoadResult) => void)[], result: LoadResult): void {
    if (this.waiting.get(what) === waiting) this.waiting.delete(what)
    this.parked -= waiting.length
    for (const done of waiting.splice(0)) done(result)
  }

  /** `wanted` says no once nobody waits any more: then what was read may be old. */
  private async loadShow(host: ShardHost, showId: string, wanted: () => boolean): Promise<void> {
    const { incarnation } = host
    const recovered = await recoverShow(this.sources, showId)
    // The shard may have been rebuilt meanwhile, and the show with it.
    if (!wanted() || host.incarnation !== incarnation || host.state !== 'open' || host.residents.has(showId)) return
    if (recovered === null) {
      if (this.absent.size >= ABSENT_SHOWS_MAX) this.absent.clear()
      this.absent.add(showId)
      return
    }
    host.settle(showId, recovered.inventory, recovered.lastSeq, recovered.snapshotSeq)
  }
}
