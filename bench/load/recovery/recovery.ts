// How long a killed server takes to serve again, by how long its journal is: it is of holds that run out after a second,
// so that each is two events and the same seats do for all of them. The last of them come through the door, so that it is
// killed with as much behind its last snapshots as a sale leaves there.
import { setTimeout as delay } from 'node:timers/promises'
import { IDEMPOTENCY_KEYS_MAX, LEASE_MS } from '../../../core/limits.ts'
import { type Bench, type BenchSettings, numberSetting, type Verdict } from '../../bench.ts'
import { startChild } from '../../child.ts'
import type { Progress } from '../../progress.ts'
import { median } from '../../statistics.ts'
import type { Table } from '../../table.ts'
import { verdict } from '../contest-report.ts'
import { diskOf } from '../frontrow/disk.ts'
import { frontrowNats, type RunningFrontrow, SHARDS } from '../frontrow/frontrow.ts'
import type { LoadPlan } from '../load.ts'
import { steady } from '../load-options.ts'
import { runLoad } from '../run-load.ts'
import type { TracePlan } from '../trace.ts'
import type { FillJournal, FromFiller } from './protocol.ts'

const DOOR_MS = 5_000
const OUTSTANDING = 4_096
const PER_MESSAGE = 64
const HOLD_MS = 1_000
/** Made, and run out. */
const EVENTS_OF_A_HOLD = 2
const RATE = 200
const KILL_AFTER_MS = 2_000
const GOAL_MS = 1_000 + LEASE_MS
const EVENTS_METRIC = /^frontrow_commit_events_sum (\d+)/m

export const recovery: Bench = {
  what: 'a server is killed that has a long journal: the time until its shows serve again',
  options: {
    events: { preset: '1000000,10000000,100000000', what: 'events in the journal when it is killed, fewest first' },
    runs: { preset: '5', what: 'times that it is killed with each' },
    'recovery-shows': { preset: '64', what: 'shows, of 8,000 seats' },
    'recovery-seconds': { preset: '15', what: 'seconds of light load, in which it is killed' }
  },
  run: async (settings, progress) => {
    const shows = numberSetting(settings, 'recovery-shows')
    const runs = numberSetting(settings, 'runs')
    const targets = settings.events!.split(',').map(Number)
    const possible = shows * IDEMPOTENCY_KEYS_MAX * EVENTS_OF_A_HOLD
    if (!targets.every((target) => target < possible)) {
      throw new Error(`${shows} shows remember the keys of ${inWords(possible)} events: give it more --recovery-shows`)
    }
    const running = await frontrowNats.start({ shows, seatsPerShow: 8_000 }, { policy: { holdMs: HOLD_MS } })
    const lengths: Length[] = []
    let events = 0
    let seed = 0
    // Other commands each time: those of before would be answered from what is remembered.
    const nextTrace = () => ({ ...traceOf(shows), seed: ++seed })
    try {
      for (const target of targets) {
        await running.stage.server.stop()
        events += await fill(running, nextTrace(), target - events, progress)
        await running.stage.server.restart()
        const length: Length = { events, megabytes: (await diskOf(running)).journal ?? Number.NaN, outages: [] }
        for (let run = 1; run <= runs; run++) {
          await sellThroughDoor(running, nextTrace(), progress)
          events += await eventsOf(running)
          const outage = await killed(running, nextTrace(), settings, progress)
          const [ready, gap] = [outage.readyMs, outage.gapMs].map(Math.round)
          progress.say(
            `  ${inWords(length.events)} events, ${run} of ${runs}: ready after ${ready} ms, ${gap} ms without a grant`
          )
          length.outages.push(outage)
        }
        lengths.push(length)
      }
    } finally {
      await running.stop()
    }
    return { tables: [tableOf(lengths, shows)], verdicts: lengths.map(verdictOf), failures: [] }
  }
}

interface Outage {
  readonly readyMs: number
  readonly gapMs: number
}

/** How long a journal is at first, and what came of killing its server. */
interface Length {
  readonly events: number
  readonly megabytes: number
  readonly outages: Outage[]
}

function tableOf(lengths: readonly Length[], shows: number): Table {
  return {
    title: `recovery: ${shows} shows, killed under ${RATE} holds a second`,
    columns: ['events in the journal', 'MB of journal', 'ms until it says it is ready', 'ms without a grant'],
    rows: lengths.map(({ events, megabytes, outages }) => {
      const ready = median(outages.map(({ readyMs }) => readyMs))
      return [events, megabytes, ready, median(outages.map(({ gapMs }) => gapMs))]
    })
  }
}

function verdictOf({ events, outages }: Length): Verdict {
  const gaps = outages.map(({ gapMs }) => gapMs)
  return verdict(`time without service, ${inWords(events)} events`, gaps, {
    unit: 'ms',
    goal: GOAL_MS,
    better: 'lower'
  })
}

function inWords(count: number): string {
  return count.toLocaleString('en-US')
}

/** So that as much happened since the last snapshots as a sale leaves there. */
async function sellThroughDoor(running: RunningFrontrow, trace: TracePlan, progress: Progress): Promise<void> {
  const plan = planFor(running, { ...trace, perMessage: PER_MESSAGE })
  const door: LoadPlan = { ...plan, loop: { kind: 'closed', outstanding: OUTSTANDING }, measureMs: DOOR_MS }
  await runLoad(door, running, { progress, label: 'the last events, through the door' })
}

/** While no server has the shows: until the journal has so many events more, or somewhat more; answers how many. */
async function fill(
  { databaseUrl: url, address: { showIds } }: RunningFrontrow,
  trace: TracePlan,
  wanted: number,
  progress: Progress
): Promise<number> {
  const filler = startChild<FillJournal, FromFiller>(new URL('./filler.ts', import.meta.url))
  let events = 0
  filler.onMessage((message) => {
    events = message.events
  })
  const stop = progress.watch(() => `filling the journal  ${inWords(events)} of ${inWords(wanted)} events`)
  try {
    const filled = filler.next('filled')
    filler.send({ kind: 'fill', url, shards: SHARDS, showIds, trace, events: wanted })
    return (await filled).events
  } finally {
    stop()
    await filler.end()
  }
}

async function killed(
  running: RunningFrontrow,
  trace: TracePlan,
  settings: BenchSettings,
  progress: Progress
): Promise<Outage> {
  let readyMs = 0
  const measureMs = numberSetting(settings, 'recovery-seconds', 1) * 1000
  const plan = planFor(running, trace)
  const light: LoadPlan = { ...plan, loop: { kind: 'open', curve: steady(RATE, 0) }, measureMs, persistent: true }
  const { result } = await runLoad(light, running, {
    ...{ progress, label: 'killed under load' },
    meanwhile: async () => {
      await delay(Math.min(KILL_AFTER_MS, measureMs / 4))
      const killedAt = performance.now()
      await running.stage.server.kill('SIGKILL')
      await running.stage.server.restart()
      readyMs = performance.now() - killedAt
    }
  })
  const gap = result.gaps[0] ?? { second: 0, ms: 0 }
  if (gap.second + gap.ms / 1000 >= result.seconds)
    throw new Error('it did not serve again: give it more --recovery-seconds')
  return { readyMs, gapMs: gap.ms }
}

function traceOf(shows: number): Omit<TracePlan, 'seed'> {
  return {
    ...{ shows, seatsPerShow: 8_000, party: 4, showsAtOnce: shows, perMessage: 1, takenShare: 0 },
    ...{ users: 100_000, endless: true }
  }
}

function planFor({ address }: RunningFrontrow, trace: TracePlan): Omit<LoadPlan, 'loop' | 'measureMs'> {
  const settings = frontrowNats.sweep[0]!
  return { system: frontrowNats.name, address, settings, trace, warmUpMs: 0, persistent: false }
}

/** Since it started. */
async function eventsOf({ stage }: RunningFrontrow): Promise<number> {
  const text = await (await fetch(`${stage.server.url}/metrics`)).text()
  return Number(EVENTS_METRIC.exec(text)?.[1] ?? 0)
}
