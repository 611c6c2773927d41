// One node among others: any of them takes any command and shows any show. What is ours goes to the region here, all
// else to its owner, over one hop at most.
import type { Command } from '../../core/command.ts'
import type { Mail } from '../mailbox.ts'
import type { Diff, Outcome, ReplySink, ShowFace, Shows } from '../outcome.ts'
import type { Member, Observer, Roster, Wire } from '../ports.ts'
import { UNAVAILABLE } from '../shard-host.ts'
import { type RegionCluster, type RegionOptions, type RegionStats, ShardRegion, STOPPING } from '../shard-region.ts'
import { Announcer } from './announcer.ts'
import { FeedRelay } from './feed-relay.ts'
import { Handovers } from './handovers.ts'
import { Membership } from './membership.ts'
import { Outbox } from './outbox.ts'
import { readPacket } from './packet.ts'
import { Asked, PacketDesk } from './packet-desk.ts'
import { RemoteCommands } from './remote-commands.ts'
import type { Viewed } from './remote-show.ts'
import { RemoteShows } from './remote-shows.ts'
import { type Hello, type Owned, Routes } from './routes.ts'

export interface ClusterOptions extends Omit<RegionOptions, 'cluster'> {
  /** The node's name; what the journal knows as owner is this process's alone. */
  readonly node: string
  readonly roster: Roster
  readonly wire: Wire
  /** A younger process has this node's name: this one has to go. */
  readonly replaced: () => void
}

export interface ClusterStats extends RegionStats {
  readonly members: number
  readonly ownedShards: number
  readonly handovers: number
  /** Commands that wait for other nodes. */
  readonly remoteCommands: number
}

export class Cluster implements Shows, RegionCluster {
  readonly region: ShardRegion
  private readonly shards: number
  private readonly observer: Observer
  private readonly wire: Wire
  private readonly routes: Routes
  private readonly announcer: Announcer
  private readonly membership: Membership
  private readonly handovers: Handovers
  private readonly relay: FeedRelay
  private readonly commands: RemoteCommands
  private readonly shows: RemoteShows
  private readonly desk: PacketDesk
  /** By show, how many here watch it. */
  private readonly viewers = new Map<string, number>()
  /** How far the journals of others' shards are known to be committed. */
  private readonly seqs: number[]
  private stopping = false

  constructor(options: ClusterOptions) {
    const { node, shards, clock, observer, wire, roster, feed, replaced } = options
    const damaged = (error: unknown) => this.damaged(error)
    this.shards = shards
    this.observer = observer
    this.wire = wire
    this.seqs = new Array<number>(shards).fill(0)
    const outbox = new Outbox(wire, clock)
    const routes = new Routes(shards)
    this.routes = routes
    const relay = new FeedRelay({ doors: feed, wire, clock, damaged })
    this.relay = relay
    const region = new ShardRegion({ ...options, feed: relay, cluster: this })
    this.region = region
    const owned = () => this.owned()
    const heard = (hello: Hello) => this.heard(hello)
    this.announcer = new Announcer({ node, wire, clock, owned, heard, damaged })
    feed.onBehind((isBehind) => this.announcer.behind(isBehind))
    const connected = () => this.announcer.isConnected
    const changed = () => this.handovers.reconcile()
    const membership = new Membership({ roster, node, shards, clock, observer, connected, changed, replaced })
    this.membership = membership
    const handing = { region, membership, outbox, routes, node, shards, clock, observer, connected }
    this.handovers = new Handovers(handing)
    const answered = (mail: Mail, outcome: Outcome, epoch: number) => this.answered(mail, outcome, epoch)
    const refused = (mail: Mail, outcome: Outcome) => region.answer(mail, outcome, null)
    const commands = new RemoteCommands({ outbox, routes, clock, answered, refused })
    this.commands = commands
    const planOf = (hash: string) => region.plans.get(hash)
    const shardOf = (show: string) => region.shardOf(show)
    const shows = new RemoteShows({ outbox, routes, wire, clock, feed, planOf, shardOf, damaged })
    this.shows = shows
    const committed = (shard: number, seq: number) => {
      if (!(this.seqs[shard]! >= seq)) this.seqs[shard] = seq
    }
    const { handovers } = this
    this.desk = new PacketDesk({ region, outbox, relay, commands, shows, handovers, committed })
  }

  /** Joins; returns when the shards that fall to this node serve. */
  async start(): Promise<void> {
    this.relay.attach(this.region)
    this.wire.receive((bytes) => {
      try {
        readPacket(bytes, this.desk)
      } catch (error) {
        this.damaged(error)
      }
    })
    this.announcer.start()
    await this.membership.start()
    await this.region.start()
  }

  /** Gives everything to the others, as far as there are any, while all goes on. */
  async drain(): Promise<void> {
    await this.membership.leave()
    await this.handovers.emptied()
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.handovers.stop()
    await this.region.stop()
    this.commands.refuseAll(STOPPING)
    this.shows.stop()
    this.announcer.stop()
    await this.membership.stop()
  }

  get members(): readonly Member[] {
    return this.membership.members
  }

  /** It is to stay, what falls to it serves, and others can reach it where there are any. */
  get ready(): boolean {
    const isReachable = this.members.length < 2 || this.announcer.isConnected
    return this.region.ready && !this.membership.isDraining && isReachable
  }

  stats(): ClusterStats {
    const members = this.members.length
    const remoteCommands = this.commands.size
    const { count: handovers } = this.handovers
    return { ...this.region.stats(), members, ownedShards: this.owned().length, handovers, remoteCommands }
  }

  /** The shards of this node, each with its epoch. */
  owned(): Owned {
    const owned: [number, number][] = []
    for (let shard = 0; shard < this.shards; shard++) {
      const epoch = this.region.epochOf(shard)
      if (epoch > 0) owned.push([shard, epoch])
    }
    return owned
  }

  submit(command: Command, sink: ReplySink, tag: number): void {
    const shard = this.region.shardOf(command.show)
    if (this.stopping || this.region.epochOf(shard) > 0) this.region.submit(command, sink, tag)
    else this.commands.submit({ command, sink, tag }, shard)
  }

  view(show: string, done: Viewed): void {
    const isOurs = this.stopping || this.isOurs(show)
    const seen: Viewed = (view, refusal) => {
      // It came or went while somebody looked: whoever has it now knows.
      const hasMoved = !this.stopping && this.isOurs(show) !== isOurs
      if (hasMoved && refusal?.code === 'unavailable') this.view(show, done)
      else done(view, refusal)
    }
    if (isOurs) this.region.view(show, seen)
    else this.shows.of(show).look(seen)
  }

  watch(show: string, done: Viewed): void {
    const before = this.viewers.get(show) ?? 0
    this.viewers.set(show, before + 1)
    if (before === 0) {
      // Also where it is another's: should it come here, its viewers get their snapshot.
      this.region.follow(show)
      if (!this.isOurs(show)) this.shows.follow(show)
    }
    this.view(show, done)
  }

  unwatch(show: string): void {
    const left = (this.viewers.get(show) ?? 0) - 1
    if (left > 0) {
      this.viewers.set(show, left)
      return
    }
    this.viewers.delete(show)
    this.region.unwatch(show)
    this.shows.unfollow(show)
  }

  diffsSince(show: string, epoch: number, seq: number): readonly Diff[] | null {
    const remote = this.shows.followed(show)
    return remote === null ? this.region.diffsSince(show, epoch, seq) : remote.since(epoch, seq)
  }

  position(show: string): { shard: number; seq: number } {
    const shard = this.region.shardOf(show)
    return this.region.epochOf(shard) > 0 ? this.region.position(show) : { shard, seq: this.seqs[shard]! }
  }

  wanted(shard: number): boolean {
    return this.membership.wants(shard)
  }

  /** Whoever asked from another node looks again, and asks the next one: a command makes one hop at most. */
  elsewhere(mail: Mail): void {
    if (mail.sink instanceof Asked) mail.sink.elsewhere()
    else this.commands.submit(mail, this.region.shardOf(mail.command.show))
  }

  changed(): void {
    for (const [shard, epoch] of this.owned()) this.routes.ours(shard, epoch)
    for (const { command, sink, tag } of this.commands.takeBack((shard) => this.region.epochOf(shard) > 0)) {
      this.region.submit(command, sink, tag)
    }
    this.shows.giveBack((show) => this.isOurs(show))
    this.relay.forget((show) => !this.isOurs(show))
    for (const show of this.viewers.keys()) {
      if (this.isOurs(show)) this.shows.unfollow(show)
      else if (this.shows.followed(show) === null) this.shows.follow(show).renew()
    }
    this.announcer.announce()
  }

  private isOurs(show: string): boolean {
    return this.region.epochOf(this.region.shardOf(show)) > 0
  }

  private heard(hello: Hello): void {
    this.relay.behind(hello.address, hello.behind)
    for (const shard of this.routes.heard(hello)) {
      this.handovers.answered(shard)
      this.commands.moved(shard)
      this.shows.moved(shard)
    }
  }

  /** An outcome is told with the face of its show, which is asked for once. */
  private answered(mail: Mail, outcome: Outcome, epoch: number): void {
    const needsFace = outcome.kind !== 'refused' || outcome.seats !== undefined
    if (!needsFace) return this.region.answer(mail, outcome, null)
    const remote = this.shows.of(mail.command.show)
    const tell = (face: ShowFace) => this.region.answer(mail, outcome, { ...face, epoch })
    if (remote.face !== null) return tell(remote.face)
    remote.look(() => {
      if (remote.face === null) this.region.answer(mail, UNAVAILABLE, null)
      else tell(remote.face)
    })
  }

  private damaged(error: unknown): void {
    this.observer.incident('warn', 'another node said what makes no sense', { error: String(error) })
  }
}
