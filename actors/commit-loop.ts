// Carries frames to the journal: all shards of the node in one statement, a few statements under way,
// and the next batch fills meanwhile. Nothing is told to anyone before the journal has answered.
import { COMMITS_IN_FLIGHT_MAX } from '../core/limits.ts'
import type { Clock, FrameRow, Journal, JournalError, Observer } from './ports.ts'
import type { ShardHost } from './shard-host.ts'

export interface CommitEvents {
  /** The journal's answer is lost; nobody knows what is in it. Called once per failed append. */
  lost(error: JournalError): void
  /** The journal refused this shard's frame: somebody else owns it now. */
  fenced(host: ShardHost): void
  /** This shard's lease is over, as far as the node knows: nothing may be decided. */
  lapsed(host: ShardHost): void
  /** The last frame of a crashed host is in the journal. */
  settled(host: ShardHost): void
}

export class CommitLoop {
  private readonly journal: Journal
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly events: CommitEvents
  private awake: ShardHost[] = []
  private inFlight = 0
  private scheduled = false
  /** True while the journal's state is unknown: nothing is decided then. */
  suspended = true

  constructor(journal: Journal, clock: Clock, observer: Observer, events: CommitEvents) {
    this.journal = journal
    this.clock = clock
    this.observer = observer
    this.events = events
  }

  get idle(): boolean {
    return this.inFlight === 0 && this.awake.length === 0
  }

  wake(host: ShardHost): void {
    if (host.awake || !host.hasWork) return
    host.awake = true
    this.awake.push(host)
    this.schedule()
  }

  resume(): void {
    this.suspended = false
    this.schedule()
  }

  private schedule(): void {
    if (this.scheduled || this.suspended || this.awake.length === 0 || this.inFlight >= COMMITS_IN_FLIGHT_MAX) return
    this.scheduled = true
    this.clock.soon(() => this.run())
  }

  private run(): void {
    this.scheduled = false
    if (this.suspended) return
    const startedAt = this.clock.now()
    const elapsed = this.clock.elapsed()
    const drained = this.awake
    this.awake = []
    const hosts: ShardHost[] = []
    const rows: FrameRow[] = []
    let events = 0
    let bytes = 0
    for (const host of drained) {
      host.awake = false
      if (host.leaseUntil <= elapsed && host.state === 'open') this.events.lapsed(host)
      const frame = host.hasWork ? host.drain(startedAt) : null
      this.wake(host)
      if (frame === null) {
        if (host.crashed && !host.underway) this.events.settled(host)
        continue
      }
      hosts.push(host)
      const { seq, stampedAt } = frame.batch
      rows.push({ shard: host.shard, epoch: host.epoch, seq, stampedAt, bytes: frame.bytes })
      events += frame.batch.events.length
      bytes += frame.bytes.length
    }
    if (rows.length > 0) this.append(hosts, rows, startedAt, events, bytes)
    this.schedule()
  }

  private append(hosts: ShardHost[], rows: FrameRow[], startedAt: number, events: number, bytes: number): void {
    this.inFlight++
    const incarnations = hosts.map(({ incarnation }) => incarnation)
    this.journal.append(rows, (error, moved) => {
      this.inFlight--
      if (error !== null) return this.events.lost(error)
      this.observer.committed(events, bytes, this.clock.now() - startedAt)
      for (let at = 0; at < hosts.length; at++) {
        const host = hosts[at]!
        // Claimed again, or given up, since: the answer is about frames that were dropped with what was in memory.
        if (host.epoch !== rows[at]!.epoch || host.incarnation !== incarnations[at]) continue
        if (!moved.has(host.shard)) this.events.fenced(host)
        else {
          host.committed()
          if (host.crashed && !host.underway) this.events.settled(host)
        }
      }
      this.schedule()
    })
  }
}
