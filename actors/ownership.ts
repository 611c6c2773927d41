// Which shards are ours: claims those that are wanted, gives up those that another node is to have, and takes stock
// again whenever the journal's answer got lost, a frame was fenced off, or a bug spoilt what is in memory.
import { JOURNAL_PATIENCE_MS, LEASE_MARGIN_MS, LEASE_MS } from '../core/limits.ts'
import type { CommitLoop } from './commit-loop.ts'
import { type Journal, JournalError, type ShardHead, type ShardLease } from './ports.ts'
import type { ShardHost } from './shard-host.ts'
import { type OpeningOptions, RETRY_MS, ShardOpening } from './shard-opening.ts'
import type { ShardPosition } from './shard-recovery.ts'

/** How long a hand-over waits for frames under way before it is called off. */
const QUIET_MS_MAX = 1_000
const QUIET_POLL_MS = 1

export interface OwnershipOptions extends OpeningOptions {
  readonly hosts: readonly ShardHost[]
  /** Whether `shard` is to be this node's, as things stand. */
  readonly wanted: (shard: number) => boolean
  /** Other shards are ours, or in other epochs. */
  readonly changed: () => void
}

export class Ownership {
  private readonly options: OwnershipOptions
  private readonly journal: Journal
  private readonly loop: CommitLoop
  private readonly opening: ShardOpening
  private readonly owned = new Set<number>()
  private claiming = false
  private claimingMissing = false
  private lostAt = Number.NEGATIVE_INFINITY
  private stopped = false
  private cancelRenewal: () => void = () => {}
  private renewing = false
  /** The journal answered what it was asked last. */
  private isHeard = true

  constructor(options: OwnershipOptions, loop: CommitLoop) {
    this.options = options
    this.journal = options.sources.journal
    this.loop = loop
    this.opening = new ShardOpening(options)
  }

  /** Every shard that is to be this node's is open, or known to be damaged. */
  get complete(): boolean {
    const { hosts, wanted } = this.options
    return hosts.every(({ shard, state }) => state === 'open' || state === 'damaged' || !wanted(shard))
  }

  owns(shard: number): boolean {
    return this.owned.has(shard)
  }

  /** Claims every shard that is wanted; returns when what could be had is open. Keeps trying for the rest. */
  async start(): Promise<void> {
    for (const host of this.options.hosts) if (!this.options.wanted(host.shard)) host.state = 'away'
    this.losePatience()
    await this.claimAll()
    this.renewLater()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.opening.stop()
    this.cancelRenewal()
    // Before the leases are given up, not after: whoever gets them may answer sooner than the journal does.
    for (const host of this.options.hosts) host.leaseUntil = Number.NEGATIVE_INFINITY
    await this.giveUp(this.options.hosts.filter(({ shard }) => this.owned.has(shard)))
  }

  /** The answer of an append got lost: decide nothing until the journal says what is in it. */
  lost(error: JournalError): void {
    if (this.loop.suspended || this.stopped) return
    this.loop.suspended = true
    this.isHeard = false
    this.options.observer.incident('warn', 'the journal did not answer; taking stock', { error: error.message })
    for (const host of this.options.hosts) if (host.state === 'open' || host.state === 'leaving') host.state = 'waiting'
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
      if (this.loop.suspended) for (const host of this.options.hosts) if (!host.isAway) host.refuseAll()
    })
  }

  /** Another owner has this shard: say nothing of what is under way, and drop its shows. */
  fenced(host: ShardHost): void {
    this.options.observer.incident('error', 'fenced: this shard has another owner', { shard: host.shard })
    this.owned.delete(host.shard)
    this.close(host)
    this.options.changed()
  }

  /**
   * The lease of `host` was not renewed in time: somebody else may decide by now, so nothing is decided here,
   * and nothing shown, until the journal says whose it is.
   */
  lapsed(host: ShardHost): void {
    if (host.state !== 'open') return
    host.state = 'waiting'
    this.options.observer.incident('warn', 'a lease ran out before it was renewed', { shard: host.shard })
    this.opening.losePatienceWith(host)
    if (!this.renewing) void this.renew()
  }

  /** Memory of `host` cannot be trusted, but all its frames are in the journal. */
  rebuild(host: ShardHost): void {
    this.opening.losePatienceWith(host)
    void this.claimAgain(host)
  }

  /** In a new epoch, as the numbers of the feed start again with what is rebuilt. */
  private async claimAgain(host: ShardHost): Promise<void> {
    try {
      const { said, askedAt } = await this.ask(() => this.journal.claim([host.shard], this.options.owner, LEASE_MS))
      const [head] = said
      if (head === undefined) return this.fenced(host)
      if (head.epoch <= host.epoch) return
      host.resolve(head)
      host.leaseUntil = leaseUntil(askedAt)
      this.options.changed()
      await this.opening.open(host, head)
    } catch (error) {
      this.lost(error instanceof JournalError ? error : new JournalError('lost', String(error)))
    }
  }

  /** What is known here of a shard that is another's says nothing. */
  private close(host: ShardHost): void {
    host.forget()
    host.leave()
  }

  private async claimAll(): Promise<void> {
    if (this.claiming) return
    this.claiming = true
    const { hosts, owner, wanted, clock } = this.options
    let heads: readonly ShardHead[] | null = null
    let askedAt = 0
    while (heads === null && !this.stopped) {
      const shards = hosts.map(({ shard }) => shard).filter((shard) => this.owned.has(shard) || wanted(shard))
      try {
        const answer = await this.ask(() => this.journal.claim(shards, owner, LEASE_MS))
        askedAt = answer.askedAt
        heads = answer.said
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
      if (intact) this.opening.serve(host)
      else opening.push(this.opening.open(host, head))
    }
    this.options.changed()
    this.loop.resume()
    await Promise.all(opening)
  }

  /** Renews at a third of the lease, and asks again for shards that others had. */
  private renewLater(): void {
    if (this.stopped) return
    this.cancelRenewal = this.options.clock.after(LEASE_MS / 3, () => {
      void this.renew().finally(() => this.renewLater())
    })
  }

  private async renew(): Promise<void> {
    const { owner, observer } = this.options
    const epochs = this.options.hosts.map(({ epoch }) => epoch)
    this.renewing = true
    try {
      const { said: leases, askedAt } = await this.ask(() => this.journal.renew([...this.owned], owner, LEASE_MS))
      if (!this.stopped) this.renewed(new Map(leases.map(({ shard, epoch }) => [shard, epoch])), epochs, askedAt)
      await this.claimMissing()
    } catch (error) {
      observer.incident('warn', 'leases could not be renewed', { error: String(error) })
    } finally {
      this.renewing = false
    }
  }

  /**
   * All that begins or prolongs leases. Where an answer before did not come, first something that changes nothing: what
   * is heard there and not here would keep the shards from everyone.
   */
  private async ask<T>(what: () => Promise<T>): Promise<{ readonly said: T; readonly askedAt: number }> {
    if (!this.isHeard) await this.journal.renew([], this.options.owner, LEASE_MS)
    this.isHeard = false
    const askedAt = this.options.clock.elapsed()
    const said = await what()
    this.isHeard = true
    return { said, askedAt }
  }

  /** What the journal said of the leases we had, shard by shard with `epochs`, when we asked. */
  private renewed(leases: ReadonlyMap<number, number>, epochs: readonly number[], askedAt: number): void {
    for (const host of this.options.hosts) {
      const { shard, epoch } = host
      // Claimed anew meanwhile: that says more than this answer.
      if (!this.owned.has(shard) || epoch !== epochs[shard]) continue
      if (leases.get(shard) !== epoch) this.fenced(host)
      else {
        const waits = host.state === 'waiting' || host.state === 'refusing'
        host.leaseUntil = leaseUntil(askedAt)
        // Nobody else owned it meanwhile, and memory is what the journal says: whatever it waited for, it goes on.
        if (waits && host.intact && !host.crashed && !this.loop.suspended) this.opening.serve(host)
      }
    }
  }

  /** Reads `position.shard` while it is another's, so that it opens the sooner when it comes. */
  async prepare(position: ShardPosition): Promise<boolean> {
    const isAnothers = this.options.hosts[position.shard]?.isAway === true
    return isAnothers && this.opening.prepare(position)
  }

  /** Asks for those of `shards` that are to be ours, and that others had. */
  async claimMissing(shards: Iterable<number> = this.options.hosts.keys()): Promise<void> {
    const { hosts, owner, wanted } = this.options
    const missing = [...shards].filter((shard) => !this.owned.has(shard) && wanted(shard))
    if (missing.length === 0 || this.claiming || this.claimingMissing || this.loop.suspended || this.stopped) return
    this.claimingMissing = true
    try {
      const { said: heads, askedAt } = await this.ask(() => this.journal.claim(missing, owner, LEASE_MS))
      for (const head of heads) {
        const host = hosts[head.shard]!
        if (head.epoch <= host.epoch) continue
        this.owned.add(head.shard)
        host.resolve(head)
        host.leaseUntil = leaseUntil(askedAt)
        void this.opening.open(host, head)
      }
      if (heads.length > 0) this.options.changed()
    } finally {
      this.claimingMissing = false
    }
  }

  /**
   * Gives `host` up in order: nothing more is decided, what is under way is committed and told, and whoever is next
   * may claim it. Who asks meanwhile waits, and is sent on. False when it did not come about.
   */
  async handOff(host: ShardHost): Promise<boolean> {
    const { clock } = this.options
    const isServing = this.owned.has(host.shard) && host.state === 'open'
    if (!isServing || this.loop.suspended || this.stopped) return false
    const { epoch } = host
    const until = clock.elapsed() + QUIET_MS_MAX
    const isOurs = () => host.state === 'leaving' && host.epoch === epoch && !this.loop.suspended && !host.crashed
    host.state = 'leaving'
    while (host.underway && isOurs() && clock.elapsed() < until) {
      await new Promise<void>((resolve) => clock.after(QUIET_POLL_MS, resolve))
    }
    if (!isOurs()) return false
    if (host.underway) {
      host.open()
      return false
    }
    // Before it is given up, not after: whoever gets it may answer sooner than the journal does, which may not at all.
    host.leaseUntil = Number.NEGATIVE_INFINITY
    this.owned.delete(host.shard)
    this.close(host)
    await this.giveUp([{ shard: host.shard, epoch }])
    this.options.changed()
    return true
  }

  /** Leases that could not be given up run out. */
  private async giveUp(leases: readonly ShardLease[]): Promise<void> {
    if (leases.length === 0) return
    try {
      await this.journal.release(leases.map(({ shard, epoch }) => ({ shard, epoch })))
    } catch (error) {
      this.options.observer.incident('warn', 'leases were not given up; they run out', { error: String(error) })
    }
  }
}

/** How long the node believes in a lease that it asked for at `askedAt`. */
function leaseUntil(askedAt: number): number {
  return askedAt + LEASE_MS - LEASE_MARGIN_MS
}
