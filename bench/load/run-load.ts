// One load on one running system: starts a generator, measures the processes meanwhile, says how it goes.
import { startChild } from '../child.ts'
import type { RunningPeer } from '../peers/peer.ts'
import type { Progress } from '../progress.ts'
import type { FromGenerator, LoadPlan, LoadResult, SeriesPoint, ToGenerator } from './load.ts'
import { createMeter, type Usage } from './usage.ts'

export interface LoadRun {
  readonly system: string
  readonly plan: Omit<LoadPlan, 'address'>
  readonly result: LoadResult
  readonly usage: Usage
}

export interface RunOptions {
  readonly progress: Progress
  /** What the live line begins with. */
  readonly label: string
  /** Called when measuring begins: what a scenario does meanwhile. The run is over when that is, too. */
  readonly meanwhile?: () => Promise<void>
}

export async function runLoad(plan: LoadPlan, running: RunningPeer, options: RunOptions): Promise<LoadRun> {
  const generator = startChild<ToGenerator, FromGenerator>(new URL('./generator.ts', import.meta.url))
  let latest: SeriesPoint | null = null
  const stopWatching = options.progress.watch(() => liveLine(options.label, plan, latest))
  try {
    generator.send({ kind: 'prepare', plan })
    await generator.next('ready')
    const meter = createMeter(() => [...running.processes, { name: 'generator', pid: generator.pid }])
    let meanwhile = Promise.resolve()
    let usage: Usage | null = null
    generator.onMessage((message) => {
      if (message.kind === 'measuring') {
        meter.begin()
        meanwhile = options.meanwhile?.() ?? meanwhile
        // Awaited below, when the run is over.
        meanwhile.catch(() => {})
      } else if (message.kind === 'measured') usage = meter.end()
      else if (message.kind === 'point') {
        latest = message.point
        if (message.point.second > 0) meter.point()
      }
    })
    const ended = generator.next('result')
    generator.send({ kind: 'go' })
    const result = await ended
    await meanwhile
    const { address: _, ...rest } = plan
    return { system: plan.system, plan: rest, result, usage: usage! }
  } finally {
    stopWatching()
    await generator.end()
  }
}

function liveLine(label: string, { warmUpMs, measureMs }: LoadPlan, point: SeriesPoint | null): string {
  if (point === null) return `${label}  getting ready`
  const { second, grantedPerSecond, refusedPerSecond, failedPerSecond, msP99, underWay } = point
  const warm = Number.isFinite(second) && second > 0
  const where = warm ? `${second.toFixed(0)} of ${measureMs / 1000} s` : `warming up for ${warmUpMs / 1000} s`
  const others = `${refusedPerSecond > 0 ? `  refused ${whole(refusedPerSecond)}/s` : ''}${failedPerSecond > 0 ? `  failed ${whole(failedPerSecond)}/s` : ''}`
  const tail = Number.isFinite(msP99) ? `  p99 ${msP99.toFixed(2)} ms` : ''
  return `${label}  ${where}  ${whole(grantedPerSecond)}/s${tail}${others}  under way ${underWay}`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
