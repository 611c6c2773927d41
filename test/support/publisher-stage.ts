// Publishers of events over a real journal and a real stream: opened, closed, and crashed by a test.
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type JetStreamManager, type NatsConnection } from 'nats'
import { expect } from 'vitest'
import type { Observer } from '../../actors/ports.ts'
import { EventPublisher } from '../../gateway/nats/event-publisher.ts'
import type { EventJournal } from '../../gateway/ports.ts'
import { createPostgresEvents } from '../../persistence/postgres/postgres-events.ts'
import { byShard, idsOf, readEvents, STREAM } from './event-reader.ts'
import { startNats, type TestNats } from './nats.ts'
import type { TestPostgres } from './postgres.ts'
import { entry, type Incident, type ProjectionStage, projectionStage, T } from './projection-stage.ts'
import { houseOf } from './small-plan.ts'
import { eventually } from './wire-client-house.ts'

const PLAN = houseOf('AAAA AAAA\nAAAA AAAA')
export const SETTINGS = { eventsBytesMax: 64 * 1024 * 1024, eventsReplicas: 1 }

export interface OpenPublisher {
  readonly publisher: EventPublisher
  readonly connection: NatsConnection
}

export interface PublisherStage extends ProjectionStage {
  readonly nats: TestNats
  readonly client: NatsConnection
  readonly events: EventJournal
  /** Publishers that run, oldest first. */
  readonly open: OpenPublisher[]
  openPublisher(journal?: EventJournal, owner?: string): Promise<OpenPublisher>
  closeOldest(): Promise<void>
  /** Nothing is said any more, neither to the stream nor to the database. */
  crash(one: OpenPublisher): Promise<void>
  /** Commits a frame of `count` holds; answers its seq. */
  commitHolds(shard: number, show: string, from: number, count?: number): Promise<number>
  /** A newcomer knows shows by the read model. */
  projectAll(...shards: number[]): Promise<void>
  manager(): Promise<JetStreamManager>
  /** Where the stream ends. */
  lastSeq(): Promise<number>
  /** The stream has every event of these shards once, those of a shard in order. */
  expectJournal(...shards: number[]): Promise<void>
  /** As if the stream had been left alone for so long that it does not know any id. */
  forgetIds(): Promise<void>
}

export async function startPublisherStage(postgres: TestPostgres, database: string): Promise<PublisherStage> {
  const nats = await startNats()
  const client = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
  const stage = await projectionStage(await postgres.createDatabase(database))
  const events = createPostgresEvents(stage.pool)
  const observer: Pick<Observer, 'incident'> = {
    incident: (level, message, facts) => (stage.incidents as Incident[]).push({ level, message, facts })
  }
  const open: OpenPublisher[] = []
  const manager = () => client.jetstreamManager()
  const lastSeq = async () => (await (await manager()).streams.info(STREAM)).state.last_seq
  const close = async ({ publisher, connection }: OpenPublisher) => {
    await publisher.stop()
    await connection.close()
  }
  return {
    ...stage,
    nats,
    client,
    events,
    open,
    async openPublisher(journal = events, owner = 'node-1') {
      const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
      const publisher = new EventPublisher({ journal, owner, planOf: async () => PLAN, settings: SETTINGS, observer })
      publisher.open(connection)
      const one = { publisher, connection }
      open.push(one)
      return one
    },
    closeOldest: () => close(open.shift()!),
    async crash(one) {
      open.splice(open.indexOf(one), 1)
      await one.connection.close()
      await one.publisher.stop()
    },
    commitHolds: (shard, show, from, count = 1) =>
      stage.commit(
        shard,
        Array.from({ length: count }, (_, i) =>
          entry(show, T, { kind: 'held', hold: from + i, seats: [i % 16], prices: [5_000], expiresAt: T + 600_000 })
        )
      ),
    async projectAll(...shards) {
      for (const shard of shards) expect(await stage.project(shard)).toBe(true)
    },
    manager,
    lastSeq,
    async expectJournal(...shards) {
      const frames = await Promise.all(shards.map((shard) => events.frames(shard, 0, 100_000, 1e9)))
      const expected = frames.flatMap(idsOf)
      await eventually(async () => expect(await lastSeq()).toBe(expected.length), 30_000)
      const seen = (await readEvents(client, `reader-${Date.now()}`)).map(({ id }) => id)
      expect(byShard(seen)).toEqual(byShard(expected))
    },
    async forgetIds() {
      const { streams } = await manager()
      const { config } = await streams.info(STREAM)
      await streams.update(STREAM, { ...config, duplicate_window: 100_000_000 })
      await delay(400)
    },
    async close() {
      for (const one of open.splice(0)) await close(one)
      await client.close()
      await stage.close()
      await nats.dispose()
    }
  }
}
