// A scenario → a bench: finds or starts the system, runs the load as often as asked, and reports. What a scenario has to
// say is what differs from a plain load of holds; see scenarios/.
import type { Policy } from '../../core/policy.ts'
import { type Bench, type BenchReport, type BenchSettings, numberSetting } from '../bench.ts'
import type { Peer, RunningPeer } from '../peers/peer.ts'
import type { Progress } from '../progress.ts'
import type { Table } from '../table.ts'
import type { Ask } from './drivers/frontrow-driver.ts'
import { openExisting } from './frontrow/existing.ts'
import type { Frontrow } from './frontrow/frontrow.ts'
import type { JourneyPlan, LoadPlan, Loop, RateAt } from './load.ts'
import { LOAD_OPTIONS, type LoadOption, type LoadShape, shapeFrom, steady } from './load-options.ts'
import { failuresOf, type LoadGroup, processTable, refusalTable, resultTable } from './load-tables.ts'
import { type LoadRun, runLoad } from './run-load.ts'
import { grantedPerSecond } from './statistics-of-runs.ts'
import { systemNamed } from './systems.ts'

/** How long the peak is looked for, where the rate is a share of it. */
const PEAK_MS = 5_000

export interface Scenario {
  readonly what: string
  /** Instead of the presets of all loads. */
  readonly presets?: Partial<Readonly<Record<LoadOption, string>>>
  /** Options of its own. */
  readonly options?: Bench['options']
  /** Of its shows, on a server of ours. */
  readonly policy?: (settings: BenchSettings) => Partial<Policy>
  readonly ask?: Ask
  /** Asks for the same seats again and again. */
  readonly endless?: boolean
  readonly persistent?: boolean
  /** Arrivals over time, instead of --rate. */
  readonly curve?: (settings: BenchSettings) => readonly RateAt[]
  readonly journey?: (settings: BenchSettings) => JourneyPlan
  /** What it does to the system while the load is measured, and what it found. */
  readonly meanwhile?: (running: RunningPeer, settings: BenchSettings, progress: Progress) => Promise<readonly Table[]>
  /** Shown before the common ones. */
  readonly tables?: (runs: readonly LoadRun[]) => readonly Table[]
}

export function loadBench(scenario: Scenario): Bench {
  const presets = Object.entries(LOAD_OPTIONS).map(([name, option]) => {
    const preset = scenario.presets?.[name as LoadOption] ?? option.preset
    return [name, { ...option, preset }]
  })
  return {
    what: scenario.what,
    options: { ...scenario.options, ...Object.fromEntries(presets) },
    run: (settings, progress) => run(scenario, settings, progress)
  }
}

async function run(scenario: Scenario, settings: BenchSettings, progress: Progress): Promise<BenchReport> {
  const shape = shapeFrom(settings, scenario.endless ?? false)
  const { peer, running } = await opened(scenario, settings, shape, progress)
  try {
    const loop = await loopOf(scenario, settings, shape, async (closed) => {
      const peak = await runLoad({ ...planFor(closed), measureMs: PEAK_MS }, running, {
        progress,
        label: 'finding the peak'
      })
      await running.reset()
      return grantedPerSecond(peak)
    })
    const runs: LoadRun[] = []
    const found: Table[] = []
    for (let at = 1; at <= shape.runs; at++) {
      if (at > 1) await running.reset()
      const label = shape.runs === 1 ? peer.name : `${peer.name}  run ${at} of ${shape.runs}`
      const run = await runLoad(planFor(loop), running, {
        ...{ progress, label },
        meanwhile: async () => void found.push(...((await scenario.meanwhile?.(running, settings, progress)) ?? []))
      })
      runs.push(run)
      progress.say(`  ${peer.name}  ${Math.round(grantedPerSecond(run)).toLocaleString('en-US')} granted/s`)
    }
    return reportOf(scenario, { name: peer.name, runs }, running, found)
  } finally {
    await running.stop()
  }

  function planFor(loop: Loop): LoadPlan {
    return {
      ...{ system: peer.name, address: running.address, loop, persistent: scenario.persistent ?? false },
      settings: { ...peer.sweep[0]!, ...(scenario.ask !== undefined && { ask: scenario.ask }) },
      ...{ trace: shape.trace, warmUpMs: shape.warmUpMs, measureMs: shape.measureMs },
      ...(scenario.journey !== undefined && { journey: scenario.journey(settings) })
    }
  }
}

async function opened(
  scenario: Scenario,
  settings: BenchSettings,
  { house }: LoadShape,
  progress: Progress
): Promise<{ readonly peer: Peer; readonly running: RunningPeer }> {
  if (settings.url !== '' || settings.nats !== '')
    return openExisting(settings, house, scenario.policy?.(settings) ?? {})
  const peer = systemNamed(settings.system!)
  const stop = progress.watch(() => `starting ${peer.name} with ${house.shows} shows of ${house.seatsPerShow} seats`)
  const options = { policy: scenario.policy?.(settings) ?? {}, profile: settings.profile ?? '' }
  // Only Frontrow takes options; the others have no policies.
  const running = await (peer as Frontrow).start(house, options).finally(stop)
  progress.say(`${peer.name}: ${running.version}; ${house.shows} shows of ${house.seatsPerShow} seats`)
  return { peer, running }
}

async function loopOf(
  scenario: Scenario,
  settings: BenchSettings,
  { warmUpMs }: LoadShape,
  findPeak: (loop: Loop) => Promise<number>
): Promise<Loop> {
  const outstanding = numberSetting(settings, 'outstanding')
  const { rate = '' } = settings
  if (scenario.curve !== undefined) return { kind: 'open', curve: scenario.curve(settings) }
  if (rate === '') return { kind: 'closed', outstanding }
  const perSecond = numberSetting({ rate: rate.replace(/%$/, '') }, 'rate')
  if (!rate.endsWith('%')) return { kind: 'open', curve: steady(perSecond, warmUpMs) }
  const peak = await findPeak({ kind: 'closed', outstanding })
  return { kind: 'open', curve: steady((peak * perSecond) / 100, warmUpMs) }
}

function reportOf(scenario: Scenario, group: LoadGroup, running: RunningPeer, found: readonly Table[]): BenchReport {
  const title = `${group.name}: ${describe(group.runs[0]!)}`
  const refusals = refusalTable([group])
  const processes = running.processes.length > 0 ? [processTable([group])] : []
  return {
    tables: [
      ...(scenario.tables?.(group.runs) ?? []),
      ...found,
      resultTable(title, [group]),
      ...(refusals.rows.length > 0 ? [refusals] : []),
      ...processes
    ],
    failures: failuresOf([group]),
    loads: [group]
  }
}

export function describe({ plan }: LoadRun): string {
  const { loop, trace } = plan
  const how =
    loop.kind === 'closed' ? `${loop.outstanding} under way` : `${Math.round(loop.curve.at(-1)!.perSecond)} arrivals/s`
  const many = trace.perMessage > 1 ? `, ${trace.perMessage} a message` : ''
  return `${how}${many}, ${trace.shows} shows of ${trace.seatsPerShow} seats, ${trace.party} seats a hold`
}
