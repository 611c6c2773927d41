// Pushes what is committed here to viewers here, as before, and once to each node that has viewers of the show. Nodes
// say again and again that they watch; one that falls silent is forgotten.
import { HELLO_SILENCE_MS, INTEREST_MS } from '../../core/limits.ts'
import type { Diff, FeedSink, ShowView } from '../outcome.ts'
import type { Clock, Wire } from '../ports.ts'
import { decodeEnded, encodeDiff, encodeEnded, encodeRestart, feedTopic } from './feed-message.ts'

export interface FeedRelayOptions {
  readonly doors: FeedSink
  readonly wire: Wire
  readonly clock: Clock
  /** Bytes from another node that make no sense. */
  readonly damaged: (error: unknown) => void
}

export interface Watching {
  follow(show: string): void
  unwatch(show: string): void
}

const USERS_TOPIC = 'users'
const SWEEP_MS = 1_000

export class FeedRelay implements FeedSink {
  private readonly doors: FeedSink
  private readonly wire: Wire
  private readonly clock: Clock
  private readonly damaged: (error: unknown) => void
  /** By show, the addresses of nodes that watch it, and until when each is believed to. */
  private readonly interests = new Map<string, Map<string, number>>()
  /** Addresses of nodes whose pushes are behind, and until when that is believed of each. */
  private readonly late = new Map<string, number>()
  private sweeping = false
  private watching: Watching | null = null

  constructor({ doors, wire, clock, damaged }: FeedRelayOptions) {
    this.doors = doors
    this.wire = wire
    this.clock = clock
    this.damaged = damaged
  }

  /** From now on holds that end on other nodes are told to their holders here. */
  attach(watching: Watching): void {
    this.watching = watching
    this.wire.listen(USERS_TOPIC, (bytes) => {
      try {
        const { from, show, user, hold } = decodeEnded(bytes)
        if (from !== this.wire.address) this.doors.holdExpired(show, user, hold)
      } catch (error) {
        this.damaged(error)
      }
    })
  }

  /** The slowest node that watches sets the pace: what it cannot push would only wait there. */
  isBehind(show: string): boolean {
    if (this.doors.isBehind(show)) return true
    if (this.late.size === 0) return false
    const now = this.clock.elapsed()
    for (const address of this.interests.get(show)?.keys() ?? []) {
      if ((this.late.get(address) ?? 0) > now) return true
    }
    return false
  }

  onBehind(changed: (isBehind: boolean) => void): void {
    this.doors.onBehind(changed)
  }

  /** What the node at `address` pushes is behind, or is so no more. */
  behind(address: string, isBehind: boolean): void {
    if (isBehind) this.late.set(address, this.clock.elapsed() + HELLO_SILENCE_MS)
    else this.late.delete(address)
  }

  /** The node at `address` watches `show`, for a while. */
  interest(show: string, address: string): void {
    let nodes = this.interests.get(show)
    if (nodes === undefined) {
      nodes = new Map()
      this.interests.set(show, nodes)
      this.watching?.follow(show)
    }
    nodes.set(address, this.clock.elapsed() + INTEREST_MS)
    if (!this.sweeping) this.sweepLater()
  }

  /** Nobody follows the shows of whom `isGone` says so: another node pushes them now. */
  forget(isGone: (show: string) => boolean): void {
    for (const show of [...this.interests.keys()]) if (isGone(show)) this.drop(show)
  }

  diff(show: string, diff: Diff): void {
    this.doors.diff(show, diff)
    if (this.interests.has(show)) this.wire.publish(feedTopic(show), encodeDiff(show, diff))
  }

  snapshot(show: string, view: ShowView): void {
    this.doors.snapshot(show, view)
    if (this.interests.has(show)) this.wire.publish(feedTopic(show), encodeRestart(show, view.epoch))
  }

  holdExpired(show: string, user: string, hold: number): void {
    this.doors.holdExpired(show, user, hold)
    this.wire.publish(USERS_TOPIC, encodeEnded({ from: this.wire.address, show, user, hold }))
  }

  private sweepLater(): void {
    this.sweeping = true
    this.clock.after(SWEEP_MS, () => {
      const now = this.clock.elapsed()
      for (const [show, nodes] of this.interests) {
        for (const [address, until] of nodes) if (until <= now) nodes.delete(address)
        if (nodes.size === 0) this.drop(show)
      }
      for (const [address, until] of this.late) if (until <= now) this.late.delete(address)
      this.sweeping = false
      if (this.interests.size > 0) this.sweepLater()
    })
  }

  private drop(show: string): void {
    if (this.interests.delete(show)) this.watching?.unwatch(show)
  }
}
