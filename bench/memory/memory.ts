// A hundred thousand shows on one node: what the server's process takes when all were touched and when nobody is there
// any more, and how long the first command of a show takes that has to come back into memory.
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { type Bench, type BenchReport, type BenchSettings, numberSetting } from '../bench.ts'
import { startChild } from '../child.ts'
import { type Answer, type Client as BenchClient, connect } from '../client.ts'
import { residentMegabytes } from '../process-use.ts'
import type { Progress } from '../progress.ts'
import { createRandom } from '../random.ts'
import { type Stage, startDurablePostgres, startStage } from '../stage.ts'
import { latenciesOf } from '../statistics.ts'
import type { Cell, Table } from '../table.ts'
import type { FromMaker, MakeShows } from './protocol.ts'

interface Moment {
  readonly when: string
  readonly residentShows: number
  readonly residentMegabytes: number
}

const SHAPE = { blocks: 1, rows: 10, seatsPerRow: 20 }
const SHARDS = 64
const SOCKETS = 8
const UNDERWAY_PER_SOCKET = 32
const PROJECTED_MS_MAX = 300_000
/** Passivation begins a minute after a show was last asked for, and takes its time. */
const PASSIVATED_MS_MAX = 300_000
const RESIDENT_METRIC = /^frontrow_\w*resident\w*(?:\{[^}]*\})? (\d+)/m

export const memory: Bench = {
  what: 'resident size with many shows on one node, and the first command of a passivated show',
  options: {
    shows: { preset: '100000', what: 'shows of 200 seats' },
    first: { preset: '1000', what: 'passivated shows whose first command is timed; 0 does not wait for them' }
  },
  run: async (settings, progress) => {
    const postgres = await startDurablePostgres()
    try {
      const shows = numberSetting(settings, 'shows')
      await makeShows(postgres.url, shows, progress)
      const seatsEach = SHAPE.blocks * SHAPE.rows * SHAPE.seatsPerRow
      const stage = await startStage('postgres', { SHARDS: String(SHARDS) }, postgres.url)
      try {
        await projected(postgres.url, progress)
        return await measure(stage, { shows, seatsEach }, settings, progress)
      } finally {
        await stage.dispose()
      }
    } finally {
      await postgres.dispose()
    }
  }
}

async function makeShows(url: string, shows: number, progress: Progress): Promise<void> {
  const maker = startChild<MakeShows, FromMaker>(new URL('./maker.ts', import.meta.url))
  let created = 0
  maker.onMessage((message) => {
    if (message.kind === 'created') created = message.count
  })
  const stop = progress.watch(() => `creating shows through the actors: ${created}/${shows}`)
  try {
    const made = maker.next('made')
    const ids = Array.from({ length: shows }, (_, at) => memoryShowId(at))
    maker.send({ kind: 'make', url, shards: SHARDS, ids, shape: SHAPE, policy: {} })
    await made
  } finally {
    stop()
    await maker.end()
  }
}

/** Until the server's projections have read what the maker left. */
async function projected(url: string, progress: Progress): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  let behind = 0
  const stop = progress.watch(() => `the server reads what is new: ${behind} frames to go`)
  try {
    for (const deadline = Date.now() + PROJECTED_MS_MAX; Date.now() < deadline; await delay(200)) {
      const { rows } = await client.query<{ behind: string }>(
        'select coalesce(sum(h.seq - coalesce(p.seq, 0)), 0) as behind from frontrow.shard_head h left join frontrow.projection_position p using (shard)'
      )
      behind = Number(rows[0]!.behind)
      if (behind === 0) return
    }
    throw new Error(`the projections are still ${behind} frames behind`)
  } finally {
    stop()
    await client.end()
  }
}

async function measure(
  stage: Stage,
  size: { readonly shows: number; readonly seatsEach: number },
  settings: BenchSettings,
  progress: Progress
): Promise<BenchReport> {
  const moments = [await momentOf(stage, 'server started, no show touched')]
  const clients = await Promise.all(Array.from({ length: SOCKETS }, (_, at) => openClient(stage, `service-${at + 1}`)))
  const touchMs = await touchAll(clients, size.shows, progress)
  moments.push(await momentOf(stage, 'every show touched once: held and booked'))
  const count = numberSetting(settings, 'first', 0)
  const tables: Table[] = []
  if (count > 0) {
    await passivated(stage, progress)
    moments.push(await momentOf(stage, 'nobody there for a while: passivated'))
    tables.push(await timeFirst(clients[0]!, size.shows, count, progress))
  }
  for (const client of clients) client.close()
  return { tables: [memoryTable(size, moments, touchMs), ...tables], failures: [] }
}

function memoryShowId(show: number): string {
  return `memory-${show + 1}`
}

function openClient(stage: Stage, user: string): Promise<BenchClient> {
  return new Promise((resolve) => {
    const nothing = () => {}
    void stage.token(user, 'service').then((token) => {
      const events = { opened: () => resolve(client), closed: nothing, pushed: nothing, answered: nothing }
      const client = connect(stage.server.wsUrl, token, Math.random, events)
    })
  })
}

function ask(client: BenchClient, message: { readonly op: string }): Promise<Answer & { ok: true }> {
  return new Promise((resolve, reject) => {
    client.write(message, (answer) => {
      if (answer.ok) resolve(answer)
      else reject(new Error(`${message.op} was refused: ${answer.error.code}`))
    })
  })
}

/** Holds two seats of every show and books them; answers how long that took. */
async function touchAll(clients: readonly BenchClient[], shows: number, progress: Progress): Promise<number> {
  let next = 0
  let touched = 0
  const startedAt = performance.now()
  const stop = progress.watch(() => `touching shows: ${touched}/${shows}`)
  const worker = async (client: BenchClient) => {
    while (next < shows) {
      const show = memoryShowId(next++)
      const { hold } = await ask(client, holdOf(show, 'touch', 2))
      await ask(client, { op: 'book', show, hold: hold!.id, key: 'touch-2' } as { op: string })
      touched++
    }
  }
  const workers = clients.flatMap((client) => Array.from({ length: UNDERWAY_PER_SOCKET }, () => worker(client)))
  await Promise.all(workers).finally(stop)
  return performance.now() - startedAt
}

function holdOf(show: string, key: string, count: number): { readonly op: string } {
  return { op: 'hold', show, best: { count }, key } as { op: string }
}

async function passivated(stage: Stage, progress: Progress): Promise<void> {
  let resident = await residentShows(stage)
  const stop = progress.watch(() => `waiting for shows to leave memory: ${resident} are there`)
  try {
    for (const deadline = Date.now() + PASSIVATED_MS_MAX; resident > 0 && Date.now() < deadline; await delay(1_000)) {
      resident = await residentShows(stage)
    }
    if (resident > 0) throw new Error(`${resident} shows did not leave memory`)
  } finally {
    stop()
  }
}

/** One show after another, so that each is alone: its first command, and one when it is in memory. */
async function timeFirst(client: BenchClient, shows: number, count: number, progress: Progress): Promise<Table> {
  const random = createRandom(1)
  const chosen = new Set<number>()
  while (chosen.size < Math.min(count, shows)) chosen.add(random.below(shows))
  progress.say(`memory: timing the first command of ${chosen.size} passivated shows`)
  const first: number[] = []
  const second: number[] = []
  for (const show of chosen) {
    const id = memoryShowId(show)
    for (const [key, took] of [
      ['first', first],
      ['second', second]
    ] as const) {
      const startedAt = performance.now()
      const { hold } = await ask(client, holdOf(id, key, 1))
      took.push(performance.now() - startedAt)
      await ask(client, { op: 'release', show: id, hold: hold!.id, key: `${key}-2` } as { op: string })
    }
  }
  const row = (name: string, took: readonly number[]): Cell[] => {
    const { count, msP50, msP99 } = latenciesOf(took)
    return [name, count, msP50, msP99]
  }
  return {
    title: 'memory: one command at a time over WebSocket, hold of one seat',
    columns: ['show', 'commands', 'ms p50', 'ms p99'],
    rows: [row('passivated: its first command', first), row('in memory: its next one', second)]
  }
}

async function momentOf(stage: Stage, when: string): Promise<Moment> {
  return { when, residentShows: await residentShows(stage), residentMegabytes: residentMegabytes(stage.server.pid!) }
}

async function residentShows(stage: Stage): Promise<number> {
  const text = await (await fetch(`${stage.server.url}/metrics`)).text()
  const found = RESIDENT_METRIC.exec(text)
  if (found === null) throw new Error('/metrics does not say how many shows are in memory')
  return Number(found[1])
}

function memoryTable(
  { shows, seatsEach }: { readonly shows: number; readonly seatsEach: number },
  moments: readonly Moment[],
  touchMs: number
): Table {
  const base = moments[0]!.residentMegabytes
  const perShow = ({ residentMegabytes, residentShows }: Moment): Cell =>
    residentShows === 0 ? '' : ((residentMegabytes - base) * 1024) / residentShows
  return {
    title: `memory: ${shows.toLocaleString('en-US')} shows of ${seatsEach} seats on one node`,
    columns: ['when', 'shows in memory', 'resident MB', 'KB a show in memory'],
    rows: moments.map((moment) => [moment.when, moment.residentShows, moment.residentMegabytes, perShow(moment)]),
    notes: [
      'Created through the actors, in a process of its own, on the same Postgres; touched through the WebSocket',
      `of the real server: a hold of two seats, then its booking: ${Math.round((shows / touchMs) * 1000)} shows/s.`
    ]
  }
}
