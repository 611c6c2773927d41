// What has to be done now and then: checkpoints, and shows that may leave memory. One thing at a time,
// away from the drain, and never so that a failure stops the next round.
import { CHECKPOINT_MS } from '../core/limits.ts'
import { Checkpoints } from './checkpoint.ts'
import type { Clock, Journal, Observer, SnapshotStore } from './ports.ts'
import type { ShardHost } from './shard-host.ts'

const ROUND_MS = 1_000

export interface MaintenanceOptions {
  readonly journal: Journal
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  readonly observer: Observer
}

export class Maintenance {
  private readonly hosts: readonly ShardHost[]
  private readonly checkpoints: Checkpoints
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly checkpointedAt = new Map<ShardHost, number>()
  private running: Promise<void> = Promise.resolve()
  private cancel: () => void = () => {}
  private stopped = false

  constructor(hosts: readonly ShardHost[], options: MaintenanceOptions) {
    this.hosts = hosts
    this.clock = options.clock
    this.observer = options.observer
    this.checkpoints = new Checkpoints(options.journal, options.snapshots, options.clock)
  }

  start(): void {
    this.cancel = this.clock.after(ROUND_MS, () => {
      this.running = this.round().finally(() => {
        if (!this.stopped) this.start()
      })
    })
  }

  /** Ends the rounds, and leaves every shard with its snapshots up to date. */
  async stop(): Promise<void> {
    this.stopped = true
    this.cancel()
    await this.running
    for (const host of this.hosts) await this.checkpoint(host)
  }

  /** Leaves the shard of `host` with its snapshots up to date, as far as that can be done now. */
  async checkpoint(host: ShardHost): Promise<void> {
    await this.guarded(() => this.checkpoints.run(host))
  }

  private async round(): Promise<void> {
    const now = this.clock.now()
    for (const host of this.hosts) {
      if (this.stopped || host.state !== 'open') continue
      const last = this.checkpointedAt.get(host) ?? now
      if (last === now) this.checkpointedAt.set(host, now)
      if (!this.checkpoints.due(host) && now - last < CHECKPOINT_MS) continue
      this.checkpointedAt.set(host, now)
      await this.guarded(() => this.checkpoints.run(host))
    }
    if (!this.stopped) await this.guarded(() => this.checkpoints.passivate(this.hosts))
  }

  private async guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.observer.incident('warn', 'snapshots could not be stored; trying again', { error: String(error) })
    }
  }
}
