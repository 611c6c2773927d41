// What a node does on NATS besides telling events: the connection, the door for booking services, and what goes to other
// nodes. Without NATS, or while it is away, the other doors go on.
import type { Shows } from '../../actors/outcome.ts'
import type { Wire } from '../../actors/ports.ts'
import type { NatsSettings } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { RecentWrites } from '../recent-writes.ts'
import { createNatsDoor, type NatsDoor } from './nats-door.ts'
import { createNatsLink } from './nats-link.ts'
import { createNatsWire } from './nats-wire.ts'

export interface NatsParts {
  readonly settings: NatsSettings
  /** This node's id. */
  readonly node: string
  readonly metrics: Metrics
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: () => number
}

export interface Nats {
  /** To the other nodes. */
  readonly wire: Wire
  /** Lets booking services in; they come when NATS is there. */
  openDoor(shows: Pick<Shows, 'submit'>, recentWrites: RecentWrites): NatsDoor
  /** Once the shows are stopped: sends the last answers, and ends. */
  close(): Promise<void>
}

export function openNats(parts: NatsParts): Nats {
  const { settings, node, metrics, log, now } = parts
  const link = createNatsLink(settings, node, metrics)
  const wire = createNatsWire(node, () => link.isConnected)
  link.each((connection) => wire.open(connection))
  metrics.watch('frontrow_nats_connected', 'Whether NATS is there', () => Number(link.isConnected))
  return {
    wire,
    openDoor(shows, recentWrites) {
      const door = createNatsDoor({ shows, recentWrites, node, log, now })
      link.each((connection) => door.open(connection))
      metrics.watch('frontrow_nats_commands', 'Commands over NATS that are not answered yet', () => door.waiting)
      metrics.watch('frontrow_nats_unheard', 'Requests left unheard as answers were not read', () => door.unheard)
      return door
    },
    close: () => link.close()
  }
}
