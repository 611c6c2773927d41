// Buyers that know nothing of each other sell a theatre out, while the server is killed with SIGKILL and started again.
// Then a checker holds every answer they got against the journal and the projections.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { readPlan } from '../../core/plan/plan-import.ts'
import { demoHall } from '../../gateway/demo/demo-plans.ts'
import { type Bench, type BenchSettings, numberSetting, wordSetting } from '../bench.ts'
import type { Progress } from '../progress.ts'
import { DATABASES, type DatabaseKind, type Stage, startStage } from '../stage.ts'
import { checkSellout } from './checker.ts'
import { type Crowd, type CrowdReport, startCrowd, until } from './crowd.ts'
import { readDatabase } from './database.ts'
import { readHouse } from './house.ts'
import { type Result, reportOf, type Sale } from './report.ts'

const SHOW = 'sellout'
/** A sale in which no seat changes hands for so long is stuck. */
const PATIENCE_MS = 60_000

export const sellout: Bench = {
  what: 'many clients sell a theatre out while the server is killed; then everything they were told is checked',
  options: {
    clients: { preset: '500', what: 'buyers, each with a WebSocket of its own' },
    database: { preset: 'both', what: 'embedded, postgres or both' },
    kills: { preset: '3', what: 'times the server is killed on the way' },
    plan: { preset: '', what: 'a seating plan in pretix JSON; the demo hall of 1,129 seats unless given' },
    seed: { preset: '1', what: 'of everything the buyers do' },
    'hold-ms': { preset: '3000', what: 'how long a hold lasts' },
    'think-ms': { preset: '3000', what: 'how long a buyer thinks before it takes seats, on average' }
  },
  run: async (settings, progress) => {
    const wanted = wordSetting(settings, 'database', [...DATABASES, 'both'])
    const sale = saleOf(settings)
    const results: Result[] = []
    for (const kind of DATABASES) {
      if (wanted === kind || wanted === 'both') results.push(await sellOut(kind, sale, progress))
    }
    return reportOf(sale, results)
  }
}

function saleOf(settings: BenchSettings): Sale {
  const file = settings.plan ?? ''
  const plan = file === '' ? demoHall() : (JSON.parse(readFileSync(file, 'utf8')) as object)
  return {
    clients: numberSetting(settings, 'clients'),
    kills: numberSetting(settings, 'kills', 0),
    seed: numberSetting(settings, 'seed', 0),
    holdMs: numberSetting(settings, 'hold-ms', 1_000),
    thinkMs: numberSetting(settings, 'think-ms', 0),
    plan,
    planName: file === '' ? 'the demo hall' : file
  }
}

async function sellOut(kind: DatabaseKind, sale: Sale, progress: Progress): Promise<Result> {
  progress.say(`sellout on ${kind}: ${sale.clients} clients, ${sale.planName}, ${sale.kills} kills, seed ${sale.seed}`)
  const stage = await startStage(kind)
  let crowd: Crowd | null = null
  try {
    await stage.createShow(showOf(sale))
    const house = await readHouse(stage.server.url, SHOW)
    crowd = startCrowd({
      kind: 'start',
      url: stage.server.wsUrl,
      house,
      thinkMs: sale.thinkMs,
      holdMs: sale.holdMs,
      buyers: await invite(stage, sale)
    })
    const startedAt = Date.now()
    const restartMs = await sell(stage, crowd, house.seatIds.length, sale.kills, progress)
    const seconds = (Date.now() - startedAt) / 1000
    progress.say(`  sold out in ${seconds.toFixed(1)} s; every map and every answer is being checked`)
    const map = (await readHouse(stage.server.url, SHOW)).map
    const report = await crowd.finish(map.epoch, map.seq)
    await projected(stage, report)
    const { frames, bookings } = await databaseOf(kind, stage)
    const { seatIds } = house
    const history = { show: SHOW, seatIds, records: report.records, frames, bookings, map, buyerMaps: report.maps }
    const checks = checkSellout(history)
    return { kind, seats: seatIds.length, seconds, restartMs, crowd: crowd.state, report, checks }
  } catch (error) {
    throw new Error(`the sale on ${kind} broke off; the server said last:\n${stage.server.logs().slice(-2_000)}`, {
      cause: error
    })
  } finally {
    await crowd?.end()
    await stage.dispose()
  }
}

function showOf({ plan, holdMs }: Sale): object {
  const { plan: read, faults } = readPlan(plan)
  if (read === null) throw new Error(`the plan has ${faults.length} faults: mend it with frontrow plan check --fix`)
  const prices = Object.fromEntries(read.categories.map(({ name }, at) => [name, 2_000 + at * 1_500]))
  const policy = { holdMs, extensionsMax: 1, holdsPerUserMax: 100, seatsPerUserMax: 1_000 }
  return { id: SHOW, title: 'Sold out', startsAt: '2040-05-01T19:30:00Z', currency: 'EUR', plan, prices, policy }
}

function invite(stage: Stage, { clients, seed }: Sale) {
  return Promise.all(
    Array.from({ length: clients }, async (_, at) => {
      const user = `buyer-${at + 1}`
      return { user, token: await stage.token(user, 'customer'), seed: seed * 1_000_003 + at }
    })
  )
}

/** Lets the sale run to its end, and answers how long each restart took until a write was acknowledged. */
async function sell(stage: Stage, crowd: Crowd, seats: number, kills: number, progress: Progress): Promise<number[]> {
  const restartMs: number[] = []
  const stop = progress.watch(() => stateText(crowd.state, seats, restartMs.length, kills))
  const booked = () => crowd.state.seats[2]
  const answered = () => Object.values(crowd.state.answers).reduce((sum, count) => sum + count, 0)
  const wait = (reached: () => boolean, what: string) =>
    until(
      reached,
      answered,
      PATIENCE_MS,
      () => `${what} did not come: ${stateText(crowd.state, seats, restartMs.length, kills)}`
    )
  try {
    for (let kill = 1; kill <= kills; kill++) {
      await wait(() => booked() >= (seats * kill) / (kills + 1), `kill ${kill}`)
      await stage.server.kill('SIGKILL')
      const restartedAt = Date.now()
      await stage.server.restart()
      const first = () => crowd.state.firstAnswers.find((at) => at >= restartedAt)
      await wait(() => first() !== undefined, `an answer after kill ${kill}`)
      restartMs.push(first()! - restartedAt)
    }
    await wait(() => crowd.state.buyers > 0 && crowd.state.done === crowd.state.buyers, 'the end of the sale')
    return restartMs
  } finally {
    stop()
  }
}

function stateText(
  { seats: [, held, booked], answers, open, done }: Crowd['state'],
  seats: number,
  killed: number,
  kills: number
): string {
  const refused = Object.entries(answers).reduce((sum, [name, count]) => (name.endsWith(' ok') ? sum : sum + count), 0)
  const holds = answers['hold ok'] ?? 0
  return `booked ${booked}/${seats}  held ${held}  holds ${holds}  refused ${refused}  sockets ${open}  done ${done}  kills ${killed}/${kills}`
}

/** Until the projections have what was booked last. */
async function projected(stage: Stage, report: CrowdReport): Promise<void> {
  const ids = report.records.flatMap(({ op, granted }) =>
    op === 'book' && granted[0] ? [JSON.parse(granted[0]).id] : []
  )
  const numberOf = (id: string) => Number(id.slice(id.lastIndexOf('.') + 1))
  const last: string = ids.reduce((a, b) => (numberOf(b) > numberOf(a) ? b : a), `${SHOW}.1`)
  const authorization = `Bearer ${await stage.token('bench', 'admin')}`
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const response = await fetch(`${stage.server.url}/api/bookings/${last}`, { headers: { authorization } })
    await response.body?.cancel()
    if (response.ok) return
    await delay(50)
  }
}

async function databaseOf(kind: DatabaseKind, stage: Stage) {
  await stage.server.stop()
  if (kind === 'postgres') return readDatabase(stage.postgres!.url)
  const { startEmbeddedPostgres } = await import('../../persistence/embedded/embedded-postgres.ts')
  const embedded = await startEmbeddedPostgres(stage.server.dataDir)
  try {
    return await readDatabase(embedded.url)
  } finally {
    await embedded.stop()
  }
}
