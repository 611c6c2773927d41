// The end of a run, when nothing is harmed any more: lets everything come to rest, restarts the server once more, asks
// again what was granted before, and collects what the judge needs.
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { createRandom } from '../../bench/random.ts'
import { readDatabase } from '../../bench/sellout/database.ts'
import type { BuyerMap } from '../../bench/sellout/history.ts'
import { readHouse, type SeatMap } from '../../bench/sellout/house.ts'
import { createChaosClient } from './chaos-client.ts'
import type { Customer } from './customer.ts'
import type { Evidence } from './judge.ts'
import { HOLD_MS, type Playbill, PROBE_SHOW } from './playbill.ts'
import type { Recorder } from './recorder.ts'
import type { Stage } from './stage.ts'

export interface GatherOptions {
  readonly stage: Stage
  readonly playbill: Playbill
  readonly recorder: Recorder
  readonly customers: readonly Customer[]
  /** What does not come to rest is told here. */
  readonly failures: string[]
}

/** A hold may have been extended just before the end. */
const LAPSE_MS_MAX = 3 * HOLD_MS + 5_000
const CATCH_UP_MS_MAX = 20_000
const REPEATED = 10
const HELD = 1

export async function gatherEvidence(options: GatherOptions): Promise<Evidence> {
  const { stage, playbill, recorder, customers, failures } = options
  const rest = async (reached: () => Promise<boolean> | boolean, ms: number, what: string | (() => string)) => {
    if (!(await until(reached, ms))) failures.push(typeof what === 'string' ? what : what())
  }
  const caughtUp = (when: string) =>
    rest(
      () => laggards(options, maps).length === 0,
      CATCH_UP_MS_MAX,
      () => `${when}, clients' maps do not come to stand at the server's: ${laggards(options, maps).join('; ')}`
    )
  const projected = async (when: string) => {
    const frames = await projectionLag(stage.postgres.url)
    if (frames > 0) failures.push(`${when}, projections are ${frames} frames behind and do not catch up`)
  }
  for (const { client } of customers) for (const house of playbill.houses) client.watch(house)
  const readMaps = () => mapsOf(stage.server.url, options)
  let maps = await readMaps()
  await rest(
    async () => {
      maps = await readMaps()
      return [...maps.values()].every(({ statuses }) => !statuses.includes(HELD))
    },
    LAPSE_MS_MAX,
    'holds did not end'
  )
  await crashBehindBooking(options)
  maps = await readMaps()
  await caughtUp('after a crash of Postgres')
  await projected('after a crash of Postgres')
  await stage.server.end('SIGTERM')
  stage.server.start()
  await rest(() => stage.server.isReady(), CATCH_UP_MS_MAX, 'the server did not come back after an ordered stop')
  await rest(() => customers.every(({ client }) => client.isOpen), CATCH_UP_MS_MAX, 'clients did not come back')
  for (const { client } of customers) client.repeatLast(REPEATED)
  await rest(() => customers.every(({ client }) => client.waiting === 0), CATCH_UP_MS_MAX, 'repetitions not answered')
  maps = await readMaps()
  await caughtUp('after the last restart')
  await projected('after the last restart')
  const clientMaps = new Map(playbill.houses.map(({ show }) => [show, mapsOfClients(show, customers)]))
  await stage.server.end('SIGTERM')
  const { frames, bookings } = await readDatabase(stage.postgres.url)
  return {
    houses: playbill.all,
    records: recorder.records,
    expiries: recorder.expiries,
    sightings: recorder.sightings,
    ...{ maps, clientMaps, frames, bookings },
    crashes: [...stage.server.crashes, ...stage.rival.crashes]
  }
}

/**
 * A last booking, and a crash of Postgres before anything else happens in that show. What Postgres may forget then is
 * the read model, and nothing that happens later reminds the server of it.
 */
async function crashBehindBooking({ stage, recorder, failures }: GatherOptions): Promise<void> {
  const user = 'latecomer'
  const token = await stage.token(user, 'service')
  const ways = { random: createRandom(0), recorder, patienceMs: CATCH_UP_MS_MAX, insistMs: 0 }
  const client = createChaosClient({ url: stage.wsUrl, user, token, ...ways })
  try {
    const held = await client.ask({ show: PROBE_SHOW, asked: { op: 'hold', seats: null, count: 1 } })
    if (held.kind === 'granted' && held.told.kind === 'held') {
      await client.ask({ show: PROBE_SHOW, asked: { op: 'book', hold: held.told.hold, seats: null } })
    } else failures.push(`the last hold was not granted: ${JSON.stringify(held)}`)
    await projectionLag(stage.postgres.url, 1)
    await stage.postgres.kill()
  } finally {
    client.close()
  }
  await stage.postgres.start()
  if (!(await until(() => stage.server.isReady(), CATCH_UP_MS_MAX))) failures.push('no service after the last crash')
}

/** Of all shows there were; whoever gives none is missing. */
async function mapsOf(url: string, { playbill, recorder }: GatherOptions): Promise<Map<string, SeatMap>> {
  const maps = new Map<string, SeatMap>()
  for (const { show } of playbill.all) {
    try {
      const { map } = await readHouse(url, show)
      maps.set(show, map)
      recorder.sightings.see(show, map.epoch, map.seq, map.statuses)
    } catch {
      // Asked again, or missed by the judge.
    }
  }
  return maps
}

/** Whoever does not stand where the server does, a sentence each. */
function laggards({ playbill, customers }: GatherOptions, maps: ReadonlyMap<string, SeatMap>): readonly string[] {
  return playbill.houses.flatMap(({ show }) => {
    const map = maps.get(show)
    return customers.flatMap(({ client }) => {
      const viewer = client.viewers.get(show)
      if (map !== undefined && viewer?.epoch === map.epoch && viewer.seq === map.seq) return []
      return [`${client.user} in ${show} at (${viewer?.epoch}, ${viewer?.seq}), not (${map?.epoch}, ${map?.seq})`]
    })
  })
}

function mapsOfClients(show: string, customers: readonly Customer[]): readonly BuyerMap[] {
  return customers.flatMap(({ client }) => {
    const viewer = client.viewers.get(show)
    if (viewer === undefined) return []
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
