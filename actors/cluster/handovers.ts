// Gives shards to the nodes that the plan has for them, a few at a time, and asks for those that are to be ours.
import { DRAIN_MS, HANDOFFS_AT_ONCE } from '../../core/limits.ts'
import type { Clock, Observer } from '../ports.ts'
import type { ShardRegion } from '../shard-region.ts'
import type { Membership } from './membership.ts'
import type { Outbox } from './outbox.ts'
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
}

const POLL_MS = 10
/** A hand-over that did not come about is tried again after this. */
const RETRY_MS = 250
/** How often shards that should be ours are asked for while somebody else has them. */
const CLAIM_MS = 250

export class Handovers {
  private readonly options: HandoversOptions
  private readonly underway = new Set<number>()
  private isClaiming = false
  /** Ends the pause before shards are asked for again. */
  private wake: () => void = () => {}
  /** One came free since they were asked for. */
  private isOffered = false
  private stopped = false
  /** Shards handed over since the start. */
  count = 0

  constructor(options: HandoversOptions) {
    this.options = options
  }

  stop(): void {
    this.stopped = true
  }

  /** Brings what is ours closer to what is to be. */
  reconcile(): void {
    if (this.stopped) return
    const { shards } = this.options
    for (let shard = 0; shard < shards && this.underway.size < HANDOFFS_AT_ONCE; shard++) {
      const to = this.heir(shard)
      if (to !== null && !this.underway.has(shard)) void this.handOver(shard, to)
    }
    void this.claim()
  }

  /** `shard` was given up for us: it is asked for at once, unless the plan that says so is newer than ours. */
  offered(shard: number): void {
    const { membership } = this.options
    this.isOffered = true
    this.wake()
    if (!membership.wants(shard)) void membership.look()
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

  private async handOver(shard: number, to: string): Promise<void> {
    const { region, outbox, routes, clock, observer } = this.options
    const startedAt = clock.elapsed()
    this.underway.add(shard)
    const isGiven = await region.handOff(shard)
    if (isGiven) {
      this.count++
      const address = routes.addressOf(to)
      if (address !== undefined) outbox.to(address).yours(shard)
      observer.incident('info', 'handed a shard over', { shard, to, ms: Math.round(clock.elapsed() - startedAt) })
    } else await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
    this.underway.delete(shard)
    this.reconcile()
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
      this.isOffered = false
      try {
        await region.claimWanted()
      } catch (error) {
        observer.incident('warn', 'shards could not be claimed; trying again', { error: String(error) })
      }
      if (isMissing() && !this.isOffered) await this.pause()
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
