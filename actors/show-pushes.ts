// What those who watch a node's shows are pushed: what changed, gathered for a tick or until the pushes before have gone
// out, and snapshots where a new epoch begins.
import { FEED_TICK_MS, FEED_TICK_MS_MAX } from '../core/limits.ts'
import type { FeedSink, Shows } from './outcome.ts'
import type { Clock, Observer } from './ports.ts'
import type { ResidentShow } from './resident-show.ts'

export interface ShowPushesOptions {
  readonly feed: FeedSink
  readonly clock: Clock
  readonly observer: Observer
  readonly residentOf: (showId: string) => ResidentShow | undefined
  /** The show is another node's to push. */
  readonly isAway: (showId: string) => boolean
  readonly view: Shows['view']
}

/** Viewers of a show that could not be loaded get their snapshot this much later. */
const REFRESH_RETRY_MS = 1_000

export class ShowPushes {
  private readonly options: ShowPushesOptions
  private readonly watched = new Map<string, number>()
  /** Watched shows whose viewers have not got the snapshot of a new epoch yet: it comes before any diff. */
  private readonly unrefreshed = new Set<string>()
  /** Shows that changed, and since when that is gathered. */
  private readonly changed = new Map<ResidentShow, number>()

  constructor(options: ShowPushesOptions) {
    this.options = options
  }

  get watchedShows(): number {
    return this.watched.size
  }

  watchers(showId: string): number {
    return this.watched.get(showId) ?? 0
  }

  setWatchers(showId: string, count: number): void {
    if (count > 0) this.watched.set(showId, count)
    else {
      this.watched.delete(showId)
      this.unrefreshed.delete(showId)
    }
    const show = this.options.residentOf(showId)
    if (show === undefined) return
    this.push(show)
    show.feed.watchers = count
  }

  /** `show` changed: it is pushed when that is due. */
  touched(show: ResidentShow): void {
    if (this.changed.has(show)) return
    if (this.changed.size === 0) this.pushLater()
    this.changed.set(show, this.options.clock.elapsed())
  }

  /** What is gathered of `show` is not gathered for longer. */
  push(show: ResidentShow): void {
    const { feed } = this.options
    const diff = show.feed.flush()
    if (diff === null) return
    if (this.unrefreshed.delete(show.id)) feed.snapshot(show.id, show.feed)
    else feed.diff(show.id, diff)
  }

  /** The shows of whom `isMeant` says so are in a new epoch: their viewers get snapshots of it. */
  refresh(isMeant: (showId: string) => boolean): void {
    for (const showId of this.watched.keys()) {
      if (!isMeant(showId)) continue
      this.unrefreshed.add(showId)
      this.refreshShow(showId)
    }
  }

  private pushLater(): void {
    this.options.clock.after(FEED_TICK_MS, () => this.pushAll())
  }

  private pushAll(): void {
    const { feed, clock, observer, residentOf } = this.options
    const now = clock.elapsed()
    const before = this.changed.size
    let oldest = now
    for (const [show, since] of this.changed) {
      // With many viewers a push takes a while: what changes meanwhile is gathered.
      if (now - since < FEED_TICK_MS_MAX && feed.isBehind(show.id)) continue
      this.changed.delete(show)
      oldest = Math.min(oldest, since)
      // Its shard may have been rebuilt since: what it would say belongs to an epoch that is over.
      if (residentOf(show.id) === show) this.push(show)
    }
    if (this.changed.size < before) observer.pushed(now - oldest)
    if (this.changed.size > 0) this.pushLater()
  }

  private refreshShow(showId: string): void {
    const { feed, clock, isAway, view } = this.options
    view(showId, (seen, refusal) => {
      if (seen !== null && this.unrefreshed.delete(showId)) feed.snapshot(showId, seen)
      else if (refusal !== null && this.watched.has(showId) && !isAway(showId)) {
        clock.after(REFRESH_RETRY_MS, () => this.refreshShow(showId))
      }
    })
  }
}
