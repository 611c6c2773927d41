// The node's shards: finds the one that owns a show, gives its commands to it, loads shows that are
// asked for, and pushes what changed. The doors' only way to the shows.
import type { Command } from '../core/command.ts'
import type { SealedKey } from '../core/idempotency-memory.ts'
import { type Refusal, refuse } from '../core/refusal.ts'
import { shardOf } from '../core/shard.ts'
import { CommitLoop } from './commit-loop.ts'
import { HoldTimers } from './hold-timers.ts'
import type { Mail } from './mailbox.ts'
import { Maintenance } from './maintenance.ts'
import type { Diff, FeedSink, Outcome, ReplySink, ShowFace, Shows, ShowView } from './outcome.ts'
import { Ownership } from './ownership.ts'
import { PlanCache } from './plan-cache.ts'
import type { Clock, Journal, Observer, PlanStore, SnapshotStore } from './ports.ts'
import type { ResidentShow } from './resident-show.ts'
import { BUSY, ShardHost, UNAVAILABLE } from './shard-host.ts'
import type { ShardPosition } from './shard-recovery.ts'
import type { ShardServices } from './shard-services.ts'
import { type LoadResult, ShowLoader } from './show-loader.ts'
import { ShowPushes } from './show-pushes.ts'

export interface RegionOptions {
  readonly shards: number
  /** This node's id. */
  readonly owner: string
  readonly journal: Journal
  readonly snapshots: SnapshotStore
  readonly plans: PlanStore
  readonly clock: Clock
  readonly observer: Observer
  readonly feed: FeedSink
  /** Where there are other nodes: what is to be ours, and where the rest goes. Without it every shard is ours. */
  readonly cluster?: RegionCluster
  /** Keys of a show that stay in memory; `KEYS_SEALED_AT` where nothing is said. */
  readonly keysSealedAt?: number
  /** `shard` serves here, in a new epoch, from the frame `seq` on. */
  readonly opened?: (shard: number, seq: number) => void
}

export interface RegionCluster {
  /** Whether `shard` is to be this node's, as things stand. */
  wanted(shard: number): boolean
  /** The show of `mail` is another node's. */
  elsewhere(mail: Mail): void
  /** Other shards are ours, or in other epochs. */
  changed(): void
}

export interface RegionStats {
  readonly residentShows: number
  readonly liveHolds: number
  readonly mailboxDepth: number
  readonly watchedShows: number
  readonly openShards: number
  readonly damagedShards: number
}

export const STOPPING = refuse('unavailable', 'This server is going down: connect again.', { retryAfterMs: 1_000 })
/** How long a stop waits for what is under way. */
const FLUSH_MS = 5_000
const FLUSH_POLL_MS = 5

export interface ShardStats {
  readonly shard: number
  readonly epoch: number
  /** Position of the last committed frame. */
  readonly seq: number
  readonly mailboxDepth: number
}

export class ShardRegion implements Shows, ShardServices {
  readonly feed: FeedSink
  readonly plans: PlanCache
  private readonly hosts: readonly ShardHost[]
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly loop: CommitLoop
  private readonly cluster: RegionCluster | undefined
  private readonly ownership: Ownership
  private readonly maintenance: Maintenance
  private readonly loader: ShowLoader
  private readonly timers: HoldTimers
  private readonly pushes: ShowPushes
  private stopping = false

  constructor(options: RegionOptions) {
    const { shards, owner, journal, snapshots, clock, observer } = options
    this.feed = options.feed
    this.clock = clock
    this.observer = observer
    this.plans = new PlanCache(options.plans)
    this.hosts = Array.from({ length: shards }, (_, shard) => new ShardHost(shard, this))
    const sources = { journal, snapshots, plans: this.plans }
    this.loader = new ShowLoader(sources, clock, observer)
    this.timers = new HoldTimers(clock)
    this.loop = new CommitLoop(journal, clock, observer, {
      lost: (error) => this.ownership.lost(error),
      fenced: (host) => this.ownership.fenced(host),
      lapsed: (host) => this.ownership.lapsed(host),
      settled: (host) => this.ownership.rebuild(host)
    })
    const residentOf = (showId: string) => this.hostOf(showId).residents.get(showId)
    const isAway = (showId: string) => this.hostOf(showId).isAway
    const view: Shows['view'] = (showId, done) => this.view(showId, done)
    this.pushes = new ShowPushes({ feed: this.feed, clock, observer, residentOf, isAway, view })
    this.cluster = options.cluster
    const opened = (host: ShardHost) => {
      options.opened?.(host.shard, host.seq)
      this.refresh(host)
      this.loader.loadAllSealed(host)
    }
    const wanted = (shard: number) => this.cluster?.wanted(shard) ?? true
    const changed = () => this.cluster?.changed()
    const owning = { hosts: this.hosts, sources, clock, observer, owner, opened, wanted, changed }
    this.ownership = new Ownership(owning, this.loop)
    const { keysSealedAt } = options
    this.maintenance = new Maintenance(this.hosts, { journal, snapshots, clock, observer, keysSealedAt })
  }

  /** Takes the shards over; returns when they serve. */
  async start(): Promise<void> {
    await this.ownership.start()
    this.maintenance.start()
  }

  /** Takes nothing more, brings what is under way to its end, leaves snapshots, gives the shards up. */
  async stop(): Promise<void> {
    this.stopping = true
    const until = this.clock.elapsed() + FLUSH_MS
    while (!this.loop.idle && !this.loop.suspended && this.clock.elapsed() < until) {
      await new Promise<void>((resolve) => this.clock.after(FLUSH_POLL_MS, resolve))
    }
    // Whoever still waits, as the journal is silent or a show is being loaded, does not wait for the next server.
    this.loader.stop()
    for (const host of this.hosts) host.refuseAll(STOPPING)
    this.timers.stop()
    await this.maintenance.stop()
    await this.ownership.stop()
  }

  /** Every shard that is to be ours is open or known to be damaged, and the journal answers. */
  get ready(): boolean {
    return !this.stopping && !this.loop.suspended && this.ownership.complete
  }

  /** The shard's epoch, where it is ours; 0 where it is not. */
  epochOf(shard: number): number {
    return this.ownership.owns(shard) ? this.hosts[shard]!.epoch : 0
  }

  shardOf(showId: string): number {
    return shardOf(showId, this.hosts.length)
  }

  /** Claims what is to be ours and is free: of `shards`, or of all there are. */
  async claimWanted(shards?: Iterable<number>): Promise<void> {
    await this.ownership.claimMissing(shards)
  }

  /** Stores what is in memory of `shard`, while it serves: the next owner has the less to read. Answers where it stands. */
  async checkpoint(shard: number): Promise<ShardPosition> {
    const host = this.hosts[shard]!
    await this.maintenance.checkpoint(host)
    return { shard, seq: host.committedSeq, snapshotSeq: host.snapshotSeq }
  }

  /**
   * Reads another node's shard that is about to come. False where there is nothing to read, or it is being read.
   * Rejects with `JournalError`.
   */
  prepare(position: ShardPosition): Promise<boolean> {
    return this.ownership.prepare(position)
  }

  /** Gives `shard` up in order, so that another node may have it at once. False when that did not come about. */
  handOff(shard: number): Promise<boolean> {
    return this.ownership.handOff(this.hosts[shard]!)
  }

  /** The shards that are ours. */
  shardStats(): ShardStats[] {
    return this.hosts
      .filter(({ shard }) => this.ownership.owns(shard))
      .map(({ shard, epoch, committedSeq: seq, mailbox }) => ({ shard, epoch, seq, mailboxDepth: mailbox.size }))
  }

  stats(): RegionStats {
    let residentShows = 0
    let liveHolds = 0
    let mailboxDepth = 0
    for (const host of this.hosts) {
      residentShows += host.residents.size
      mailboxDepth += host.mailbox.size
      for (const show of host.residents.values()) liveHolds += show.inventory.holds.size
    }
    const openShards = this.hosts.filter(({ state }) => state === 'open').length
    const damagedShards = this.hosts.filter(({ state }) => state === 'damaged').length
    return { residentShows, liveHolds, mailboxDepth, watchedShows: this.pushes.watchedShows, openShards, damagedShards }
  }

  submit(command: Command, sink: ReplySink, tag: number): void {
    const mail = { command, sink, tag }
    if (this.stopping) this.answer(mail, STOPPING, null)
    else this.hostOf(command.show).post(mail)
  }

  /** `asPushed`: a watched show may stand where it was last pushed; its statuses may be further along. */
  view(showId: string, done: (view: ShowView | null, refusal: Refusal | null) => void, asPushed = false): void {
    const host = this.hostOf(showId)
    if (host.leaseUntil <= this.clock.elapsed()) {
      this.ownership.lapsed(host)
      return done(null, UNAVAILABLE)
    }
    const show = host.residents.get(showId)
    if (show !== undefined) {
      show.usedAt = this.clock.now()
      if (!show.feed.exists) return done(null, null)
      if (!asPushed || show.feed.watchers === 0) this.pushes.push(show)
      return done(show.feed, null)
    }
    const again = (result: LoadResult) => {
      if (result === 'loaded') this.view(showId, done, asPushed)
      else done(null, result === 'full' ? BUSY : UNAVAILABLE)
    }
    if (host.isPausing && !this.stopping) return this.loader.untilServing(host, again)
    if (host.state !== 'open') return done(null, UNAVAILABLE)
    if (this.loader.knownAbsent(showId)) return done(null, null)
    this.loader.load(host, showId, again)
  }

  watch(showId: string, done: (view: ShowView | null, refusal: Refusal | null) => void): void {
    this.follow(showId)
    this.view(showId, done)
  }

  /** `watch`, for one who looks later. */
  follow(showId: string): void {
    this.pushes.setWatchers(showId, this.watchers(showId) + 1)
  }

  unwatch(showId: string): void {
    this.pushes.setWatchers(showId, this.watchers(showId) - 1)
  }

  diffsSince(showId: string, epoch: number, seq: number): readonly Diff[] | null {
    const show = this.hostOf(showId).residents.get(showId)
    if (show === undefined) return null
    this.pushes.push(show)
    return show.feed.since(epoch, seq)
  }

  position(showId: string): { shard: number; seq: number } {
    const { shard, committedSeq } = this.hostOf(showId)
    return { shard, seq: committedSeq }
  }

  answer(mail: Mail, outcome: Outcome, show: ShowFace | null): void {
    this.observer.answered(mail.command.op, outcome.kind === 'refused' ? outcome.code : 'ok')
    mail.sink.reply(mail.command, outcome, show, mail.tag)
  }

  away(mail: Mail): void {
    if (this.stopping) this.answer(mail, STOPPING, null)
    else if (this.cluster === undefined) this.answer(mail, UNAVAILABLE, null)
    else this.cluster.elsewhere(mail)
  }

  wake(shard: number): void {
    this.loop.wake(this.hosts[shard]!)
  }

  schedule(shard: number, show: ResidentShow): void {
    this.timers.schedule(this.hosts[shard]!, show)
  }

  touched(show: ResidentShow): void {
    this.pushes.touched(show)
  }

  load(shard: number, showId: string, mail: Mail): void {
    const host = this.hosts[shard]!
    this.loader.load(host, showId, (result) => this.postAgain(host, mail, result))
  }

  loadPlan(shard: number, hash: string, mail: Mail): void {
    this.loader.loadPlan(hash, (result) => this.postAgain(this.hosts[shard]!, mail, result))
  }

  loadSealed(shard: number, show: ResidentShow, mail: Mail): void {
    const host = this.hosts[shard]!
    this.loader.loadSealed(show, (result) => this.postAgain(host, mail, result))
  }

  loadKey(shard: number, show: ResidentShow, asked: SealedKey, mail: Mail): void {
    const host = this.hosts[shard]!
    this.loader.loadKey(host, show, asked, (result) => this.postAgain(host, mail, result))
  }

  knownAbsent(showId: string): boolean {
    return this.loader.knownAbsent(showId)
  }

  present(showId: string): void {
    this.loader.present(showId)
  }

  watchers(showId: string): number {
    return this.pushes.watchers(showId)
  }

  crashed(shard: number, command: Command | null, error: unknown): void {
    const facts = { shard, show: command?.show, op: command?.op, error: String(error) }
    this.observer.incident('error', 'a bug stopped a shard; it is rebuilt from its journal', facts)
  }

  private hostOf(showId: string): ShardHost {
    return this.hosts[this.shardOf(showId)]!
  }

  private postAgain(host: ShardHost, mail: Mail, result: LoadResult): void {
    if (this.stopping) this.answer(mail, STOPPING, null)
    else if (result === 'loaded') host.post(mail)
    else this.answer(mail, result === 'full' ? BUSY : UNAVAILABLE, null)
  }

  /** A shard serves in a new epoch: its viewers get snapshots of it. */
  private refresh(host: ShardHost): void {
    this.loader.forgetAbsent()
    this.pushes.refresh((showId) => this.hostOf(showId) === host)
  }
}
