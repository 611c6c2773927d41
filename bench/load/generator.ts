// The load generator: a process of its own, so that what it takes is not taken from what is measured, and is told apart
// from it. Warms up, measures, waits for what is under way, and hands over what it counted.
import { setTimeout as delay } from 'node:timers/promises'
import { parentOf } from '../child.ts'
import type { Driver } from '../peers/peer.ts'
import { startJourneys } from './journey.ts'
import type { FromGenerator, LoadPlan, LoadResult, ToGenerator } from './load.ts'
import { type Running, startClosedLoop, startOpenLoop } from './loops.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { systemNamed } from './systems.ts'
import { createTrace } from './trace.ts'

const ANSWER_MS_MAX = 10_000
const INTERVALS = 60
const INTERVAL_MS_MIN = 100
const INTERVAL_MS_MAX = 1_000
const LOOK_MS = 5

let driver: Driver | null = null
let plan: LoadPlan | null = null

const parent = parentOf<FromGenerator, ToGenerator>((message) => {
  if (message.kind === 'go') void run(plan!, driver!).then((result) => parent.send(result))
  else void prepare(message.plan)
})

async function prepare(given: LoadPlan): Promise<void> {
  plan = given
  driver = await systemNamed(given.system).openDriver(given.address, given.settings)
  parent.send({ kind: 'ready' })
}

async function run(plan: LoadPlan, driver: Driver): Promise<LoadResult> {
  const recorder = createRecorder()
  const running = start(plan, driver, recorder)
  const tellPoint = () => parent.send({ kind: 'point', point: recorder.point(performance.now(), running.underWay) })
  const points = setInterval(tellPoint, intervalMs(plan.measureMs))
  await lasts(plan.warmUpMs, running)
  tellPoint()
  recorder.begin(performance.now())
  parent.send({ kind: 'measuring' })
  await lasts(plan.measureMs, running)
  clearInterval(points)
  const now = performance.now()
  recorder.end(now)
  parent.send({ kind: 'measured' })
  running.stop()
  for (const until = now + ANSWER_MS_MAX; running.underWay > 0 && performance.now() < until; ) await delay(LOOK_MS)
  const result = recorder.result(running.underWay, running.ranOut)
  await driver.close()
  return result
}

function start(plan: LoadPlan, driver: Driver, recorder: Recorder): Running {
  const { loop, persistent, journey } = plan
  if (journey !== undefined) return startJourneys(plan, journey, driver, recorder)
  const options = { driver, trace: createTrace(plan.trace), recorder, persistent }
  if (loop.kind === 'open') return startOpenLoop(options, loop.curve, plan.trace.seed)
  return startClosedLoop(options, Math.max(1, Math.round(loop.outstanding / plan.trace.perMessage)))
}

function intervalMs(measureMs: number): number {
  return Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, measureMs / INTERVALS))
}

/** So long, or less when there is nothing more to ask. */
async function lasts(ms: number, running: Running): Promise<void> {
  for (const until = performance.now() + ms; !running.ranOut; ) {
    const left = until - performance.now()
    if (left <= 0) return
    await delay(Math.min(left, LOOK_MS))
  }
}
