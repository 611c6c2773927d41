// Snapshots: of a shard's changed shows, so that recovery replays little and the journal can move into
// history behind them; and of single shows, so that they can leave memory. A snapshot is stored only
// once everything in it is committed: memory runs ahead of the journal, the store never does.

import { encodeSnapshot } from '../core/codec/snapshot-codec.ts'
import { CHECKPOINT_EVENTS, PASSIVATE_AFTER_MS, RESIDENT_SHOWS_MAX } from '../core/limits.ts'
import { nextExpiry } from '../core/rules/expire.ts'
import type { Clock, Journal, SnapshotRow, SnapshotStore } from './ports.ts'
import { idle, type ResidentShow } from './resident-show.ts'
import type { ShardHost } from './shard-host.ts'

/** Shows whose snapshots are taken in one go: about 5 ms of work between two batches. */
const SNAPSHOTS_AT_ONCE = 64
const COMMIT_POLL_MS = 2

/** Something happened on the way (a new epoch, a lost journal): leave it, the next round does it. */
class Interrupted extends Error {}

export class Checkpoints {
  private readonly journal: Journal
  private readonly snapshots: SnapshotStore
  private readonly clock: Clock

  constructor(journal: Journal, snapshots: SnapshotStore, clock: Clock) {
    this.journal = journal
    this.snapshots = snapshots
    this.clock = clock
  }

  /** Whether enough happened since the last checkpoint to pay for one. */
  due(host: ShardHost): boolean {
    if (host.eventsSinceCheckpoint < CHECKPOINT_EVENTS) return false
    // A snapshot holds every remembered key: wait until as much happened as it costs to write.
    let remembered = 0
    for (const show of host.residents.values()) remembered += show.inventory.keys.size
    return host.eventsSinceCheckpoint >= remembered / 2
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
    const rows = present.map((show): SnapshotRow => {
      const { inventory } = show
      const expiry = inventory.holds.size === 0 ? 0 : nextExpiry(inventory)
      return { show: show.id, shard: host.shard, seq, nextExpiry: expiry, bytes: encodeSnapshot(inventory) }
    })
    await this.committed(host, incarnation, seq)
    await this.snapshots.save(rows)
    for (const show of present) show.snapshotSeq = Math.max(show.snapshotSeq, seq)
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
