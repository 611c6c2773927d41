// Thousands of viewers on one node look at one show while it is sold: how many pushes they get a second, beside a bare
// publisher of the same bytes, and how old what they see is.
import { type Bench, type BenchReport, type BenchSettings, numberSetting } from '../../bench.ts'
import { BENCH_PRICES, blockPlan } from '../../bench-plan.ts'
import { summaryOf } from '../../crowd/staleness.ts'
import type { Progress } from '../../progress.ts'
import { startStage } from '../../stage.ts'
import { median } from '../../statistics.ts'
import type { Cell } from '../../table.ts'
import { verdict } from '../contest-report.ts'
import { LOAD_POLICY, shapeOf } from '../frontrow/house.ts'
import { type Watched, type WatchedSale, watchBarePublisher, watchSale } from './watched-sale.ts'

const SHOW = 'fan-out'
const HOLD_MS = 600_000
const DELIVERIES_GOAL = 0.7
const STALENESS_MS_GOAL = 300

export const fanOut: Bench = {
  what: 'thousands of viewers on one show while it is sold, beside a bare publish of the same bytes',
  options: {
    viewers: { preset: '15000', what: 'WebSockets that look on; a process may have so many files open, often 20,000' },
    'viewed-seats': { preset: '20000', what: 'seats of the house that is sold out' },
    seconds: { preset: '15', what: 'over which it is sold' },
    runs: { preset: '5', what: 'sales, each with the bare publisher after it' }
  },
  run: async (settings, progress) => {
    const runs = numberSetting(settings, 'runs')
    const sales: WatchedSale[] = []
    const bare: Watched[] = []
    for (let at = 1; at <= runs; at++) {
      const sale = await sell(settings, progress, `sale ${at} of ${runs}`)
      sales.push(sale)
      const options = { ...optionsFrom(settings, progress), label: `bare publisher ${at} of ${runs}` }
      bare.push(await watchBarePublisher(sale.feed, options))
      const [one, other] = [sale, bare.at(-1)!].map(({ deliveriesPerSecond }) => Math.round(deliveriesPerSecond))
      progress.say(
        `  ${at} of ${runs}  ${one} deliveries/s, bare ${other}, staleness p99 ${summaryOf(sale.ages.decided).msP99} ms`
      )
    }
    return reportOf(sales, bare, settings)
  }
}

function optionsFrom(settings: BenchSettings, progress: Progress) {
  return {
    ...{ viewers: numberSetting(settings, 'viewers'), seconds: numberSetting(settings, 'seconds', 0.1) },
    ...{ holdMs: HOLD_MS, progress }
  }
}

async function sell(settings: BenchSettings, progress: Progress, label: string): Promise<WatchedSale> {
  const stage = await startStage('postgres')
  try {
    const shape = shapeOf({ shows: 1, seatsPerShow: numberSetting(settings, 'viewed-seats') })
    const policy = { ...LOAD_POLICY, holdMs: HOLD_MS }
    const terms = { title: SHOW, startsAt: '2040-05-01T19:30:00Z', currency: 'EUR', prices: BENCH_PRICES, policy }
    await stage.createShow({ id: SHOW, plan: blockPlan('load bench', shape), ...terms })
    return await watchSale(stage, SHOW, { ...optionsFrom(settings, progress), label })
  } finally {
    await stage.dispose()
  }
}

function reportOf(sales: readonly WatchedSale[], bare: readonly Watched[], settings: BenchSettings): BenchReport {
  const row = (name: string, runs: readonly Watched[], ages: readonly number[]): Cell[] => {
    const middle = (of: (run: Watched) => number) => median(runs.map(of))
    const rates = [middle((run) => run.deliveriesPerSecond), middle((run) => run.diffsPerSecond)]
    const cpus = [middle((run) => run.server), middle((run) => run.viewers)]
    return [
      name,
      ...rates.map(Math.round),
      middle((run) => run.megabytesPerSecond),
      ...ages,
      middle((run) => run.skips),
      ...cpus
    ]
  }
  const stale = sales.map(({ ages }) => summaryOf(ages.decided))
  const ages = (['msP50', 'msP99', 'msMax'] as const).map((name) => median(stale.map((one) => one[name])))
  const ratios = sales.map((sale, at) => sale.deliveriesPerSecond / bare[at]!.deliveriesPerSecond)
  const lower = (unit: string, goal: number) => ({ unit, goal, better: 'lower' }) as const
  return {
    tables: [
      {
        title: `fan-out: ${settings.viewers} viewers on one node, ${settings['viewed-seats']} seats sold in ${settings.seconds} s, median of the runs`,
        columns: [
          ...['', 'deliveries/s', 'pushes/s', 'MB/s', 'stale ms p50', 'ms p99', 'ms max'],
          ...['skipped', 'CPU server', 'CPU viewers']
        ],
        rows: [
          row('frontrow', sales, ages),
          row('bare publish of the same bytes', bare, [Number.NaN, Number.NaN, Number.NaN])
        ],
        notes: [
          'Stale: from the decision of a seat change, a moment before its commit, to its receipt, over all viewers and',
          'changes. Skipped: viewers that were too slow, and got the whole map instead.'
        ]
      }
    ],
    verdicts: [
      verdict('deliveries a second beside a bare publish', ratios, {
        unit: 'times',
        goal: DELIVERIES_GOAL,
        better: 'higher'
      }),
      verdict(
        'staleness p99 during a sell-out',
        stale.map(({ msP99 }) => msP99),
        lower('ms', STALENESS_MS_GOAL)
      ),
      verdict(
        'viewers with a wrong map at the end',
        sales.map(({ wrong }) => wrong),
        lower('', 0)
      )
    ],
    failures: sales.flatMap(({ failures }) => failures)
  }
}
