// Viewers on one node look at one show: while its house is sold, or while a bare publisher plays what was told then.
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from '../../child.ts'
import { type Audiences, startAudiences } from '../../crowd/audiences.ts'
import { machineMs } from '../../crowd/clock.ts'
import { judgeCrowd } from '../../crowd/judge.ts'
import type { ViewersReport } from '../../crowd/protocol.ts'
import { sellOut } from '../../crowd/seller.ts'
import { type Ages, mergeAges, newAges } from '../../crowd/staleness.ts'
import { cpuSeconds } from '../../process-use.ts'
import type { Progress } from '../../progress.ts'
import { until } from '../../sellout/crowd.ts'
import { readHouse } from '../../sellout/house.ts'
import type { Stage } from '../../stage.ts'
import type { FromPublisher, ToPublisher } from './bare-publisher.ts'
import { type FeedRecorder, recordFeed } from './feed-recorder.ts'

export interface Watched {
  readonly deliveriesPerSecond: number
  readonly megabytesPerSecond: number
  readonly diffsPerSecond: number
  readonly skips: number
  /** Processors busy: the server, the viewers. */
  readonly server: number
  readonly viewers: number
}

export interface WatchedSale extends Watched {
  readonly ages: Ages
  readonly wrong: number
  readonly failures: readonly string[]
  readonly feed: Pick<FeedRecorder, 'snapshot' | 'diffs'>
}

export interface SaleOptions {
  readonly viewers: number
  readonly seconds: number
  readonly holdMs: number
  readonly progress: Progress
  readonly label: string
}

const THINK_MS = 1_000
const PATIENCE_MS = 60_000
/** At the beginning of the replay, when queues are still filling. */
const SETTLE_MS = 500

export async function watchSale(stage: Stage, show: string, options: SaleOptions): Promise<WatchedSale> {
  const { server } = stage
  const audiences = startAudiences({ show, ports: [portOf(server.url)], viewers: options.viewers })
  const feed = await recordFeed(server.wsUrl, show)
  try {
    await allIn(audiences, options)
    const house = await readHouse(server.url, show)
    const meter = meterOf(audiences, server.pid!)
    const { seconds, holdMs } = options
    const token = await stage.token('fan-out', 'service')
    const seller = sellOut({ urls: [server.wsUrl], token, house, seconds, thinkMs: THINK_MS, holdMs })
    const stop = options.progress.watch(
      () => `${options.label}  booked ${seller.booked}/${seller.parties}  ${meter.text()}`
    )
    const ended = until(
      () => seller.booked === seller.parties,
      () => seller.held + seller.booked,
      PATIENCE_MS,
      meter.text
    )
    await Promise.race([ended, seller.soldOut.then(() => ended)]).finally(stop)
    seller.close()
    const counted = meter.end(feed.diffs.length)
    const { map } = await readHouse(server.url, show)
    const seats = house.seatIds.length
    const reports = await audiences.finish({ epoch: map.epoch, seq: map.seq, seats, times: seller.times })
    const head = { owner: 'node', epoch: map.epoch }
    const judged = judgeCrowd({ seats, head, maps: [{ id: 'node', map }], reports })
    return { ...counted, ages: agesOf(reports), wrong: judged.viewers, failures: judged.failures, feed }
  } finally {
    feed.close()
    await audiences.end()
  }
}

/** The same bytes, from a server that does nothing else. */
export async function watchBarePublisher(feed: WatchedSale['feed'], options: SaleOptions): Promise<Watched> {
  const publisher = startChild<ToPublisher, FromPublisher>(new URL('./bare-publisher.ts', import.meta.url))
  try {
    const { port } = await publisher.next('listening')
    publisher.send({ kind: 'play', snapshot: feed.snapshot, diffs: feed.diffs })
    const audiences = startAudiences({ show: showIn(feed.snapshot), ports: [port], viewers: options.viewers })
    try {
      await allIn(audiences, options)
      publisher.send({ kind: 'start' })
      await delay(SETTLE_MS)
      const meter = meterOf(audiences, publisher.pid)
      const stop = options.progress.watch(() => `${options.label}  ${meter.text()}`)
      await delay(options.seconds * 1000).finally(stop)
      const counted = meter.end(0)
      publisher.send({ kind: 'stop' })
      await publisher.next('stopped')
      return { ...counted, diffsPerSecond: counted.deliveriesPerSecond / options.viewers }
    } finally {
      await audiences.end()
    }
  } finally {
    await publisher.end()
  }
}

async function allIn(audiences: Audiences, { viewers, progress, label }: SaleOptions): Promise<void> {
  const text = () => `${label}  viewers coming in: ${audiences.counts.watching}/${viewers}`
  const stop = progress.watch(text)
  const watching = () => audiences.counts.watching
  await until(() => watching() === viewers, watching, PATIENCE_MS, text).finally(stop)
}

function meterOf(audiences: Audiences, server: number) {
  const cpu = () => [cpuSeconds(server), audiences.pids.map(cpuSeconds).reduce((sum, one) => sum + one, 0)] as const
  const before = { at: machineMs(), counts: audiences.counts, cpu: cpu() }
  const rate = () => (audiences.counts.pushes - before.counts.pushes) / ((machineMs() - before.at) / 1000)
  return {
    text: () => `deliveries ${Math.round(rate()).toLocaleString('en-US')}/s`,
    end: (diffs: number): Watched => {
      const { counts } = audiences
      const seconds = (machineMs() - before.at) / 1000
      const busy = cpu().map((now, at) => (now - before.cpu[at]!) / seconds)
      return {
        deliveriesPerSecond: rate(),
        megabytesPerSecond: (counts.bytes - before.counts.bytes) / seconds / 1024 ** 2,
        diffsPerSecond: diffs / seconds,
        skips: counts.skips - before.counts.skips,
        ...{ server: busy[0]!, viewers: busy[1]! }
      }
    }
  }
}

function agesOf(reports: readonly ViewersReport[]): Ages {
  const ages = newAges()
  for (const report of reports) mergeAges(ages, report.ages)
  return ages
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** A push has the length of its show's id behind kind, epoch and seq, and then the id. */
function showIn(push: Buffer): string {
  return push.toString('latin1', 10, 10 + push[9]!)
}
