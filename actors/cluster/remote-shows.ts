// The shows of other nodes that somebody here asks for: looked at through their owners, and followed while they are
// watched. Those that nobody watches are kept for their faces, the most recently used ones.
import { INTEREST_MS, LOOKS_MAX, REMOTE_PATIENCE_MS, REMOTE_SHOWS_MAX } from '../../core/limits.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { FeedSink } from '../outcome.ts'
import type { Clock, Wire } from '../ports.ts'
import { decodeDiff, feedTopic } from './feed-message.ts'
import type { Outbox } from './outbox.ts'
import type { Looked, LookNeeds } from './packet.ts'
import { RemoteShow } from './remote-show.ts'
import type { Routes } from './routes.ts'

export interface RemoteShowsOptions {
  readonly outbox: Outbox
  readonly routes: Routes
  readonly wire: Wire
  readonly clock: Clock
  readonly feed: FeedSink
  readonly planOf: (hash: string) => Promise<Plan>
  readonly shardOf: (show: string) => number
  /** Bytes from another node that make no sense. */
  readonly damaged: (error: unknown) => void
}

interface Asked {
  readonly show: string
  readonly isFollowing: boolean
  readonly needs: LookNeeds
  readonly deadline: number
  readonly done: (looked: Looked | null) => void
  /** Sent, and neither answered nor known to be undelivered. */
  isUnderway: boolean
}

const TICK_MS = 50
/** Several times within the time for which an owner keeps an interest in mind. */
const RENEW_MS = INTEREST_MS / 4

export class RemoteShows {
  private readonly options: RemoteShowsOptions
  /** Least recently used first. */
  private readonly shows = new Map<string, RemoteShow>()
  private readonly listening = new Map<string, () => void>()
  private readonly asked = new Map<number, Asked>()
  private lastId = 0
  private ticking = false
  private renewedAt = 0

  constructor(options: RemoteShowsOptions) {
    this.options = options
  }

  of(id: string): RemoteShow {
    const known = this.shows.get(id)
    const show = known ?? this.make(id)
    if (known !== undefined) this.shows.delete(id)
    this.shows.set(id, show)
    if (this.shows.size > REMOTE_SHOWS_MAX) this.evict()
    return show
  }

  /** The show, where it is being watched. */
  followed(id: string): RemoteShow | null {
    const show = this.shows.get(id)
    return show?.isFollowing === true ? show : null
  }

  follow(id: string): RemoteShow {
    const show = this.of(id)
    if (show.isFollowing) return show
    show.isFollowing = true
    this.listening.set(
      id,
      this.options.wire.listen(feedTopic(id), (bytes) => this.heard(show, bytes))
    )
    this.tickLater()
    return show
  }

  unfollow(id: string): void {
    this.listening.get(id)?.()
    this.listening.delete(id)
    this.shows.get(id)?.stop()
  }

  /** `shard` has another owner, or a newer epoch. */
  moved(shard: number): void {
    for (const id of this.listening.keys()) if (this.options.shardOf(id) === shard) this.shows.get(id)?.renew()
    for (const [id, asked] of this.asked) if (this.options.shardOf(asked.show) === shard) this.send(id, asked)
  }

  /** Nobody else can be asked for what is ours now. */
  giveBack(isOurs: (show: string) => boolean): void {
    for (const [id, { show, done }] of [...this.asked]) {
      if (!isOurs(show)) continue
      this.asked.delete(id)
      done(null)
    }
  }

  looked(looked: Looked): void {
    const asked = this.asked.get(looked.id)
    if (asked === undefined) return
    // Its shard has left the node that was asked: the next one is asked.
    if (looked.face?.kind === 'refused' && looked.face.code === 'unavailable') {
      asked.isUnderway = false
      return
    }
    this.asked.delete(looked.id)
    asked.done(looked)
  }

  stop(): void {
    for (const unlisten of this.listening.values()) unlisten()
    this.listening.clear()
    this.asked.clear()
    for (const show of this.shows.values()) show.end()
  }

  private make(id: string): RemoteShow {
    const { feed, planOf } = this.options
    return new RemoteShow({
      id,
      feed,
      planOf,
      look: (isFollowing, needs, done) => {
        if (this.asked.size >= LOOKS_MAX) return done(null)
        const deadline = this.options.clock.elapsed() + REMOTE_PATIENCE_MS
        const asked = { show: id, isFollowing, needs, deadline, done, isUnderway: false }
        this.asked.set(++this.lastId, asked)
        this.send(this.lastId, asked)
        this.tickLater()
      }
    })
  }

  private send(id: number, asked: Asked): void {
    const { show, isFollowing, needs } = asked
    const route = this.options.routes.of(this.options.shardOf(show))
    asked.isUnderway = route !== null
    if (route === null) return
    this.options.outbox.toWatched(route.address, id, this.undelivered).look({ id, show, isFollowing, needs })
  }

  private readonly undelivered = (id: number): void => {
    const asked = this.asked.get(id)
    if (asked !== undefined) asked.isUnderway = false
  }

  private heard(show: RemoteShow, bytes: Uint8Array): void {
    try {
      const diff = decodeDiff(bytes)
      // Sequence 0: the owner numbers its feed anew.
      if (diff.seq === 0) show.restarted(diff.epoch)
      else show.diff(diff)
    } catch (error) {
      this.options.damaged(error)
    }
  }

  private evict(): void {
    for (const [id, show] of this.shows) {
      if (!show.isIdle) continue
      this.shows.delete(id)
      return
    }
  }

  private tickLater(): void {
    if (this.ticking || (this.asked.size === 0 && this.listening.size === 0)) return
    this.ticking = true
    this.options.clock.after(TICK_MS, () => {
      this.ticking = false
      this.tick()
      this.tickLater()
    })
  }

  /** Looks that reached nobody are tried again until it is too late; owners are told that we still watch. */
  private tick(): void {
    const now = this.options.clock.elapsed()
    for (const [id, asked] of this.asked) {
      if (asked.deadline <= now) {
        this.asked.delete(id)
        asked.done(null)
      } else if (!asked.isUnderway) this.send(id, asked)
    }
    if (now - this.renewedAt < RENEW_MS) return
    this.renewedAt = now
    for (const id of this.listening.keys()) this.shows.get(id)!.confirm()
  }
}
