// Which shards are ours: claims them, opens them from the journal, and takes stock again whenever the
// journal's answer got lost, a frame was fenced off, or a bug spoilt what is in memory.
import { JOURNAL_PATIENCE_MS, LEASE_MARGIN_MS, LEASE_MS } from '../core/limits.ts'
import { refuse } from '../core/refusal.ts'
import type { CommitLoop } from './commit-loop.ts'
import { type Clock, type Journal, JournalError, type Observer, type ShardHead } from './ports.ts'
import type { ShardHost } from './shard-host.ts'
import { recoverShard, type Sources } from './shard-recovery.ts'

const RETRY_MS = 200
const DAMAGED = refuse('unavailable', 'The journal of this show is damaged: its operator has been told.')

export interface OwnershipOptions {
  readonly hosts: readonly ShardHost[]
  readonly sources: Sources
  readonly clock: Clock
  readonly observer: Observer
  /** The node's id, which is what the journal knows as owner. */
  readonly owner: string
  /** `host` serves in a new epoch. */
  readonly opened: (host: ShardHost) => void
}

export class Ownership {
  private readonly options: OwnershipOptions
  private readonly journal: Journal
  private readonly loop: CommitLoop
  private readonly owned = new Set<number>()
  private claiming = false
  private lostAt = Number.NEGATIVE_INFINITY
  private stopped = false
  private cancelRenewal: () => void = () => {}
  private renewing = false

  constructor(options: OwnershipOptions, loop: CommitLoop) {
    this.options = options
    this.journal = options.sources.journal
    this.loop = loop
  }

  /** Every shard of this node is open, or known to be damaged. */
  get complete(): boolean {
    return this.options.hosts.every(({ state }) => state === 'open' || state === 'damaged')
  }

  /** Claims every shard; returns when what could be had is open. Keeps trying for the rest. */
  async start(): Promise<void> {
    this.losePatience()
    await this.claimAll()
    this.renewLater()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.cancelRenewal()
    // Before the leases are given up, not after: whoever gets them may answer sooner than the journal does.
    for (const host of this.options.hosts) host.leaseUntil = Number.NEGATIVE_INFINITY
    try {
      await this.journal.release(this.options.owner)
    } catch (error) {
      this.options.observer.incident('warn', 'leases were not given up; they run out', { error: String(error) })
    }
  }

  /** The answer of an append got lost: decide nothing until the journal says what is in it. */
  lost(error: JournalError): void {
    if (this.loop.suspended || this.stopped) return
    this.loop.suspended = true
    this.options.observer.incident('warn', 'the journal did not answer; taking stock', { error: error.message })
    for (const host of this.options.hosts) if (host.state === 'open') host.state = 'waiting'
    this.losePatience()
    // A journal that takes claims and loses appends is not to be asked without pause.
    const now = this.options.clock.elapsed()
    const pauseMs = this.lostAt + RETRY_MS - now
    this.lostAt = now
    if (pauseMs <= 0) void this.claimAll()
    else this.options.clock.after(pauseMs, () => void this.claimAll())
  }

  /** Nobody waits for long for a journal that does not speak. */
  private losePatience(): void {
    this.options.clock.after(JOURNAL_PATIENCE_MS, () => {
      if (this.loop.suspended) for (const host of this.options.hosts) host.refuseAll()
    })
  }

  private losePatienceWith(host: ShardHost): void {
    this.options.clock.after(JOURNAL_PATIENCE_MS, () => {
      if (host.state === 'waiting') host.refuseAll()
    })
  }

  /** Another owner has this shard: say nothing of what is under way, and drop its shows. */
  fenced(host: ShardHost): void {
    this.options.observer.incident('error', 'fenced: this shard has another owner', { shard: host.shard })
    this.owned.delete(host.shard)
    this.close(host)
  }

  /**
   * The lease of `host` was not renewed in time: somebody else may decide by now, so nothing is decided here,
   * and nothing shown, until the journal says whose it is.
   */
  lapsed(host: ShardHost): void {
    if (host.state !== 'open') return
    host.state = 'waiting'
    this.options.observer.incident('warn', 'a lease ran out before it was renewed', { shard: host.shard })
    this.losePatienceWith(host)
    if (!this.renewing) void this.renew()
  }

  /** Memory of `host` cannot be trusted, but all its frames are in the journal. */
  rebuild(host: ShardHost): void {
    this.losePatienceWith(host)
    void this.claimAgain(host)
  }

  /** In a new epoch, as the numbers of the feed start again with what is rebuilt. */
  private async claimAgain(host: ShardHost): Promise<void> {
    try {
      const askedAt = this.options.clock.elapsed()
      const [head] = await this.journal.claim([host.shard], this.options.owner, LEASE_MS)
      if (head === undefined) return this.fenced(host)
      if (head.epoch <= host.epoch) return
      host.resolve(head)
      host.leaseUntil = leaseUntil(askedAt)
      await this.open(host, head)
    } catch (error) {
      this.lost(error instanceof JournalError ? error : new JournalError('lost', String(error)))
    }
  }

  private close(host: ShardHost): void {
    host.state = 'waiting'
    host.forget()
    host.refuseAll()
  }

  private async claimAll(): Promise<void> {
    if (this.claiming) return
    this.claiming = true
    const { hosts, owner, clock } = this.options
    let heads: readonly ShardHead[] | null = null
    let askedAt = 0
    while (heads === null && !this.stopped) {
      askedAt = clock.elapsed()
      try {
        heads = await this.journal.claim(
          hosts.map(({ shard }) => shard),
          owner,
          LEASE_MS
        )
      } catch {
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
      }
    }
    this.claiming = false
    if (heads !== null) await this.takeOver(heads, askedAt)
  }

  private async takeOver(heads: readonly ShardHead[], askedAt: number): Promise<void> {
    const { hosts } = this.options
    this.owned.clear()
    for (const head of heads) this.owned.add(head.shard)
    for (const host of hosts) if (!this.owned.has(host.shard)) this.close(host)
    const opening: Promise<void>[] = []
    for (const head of heads) {
      const host = hosts[head.shard]!
      // Claimed once more meanwhile: that one counts.
      if (head.epoch <= host.epoch) continue
      const intact = host.resolve(head)
      host.leaseUntil = leaseUntil(askedAt)
      if (intact) this.serve(host)
      else opening.push(this.open(host, head))
    }
    this.loop.resume()
    await Promise.all(opening)
  }

  private serve(host: ShardHost): void {
    host.open()
    this.options.opened(host)
  }

  /** Rebuilds `host` from the journal at `head`; a damaged shard is not served. */
  private async open(host: ShardHost, head: ShardHead): Promise<void> {
    if (host.state === 'open' || host.state === 'damaged') host.state = 'waiting'
    host.forget()
    host.crashed = false
    this.losePatienceWith(host)
    try {
      const recovered = await recoverShard(this.options.sources, head)
      if (host.epoch !== head.epoch) return
      let replayed = 0
      for (const { id, inventory, lastSeq, snapshotSeq } of recovered) {
        host.settle(id, inventory, lastSeq, snapshotSeq)
        if (lastSeq > snapshotSeq) replayed += lastSeq - snapshotSeq
      }
      host.eventsSinceCheckpoint = replayed
      this.serve(host)
    } catch (error) {
      await this.notOpened(host, head, error)
    }
  }

  private async notOpened(host: ShardHost, head: ShardHead, error: unknown): Promise<void> {
    const { observer, clock } = this.options
    const facts = { shard: host.shard, error: error instanceof Error ? error.message : String(error) }
    // A newer owner moves frames behind its snapshots: what looks damaged may just be no longer ours.
    const damaged = error instanceof JournalError && error.reason === 'damaged' && (await this.stillOwns(head))
    if (host.epoch !== head.epoch) return
    if (damaged) {
      observer.incident('error', 'a shard is damaged and not served', facts)
      host.state = 'damaged'
      host.refuseAll(DAMAGED)
      return
    }
    observer.incident('warn', 'a shard could not be opened; trying again', facts)
    host.refuseAll()
    clock.after(RETRY_MS, () => {
      if (!this.stopped && host.epoch === head.epoch) void this.open(host, head)
    })
  }

  private async stillOwns({ shard, epoch }: ShardHead): Promise<boolean> {
    try {
      const leases = await this.journal.renew(this.options.owner, LEASE_MS)
      return leases.some((lease) => lease.shard === shard && lease.epoch === epoch)
    } catch {
      return false
    }
  }

  /** Renews at a third of the lease, and asks again for shards that others had. */
  private renewLater(): void {
    if (this.stopped) return
    this.cancelRenewal = this.options.clock.after(LEASE_MS / 3, () => {
      void this.renew().finally(() => this.renewLater())
    })
  }

  private async renew(): Promise<void> {
    const { owner, observer, clock } = this.options
    const epochs = this.options.hosts.map(({ epoch }) => epoch)
    this.renewing = true
    try {
      const askedAt = clock.elapsed()
      const leases = await this.journal.renew(owner, LEASE_MS)
      if (!this.stopped) this.renewed(new Map(leases.map(({ shard, epoch }) => [shard, epoch])), epochs, askedAt)
      await this.claimMissing()
    } catch (error) {
      observer.incident('warn', 'leases could not be renewed', { error: String(error) })
    } finally {
      this.renewing = false
    }
  }

  /** What the journal said of the leases we had, shard by shard with `epochs`, when we asked. */
  private renewed(leases: ReadonlyMap<number, number>, epochs: readonly number[], askedAt: number): void {
    for (const host of this.options.hosts) {
      const { shard, epoch } = host
      // Claimed anew meanwhile: that says more than this answer.
      if (!this.owned.has(shard) || epoch !== epochs[shard]) continue
      if (leases.get(shard) !== epoch) this.fenced(host)
      else {
        const lapsed = host.leaseUntil <= this.options.clock.elapsed()
        const waits = host.state === 'waiting' || host.state === 'refusing'
        host.leaseUntil = leaseUntil(askedAt)
        // Nobody else owned it meanwhile: it goes on as if nothing had been.
        if (lapsed && waits && host.intact && !host.crashed && !this.loop.suspended) this.serve(host)
      }
    }
  }

  /** Asks for shards that others had. */
  private async claimMissing(): Promise<void> {
    const { hosts, owner, clock } = this.options
    const missing = hosts.filter(({ shard }) => !this.owned.has(shard))
    if (missing.length === 0 || this.claiming || this.loop.suspended || this.stopped) return
    const askedAt = clock.elapsed()
    const heads = await this.journal.claim(
      missing.map(({ shard }) => shard),
      owner,
      LEASE_MS
    )
    for (const head of heads) {
      const host = hosts[head.shard]!
      if (head.epoch <= host.epoch) continue
      this.owned.add(head.shard)
      host.resolve(head)
      host.leaseUntil = leaseUntil(askedAt)
      void this.open(host, head)
    }
  }
}

/** How long the node believes in a lease that it asked for at `askedAt`. */
function leaseUntil(askedAt: number): number {
  return askedAt + LEASE_MS - LEASE_MARGIN_MS
}
