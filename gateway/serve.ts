// The composition root: puts a node together from its parts, and takes it apart again in the order that
// loses nothing. The only module, beside the command line's, that knows both the doors and the database.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import type { Pool } from 'pg'
import type { Journal } from '../actors/ports.ts'
import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.ts'
import { lockFile } from '../persistence/folder-lock.ts'
import { migrate } from '../persistence/migrate.ts'
import { createPool } from '../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../persistence/postgres/postgres-journal.ts'
import { createPostgresPlans } from '../persistence/postgres/postgres-plans.ts'
import { createPostgresRoster } from '../persistence/postgres/postgres-roster.ts'
import { createPostgresSnapshots } from '../persistence/postgres/postgres-snapshots.ts'
import { checkShardCount } from '../persistence/postgres/shard-count.ts'
import { createBookings } from '../persistence/projection/bookings.ts'
import { placeOf } from '../persistence/projection/page.ts'
import { createShows } from '../persistence/projection/shows.ts'
import { createAuth } from './auth.ts'
import type { Settings } from './config.ts'
import { createDemo } from './demo/demo.ts'
import { type Doors, openDoors } from './doors.ts'
import { requireFreePort } from './free-port.ts'
import { createSubmit } from './http/ask-show.ts'
import { identityOf, secretOf } from './kept-value.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type NatsParts, openNats } from './nats/nats.ts'
import { createNodeShows, type NodeShows, type NodeStats } from './node-shows.ts'
import { Readers } from './readers/readers.ts'
import { createRecentWrites } from './recent-writes.ts'
import { stopSignal } from './stop-signal.ts'
import { systemClock } from './system-clock.ts'
import { buildWeb } from './web-build.ts'
import { createFeedPush } from './websocket/feed-push.ts'

/** Runs a node until it is told to stop; rejects where it cannot start. */
export async function serve(settings: Settings): Promise<void> {
  const log = createLog(settings.logLevel)
  for (const name of settings.ignored) {
    log.warn(`${name} is set, but this version keeps limits and caches in memory`)
  }
  const stopped = stopSignal(log)
  const replaced = Promise.withResolvers<never>()
  const nameTaken = () => replaced.reject(new Error(NAME_TAKEN))
  const run = Effect.gen(function* () {
    const doors = yield* openNode(settings, log, nameTaken)
    announce(settings, doors)
    yield* attempt(() => Promise.race([stopped, replaced.promise]))
  })
  await Effect.runPromise(Effect.scoped(run))
  log.info('stopped')
}

const NAME_TAKEN =
  'Another process has taken over the name of this node: give each node a NODE_ID (or a DATA_DIR) of its own.'

/** Everything a node consists of. What is acquired last is released first. */
const openNode = Effect.fnUntraced(function* (settings: Settings, log: Log, replaced: () => void) {
  yield* attempt(() => requireFreePort(settings))
  const metrics = createMetrics(log)
  const webFolder = buildWeb((line) => log.info(line))
  webFolder.catch(() => {})
  const { url, pool } = yield* openDatabase(settings, log)
  const journal = yield* acquire(
    () => createPostgresJournal(url, pool),
    (it) => it.close()
  )
  const plans = createPostgresPlans(pool)
  const feed = createFeedPush()
  const { node, owner } = yield* attempt(() => identityOf(settings))
  const nats = yield* openNatsIfSet(settings, { node, metrics, log, now: systemClock.now })
  const readersSettings = {
    databaseUrl: url,
    isEmbedded: settings.databaseUrl === null,
    nats: settings.nats,
    node,
    owner
  }
  const readers = yield* acquire(
    () => new Readers(readersSettings, metrics),
    (it) => it.stop()
  )
  const committed = (shard: number, seq: number) => readers.wake(shard, seq)
  const stores = { journal: telling(journal, committed), snapshots: createPostgresSnapshots(pool), plans }
  const outside = { ...stores, clock: systemClock, observer: metrics, feed, opened: committed }
  const cluster = nats === null ? null : { node, roster: createPostgresRoster(pool), wire: nats.wire, replaced }
  const seats = createNodeShows({ shards: settings.shards, owner, ...outside }, cluster)
  const { shows } = seats
  const planOf = (hash: string) => seats.region.plans.get(hash)
  let doors: Doors | null = null
  yield* acquire(
    () => seats.start(),
    async () => {
      await seats.stop()
      doors?.close()
    }
  )
  const auth = createAuth(yield* attempt(() => secretOf(settings)), systemClock.now)
  const reads = { bookings: createBookings(pool), showReads: createShows(pool), planOf, isCursor }
  const recentWrites = createRecentWrites(shows, readers)
  const writes = { submit: createSubmit(shows), recentWrites, projector: readers }
  const parts = { shows, plans, ...writes, ...reads, log, now: systemClock.now }
  if (settings.demo) yield* attempt(() => createDemo(parts))
  watchNode(metrics, seats, readers)
  const { host, port } = settings
  const folder = yield* attempt(() => webFolder)
  doors = yield* acquire(
    () => openDoors({ ...parts, host, port, ready: () => seats.ready, feed, auth, webFolder: folder, metrics }),
    (it) => it.stopTaking()
  )
  if (nats !== null) {
    const lag = () => readers.lag.events
    metrics.watch('frontrow_event_lag_frames', 'Frames whose events this node has yet to publish', lag)
    yield* acquire(
      () => nats.openDoor(shows, recentWrites),
      (it) => it.stopTaking()
    )
  }
  // First of all: everything goes on, over the nodes that stay.
  yield* Effect.addFinalizer(() => Effect.promise(() => seats.drain()))
  return doors
})

/** Closed after the shows are stopped: the answers to what was under way go out first. */
const openNatsIfSet = Effect.fnUntraced(function* ({ nats }: Settings, parts: Omit<NatsParts, 'settings'>) {
  if (nats === null) return null
  return yield* acquire(
    () => openNats({ ...parts, settings: nats }),
    (it) => it.close()
  )
})

/** The embedded database or the one that is set, brought to the newest schema. */
const openDatabase = Effect.fnUntraced(function* (settings: Settings, log: Log) {
  const embedded = () => startEmbeddedPostgres(settings.dataDir, (err) => log.error({ err }, 'the database crashed'))
  if (settings.databaseUrl !== null) {
    yield* acquire(
      async () => {
        await mkdir(settings.dataDir, { recursive: true })
        return lockFile(join(settings.dataDir, 'node.lock'))
      },
      (it) => it.release()
    )
  }
  const { url } =
    settings.databaseUrl === null
      ? yield* acquire(
          () => embedded().catch(unusable(settings)),
          (it) => it.stop()
        )
      : { url: settings.databaseUrl }
  const applied = yield* attempt(() => migrate(url).catch(unusable(settings)))
  if (applied.length > 0) log.info({ applied }, 'brought the database to the newest schema')
  const pool: Pool = yield* acquire(
    () => createPool(url),
    (it) => it.end()
  )
  yield* attempt(() => checkShardCount(pool, settings.shards))
  return { url, pool }
})

function unusable({ databaseUrl, dataDir }: Settings): (cause: unknown) => never {
  const which = databaseUrl === null ? `The database in ${dataDir}` : 'The database of DATABASE_URL'
  return (cause) => {
    // A name with several addresses fails with an error of errors, which has no message of its own.
    const first = cause instanceof AggregateError ? cause.errors[0] : cause
    throw new Error(`${which} cannot be used: ${first instanceof Error ? first.message : String(first)}`, { cause })
  }
}

/** The latest time that a Date can be. */
function isCursor(text: string): boolean {
  return placeOf(text) !== null
}

/** A journal that tells which frames were committed. */
function telling(journal: Journal, committed: (shard: number, seq: number) => void): Journal {
  return {
    claim: (shards, owner, leaseMs) => journal.claim(shards, owner, leaseMs),
    renew: (shards, owner, leaseMs) => journal.renew(shards, owner, leaseMs),
    release: (leases) => journal.release(leases),
    read: (shard, after, limit) => journal.read(shard, after, limit),
    checkpoint: (shard, epoch, seq) => journal.checkpoint(shard, epoch, seq),
    append: (frames, done) =>
      journal.append(frames, (error, moved) => {
        for (const { shard, seq } of frames) if (moved.has(shard)) committed(shard, seq)
        done(error, moved)
      })
  }
}

function watchNode(metrics: Metrics, seats: NodeShows, readers: Readers): void {
  metrics.watch(
    'frontrow_projection_lag_frames',
    'Frames that the read model does not have yet',
    () => readers.lag.projection
  )
  for (const [name, help, key] of NODE_METRICS) metrics.watch(`frontrow_${name}`, help, () => seats.stats()[key])
  const handovers = () => seats.stats().handovers
  metrics.watchTotal('frontrow_handovers_total', 'Shards handed over to other nodes', handovers)
  for (const [name, help, key] of SHARD_METRICS) {
    metrics.watchEach(`frontrow_shard_${name}`, help, 'shard', () =>
      seats.region.shardStats().map((stats) => [String(stats.shard), stats[key]] as const)
    )
  }
}

const NODE_METRICS: readonly (readonly [string, string, keyof NodeStats])[] = [
  ['resident_shows', 'Shows in memory', 'residentShows'],
  ['live_holds', 'Holds that run', 'liveHolds'],
  ['mailbox_depth', 'Commands that wait to be decided', 'mailboxDepth'],
  ['watched_shows', 'Shows that somebody looks at', 'watchedShows'],
  ['open_shards', 'Shards that serve', 'openShards'],
  ['damaged_shards', 'Shards that do not serve because their journal is damaged', 'damagedShards'],
  ['owned_shards', 'Shards of this node', 'ownedShards'],
  ['members', 'Nodes that are there, this one included', 'members'],
  ['remote_commands', 'Commands that wait for other nodes', 'remoteCommands']
]

/** Of the shards of this node. */
const SHARD_METRICS: readonly (readonly [string, string, 'epoch' | 'seq' | 'mailboxDepth'])[] = [
  ['epoch', 'The epoch in which this node has the shard', 'epoch'],
  ['seq', 'Frames in the journal of the shard', 'seq'],
  ['mailbox_depth', 'Commands of the shard that wait to be decided', 'mailboxDepth']
]

/** What is waited for by people and scripts goes to stdout; everything else is log. */
function announce({ host, databaseUrl, dataDir }: Settings, { port }: Doors): void {
  const name = host.includes(':') ? `[${host}]` : host
  console.log(`Frontrow listens on http://${name}:${port}`)
  const place = databaseUrl === null ? `Data is kept in ${dataDir}` : 'Data is kept in the database of DATABASE_URL'
  console.log(`${place}; npm run -s frontrow -- token --role admin --user me prints an admin's token`)
}

function attempt<T>(work: () => Promise<T>): Effect.Effect<T, Error> {
  return Effect.tryPromise({ try: work, catch: (cause) => cause as Error })
}

/** What `open` gives is closed when the node ends, however it ends. */
function acquire<T>(
  open: () => T | Promise<T>,
  close: (it: T) => void | Promise<void>
): Effect.Effect<T, Error, Scope.Scope> {
  return Effect.acquireRelease(
    attempt(async () => open()),
    (it) => Effect.promise(async () => close(it))
  )
}
