// Watches a thread that fuzzes, from outside: it may crash, hang or eat the memory, and is told on all the same.
import { Worker } from 'node:worker_threads'
import { type FuzzJob, IDLE, STARTING, type WorkerReport } from './fuzz-job.ts'

export interface FuzzOptions {
  /** Module that exports `targets`. */
  readonly registry: string
  readonly target: string
  readonly seed: number
  readonly inputs: number
  readonly seconds: number
  /** One input may take this long; on a busy machine a thread may stand still for a second or two by itself. */
  readonly answerMs: number
  /** The heap may grow by this much between the first look, when all is warm, and the last. */
  readonly growthBytes: number
  readonly onProgress?: (progress: FuzzProgress) => void
}

export interface FuzzProgress {
  readonly inputs: number
  readonly outcomes: ReadonlyMap<string, number>
  /** Valid inputs that the run began with. */
  readonly corpus: number
  /** By how much the heap grew; null when the run was too short to tell. */
  readonly grownBytes: number | null
}

export interface FuzzResult extends FuzzProgress {
  /** Null: nothing was found. `index` is null where it is not one input's doing. */
  readonly failure: { readonly index: number | null; readonly message: string } | null
}

/** Old space of the thread: what needs more than this for small inputs is out of bounds. */
const HEAP_MEGABYTES = 512
const START_MS_MAX = 60_000
const LOOK_MS = 200

export function launch(job: Omit<FuzzJob, 'at'>): { worker: Worker; at: Int32Array } {
  const at = new Int32Array(new SharedArrayBuffer(4)).fill(STARTING)
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData: { ...job, at: at.buffer as SharedArrayBuffer } satisfies FuzzJob,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES }
  })
  return { worker, at }
}

export function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { registry, target, seed, inputs, seconds, answerMs, growthBytes, onProgress } = options
  const { worker, at } = launch({ registry, target, seed, inputs, seconds })
  let last: FuzzProgress = { inputs: 0, outcomes: new Map(), corpus: 0, grownBytes: null }
  return new Promise((resolve) => {
    const finish = (failure: FuzzResult['failure']) => {
      clearInterval(looking)
      void worker.terminate()
      resolve({ ...last, failure })
    }
    const crashed = (message: string) => finish({ index: at[0]! >= 0 ? at[0]! : null, message })
    const looking = watch(at, answerMs, (index) => finish({ index, message: `no answer in ${answerMs} ms` }))
    worker.on('error', (error: NodeJS.ErrnoException) => crashed(`the thread ended: ${error.name}: ${error.message}`))
    worker.on('exit', (code) => crashed(`the thread ended with code ${code}`))
    worker.on('message', (report: WorkerReport) => {
      if (report.kind === 'failed') return finish({ index: report.index, message: report.failure })
      if (report.kind !== 'progress' && report.kind !== 'done') return
      const { firstHeap, lastHeap, corpus } = report
      const grownBytes = firstHeap === 0 ? null : lastHeap - firstHeap
      last = { inputs: report.inputs, outcomes: new Map(report.outcomes), corpus, grownBytes }
      onProgress?.(last)
      if (report.kind === 'progress') return
      if (grownBytes !== null && grownBytes > growthBytes) {
        return finish({ index: null, message: `the heap grew by ${Math.round(grownBytes / 1024)} KB` })
      }
      finish(null)
    })
  })
}

/** Calls `late` once with the input at which the thread has been for too long. */
function watch(at: Int32Array, answerMs: number, late: (index: number | null) => void): NodeJS.Timeout {
  let seen = Number.NaN
  let since = 0
  return setInterval(() => {
    const now = performance.now()
    const index = Atomics.load(at, 0)
    if (index !== seen) {
      seen = index
      since = now
    }
    const limit = index === STARTING ? START_MS_MAX : answerMs
    if (index !== IDLE && now - since > limit) late(index === STARTING ? null : index)
  }, LOOK_MS)
}
