// Gives shards to the nodes that the plan has for them, a few at a time, and asks for those that are to be ours. The
// next owner reads a shard while it still serves here, so that it rests for a few turns to the journal and no longer.
import { DRAIN_MS, HANDOFFS_AT_ONCE } from '../../core/limits.ts'
import type { Clock, Observer } from '../ports.ts'
import type { ShardPosition } from '../shard-recovery.ts'
import type { ShardRegion } from '../shard-region.ts'
import type { Membership } from './membership.ts'
import type { Outbox } from './outbox.ts'
import type { PacketWriter } from './packet.ts'
import type { Routes } from './routes.ts'

export interface HandoversOptions {
  readonly region: ShardRegion
  readonly membership: Membership
  readonly outbox: Outbox
  readonly routes: Routes
  readonly node: string
  readonly shards: number
  readonly clock: Clock
  readonly observer: Observer
  /** Whether this node hears itself over the wire. */
  readonly connected: () => boolean
}

const POLL_MS = 10
/** A hand-over that did not come about is tried again after this. */
const RETRY_MS = 250
/** How long the next owner may take to read a shard before it is asked again, and to say that it has it. */
const ANSWER_MS = 1_000
/** How often shards that should be ours are asked for while somebody else has them. */
const CLAIM_MS = 250

export class Handovers {
  private readonly options: HandoversOptions
  /** By shard, who is to have it. */
  private readonly underway = new Map<number, string>()
  /** Where to look for the next one: one that nobody can have keeps no other from its turn. */
  private next = 0
  private isClaiming = false
  /** Ends the pause before shards are asked for again. */
  private wake: () => void = () => {}
  /** Those that came free since they were asked for. */
  private readonly offers = new Set<number>()
  /** By shard under way, what goes on when its next owner says something of it. */
  private readonly expecting = new Map<number, (isAnswered: boolean) => void>()
  private stopped = false
  /** Shards handed over since the start. */
  count = 0

  constructor(options: HandoversOptions) {
    this.options = options
  }

  stop(): void {
    this.stopped = true
    for (const end of this.expecting.values()) end(false)
  }

  /** Brings what is ours closer to what is to be. */
  reconcile(): void {
    if (this.stopped) return
    const { shards } = this.options
    const { next } = this
    for (let at = next; at < next + shards; at++) {
      const shard = at % shards
      const to = this.heir(shard)
      if (to === null || this.underway.has(shard) || this.underwayTo(to) >= HANDOFFS_AT_ONCE) continue
      this.next = shard + 1
      void this.handOver(shard, to)
    }
    void this.claim()
  }

  /** `shard` was given up for us: it is asked for at once, unless the plan that says so is newer than ours. */
  offered(shard: number): void {
    this.offers.add(shard)
    this.wake()
    void this.planned(shard)
  }

  /** Whether `shard` is to be ours: by a plan that is as new as the one it comes by. */
  private async planned(shard: number): Promise<boolean> {
    const { membership } = this.options
    if (!membership.wants(shard)) await membership.look()
    return membership.wants(shard)
  }

  /** A shard is about to be given up for us. Whoever does not want it says nothing, and gets it not. */
  async coming(from: string, position: ShardPosition): Promise<void> {
    const { region, outbox, observer } = this.options
    try {
      const isRead = (await this.planned(position.shard)) && (await region.prepare(position))
      if (isRead) outbox.to(from).prepared(position.shard)
    } catch (error) {
      observer.incident('warn', 'a shard that is to come could not be read', { ...position, error: String(error) })
    }
  }

  /** The next owner of `shard` has read it, or has it. */
  answered(shard: number): void {
    this.expecting.get(shard)?.(true)
  }

  /** Until nothing is ours, nobody else is there, or it takes too long. */
  async emptied(): Promise<void> {
    const { clock, shards } = this.options
    const until = clock.elapsed() + DRAIN_MS
    const isLeft = () => {
      for (let shard = 0; shard < shards; shard++) if (this.heir(shard) !== null) return true
      return this.underway.size > 0
    }
    while (isLeft() && clock.elapsed() < until) {
      await new Promise<void>((resolve) => clock.after(POLL_MS, resolve))
    }
  }

  /** The node that is to have a shard of ours; null where it is to stay, or is not ours. */
  private heir(shard: number): string | null {
    const { region, membership, node } = this.options
    if (region.epochOf(shard) === 0) return null
    const to = membership.ownerOf(shard)
    return to === undefined || to === node || !membership.isThere(to) ? null : to
  }

  private underwayTo(node: string): number {
    let count = 0
    for (const to of this.underway.values()) if (to === node) count++
    return count
  }

  private async handOver(shard: number, to: string): Promise<void> {
    const { region, clock, observer, connected } = this.options
    this.underway.set(shard, to)
    const isExpected = await this.prepared(shard, to)
    const restsFrom = clock.elapsed()
    if (isExpected && (await region.handOff(shard))) {
      this.count++
      // So that few shards rest at a time; where nobody can be heard there is nothing to wait for.
      if (connected()) await this.told(shard, to, (outbox) => outbox.yours(shard))
      observer.incident('info', 'handed a shard over', { shard, to, ms: Math.round(clock.elapsed() - restsFrom) })
    } else await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
    this.underway.delete(shard)
    this.reconcile()
  }

  /** `to` has read `shard`. Where we cannot be heard it goes as it is: the journal says that it is free. */
  private async prepared(shard: number, to: string): Promise<boolean> {
    const { region, connected } = this.options
    const position = await region.checkpoint(shard)
    return !connected() || this.told(shard, to, (outbox) => outbox.coming(position))
  }

  /** Tells `to` something of `shard`; false where no answer came in time. */
  private told(shard: number, to: string, tell: (outbox: PacketWriter) => void): Promise<boolean> {
    const { outbox, routes, clock } = this.options
    const address = routes.addressOf(to)
    if (address === undefined) return Promise.resolve(false)
    return new Promise((resolve) => {
      const end = (isAnswered: boolean) => {
        cancel()
        this.expecting.delete(shard)
        resolve(isAnswered)
      }
      const cancel = clock.after(ANSWER_MS, () => end(false))
      this.expecting.set(shard, end)
      tell(outbox.to(address))
    })
  }

  /** Until all that is to be ours is. */
  private async claim(): Promise<void> {
    const { region, membership, shards, observer } = this.options
    if (this.isClaiming) return
    this.isClaiming = true
    const isMissing = () => {
      for (let shard = 0; shard < shards; shard++) {
        if (membership.wants(shard) && region.epochOf(shard) === 0) return true
      }
      return false
    }
    while (!this.stopped && isMissing()) {
      const offered = [...this.offers].filter(membership.wants, membership)
      this.offers.clear()
      try {
        await region.claimWanted(offered.length > 0 ? offered : undefined)
      } catch (error) {
        observer.incident('warn', 'shards could not be claimed; trying again', { error: String(error) })
      }
      if (isMissing() && this.offers.size === 0) await this.pause()
    }
    this.isClaiming = false
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
      this.options.clock.after(CLAIM_MS, resolve)
    })
  }
}
