// A long time at 70 % of the peak. Nobody books, so that holds run out and their seats are sold again, for ever. What
// may grow: the journal, and the keys of a day with which the server answers whoever asks twice. The peak is one that it
// can keep: after a minute holds run out as fast as they are made, and the read model and the events get their share.
import { setTimeout as delay } from 'node:timers/promises'
import { numberSetting } from '../../bench.ts'
import { driftTable, type Trail } from '../drift.ts'
import { backlogOf } from '../frontrow/backlog.ts'
import { diskOf } from '../frontrow/disk.ts'
import type { RunningFrontrow } from '../frontrow/frontrow.ts'
import { loadBench } from '../load-bench.ts'
import type { LoadRun } from '../run-load.ts'

const SAMPLES = 60
const SAMPLE_MS_MIN = 1_000

export const soak = loadBench({
  what: 'an hour at 70 % of the peak: what drifts in memory, latency and disk',
  // Many shows: each remembers a million keys at the most, and an hour has more.
  presets: { seconds: '3600', 'warm-up': '60', rate: '70%', shows: '512', seats: '4000', taken: '1' },
  policy: () => ({ holdMs: 10_000 }),
  endless: true,
  meanwhile: async (running, settings) => {
    if (!('stage' in running)) return []
    const disk = new Trails()
    const backlog = new Trails()
    const ms = numberSetting(settings, 'seconds', 0.1) * 1000
    const stepMs = Math.max(SAMPLE_MS_MIN, ms / SAMPLES)
    for (let at = 0; (at + 1) * stepMs <= ms; at++) {
      await delay(stepMs)
      const second = (at * stepMs) / 1000
      disk.add(second, await diskOf(running as RunningFrontrow))
      backlog.add(second, await backlogOf(running as RunningFrontrow))
    }
    return [
      driftTable('soak: megabytes on disk', disk.all, ['At first and at last: means of a tenth of the time.']),
      driftTable('soak: frames of the journal that are …', backlog.all, [])
    ]
  },
  tables: ([run]) => [driftTable('soak: latency and memory', trailsOf(run!), [])]
})

class Trails {
  private readonly points = new Map<string, { second: number; value: number }[]>()

  add(second: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      this.points.set(name, [...(this.points.get(name) ?? []), { second, value }])
    }
  }

  get all(): readonly Trail[] {
    return [...this.points].map(([name, points]) => ({ name, points }))
  }
}

function trailsOf({ result, usage }: LoadRun): Trail[] {
  const latency = (['msP50', 'msP99'] as const).map((name) => ({
    name: `ms ${name.slice(2).toLowerCase()}`,
    points: result.series.map((point) => ({ second: point.second, value: point[name] }))
  }))
  const memory = usage.processes.map(({ name }) => ({
    name: `MB ${name}`,
    points: usage.series.flatMap(({ second, processes }) => {
      const found = processes.find((process) => process.name === name)
      return found === undefined ? [] : [{ second, value: found.megabytes }]
    })
  }))
  return [...latency, ...memory]
}
