// Makes an input that breaks a rule as small as it will go, while it breaks the same rule. Each try is judged in a
// thread that is ended where it does not answer.
import type { Worker } from 'node:worker_threads'
import type { WorkerReport } from './fuzz-job.ts'
import type { Target } from './fuzz-target.ts'
import { launch } from './supervise.ts'

/** Answers what is wrong with an input; null: nothing. */
export type Probe = (input: Uint8Array) => Promise<string | null>

/** A probe of `target`, and its end. */
export function createProbe(
  registry: string,
  target: string,
  answerMs: number
): { probe: Probe; stop(): Promise<void> } {
  let worker: Promise<Worker> | null = null
  const ready = () =>
    new Promise<Worker>((resolve, reject) => {
      const { worker: launched } = launch({ registry, target, seed: 0, inputs: null, seconds: 0 })
      launched.once('message', () => resolve(launched)).once('error', reject)
    })
  const stop = async () => {
    const ending = worker
    worker = null
    await (await ending)?.terminate()
  }
  return {
    stop,
    async probe(input) {
      worker ??= ready()
      const thread = await worker
      const failure = await new Promise<string | null>((resolve) => {
        const timer = setTimeout(() => resolve(`no answer in ${answerMs} ms`), answerMs)
        const settle = (failure: string | null) => {
          clearTimeout(timer)
          thread.off('message', answered).off('error', crashed)
          resolve(failure)
        }
        const answered = (report: WorkerReport) => report.kind === 'probed' && settle(report.failure)
        const crashed = (error: Error) => settle(`the thread ended: ${error.name}: ${error.message}`)
        thread.on('message', answered).on('error', crashed)
        thread.postMessage(input)
      })
      if (failure?.startsWith('the thread ended') || failure?.startsWith('no answer')) await stop()
      return failure
    }
  }
}

/** The smallest input found in `tries` that fails as `input` does; null where `input` alone does not fail. */
export async function minimise(
  target: Pick<Target, 'smaller' | 'repair'>,
  input: Uint8Array,
  probe: Probe,
  tries: number
): Promise<{ input: Uint8Array; failure: string } | null> {
  const first = await probe(input)
  if (first === null) return null
  let best = { input, failure: first }
  let left = tries
  const better = async (cut: Uint8Array): Promise<boolean> => {
    for (const candidate of target.repair === undefined ? [cut] : [cut, target.repair(cut)]) {
      if (left-- <= 0 || candidate.length >= best.input.length) return false
      const failure = await probe(candidate)
      if (failure === null || kindOf(failure) !== kindOf(first)) continue
      best = { input: candidate, failure }
      return true
    }
    return false
  }
  for (let found = true; found && left > 0; ) {
    found = false
    for (const candidate of target.smaller?.(best.input) ?? []) {
      if (left <= 0) break
      found = await better(candidate)
      if (found) break
    }
  }
  // Ever smaller pieces are cut away, wherever they stand.
  for (let size = best.input.length >> 1; size >= 1 && left > 0; size >>= 1) {
    for (let from = 0; from < best.input.length && left > 0; ) {
      const cut = Buffer.concat([best.input.subarray(0, from), best.input.subarray(from + size)])
      if (!(await better(new Uint8Array(cut)))) from += size
    }
  }
  return best
}

/** A failure without its numbers and quotations. */
function kindOf(failure: string): string {
  return failure.replaceAll(/"[^"]*"|\d+/g, '').slice(0, 80)
}
