// All that a node does on NATS: the connection, the door for booking services, and the events that go out. Without
// NATS, or while it is away, the other doors go on.
import type { Shows } from '../../actors/outcome.ts'
import type { Wire } from '../../actors/ports.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { NatsSettings } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { EventJournal } from '../ports.ts'
import type { RecentWrites } from '../recent-writes.ts'
import { EventPublisher } from './event-publisher.ts'
import { createNatsDoor, type NatsDoor } from './nats-door.ts'
import { createNatsLink } from './nats-link.ts'
import { createNatsWire } from './nats-wire.ts'

export interface NatsParts {
  readonly settings: NatsSettings
  /** This node's id, and what the journal knows it as. */
  readonly node: string
  readonly owner: string
  readonly journal: EventJournal
  /** The plan with this hash. */
  readonly planOf: (hash: string) => Promise<Plan>
  readonly metrics: Metrics
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: () => number
}

export interface Nats {
  /** To the other nodes. */
  readonly wire: Wire
  /** `seq` of `shard` is committed. */
  wake(shard: number, seq: number): void
  /** Lets booking services in; they come when NATS is there. */
  openDoor(shows: Pick<Shows, 'submit'>, recentWrites: RecentWrites): NatsDoor
  /** Once the shows are stopped: sends the last answers, and ends. */
  close(): Promise<void>
}

export function openNats(parts: NatsParts): Nats {
  const { settings, node, owner, journal, planOf, metrics, log, now } = parts
  const link = createNatsLink(settings, node, log)
  const publisher = new EventPublisher({ journal, planOf, owner, settings, observer: metrics })
  const wire = createNatsWire(node, () => link.isConnected)
  link.each((connection) => wire.open(connection))
  link.each((connection) => publisher.open(connection))
  metrics.watch('frontrow_nats_connected', 'Whether NATS is there', () => Number(link.isConnected))
  metrics.watch('frontrow_event_lag_frames', 'Frames whose events this node has yet to publish', () => publisher.lag())
  return {
    wire,
    wake: (shard, seq) => publisher.wake(shard, seq),
    openDoor(shows, recentWrites) {
      const door = createNatsDoor({ shows, recentWrites, node, log, now })
      link.each((connection) => door.open(connection))
      metrics.watch('frontrow_nats_commands', 'Commands over NATS that are not answered yet', () => door.waiting)
      metrics.watch('frontrow_nats_unheard', 'Requests left unheard as answers were not read', () => door.unheard)
      return door
    },
    async close() {
      await publisher.stop()
      await link.close()
    }
  }
}
