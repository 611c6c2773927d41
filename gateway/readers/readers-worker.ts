// The thread of those who read the journal behind the commits: the read model, and the events that go out over NATS.
// What they do is never in the way of a hold, but for the processors they share, and there they come last.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { PlanCache } from '../../actors/plan-cache.ts'
import type { Observer } from '../../actors/ports.ts'
import { createPool } from '../../persistence/postgres/postgres.ts'
import { createPostgresEvents } from '../../persistence/postgres/postgres-events.ts'
import { createPostgresPlans } from '../../persistence/postgres/postgres-plans.ts'
import { Projector } from '../../persistence/projection/projector.ts'
import type { NatsSettings } from '../config.ts'
import { EventPublisher } from '../nats/event-publisher.ts'
import { createNatsLink, type NatsLink } from '../nats/nats-link.ts'

export interface ReadersSettings {
  readonly databaseUrl: string
  readonly isEmbedded: boolean
  /** Null: there is only the read model. */
  readonly nats: NatsSettings | null
  /** This node's id, and what the journal knows it as. */
  readonly node: string
  readonly owner: string
}

/** What the thread is told; `ask` comes back with the answer. */
export type ReadersOrder =
  | { readonly kind: 'woken'; readonly heads: readonly (readonly [shard: number, seq: number])[] }
  | {
      readonly kind: 'awaited'
      readonly ask: number
      readonly shard: number
      readonly seq: number
      readonly ms: number
    }
  | { readonly kind: 'stop' }

/** What the thread tells. */
export type ReadersMessage =
  | { readonly kind: 'answer'; readonly ask: number; readonly isThere: boolean }
  | { readonly kind: 'lag'; readonly lag: ReadersLag }
  | { readonly kind: 'incident'; readonly of: Parameters<Observer['incident']> }

/** Frames that are committed, and not there yet. */
export interface ReadersLag {
  readonly projection: number
  readonly events: number
}

/** Beside threads of this process that have something to do, it gets a third of what each of them gets. */
const NICENESS = 5
const LAG_MS = 250
/** Two shards' projections, and two for events. */
const CONNECTIONS_MAX = 4

const { databaseUrl, isEmbedded, nats, node, owner } = workerData as ReadersSettings
const port = parentPort!
const tell = (message: ReadersMessage) => port.postMessage(message)

const observer: Pick<Observer, 'incident'> = { incident: (...of) => tell({ kind: 'incident', of }) }
comeLast()
const pool = createPool(databaseUrl, CONNECTIONS_MAX)
const plans = new PlanCache(createPostgresPlans(pool))
const planOf = (hash: string) => plans.get(hash)
const seatIds = async (hash: string) => (await planOf(hash)).ids
const projector = new Projector({ pool, isEmbedded, seatIds, observer })
const events = nats === null ? null : publishEvents(nats)

/** Where that is not possible it goes without: elsewhere than on Linux it would be the whole process. */
function comeLast(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(NICENESS)
  } catch (error) {
    observer.incident('info', 'readers of the journal cannot come last', { error: String(error) })
  }
}

function publishEvents(settings: NatsSettings): { readonly publisher: EventPublisher; readonly link: NatsLink } {
  const link = createNatsLink(settings, `${node} events`, observer)
  const publisher = new EventPublisher({ journal: createPostgresEvents(pool), planOf, owner, settings, observer })
  link.each((connection) => publisher.open(connection))
  return { publisher, link }
}

let told: ReadersLag = { projection: 0, events: 0 }
const telling = setInterval(() => {
  const lag = { projection: projector.lag(), events: events?.publisher.lag() ?? 0 }
  if (lag.projection !== told.projection || lag.events !== told.events) tell({ kind: 'lag', lag })
  told = lag
}, LAG_MS)

port.on('message', (order: ReadersOrder) => {
  if (order.kind === 'stop') return void stop()
  if (order.kind === 'awaited') {
    const { ask, shard, seq, ms } = order
    return void projector.caughtUp(shard, seq, ms).then((isThere) => tell({ kind: 'answer', ask, isThere }))
  }
  for (const [shard, seq] of order.heads) {
    projector.wake(shard, seq)
    events?.publisher.wake(shard, seq)
  }
})

async function stop(): Promise<void> {
  clearInterval(telling)
  await Promise.all([projector.stop(), events?.publisher.stop()])
  await events?.link.close()
  await pool.end()
  port.close()
}
