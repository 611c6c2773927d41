// A thread that makes inputs and judges them, one after another. What it is at stands in shared memory, so that
// whoever watches from outside sees a hang, and knows the input.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { type FuzzJob, IDLE, type WorkerReport } from './fuzz-job.ts'
import { inputOf, summaryOf, type Target } from './fuzz-target.ts'

const REPORT_MS = 500
/** The heap is measured this often, after a collection; not before this many inputs, which warm things up. */
const MEASURE_MS = 2_000
const WARM_INPUTS = 3_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const job = workerData as FuzzJob
const at = new Int32Array(job.at)
const { targets } = (await import(job.registry)) as { targets: readonly Target[] }
const target = targets.find(({ name }) => name === job.target)
if (target === undefined) throw new Error(`there is no target ${job.target}`)

if (job.inputs === null) probe(target)
else await run(target, job.inputs, job.seconds)

function say(report: WorkerReport): void {
  parentPort?.postMessage(report)
}

/** Judges what it is sent, until it is ended. */
function probe(target: Target): void {
  parentPort?.on('message', (input: Uint8Array) => {
    void judge(target, input).then(({ failure }) => say({ kind: 'probed', failure }))
  })
  say({ kind: 'ready' })
}

async function run(target: Target, inputs: number, seconds: number): Promise<void> {
  const corpus = await target.corpus()
  const outcomes = new Map<string, number>()
  const endsAt = performance.now() + seconds * 1_000
  let reportAt = 0
  let measureAt = 0
  let firstHeap = 0
  let lastHeap = 0
  const measure = () => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    lastHeap = heapUsed + arrayBuffers
    if (firstHeap === 0) firstHeap = lastHeap
  }
  const report = (kind: 'progress' | 'done', index: number) =>
    say({ kind, inputs: index, outcomes: [...outcomes], corpus: corpus.length, firstHeap, lastHeap })
  let index = 0
  for (; index < Math.max(inputs, corpus.length); index++) {
    Atomics.store(at, 0, index)
    const { outcome, failure } = await judgeQuickly(target, inputOf(target, corpus, job.seed, index))
    const refusedValid =
      index < corpus.length && outcome !== 'accepted' ? `a valid input was refused: ${outcome}` : null
    if ((failure ?? refusedValid) !== null) return say({ kind: 'failed', index, failure: failure ?? refusedValid! })
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if ((index & 63) > 0 || index < corpus.length) continue
    const now = performance.now()
    if (now > endsAt) break
    if (now > measureAt && index > WARM_INPUTS) {
      measure()
      measureAt = now + MEASURE_MS
    }
    if (now < reportAt) continue
    report('progress', index)
    reportAt = now + REPORT_MS
    // Timers and messages of what is judged get their turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  Atomics.store(at, 0, IDLE)
  if (firstHeap > 0) measure()
  report('done', index)
}

interface Judged {
  readonly outcome: string
  readonly failure: string | null
}

/** Without a promise where the judge needs none. */
function judgeQuickly(target: Target, input: Uint8Array): Judged | Promise<Judged> {
  try {
    const outcome = target.judge(input)
    if (typeof outcome === 'string') return { outcome, failure: null }
    return outcome.then(
      (outcome) => ({ outcome, failure: null }),
      (error: unknown) => ({ outcome: '', failure: summaryOf(error) })
    )
  } catch (error) {
    return { outcome: '', failure: summaryOf(error) }
  }
}

async function judge(target: Target, input: Uint8Array): Promise<Judged> {
  return judgeQuickly(target, input)
}
