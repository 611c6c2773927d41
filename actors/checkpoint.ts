// Snapshots: of a shard's changed shows, so that recovery replays little and the journal can move into
// history behind them; and of single shows, so that they can leave memory. With them go the keys that have become
// many, which are then only known to have been used. A snapshot is stored only once everything in it is
// committed: memory runs ahead of the journal, the store never does.

import { decodeKeyHashes, encodeKeySegment } from '../core/codec/key-codec.ts'
import { encodeSnapshot } from '../core/codec/snapshot-codec.ts'
import {
  CHECKPOINT_EVENTS,
  CHECKPOINT_EVENTS_MIN,
  IDEMPOTENCY_MS,
  KEYS_SEALED_AT,
  PASSIVATE_AFTER_MS,
  RESIDENT_SHOWS_MAX
} from '../core/limits.ts'
import { nextExpiry } from '../core/rules/expire.ts'
import type { Clock, Journal, SnapshotSave, SnapshotStore } from './ports.ts'
import { idle, type ResidentShow } from './resident-show.ts'
import type { ShardHost } from './shard-host.ts'
import { SCATTER } from './shard-recovery.ts'

/** Shows whose snapshots are taken in one go: about 5 ms of work between two batches. */
const SNAPSHOTS_AT_ONCE = 64
const COMMIT_POLL_MS = 2
/** Sealed keys are deleted so long after they were used: one that is looked up just as it may be forgotten is there. */
const FORGET_KEYS_AFTER_MS = IDEMPOTENCY_MS + 60 * 60_000

/** Something happened on the way (a new epoch, a lost journal): leave it, the next round does it. */
class Interrupted extends Error {}

export interface CheckpointsOptions {
  readonly journal: Journal
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  /** Keys of a show that stay in memory; `KEYS_SEALED_AT` where nothing is said. */
  readonly keysSealedAt?: number | undefined
}

export class Checkpoints {
  private readonly journal: Journal
  private readonly snapshots: SnapshotStore
  private readonly clock: Clock
  private readonly keysSealedAt: number

  constructor(options: CheckpointsOptions) {
    this.journal = options.journal
    this.snapshots = options.snapshots
    this.clock = options.clock
    this.keysSealedAt = options.keysSealedAt ?? KEYS_SEALED_AT
  }

  /** Whether enough happened since the last checkpoint to pay for one, `host` being one of `hosts` that are open. */
  due(host: ShardHost, hosts: number): boolean {
    if (host.eventsSinceCheckpoint < Math.max(CHECKPOINT_EVENTS / hosts, CHECKPOINT_EVENTS_MIN)) return false
    // A snapshot holds every hold and booking: wait until as much happened as it costs to write.
    let written = 0
    for (const { inventory, snapshotSeq, lastSeq } of host.residents.values()) {
      if (snapshotSeq < lastSeq) written += inventory.holds.size + inventory.bookings.size
    }
    return host.eventsSinceCheckpoint >= written / 2
  }

  /**
   * Deletes sealed keys that nobody has to remember any more, by the time that is stamped in the journal: whoever owns the
   * shard decides at that time or later, which no node's clock has to be right about.
   */
  async forgetKeys({ shard, committedAt }: ShardHost): Promise<void> {
    await this.snapshots.forgetKeys(shard, committedAt - FORGET_KEYS_AFTER_MS)
  }

  /** Stores the snapshots of all changed shows of `host`, then moves the journal behind them. */
  async run(host: ShardHost): Promise<void> {
    if (!host.intact || host.eventsSinceCheckpoint === 0) return
    const { incarnation } = host
    const upTo = host.committedSeq
    const events = host.eventsSinceCheckpoint
    const changed = [...host.residents.values()].filter((show) => show.snapshotSeq < show.lastSeq)
    try {
      for (let at = 0; at < changed.length; at += SNAPSHOTS_AT_ONCE) {
        await this.store(host, changed.slice(at, at + SNAPSHOTS_AT_ONCE))
      }
      if (host.incarnation !== incarnation || !host.intact) return
      await this.journal.checkpoint(host.shard, host.epoch, upTo)
      host.snapshotSeq = Math.max(host.snapshotSeq, upTo)
      host.eventsSinceCheckpoint = Math.max(0, host.eventsSinceCheckpoint - events)
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
    }
  }

  /** Lets shows leave memory that nobody needs; more of them when memory is full. */
  async passivate(hosts: readonly ShardHost[]): Promise<void> {
    let residents = 0
    for (const host of hosts) residents += host.residents.size
    const excess = residents - RESIDENT_SHOWS_MAX
    const before = excess > 0 ? this.oldest(hosts, excess) : this.clock.now() - PASSIVATE_AFTER_MS
    for (const host of hosts) {
      if (host.state !== 'open') continue
      const leaving = [...host.residents.values()].filter((show) => show.usedAt <= before && idle(show))
      for (let at = 0; at < leaving.length; at += SNAPSHOTS_AT_ONCE) {
        try {
          await this.release(host, leaving.slice(at, at + SNAPSHOTS_AT_ONCE))
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error
        }
      }
    }
  }

  private async release(host: ShardHost, shows: readonly ResidentShow[]): Promise<void> {
    const changed = shows.filter((show) => show.snapshotSeq < show.lastSeq)
    if (changed.length > 0) await this.store(host, changed)
    for (const show of shows) {
      const same = host.residents.get(show.id) === show
      if (same && show.snapshotSeq >= show.lastSeq && idle(show)) host.passivate(show)
    }
  }

  /** The time before which the `count` longest unused shows were last used. */
  private oldest(hosts: readonly ShardHost[], count: number): number {
    const times: number[] = []
    for (const host of hosts) for (const show of host.residents.values()) times.push(show.usedAt)
    times.sort((a, b) => a - b)
    return times[count - 1]!
  }

  private async store(host: ShardHost, shows: readonly ResidentShow[]): Promise<void> {
    const { incarnation, seq } = host
    const present = shows.filter((show) => host.residents.get(show.id) === show)
    const ends = present.map(({ inventory }) => inventory.keys.end)
    const rows = present.map(({ id: show, inventory }): SnapshotSave => {
      const sealing = inventory.keys.unsealed >= this.keysSealedAt && !inventory.keys.sealed.isUnread
      const keys = sealing ? encodeKeySegment(inventory.keys) : null
      const expiry = inventory.holds.size === 0 ? 0 : nextExpiry(inventory)
      const bytes = encodeSnapshot(inventory, !sealing)
      return { show, shard: host.shard, seq, nextExpiry: expiry, bytes, keys }
    })
    await this.committed(host, incarnation, seq)
    const saved = await this.snapshots.save(rows)
    for (const [at, show] of present.entries()) {
      // Stored already as it was later: by whoever runs beside this, or came after.
      if (!saved.has(show.id)) continue
      show.snapshotSeq = Math.max(show.snapshotSeq, seq)
      const { keys } = rows[at]!
      if (keys === null) continue
      const segment = { seq, newestAt: keys.newestAt, hashes: decodeKeyHashes(keys.hashes) }
      show.inventory.keys.seal(ends[at]!, segment, SCATTER)
    }
  }

  /** Until `seq` of `host` is committed. */
  private async committed(host: ShardHost, incarnation: number, seq: number): Promise<void> {
    for (;;) {
      if (host.incarnation !== incarnation || host.state !== 'open') throw new Interrupted()
      if (host.committedSeq >= seq) return
      await new Promise<void>((resolve) => this.clock.after(COMMIT_POLL_MS, resolve))
    }
  }
}
