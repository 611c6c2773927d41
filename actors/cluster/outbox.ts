// What this node has for others, packed: everything for one of them leaves as one message at the end of the turn.
import { PACKET_BYTES_MAX } from '../../core/limits.ts'
import type { Clock, Wire } from '../ports.ts'
import { PacketWriter } from './packet.ts'

/** Packets that are kept for the next turn, at the most: one a node. */
const SPARE_MAX = 16

/** Who wants to hear that an entry reached nobody; called with its id. */
export type Undelivered = (id: number) => void

interface Waiting {
  readonly writer: PacketWriter
  /** Ids of entries that somebody waits for, and who that is. */
  ids: number[]
  owners: Undelivered[]
}

export class Outbox {
  private readonly wire: Wire
  private readonly clock: Clock
  private readonly waiting = new Map<string, Waiting>()
  private dirty: [string, Waiting][] = []
  /** Sent, and to be used again. */
  private readonly spare: Waiting[] = []

  constructor(wire: Wire, clock: Clock) {
    this.wire = wire
    this.clock = clock
  }

  /** Where the next entry for `to` is written. */
  to(address: string): PacketWriter {
    return this.waitingFor(address).writer
  }

  /** The same, of an entry `id` whose sender is told when nobody was there to get it. */
  toWatched(address: string, id: number, undelivered: Undelivered): PacketWriter {
    const waiting = this.waitingFor(address)
    waiting.ids.push(id)
    waiting.owners.push(undelivered)
    return waiting.writer
  }

  private waitingFor(address: string): Waiting {
    let waiting = this.waiting.get(address)
    if (waiting === undefined) {
      waiting = this.spare.pop() ?? { writer: new PacketWriter(this.wire.address), ids: [], owners: [] }
      this.waiting.set(address, waiting)
      this.dirty.push([address, waiting])
      if (this.dirty.length === 1) this.clock.soon(() => this.flush())
    } else if (waiting.writer.length >= PACKET_BYTES_MAX) this.send(address, waiting)
    return waiting
  }

  private flush(): void {
    const dirty = this.dirty
    this.dirty = []
    this.waiting.clear()
    for (const [address, waiting] of dirty) {
      this.send(address, waiting)
      if (this.spare.length < SPARE_MAX) this.spare.push(waiting)
    }
  }

  private send(address: string, waiting: Waiting): void {
    const { ids, owners } = waiting
    waiting.ids = []
    waiting.owners = []
    this.wire.send(address, waiting.writer.take(), () => {
      for (let at = 0; at < ids.length; at++) owners[at]!(ids[at]!)
    })
  }
}
