// The readers of the journal, as the rest of the node knows them: a thread that is told what was committed.
// Keeps true: they end with the node, and a thread that crashed is followed by a new one, which finds in the database how
// far they had come.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Observer } from '../../actors/ports.ts'
import type { Projector } from '../ports.ts'
import type { ReadersLag, ReadersMessage, ReadersOrder, ReadersSettings } from './readers-worker.ts'

/** What is committed within this time is told at once: each message costs both threads. */
const TELL_MS = 5
const RESTART_MS = 500
const STOP_MS_MAX = 10_000

export class Readers implements Projector {
  private readonly settings: ReadersSettings
  private readonly observer: Pick<Observer, 'incident'>
  /** The last frame of each shard that was committed here. */
  private readonly heads = new Map<number, number>()
  private readonly untold = new Set<number>()
  private telling: NodeJS.Timeout | null = null
  private readonly asked = new Map<number, (isThere: boolean) => void>()
  private asks = 0
  /** Null while there is none. */
  worker: Worker | null = null
  private isStopping = false
  /** As it was a moment ago. */
  lag: ReadersLag = { projection: 0, events: 0 }

  constructor(settings: ReadersSettings, observer: Pick<Observer, 'incident'>) {
    this.settings = settings
    this.observer = observer
    this.launch()
  }

  /** `seq` of `shard` is committed. */
  wake(shard: number, seq: number): void {
    this.heads.set(shard, seq)
    this.untold.add(shard)
    this.telling ??= setTimeout(() => this.tell(), TELL_MS)
  }

  caughtUp(shard: number, seq: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const ask = ++this.asks
      const done = (isThere: boolean) => {
        clearTimeout(timer)
        this.asked.delete(ask)
        resolve(isThere)
      }
      // Whatever the thread does meanwhile.
      const timer = setTimeout(done, timeoutMs, false)
      this.asked.set(ask, done)
      this.order({ kind: 'awaited', ask, shard, seq, ms: timeoutMs })
    })
  }

  async stop(): Promise<void> {
    this.isStopping = true
    if (this.telling !== null) clearTimeout(this.telling)
    const { worker } = this
    if (worker === null) return
    const ended = once(worker, 'exit')
    const patience = setTimeout(() => void worker.terminate(), STOP_MS_MAX)
    this.order({ kind: 'stop' })
    await ended
    clearTimeout(patience)
  }

  private launch(): void {
    const worker = new Worker(new URL('./readers-worker.ts', import.meta.url), { workerData: this.settings })
    worker.on('message', (message: ReadersMessage) => this.heard(message))
    let error: string | null = null
    worker.on('error', (thrown) => {
      error = String(thrown)
    })
    worker.once('exit', (code) => this.ended(error ?? `code ${code}`))
    this.worker = worker
    for (const shard of this.heads.keys()) this.untold.add(shard)
    this.tell()
  }

  private ended(error: string): void {
    this.worker = null
    for (const done of [...this.asked.values()]) done(false)
    if (this.isStopping) return
    this.observer.incident('error', 'the readers of the journal ended and are started again', { error })
    setTimeout(() => {
      if (!this.isStopping) this.launch()
    }, RESTART_MS)
  }

  private tell(): void {
    this.telling = null
    if (this.untold.size === 0) return
    this.order({ kind: 'woken', heads: [...this.untold].map((shard) => [shard, this.heads.get(shard)!]) })
    this.untold.clear()
  }

  private order(order: ReadersOrder): void {
    this.worker?.postMessage(order)
  }

  private heard(message: ReadersMessage): void {
    if (message.kind === 'answer') this.asked.get(message.ask)?.(message.isThere)
    else if (message.kind === 'incident') this.observer.incident(...message.of)
    else this.lag = message.lag
  }
}
