// Runs seeds in processes of their own, several at a time: a run that hangs or eats memory is seen from outside.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Extent } from './scenario.ts'
import type { Violation } from './verdict.ts'

export interface RunReport {
  readonly seed: number
  readonly ops: number
  readonly steps: number
  readonly simulatedMs: number
  readonly violation: Violation | null
  readonly faults: readonly (readonly [string, number])[]
  readonly answers: readonly (readonly [string, number])[]
  readonly trace: string
}

export interface Order extends Extent {
  readonly seed: number
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))
const MUTATE = fileURLToPath(new URL('./mutate.ts', import.meta.url))
/** No run takes longer than this, on whatever machine. */
const HANG_MS = 180_000

export class Crew {
  private readonly free: ChildProcess[] = []
  private readonly all: ChildProcess[] = []
  private readonly env: NodeJS.ProcessEnv
  private readonly execArgv: string[]

  constructor(workers: number, mutant?: string) {
    this.env = mutant === undefined ? process.env : { ...process.env, MUTANT: mutant }
    this.execArgv = ['--max-semi-space-size=32', ...(mutant === undefined ? [] : ['--import', MUTATE])]
    for (let at = 0; at < workers; at++) this.hire()
  }

  private hire(): void {
    const child = fork(WORKER, { env: this.env, execArgv: this.execArgv })
    this.all.push(child)
    this.free.push(child)
  }

  /** Runs one seed on a worker that is idle. Rejects when the worker fails or hangs. */
  run(order: Order): Promise<RunReport> {
    const child = this.free.pop()
    if (child === undefined) throw new Error('nobody is idle')
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        child.off('message', heard)
        child.off('exit', gone)
      }
      const fail = (why: string) => {
        end()
        reject(new Error(`seed ${order.seed}: ${why}`))
      }
      const heard = (report: RunReport | { readonly error: string }) => {
        if ('error' in report) return fail(report.error)
        end()
        this.free.push(child)
        resolve(report)
      }
      const gone = () => fail('the process that ran it has ended')
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        fail(`still running after ${HANG_MS} ms`)
      }, HANG_MS)
      child.on('message', heard)
      child.once('exit', gone)
      child.send(order)
    })
  }

  dismiss(): void {
    for (const child of this.all) child.kill('SIGKILL')
  }
}
