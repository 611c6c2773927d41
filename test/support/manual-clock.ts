// Time that stands still until a test moves it. Each node gets its own hands on it, so that a node can be
// killed: whatever it had planned never happens.
import type { Clock } from '../../actors/ports.ts'

/** Far more than any test does in one instant. */
const SETTLED_BY = 10_000

interface Planned {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export class ManualClock {
  time: number
  private order = 0
  private readonly timers = new Set<Planned>()
  private readonly queue: (() => void)[] = []

  constructor(time: number) {
    this.time = time
  }

  /** A node's clock; after `stop` nothing it planned is run, and nothing it plans. */
  hands(): Clock & { stop(): void } {
    let stopped = false
    const guarded = (run: () => void) => () => {
      if (!stopped) run()
    }
    return {
      now: () => this.time,
      elapsed: () => this.time,
      after: (ms, run) => {
        const planned = { at: this.time + ms, order: this.order++, run: guarded(run) }
        this.timers.add(planned)
        return () => this.timers.delete(planned)
      },
      soon: (run) => {
        this.queue.push(guarded(run))
      },
      stop: () => {
        stopped = true
      }
    }
  }

  /** Runs what is due at this instant, until nothing more comes of it: what never ends is an error. */
  async settle(): Promise<void> {
    let runs = 0
    for (let quiet = 0; quiet < 3; ) {
      if (++runs > SETTLED_BY) throw new Error('this instant never ends: something goes round without waiting')
      const run = this.queue.shift() ?? this.due(this.time)
      if (run === undefined) {
        quiet++
        await new Promise<void>((resolve) => setImmediate(resolve))
      } else {
        quiet = 0
        run()
        await Promise.resolve()
      }
    }
  }

  /** Lets `ms` go by, stopping at everything that is planned on the way. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      await this.settle()
      const next = Math.min(...[...this.timers].map(({ at }) => at))
      if (next > end) break
      this.time = Math.max(this.time, next)
    }
    this.time = end
    await this.settle()
  }

  private due(now: number): (() => void) | undefined {
    let first: Planned | undefined
    for (const planned of this.timers) {
      if (planned.at > now) continue
      if (first === undefined || planned.at < first.at || (planned.at === first.at && planned.order < first.order)) {
        first = planned
      }
    }
    if (first !== undefined) this.timers.delete(first)
    return first?.run
  }
}
