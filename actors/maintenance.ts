// What has to be done now and then: checkpoints, and shows that may leave memory. One thing at a time,
// away from the drain, and never so that a failure stops the next round.
import { CHECKPOINT_MS } from '../core/limits.ts'
import { Checkpoints, type CheckpointsOptions } from './checkpoint.ts'
import type { Clock, Observer } from './ports.ts'
import type { ShardHost } from './shard-host.ts'

const ROUND_MS = 1_000
const FORGET_KEYS_MS = 60 * 60_000

export interface MaintenanceOptions extends CheckpointsOptions {
  readonly observer: Observer
}

export class Maintenance {
  private readonly hosts: readonly ShardHost[]
  private readonly checkpoints: Checkpoints
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly checkpointedAt = new Map<ShardHost, number>()
  private keysForgottenAt: number
  private running: Promise<void> = Promise.resolve()
  private cancel: () => void = () => {}
  private stopped = false

  constructor(hosts: readonly ShardHost[], options: MaintenanceOptions) {
    this.hosts = hosts
    this.clock = options.clock
    this.observer = options.observer
    this.checkpoints = new Checkpoints(options)
    this.keysForgottenAt = options.clock.now()
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
    const open = this.hosts.filter(({ state }) => state === 'open').length
    for (const host of this.hosts) {
      if (this.stopped || host.state !== 'open') continue
      const last = this.checkpointedAt.get(host) ?? now
      if (last === now) this.checkpointedAt.set(host, now)
      if (!this.checkpoints.due(host, open) && now - last < CHECKPOINT_MS) continue
      this.checkpointedAt.set(host, now)
      await this.guarded(() => this.checkpoints.run(host))
    }
    if (this.stopped) return
    await this.guarded(() => this.checkpoints.passivate(this.hosts))
    if (now - this.keysForgottenAt < FORGET_KEYS_MS) return
    this.keysForgottenAt = now
    for (const host of this.hosts) {
      if (host.state === 'open') await this.guarded(() => this.checkpoints.forgetKeys(host))
    }
  }

  private async guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.observer.incident('warn', 'snapshots could not be stored; trying again', { error: String(error) })
    }
  }
}
