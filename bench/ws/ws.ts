// Durable holds a second over WebSocket and JSON, beside a JSON echo on the same sockets library in the same run. Closed
// loop, every hold of four seats that nobody else wants. Each run has a fresh server on a fresh copy of the database.
import { type Bench, type BenchReport, type BenchSettings, numberSetting } from '../bench.ts'
import { BENCH_PRICES, type BlockShape, blockPlan } from '../bench-plan.ts'
import { type Child, startChild } from '../child.ts'
import { cpuSeconds, cpuSecondsOfFamily } from '../process-use.ts'
import type { Progress } from '../progress.ts'
import { startDurablePostgres, startStage } from '../stage.ts'
import { median, spreadPercent } from '../statistics.ts'
import type { Cell } from '../table.ts'
import { type FromLoad, type LoadResult, type ToLoad, wsShowId } from './protocol.ts'

type Load = Child<ToLoad, FromLoad>
type TestPostgres = Awaited<ReturnType<typeof startDurablePostgres>>

interface Run {
  readonly load: LoadResult
  /** Processors busy, on average, by process. */
  readonly server: number
  readonly postgres: number
  readonly generator: number
}

const SECRET = 'a secret that only benches sign their tokens with'
const ROWS = 50
const SEATS_PER_ROW = 40
const TEMPLATE = 'ws_template'
const GOAL = 0.6

export const ws: Bench = {
  what: 'durable holds a second over WebSocket on Postgres, beside a JSON echo',
  options: {
    seconds: { preset: '3', what: 'seconds of each run, after the warm-up' },
    'warm-up': { preset: '1', what: 'seconds that do not count' },
    runs: { preset: '5', what: 'runs of each' },
    sockets: { preset: '64', what: 'WebSockets, each with a user of its own' },
    outstanding: { preset: '256', what: 'holds on their way at a time, over all sockets' },
    shows: { preset: '64', what: 'shows that are sold at a time' },
    seats: { preset: '32000', what: 'seats of each show' },
    profile: { preset: '', what: 'a folder for CPU profiles of the server' }
  },
  run: async (settings, progress) => {
    const postgres = await startDurablePostgres()
    const load: Load = startChild<ToLoad, FromLoad>(new URL('./load.ts', import.meta.url))
    const echo = startChild<never, { kind: 'listening'; port: number }>(new URL('./echo.ts', import.meta.url))
    try {
      const { port } = await echo.next('listening')
      const runs = numberSetting(settings, 'runs')
      const ours: Run[] = []
      const echoes: Run[] = []
      await prepare(postgres, load, settings, progress)
      for (let at = 1; at <= runs; at++) {
        ours.push(await runServer(postgres, load, at, settings))
        sayRun(progress, `run ${at}/${runs}  frontrow`, ours.at(-1)!)
        echoes.push(await runLoad(load, port, settings, echo.pid, null))
        sayRun(progress, `run ${at}/${runs}  echo    `, echoes.at(-1)!)
      }
      return reportOf(ours, echoes, settings)
    } finally {
      await load.end()
      await echo.end()
      await postgres.dispose()
    }
  }
}

/** Creates the shows through the admin API, once: each run starts from a copy of that database. */
async function prepare(postgres: TestPostgres, load: Load, settings: BenchSettings, progress: Progress): Promise<void> {
  const shows = numberSetting(settings, 'shows')
  const shape: BlockShape = {
    blocks: Math.ceil(numberSetting(settings, 'seats') / (ROWS * SEATS_PER_ROW)),
    rows: ROWS,
    seatsPerRow: SEATS_PER_ROW
  }
  const url = await postgres.createDatabase(TEMPLATE)
  const stage = await startStage('postgres', { JWT_SECRET: SECRET }, url)
  let created = 0
  const stop = progress.watch(
    () => `creating shows of ${shape.blocks * ROWS * SEATS_PER_ROW} seats: ${created}/${shows}`
  )
  try {
    const plan = blockPlan('ws bench', shape)
    for (; created < shows; created++) await stage.createShow(showOf(wsShowId(created), plan))
    const sockets = numberSetting(settings, 'sockets')
    const users = Array.from({ length: sockets }, (_, at) => stage.token(`service-${at + 1}`, 'service'))
    const prepared = load.next('prepared')
    load.send({
      ...{ kind: 'prepare', shape, shows, sockets, tokens: await Promise.all(users), seed: 1 },
      outstanding: numberSetting(settings, 'outstanding')
    })
    const { holds, requestBytes } = await prepared
    await stage.server.stop()
    progress.say(
      `ws: ${shows} shows, ${holds} holds of 4 seats at the most, ${requestBytes} bytes each, ${sockets} sockets`
    )
  } finally {
    stop()
    await stage.dispose()
  }
}

function showOf(id: string, plan: object): object {
  const policy = { holdsPerUserMax: 10_000, seatsPerUserMax: 100_000 }
  return { id, title: id, startsAt: '2040-05-01T19:30:00Z', currency: 'EUR', plan, prices: BENCH_PRICES, policy }
}

async function runServer(postgres: TestPostgres, load: Load, at: number, settings: BenchSettings): Promise<Run> {
  const url = await postgres.createDatabase(`ws_run_${at}`, TEMPLATE)
  const folder = settings.profile ?? ''
  const profiling = folder === '' ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` }
  const stage = await startStage('postgres', { JWT_SECRET: SECRET, ...profiling }, url)
  try {
    const port = Number(new URL(stage.server.url).port)
    const run = await runLoad(load, port, settings, stage.server.pid!, postgres.pid!)
    // Its profile is written when it ends in order.
    if (folder !== '') await stage.server.stop()
    return run
  } finally {
    await stage.dispose()
  }
}

async function runLoad(
  load: Load,
  port: number,
  settings: BenchSettings,
  server: number,
  postgres: number | null
): Promise<Run> {
  const used = () => [cpuSeconds(server), postgres === null ? 0 : cpuSecondsOfFamily(postgres), cpuSeconds(load.pid)]
  const result = load.next('result')
  const measuring = load.next('measuring').then(used)
  const measured = load.next('measured').then(used)
  const warmUpMs = numberSetting(settings, 'warm-up', 0) * 1000
  const measureMs = numberSetting(settings, 'seconds', 0.01) * 1000
  load.send({ kind: 'run', port, warmUpMs, measureMs, again: postgres === null })
  const [from, to, outcome] = await Promise.all([measuring, measured, result])
  const busy = to.map((seconds, at) => ((seconds - from[at]!) / outcome.ms) * 1000)
  return { load: outcome, server: busy[0]!, postgres: busy[1]!, generator: busy[2]! }
}

function rateOf({ load }: Run): number {
  return (load.granted / load.ms) * 1000
}

function sayRun(progress: Progress, name: string, run: Run): void {
  const { latencies, refused, ranOut, unanswered, closed } = run.load
  const others = Object.entries(refused).map(([code, count]) => `  ${code} ${count}`)
  const note = `${unanswered > 0 ? `  unanswered ${unanswered}` : ''}${closed > 0 ? `  sockets closed ${closed}` : ''}${ranOut ? '  (ran out of seats)' : ''}`
  const rate = Math.round(rateOf(run)).toLocaleString('en-US')
  progress.say(`  ${name}  ${rate}/s  p50 ${latencies.msP50} ms  p99 ${latencies.msP99} ms${others.join('')}${note}`)
}

function reportOf(ours: readonly Run[], echoes: readonly Run[], settings: BenchSettings): BenchReport {
  const row = (name: string, runs: readonly Run[]): Cell[] => {
    const rates = runs.map(rateOf)
    const middle = (of: (run: Run) => number) => median(runs.map(of))
    const refused = runs.flatMap(({ load }) => Object.values(load.refused)).reduce((sum, count) => sum + count, 0)
    const latencies = [middle(({ load }) => load.latencies.msP50), middle(({ load }) => load.latencies.msP99)]
    const cpus = [middle((run) => run.server), middle((run) => run.postgres), middle((run) => run.generator)]
    return [name, Math.round(median(rates)), ...latencies, refused, ...cpus, spreadPercent(rates)]
  }
  // Of neighbours in time: what else the machine did in the meantime fell on both.
  const ratio = median(ours.map((run, at) => rateOf(run) / rateOf(echoes[at]!)))
  const failures = [...ours, ...echoes].flatMap(({ load: { unanswered, closed } }) => [
    ...(unanswered > 0 ? [`${unanswered} holds of a run were not answered`] : []),
    ...(closed > 0 ? [`${closed} sockets of a run were closed by the server`] : [])
  ])
  return {
    tables: [
      {
        title: `ws: ${settings.outstanding} outstanding on ${settings.sockets} sockets, ${settings.shows} shows, 4 seats a hold, median of the runs`,
        columns: ['', 'granted/s', 'ms p50', 'ms p99', 'refused', 'CPU server', 'CPU Postgres', 'CPU load', 'spread %'],
        rows: [row('frontrow, durable holds', ours), row('JSON echo', echoes)],
        notes: [
          `Ratio to the echo, median of the pairs of runs: ${ratio.toFixed(2)} (goal ${GOAL}).`,
          'The echo parses the same frames and answers each at once with a hold object of the same shape and size, on',
          'a bare app of gateway/uws.ts: no token, no checks, no state, no journal. CPU: processors busy, of all threads.'
        ]
      }
    ],
    failures
  }
}
