// The end of a run, when nothing is harmed any more: lets everything come to rest, restarts every server once more, asks
// again what was granted before, and collects what the judge needs.
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { createRandom } from '../../bench/random.ts'
import { readDatabase } from '../../bench/sellout/database.ts'
import type { BuyerMap } from '../../bench/sellout/history.ts'
import { type House, readHouse, type SeatMap } from '../../bench/sellout/house.ts'
import { createChaosClient } from './chaos-client.ts'
import type { Customer } from './customer.ts'
import { type Ground, tokenFor } from './ground.ts'
import type { Evidence } from './judge.ts'
import { HOLD_MS, type Playbill } from './playbill.ts'
import type { Recorder } from './recorder.ts'
import type { SupervisedServer } from './supervised-server.ts'

export interface GatherOptions {
  readonly ground: Ground
  readonly playbill: Playbill
  readonly recorder: Recorder
  readonly customers: readonly Customer[]
  /** Called when all is at rest, the last time that the servers run. */
  readonly lastLook: () => Promise<void>
  /** What does not come to rest is told here. */
  readonly failures: string[]
}

/** A hold may have been extended just before the end. */
const LAPSE_MS_MAX = 3 * HOLD_MS + 5_000
const CATCH_UP_MS_MAX = 20_000
const RESTART_MS_MAX = 60_000
const REPEATED = 10
/** Shows that a client watches in the end; a socket may watch a few more. */
const WATCHED_MAX = 12
const HELD = 1

export async function gatherEvidence(options: GatherOptions): Promise<Evidence> {
  const { ground, playbill, recorder, customers, failures } = options
  const servers = ground.servers.filter(({ pid }) => pid !== null)
  const rest = async (reached: () => Promise<boolean> | boolean, ms: number, what: string | (() => string)) => {
    if (!(await until(reached, ms))) failures.push(typeof what === 'string' ? what : what())
  }
  const caughtUp = (when: string) =>
    rest(
      async () => {
        maps = await readMaps()
        return maps.size === playbill.all.length && laggards(options, maps).length === 0
      },
      CATCH_UP_MS_MAX,
      () => `${when}, clients' maps do not come to stand at the server's: ${laggards(options, maps).join('; ')}`
    )
  const projected = async (when: string) => {
    const frames = await projectionLag(ground.postgres.url)
    if (frames > 0) failures.push(`${when}, projections are ${frames} frames behind and do not catch up`)
  }
  for (const [at, { client }] of customers.entries()) for (const house of watchedBy(at, options)) client.watch(house)
  const readMaps = () => mapsOf(options)
  let maps = await readMaps()
  await rest(
    async () => {
      maps = await readMaps()
      return [...maps.values()].every(({ statuses }) => !statuses.includes(HELD))
    },
    LAPSE_MS_MAX,
    'holds did not end'
  )
  await crashBehindBooking(options, servers)
  await caughtUp('after a crash of Postgres')
  await projected('after a crash of Postgres')
  for (const server of servers) {
    await server.end('SIGTERM')
    server.start()
    await rest(() => server.isReady(), RESTART_MS_MAX, 'a server did not come back after an ordered stop')
  }
  await rest(() => customers.every(({ client }) => client.isOpen), CATCH_UP_MS_MAX, 'clients did not come back')
  for (const { client } of customers) client.repeatLast(REPEATED)
  await rest(() => customers.every(({ client }) => client.waiting === 0), CATCH_UP_MS_MAX, 'repetitions not answered')
  await caughtUp('after the last restart')
  await projected('after the last restart')
  const clientMaps = new Map(playbill.houses.map((house) => [house.show, mapsOfClients(house, options)]))
  await options.lastLook()
  await Promise.all(servers.map((server) => server.end('SIGTERM')))
  const { frames, bookings } = await readDatabase(ground.postgres.url)
  return {
    houses: playbill.all,
    records: recorder.records,
    expiries: recorder.expiries,
    sightings: recorder.sightings,
    ...{ maps, clientMaps, frames, bookings },
    crashes: ground.servers.flatMap(({ crashes }) => crashes)
  }
}

/**
 * A last booking, and a crash of Postgres before anything else happens in that show. What Postgres may forget then is
 * the read model, and nothing that happens later reminds the server of it.
 */
async function crashBehindBooking(
  { ground, playbill, recorder, failures }: GatherOptions,
  servers: readonly SupervisedServer[]
): Promise<void> {
  const { show } = playbill.all[0]!
  const user = 'latecomer'
  const token = await tokenFor(user, 'service')
  const ways = { random: createRandom(0), recorder, patienceMs: CATCH_UP_MS_MAX, insistMs: 0 }
  const client = createChaosClient({ url: ground.wsUrl, user, token, ...ways })
  try {
    const held = await client.ask({ show, asked: { op: 'hold', seats: null, count: 1 } })
    if (held.kind === 'granted' && held.told.kind === 'held') {
      await client.ask({ show, asked: { op: 'book', hold: held.told.hold, seats: null } })
    } else failures.push(`the last hold was not granted: ${JSON.stringify(held)}`)
    await projectionLag(ground.postgres.url, 1)
    await ground.postgres.kill()
  } finally {
    client.close()
  }
  await ground.postgres.start()
  const areReady = async () => (await Promise.all(servers.map((server) => server.isReady()))).every(Boolean)
  if (!(await until(areReady, RESTART_MS_MAX))) failures.push('no service after the last crash')
}

/** Of all shows there were; whoever gives none is missing. */
async function mapsOf({ ground, playbill, recorder }: GatherOptions): Promise<Map<string, SeatMap>> {
  const maps = new Map<string, SeatMap>()
  for (const { show } of playbill.all) {
    try {
      const { map } = await readHouse(ground.httpUrl(), show)
      maps.set(show, map)
      recorder.sightings.see(show, map.epoch, map.seq, map.statuses)
    } catch {
      // Asked again, or missed by the judge.
    }
  }
  return maps
}

/** What the customer number `at` watches in the end: as many as a socket may, and all shows are watched by somebody. */
function watchedBy(at: number, { playbill: { houses } }: GatherOptions): readonly House[] {
  const count = Math.min(WATCHED_MAX, houses.length)
  return Array.from({ length: count }, (_, nth) => houses[(at * count + nth) % houses.length]!)
}

/** Whoever does not stand where the server does, a sentence each. */
function laggards(options: GatherOptions, maps: ReadonlyMap<string, SeatMap>): readonly string[] {
  return options.customers.flatMap(({ client }, at) => {
    return watchedBy(at, options).flatMap(({ show }) => {
      const map = maps.get(show)
      const viewer = client.viewers.get(show)
      if (map !== undefined && viewer?.epoch === map.epoch && viewer.seq === map.seq) return []
      return [`${client.user} in ${show} at (${viewer?.epoch}, ${viewer?.seq}), not (${map?.epoch}, ${map?.seq})`]
    })
  })
}

function mapsOfClients(house: House, options: GatherOptions): readonly BuyerMap[] {
  return options.customers.flatMap(({ client }, at) => {
    const viewer = client.viewers.get(house.show)
    if (viewer === undefined || !watchedBy(at, options).includes(house)) return []
    const { epoch, seq, statuses, disorder } = viewer
    return [{ user: client.user, epoch, seq, statuses, disorder }]
  })
}

const BEHIND = `
  select coalesce(sum(h.seq - coalesce(p.seq, 0)), 0)::int as frames
  from frontrow.shard_head h left join frontrow.projection_position p using (shard)`

/** Waits for the read model as long as it comes nearer; answers how far it is behind then. */
async function projectionLag(url: string, pauseMs = 100): Promise<number> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    let least = Number.POSITIVE_INFINITY
    for (let until = 0; ; await delay(pauseMs)) {
      const frames = (await client.query<{ frames: number }>(BEHIND)).rows[0]!.frames
      if (frames < least) until = performance.now() + CATCH_UP_MS_MAX
      least = Math.min(least, frames)
      if (least === 0 || performance.now() > until) return least
    }
  } finally {
    // Not waited for: whoever kills the database then is in a hurry.
    client.end().catch(() => {})
  }
}

async function until(reached: () => Promise<boolean> | boolean, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await delay(100)) {
    if (await reached()) return true
  }
  return false
}
