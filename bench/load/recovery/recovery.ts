// How long a killed server takes to serve again, by how long its journal is: it is of holds that run out after a second,
// so that each is two events and the same seats do for all of them. The last of them come through the door, so that it is
// killed with as much behind its last snapshots as a sale leaves there.
import { setTimeout as delay } from 'node:timers/promises'
import { LEASE_MS } from '../../../core/limits.ts'
import { type Bench, type BenchSettings, numberSetting } from '../../bench.ts'
import { startChild } from '../../child.ts'
import type { Progress } from '../../progress.ts'
import type { Cell } from '../../table.ts'
import { verdict } from '../contest-report.ts'
import { diskOf } from '../frontrow/disk.ts'
import { frontrowNats, type RunningFrontrow, SHARDS } from '../frontrow/frontrow.ts'
import type { LoadPlan } from '../load.ts'
import { steady } from '../load-options.ts'
import { runLoad } from '../run-load.ts'
import type { TracePlan } from '../trace.ts'
import type { FillJournal, FromFiller } from './protocol.ts'

const DOOR_MS = 5_000
const FILLING = 4_096
const PER_MESSAGE = 64
const HOLD_MS = 1_000
const RATE = 200
const KILL_AFTER_MS = 2_000
const GOAL_MS = 1_000 + LEASE_MS
const EVENTS_METRIC = /^frontrow_commit_events_sum (\d+)/m

export const recovery: Bench = {
  what: 'a server is killed that has a long journal: the time until its shows serve again',
  options: {
    events: { preset: '1000000,10000000', what: 'events in the journal when it is killed, shortest first' },
    'recovery-shows': { preset: '64', what: 'shows, of 8,000 seats' },
    'recovery-seconds': { preset: '30', what: 'seconds of light load, in which it is killed' }
  },
  run: async (settings, progress) => {
    const shows = numberSetting(settings, 'recovery-shows')
    const running = await frontrowNats.start({ shows, seatsPerShow: 8_000 }, { policy: { holdMs: HOLD_MS } })
    const rows: Cell[][] = []
    let events = 0
    let seed = 0
    // Other commands each time: those of before would be answered from what is remembered.
    const nextSeed = () => ++seed
    try {
      for (const target of settings.events!.split(',').map(Number)) {
        events += await fill(running, shows, target - events, nextSeed, progress)
        const disk = await diskOf(running)
        const outage = await killed(running, { ...traceOf(shows), seed: nextSeed() }, settings, progress)
        progress.say(
          `  ${events} events: ready after ${Math.round(outage.readyMs)} ms, ${Math.round(outage.gapMs)} ms without a grant`
        )
        rows.push([events, disk.journal ?? Number.NaN, outage.readyMs, outage.gapMs])
      }
    } finally {
      await running.stop()
    }
    return {
      tables: [
        {
          title: `recovery: ${shows} shows, killed under ${RATE} holds a second`,
          columns: ['events in the journal', 'MB of journal', 'ms until it says it is ready', 'ms without a grant'],
          rows
        }
      ],
      verdicts: rows.map(([count, , , gapMs]) =>
        verdict(`time without service, ${Number(count).toLocaleString('en-US')} events`, [Number(gapMs)], {
          ...{ unit: 'ms', goal: GOAL_MS, better: 'lower' }
        })
      ),
      failures: []
    }
  }
}

/** Until the journal has so many events more, or somewhat more than that; answers how many. */
async function fill(
  running: RunningFrontrow,
  shows: number,
  events: number,
  nextSeed: () => number,
  progress: Progress
): Promise<number> {
  const { server } = running.stage
  await server.stop()
  const filled = await fillDirectly(running, { ...traceOf(shows), seed: nextSeed() }, events, progress)
  await server.restart()
  const trace = { ...traceOf(shows), perMessage: PER_MESSAGE, seed: nextSeed() }
  const door: LoadPlan = {
    ...planFor(running, trace),
    ...{ loop: { kind: 'closed', outstanding: FILLING }, measureMs: DOOR_MS }
  }
  await runLoad(door, running, { progress, label: 'the last events, through the door' })
  return filled + (await eventsOf(running))
}

async function fillDirectly(
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
  const inWords = (count: number) => count.toLocaleString('en-US')
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

async function killed(running: RunningFrontrow, trace: TracePlan, settings: BenchSettings, progress: Progress) {
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
