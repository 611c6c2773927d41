// Commands for shards of other nodes: sent to the owner, sent again where they were surely not done, or where a key
// makes sure that they are done once, and given up with `unavailable` when nobody answers in time. Answers count for
// the epoch they were asked in.
import { REMOTE_COMMANDS_MAX, REMOTE_PATIENCE_MS } from '../../core/limits.ts'
import type { Mail } from '../mailbox.ts'
import type { Outcome } from '../outcome.ts'
import type { Clock } from '../ports.ts'
import { BUSY, UNAVAILABLE } from '../shard-host.ts'
import type { Outbox } from './outbox.ts'
import type { Answer } from './packet.ts'
import type { Routes } from './routes.ts'

export interface RemoteCommandsOptions {
  readonly outbox: Outbox
  readonly routes: Routes
  readonly clock: Clock
  /** What became of a command; it was done or refused by the owner of its shard. */
  readonly answered: (mail: Mail, outcome: Outcome, epoch: number) => void
  /** It was not, or nobody knows. */
  readonly refused: (mail: Mail, outcome: Outcome) => void
}

interface Pending {
  readonly id: number
  readonly mail: Mail
  readonly shard: number
  readonly deadline: number
  /** The epoch it was sent in; 0 while it waits for somebody to own its shard. */
  epoch: number
  settled: boolean
}

const SWEEP_MS = 100

export class RemoteCommands {
  private readonly options: RemoteCommandsOptions
  private readonly pending = new Map<number, Pending>()
  /** In the order they came, which is that of their deadlines; settled ones in between. */
  private queue: Pending[] = []
  private first = 0
  private lastId = 0
  private sweeping = false

  constructor(options: RemoteCommandsOptions) {
    this.options = options
  }

  get size(): number {
    return this.pending.size
  }

  submit(mail: Mail, shard: number): void {
    if (this.pending.size >= REMOTE_COMMANDS_MAX) return this.options.refused(mail, BUSY)
    const deadline = this.options.clock.elapsed() + REMOTE_PATIENCE_MS
    const pending = { id: ++this.lastId, mail, shard, deadline, epoch: 0, settled: false }
    this.pending.set(pending.id, pending)
    this.queue.push(pending)
    if (!this.sweeping) this.sweepLater()
    this.dispatch(pending)
  }

  answer({ id, epoch, outcome }: Answer): void {
    const pending = this.pending.get(id)
    if (pending?.epoch !== epoch) return
    this.settle(pending)
    this.options.answered(pending.mail, outcome, epoch)
  }

  /** `id` was not done: its shard is not where it was sent. */
  elsewhere(id: number, epoch: number): void {
    const pending = this.pending.get(id)
    if (pending?.epoch === epoch) this.undone(pending)
  }

  /** `shard` has another owner, or a newer epoch. */
  moved(shard: number): void {
    for (const pending of this.of(shard)) {
      // What is on its way may have been done: only a key makes it safe to ask again.
      if (pending.epoch === 0 || pending.mail.command.key !== '') this.dispatch(pending)
    }
  }

  /** Takes out what can be decided here, as its shard is this node's now. */
  takeBack(isOurs: (shard: number) => boolean): Mail[] {
    const taken: Mail[] = []
    for (const pending of [...this.pending.values()]) {
      const isUnknown = pending.epoch !== 0 && pending.mail.command.key === ''
      if (isUnknown || !isOurs(pending.shard)) continue
      this.settle(pending)
      taken.push(pending.mail)
    }
    return taken
  }

  /** Nobody waits any longer. */
  refuseAll(outcome: Outcome): void {
    for (const pending of [...this.pending.values()]) {
      this.settle(pending)
      this.options.refused(pending.mail, outcome)
    }
  }

  private readonly undelivered = (id: number): void => {
    const pending = this.pending.get(id)
    if (pending !== undefined && pending.epoch !== 0) this.undone(pending)
  }

  private undone(pending: Pending): void {
    this.options.routes.doubt(pending.shard, pending.epoch)
    this.dispatch(pending)
  }

  private dispatch(pending: Pending): void {
    const { outbox, routes } = this.options
    const route = routes.of(pending.shard)
    pending.epoch = route?.epoch ?? 0
    if (route === null) return
    outbox.toWatched(route.address, pending.id, this.undelivered).ask({
      id: pending.id,
      epoch: route.epoch,
      command: pending.mail.command
    })
  }

  private settle(pending: Pending): void {
    pending.settled = true
    this.pending.delete(pending.id)
  }

  private of(shard: number): Pending[] {
    return [...this.pending.values()].filter((pending) => pending.shard === shard)
  }

  private sweepLater(): void {
    this.sweeping = true
    this.options.clock.after(SWEEP_MS, () => this.sweep())
  }

  private sweep(): void {
    const now = this.options.clock.elapsed()
    const { queue } = this
    for (; this.first < queue.length; this.first++) {
      const pending = queue[this.first]!
      if (pending.settled) continue
      if (pending.deadline > now) break
      this.settle(pending)
      this.options.refused(pending.mail, UNAVAILABLE)
    }
    this.queue = queue.slice(this.first)
    this.first = 0
    this.sweeping = false
    if (this.pending.size > 0) this.sweepLater()
  }
}
