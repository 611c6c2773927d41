// A long time at 70 % of the peak. Nobody books, so that holds run out and their seats are sold again, for ever. What
// may grow: the journal, and the keys of a day with which the server answers whoever asks twice.
import { setTimeout as delay } from 'node:timers/promises'
import { numberSetting } from '../../bench.ts'
import { driftTable, type Trail } from '../drift.ts'
import { diskOf } from '../frontrow/disk.ts'
import type { RunningFrontrow } from '../frontrow/frontrow.ts'
import { loadBench } from '../load-bench.ts'
import type { LoadRun } from '../run-load.ts'

const SAMPLES = 60
const SAMPLE_MS_MIN = 1_000

export const soak = loadBench({
  what: 'an hour at 70 % of the peak: what drifts in memory, latency and disk',
  // Many shows: each remembers a million keys at the most, and an hour has more.
  presets: { seconds: '3600', 'warm-up': '10', rate: '70%', shows: '512', seats: '4000', taken: '1' },
  policy: () => ({ holdMs: 10_000 }),
  endless: true,
  meanwhile: async (running, settings) => {
    if (!('stage' in running)) return []
    const trails = new Map<string, { second: number; value: number }[]>()
    const ms = numberSetting(settings, 'seconds', 0.1) * 1000
    const stepMs = Math.max(SAMPLE_MS_MIN, ms / SAMPLES)
    for (let at = 0; (at + 1) * stepMs <= ms; at++) {
      await delay(stepMs)
      for (const [name, value] of Object.entries(await diskOf(running as RunningFrontrow))) {
        trails.set(name, [...(trails.get(name) ?? []), { second: (at * stepMs) / 1000, value }])
      }
    }
    const disk = [...trails].map(([name, points]) => ({ name, points }))
    return [driftTable('soak: megabytes on disk', disk, ['At first and at last: means of a tenth of the time.'])]
  },
  tables: ([run]) => [driftTable('soak: latency and memory', trailsOf(run!), [])]
})

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
