// Very many viewers, over several nodes, look at one show while its house is sold out. Every one of them is held to the
// server's map at the end; what they cost in memory, and how old what they see is, is measured on the way.
import { type ClusterStage, startClusterStage } from '../../test/support/cluster-stage.ts'
import { type Bench, type BenchSettings, numberSetting } from '../bench.ts'
import { cpuSeconds, cpuSecondsOfFamily } from '../process-use.ts'
import type { Progress } from '../progress.ts'
import { until } from '../sellout/crowd.ts'
import type { House } from '../sellout/house.ts'
import { type Audiences, startAudiences } from './audiences.ts'
import { machineMs } from './clock.ts'
import { ownersMap } from './judge.ts'
import { INSPECTED, useOf, useWithoutGarbage } from './node-use.ts'
import type { ViewerCounts } from './protocol.ts'
import { reportOf } from './report.ts'
import { type Seller, sellOut } from './seller.ts'
import { finalMaps, HOLD_MS, houseOf, SHARDS, SHOW, settledHead, showOf } from './show.ts'

/** A phase in which nothing moves for so long is stuck. */
const PATIENCE_MS = 60_000

export const crowd: Bench = {
  what: 'viewers in their ten thousands on several nodes, all on one show, while a 20,000-seat arena is sold out',
  options: {
    clients: { preset: '100000', what: 'viewers, each with a WebSocket of its own, that look only' },
    nodes: { preset: '6', what: 'servers; each may have 20,000 files open where that is the limit' },
    seconds: { preset: '40', what: 'over which the house is sold' },
    'think-ms': { preset: '1000', what: 'between a hold and its booking' },
    plan: { preset: '', what: 'a seating plan in pretix JSON; the demo arena of 20,000 seats unless given' }
  },
  run: async (settings, progress) => {
    const nodes = numberSetting(settings, 'nodes')
    progress.say(`crowd: ${settings.clients} viewers over ${nodes} nodes, all on one show`)
    const env = { LOG_LEVEL: 'warn', SHARDS: String(SHARDS), ...INSPECTED }
    const stage = await startClusterStage({ nodes, env, postgres: { durable: true } })
    try {
      return await measure(stage, settings, progress)
    } catch (error) {
      const said = stage.nodes.map((node) => `${node.id}:\n${node.logs().slice(-1_000)}`)
      throw new Error(`the crowd broke off: ${error}; the nodes said last:\n${said.join('\n')}`, { cause: error })
    } finally {
      await stage.dispose()
    }
  }
}

async function measure(stage: ClusterStage, settings: BenchSettings, progress: Progress) {
  await stage.createShow(showOf(settings.plan ?? ''))
  const firstHead = await settledHead(stage)
  const house = await houseOf(stage)
  const before = await useWithoutGarbage(stage.nodes)
  const viewers = numberSetting(settings, 'clients')
  const ports = stage.nodes.map(({ url }) => Number(new URL(url).port))
  const audiences = startAudiences({ show: SHOW, ports, viewers })
  try {
    const connectSeconds = await connected(audiences, viewers, progress)
    const withViewers = await useWithoutGarbage(stage.nodes)
    const sale = await sold(stage, audiences, house, settings, progress)
    const { epoch, seq } = ownersMap(sale.head, sale.maps)
    const seats = house.seatIds.length
    const reports = await audiences.finish({ epoch, seq, seats, times: sale.seller.times })
    const after = await useOf(stage.nodes)
    const use = { before, withViewers, after }
    return reportOf({ ...sale, viewers, firstHead, seats, connectSeconds, reports, use })
  } finally {
    await audiences.end()
  }
}

/** Seconds until all of them watch. */
async function connected(audiences: Audiences, viewers: number, progress: Progress): Promise<number> {
  const startedAt = machineMs()
  const seconds = () => (machineMs() - startedAt) / 1000
  const text = () => {
    const { watching } = audiences.counts
    const rate = Math.round(watching / seconds())
    return `coming in: ${watching}/${viewers}  ${rate}/s${troublesText(audiences.counts)}`
  }
  const stop = progress.watch(text)
  try {
    await until(
      () => audiences.counts.watching === viewers,
      () => audiences.counts.watching,
      PATIENCE_MS,
      text
    )
    return seconds()
  } finally {
    stop()
  }
}

async function sold(
  stage: ClusterStage,
  audiences: Audiences,
  house: House,
  settings: BenchSettings,
  progress: Progress
) {
  const busyBefore = cpuOf(stage, audiences)
  const countsBefore = audiences.counts
  const startedAt = machineMs()
  const seller = sellOut({
    ...{ urls: stage.nodes.map(({ wsUrl }) => wsUrl), token: await stage.token('crowd', 'service'), house },
    ...{ seconds: numberSetting(settings, 'seconds', 0.1), thinkMs: numberSetting(settings, 'think-ms', 0) },
    holdMs: HOLD_MS
  })
  const text = saleText(seller, audiences)
  const stop = progress.watch(text)
  try {
    const ended = until(
      () => seller.booked === seller.parties,
      () => seller.held + seller.booked,
      PATIENCE_MS,
      text
    )
    await Promise.race([ended, seller.soldOut.then(() => ended)])
    const soldOutAt = machineMs()
    const busy = cpuOf(stage, audiences).map((cpu, at) => (cpu - busyBefore[at]!) / ((machineMs() - startedAt) / 1000))
    return { seller, startedAt, soldOutAt, countsBefore, busy, ...(await finalMaps(stage)) }
  } finally {
    stop()
    seller.close()
  }
}

function saleText(seller: Seller, audiences: Audiences): () => string {
  let last = { at: machineMs(), pushes: audiences.counts.pushes }
  return () => {
    const { pushes, skips } = audiences.counts
    const now = { at: machineMs(), pushes }
    const rate = Math.round(((now.pushes - last.pushes) / (now.at - last.at)) * 1000)
    last = now
    const sale = `held ${seller.held}/${seller.parties}  booked ${seller.booked}`
    return `${sale}  deliveries ${rate}/s  skipped ${skips}${troublesText(audiences.counts)}`
  }
}

function troublesText({ troubles }: ViewerCounts): string {
  return Object.entries(troubles)
    .map(([name, count]) => `  ${name} ${count}`)
    .join('')
}

/** Processor seconds of the nodes, the viewers, Postgres and NATS. */
function cpuOf({ nodes, postgres, nats }: ClusterStage, { pids }: Audiences): number[] {
  const sum = (seconds: readonly number[]) => seconds.reduce((one, other) => one + other, 0)
  const single = [nodes.map(({ pid }) => pid ?? 0), pids].map((of) => sum(of.map(cpuSeconds)))
  return [...single, cpuSecondsOfFamily(postgres?.pid ?? 0), cpuSeconds(nats?.pid ?? 0)]
}
