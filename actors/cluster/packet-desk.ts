// Takes in what other nodes send: their commands and looks for the shards that are ours, and what became of our own
// commands and looks. A command that is not for us goes back undone.
import type { Command } from '../../core/command.ts'
import type { Outcome, ReplySink } from '../outcome.ts'
import { UNAVAILABLE } from '../shard-host.ts'
import type { ShardPosition } from '../shard-recovery.ts'
import type { ShardRegion } from '../shard-region.ts'
import type { FeedRelay } from './feed-relay.ts'
import type { Handovers } from './handovers.ts'
import type { Outbox } from './outbox.ts'
import type { Answer, Ask, Look, Looked, PacketReceiver } from './packet.ts'
import type { RemoteCommands } from './remote-commands.ts'
import type { Viewed } from './remote-show.ts'
import type { RemoteShows } from './remote-shows.ts'

export interface DeskParts {
  readonly region: ShardRegion
  readonly outbox: Outbox
  readonly relay: FeedRelay
  readonly commands: RemoteCommands
  readonly shows: RemoteShows
  /** Shards that come here, and go from here. */
  readonly handovers: Handovers
  /** The journal of `shard` is known to be committed up to `seq`. */
  readonly committed: (shard: number, seq: number) => void
}

export class PacketDesk implements PacketReceiver {
  private readonly parts: DeskParts

  constructor(parts: DeskParts) {
    this.parts = parts
  }

  ask(from: string, { id, epoch, command }: Ask): void {
    const { region } = this.parts
    const asked = new Asked(this.parts, from, id, epoch)
    if (region.epochOf(region.shardOf(command.show)) === epoch) region.submit(command, asked, 0)
    else asked.elsewhere()
  }

  answer(answer: Answer): void {
    this.parts.committed(answer.shard, answer.seq)
    this.parts.commands.answer(answer)
  }

  elsewhere(id: number, epoch: number): void {
    this.parts.commands.elsewhere(id, epoch)
  }

  look(from: string, { id, show, isFollowing, needs }: Look): void {
    const { region, relay, outbox } = this.parts
    const shard = region.shardOf(show)
    const isOurs = region.epochOf(shard) > 0
    if (!isOurs) return outbox.to(from).looked(id, { shard, seq: 0 }, UNAVAILABLE, false)
    const looked: Viewed = (view, refusal) => {
      if (view !== null && isFollowing) relay.interest(show, from)
      outbox.to(from).looked(id, region.position(show), view ?? refusal, needs === 'whole')
    }
    region.view(show, looked, needs === 'pushed')
  }

  looked(looked: Looked): void {
    this.parts.committed(looked.shard, looked.seq)
    this.parts.shows.looked(looked)
  }

  coming(from: string, position: ShardPosition): void {
    void this.parts.handovers.coming(from, position)
  }

  prepared(shard: number): void {
    this.parts.handovers.answered(shard)
  }

  yours(shard: number): void {
    this.parts.handovers.offered(shard)
  }
}

/** A command of another node on its way: where what becomes of it goes. */
export class Asked implements ReplySink {
  private readonly parts: Pick<DeskParts, 'region' | 'outbox'>
  private readonly from: string
  private readonly id: number
  private readonly epoch: number

  constructor(parts: Pick<DeskParts, 'region' | 'outbox'>, from: string, id: number, epoch: number) {
    this.parts = parts
    this.from = from
    this.id = id
    this.epoch = epoch
  }

  reply(command: Command, outcome: Outcome): void {
    const { shard, seq } = this.parts.region.position(command.show)
    this.parts.outbox.to(this.from).answer({ id: this.id, epoch: this.epoch, shard, seq, outcome })
  }

  /** It was not done, and has to be asked of another node. */
  elsewhere(): void {
    this.parts.outbox.to(this.from).elsewhere(this.id, this.epoch)
  }
}
