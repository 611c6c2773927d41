// Opens a shard that was claimed: rebuilds it from the journal, and tries again for as long as it takes. A damaged
// shard is not served.
import { JOURNAL_PATIENCE_MS, LEASE_MS } from '../core/limits.ts'
import { refuse } from '../core/refusal.ts'
import { type Clock, type Journal, JournalError, type Observer, type ShardHead } from './ports.ts'
import type { ShardHost } from './shard-host.ts'
import { type RecoveredShard, readSealed, recoverShard, type ShardPosition, type Sources } from './shard-recovery.ts'

export const RETRY_MS = 200
/** What was read of a shard before it came is kept for so long. */
const PREPARED_MS = 5_000
const DAMAGED = refuse('unavailable', 'The journal of this show is damaged: its operator has been told.')

export interface OpeningOptions {
  readonly sources: Sources
  readonly clock: Clock
  readonly observer: Observer
  /** The node's id, which is what the journal knows as owner. */
  readonly owner: string
  /** `host` serves in a new epoch. */
  readonly opened: (host: ShardHost) => void
}

export class ShardOpening {
  private readonly options: OpeningOptions
  private readonly journal: Journal
  private stopped = false
  private readonly preparing = new Set<number>()
  /** Shards of others that are about to come, as their journals had them. */
  private readonly prepared = new Map<number, { readonly read: RecoveredShard; readonly cancel: () => void }>()

  constructor(options: OpeningOptions) {
    this.options = options
    this.journal = options.sources.journal
  }

  stop(): void {
    this.stopped = true
    for (const shard of this.prepared.keys()) this.takePrepared(shard)
  }

  /** Memory of `host` is what the journal says. */
  serve(host: ShardHost): void {
    host.open()
    this.options.opened(host)
  }

  /**
   * Reads another node's shard at `position`, so that little is left to read once it is ours. Of several calls for one
   * shard at a time only the first does anything. Rejects where it cannot be read.
   */
  async prepare(position: ShardPosition): Promise<boolean> {
    const { shard } = position
    if (this.preparing.has(shard) || this.stopped) return false
    this.preparing.add(shard)
    try {
      const { sources } = this.options
      const read = await recoverShard(sources, position, this.takePrepared(shard))
      await Promise.all(Array.from(read.shows.values(), (show) => readSealed(sources, show)))
      if (this.stopped) return false
      const cancel = this.options.clock.after(PREPARED_MS, () => this.prepared.delete(shard))
      this.prepared.set(shard, { read, cancel })
      return true
    } finally {
      this.preparing.delete(shard)
    }
  }

  private takePrepared(shard: number): RecoveredShard | null {
    const prepared = this.prepared.get(shard)
    if (prepared === undefined) return null
    prepared.cancel()
    this.prepared.delete(shard)
    return prepared.read
  }

  /** Rebuilds `host` from the journal at `head`. */
  async open(host: ShardHost, head: ShardHead): Promise<void> {
    if (host.state !== 'refusing') host.state = 'waiting'
    host.forget()
    host.crashed = false
    this.losePatienceWith(host)
    try {
      const { shows } = await recoverShard(this.options.sources, head, this.takePrepared(host.shard))
      if (host.epoch !== head.epoch || host.isAway) return
      let replayed = 0
      for (const { id, inventory, lastSeq, snapshotSeq } of shows.values()) {
        host.settle(id, inventory, lastSeq, snapshotSeq)
        if (lastSeq > snapshotSeq) replayed += lastSeq - snapshotSeq
      }
      host.eventsSinceCheckpoint = replayed
      this.serve(host)
    } catch (error) {
      await this.notOpened(host, head, error)
    }
  }

  /** Nobody waits for long for a shard that is not open. */
  losePatienceWith(host: ShardHost): void {
    this.options.clock.after(JOURNAL_PATIENCE_MS, () => {
      if (host.state === 'waiting') host.refuseAll()
    })
  }

  private async notOpened(host: ShardHost, head: ShardHead, error: unknown): Promise<void> {
    const { observer, clock } = this.options
    const facts = { shard: host.shard, error: error instanceof Error ? error.message : String(error) }
    // A newer owner moves frames behind its snapshots: what looks damaged may just be no longer ours.
    const damaged = error instanceof JournalError && error.reason === 'damaged' && (await this.stillOwns(head))
    if (host.epoch !== head.epoch || host.isAway) return
    if (damaged) {
      observer.incident('error', 'a shard is damaged and not served', facts)
      host.state = 'damaged'
      host.refuseAll(DAMAGED)
      return
    }
    observer.incident('warn', 'a shard could not be opened; trying again', facts)
    host.refuseAll()
    clock.after(RETRY_MS, () => {
      if (!this.stopped && host.epoch === head.epoch && !host.isAway) void this.open(host, head)
    })
  }

  private async stillOwns({ shard, epoch }: ShardHead): Promise<boolean> {
    try {
      const leases = await this.journal.renew([shard], this.options.owner, LEASE_MS)
      return leases.some((lease) => lease.epoch === epoch)
    } catch {
      return false
    }
  }
}
