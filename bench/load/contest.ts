// Several loads, on one or on several systems, in turns, so that what else the machine does falls on all of them. A
// system that has several settings is first tried with all of them, and runs with those that did best. Whoever is not
// being asked is frozen: a checkpoint or a vacuum of one system must not cost another.
import { freeze, thaw } from '../../test/support/process-family.ts'
import type { Peer, PeerSettings, RunningPeer } from '../peers/peer.ts'
import type { Progress } from '../progress.ts'
import type { Cell, Table } from '../table.ts'
import type { LoadPlan, Loop } from './load.ts'
import type { LoadGroup } from './load-tables.ts'
import { type LoadRun, runLoad } from './run-load.ts'
import { grantedPerSecond } from './statistics-of-runs.ts'
import type { TracePlan } from './trace.ts'

/** One load on one system. Entries of the same system and house share it, each begins with an empty one. */
export interface Entry {
  /** The system's, unless it is there twice. */
  readonly name: string
  readonly peer: Peer
  readonly trace: TracePlan
  /** Where it depends on what the entries before it did in this round: a function of their grants a second, by name. */
  readonly loop: Loop | ((granted: (name: string) => number) => Loop)
}

export interface Contest {
  readonly entries: readonly Entry[]
  readonly warmUpMs: number
  readonly measureMs: number
  readonly rounds: number
  /** Of each try; 0: every system runs with the settings that stand first. */
  readonly sweepMs: number
}

export interface ContestResult {
  /** In the order of the entries; run n of each is of round n. */
  readonly groups: readonly LoadGroup[]
  /** What was tried; null where nothing was. */
  readonly sweep: Table | null
}

interface Contender {
  readonly peer: Peer
  readonly running: RunningPeer
  settings: PeerSettings
  /** Nothing was sold yet. */
  isFresh: boolean
}

export async function hold(contest: Contest, progress: Progress): Promise<ContestResult> {
  const contenders = new Map<string, Contender>()
  const { entries, rounds } = contest
  const groups = entries.map(({ name }) => ({ name, runs: [] as LoadRun[] }))
  try {
    for (const entry of entries) {
      const seat = seatOf(entry)
      if (!contenders.has(seat)) contenders.set(seat, await start(entry, progress))
    }
    const sweep = contest.sweepMs > 0 ? await sweepAll(contest, contenders, progress) : null
    for (let round = 1; round <= rounds; round++) {
      const latest = new Map<string, number>()
      for (const [at, entry] of entries.entries()) {
        const label = `round ${round} of ${rounds}  ${entry.name}`
        const loop = typeof entry.loop === 'function' ? entry.loop((name) => latest.get(name)!) : entry.loop
        const load = { ...contest, loop, trace: entry.trace }
        const contender = contenders.get(seatOf(entry))!
        const run = await once(load, contender, contender.settings, progress, label)
        groups[at]!.runs.push(run)
        latest.set(entry.name, grantedPerSecond(run))
      }
    }
    return { groups, sweep }
  } finally {
    for (const { running } of contenders.values()) {
      eachProcess(running, thaw)
      await running.stop()
    }
  }
}

/** Which of the started systems an entry is asked of. */
function seatOf({ peer, trace: { shows, seatsPerShow } }: Entry): string {
  return `${peer.name}, ${shows} × ${seatsPerShow}`
}

async function start({ peer, trace: { shows, seatsPerShow } }: Entry, progress: Progress): Promise<Contender> {
  const stop = progress.watch(() => `starting ${peer.name} with ${shows} shows of ${seatsPerShow} seats`)
  const running = await peer.start({ shows, seatsPerShow }).finally(stop)
  eachProcess(running, freeze)
  progress.say(`  ${peer.name}: ${running.version}`)
  return { peer, running, settings: peer.sweep[0]!, isFresh: true }
}

/** With the first load of each system. What need not be durable is there for comparison alone, and is not tried. */
async function sweepAll(
  { entries, warmUpMs, sweepMs }: Contest,
  contenders: ReadonlyMap<string, Contender>,
  progress: Progress
): Promise<Table | null> {
  const rows: Cell[][] = []
  for (const [seat, contender] of contenders) {
    const { peer } = contender
    const { trace, loop } = entries.find((entry) => seatOf(entry) === seat)!
    if (peer.sweep.length === 1 || peer.durable !== 'always' || typeof loop === 'function') continue
    let best = 0
    for (const settings of peer.sweep) {
      const label = `trying ${peer.name}  ${settingsText(settings)}`
      const load = { trace, loop, warmUpMs, measureMs: sweepMs }
      const run = await once(load, contender, settings, progress, label)
      const rate = grantedPerSecond(run)
      rows.push([peer.name, settingsText(settings), Math.round(rate), run.result.latency.msP99])
      if (rate > best) contender.settings = settings
      best = Math.max(best, rate)
    }
  }
  const columns = ['', 'settings', 'granted/s', 'ms p99']
  return rows.length === 0 ? null : { title: 'settings that were tried, one short run each', columns, rows }
}

async function once(
  { trace, loop, warmUpMs, measureMs }: Pick<LoadPlan, 'trace' | 'loop' | 'warmUpMs' | 'measureMs'>,
  contender: Contender,
  settings: PeerSettings,
  progress: Progress,
  label: string
): Promise<LoadRun> {
  const { peer, running } = contender
  eachProcess(running, thaw)
  if (!contender.isFresh) await running.reset()
  contender.isFresh = false
  const plan: LoadPlan = {
    ...{ system: peer.name, address: running.address, settings, trace, loop, warmUpMs, measureMs },
    persistent: false
  }
  const run = await runLoad(plan, running, { progress, label })
  eachProcess(running, freeze)
  sayRun(progress, label, run)
  return run
}

function eachProcess({ processes }: RunningPeer, send: (pid: number) => void): void {
  for (const { pid } of processes) send(pid)
}

function sayRun(progress: Progress, label: string, run: LoadRun): void {
  const { latency, failed, ranOut } = run.result
  const rate = Math.round(grantedPerSecond(run)).toLocaleString('en-US')
  const notes = `${failed > 0 ? `  failed ${failed}` : ''}${ranOut ? '  (ran out of seats)' : ''}`
  progress.say(`  ${label}  ${rate}/s  p50 ${latency.msP50} ms  p99 ${latency.msP99} ms${notes}`)
}

function settingsText(settings: PeerSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}
