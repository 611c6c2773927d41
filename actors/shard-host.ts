// One shard: the single writer of its shows. Drains its mailbox into batches, lets core decide, and
// answers when the frame is committed. Knows nothing of the journal: the commit loop carries its frames.

import { assert } from '../core/assert.ts'
import { FrameWriter } from '../core/codec/frame-codec.ts'
import { Inventory } from '../core/inventory.ts'
import { BATCH_MAX } from '../core/limits.ts'
import { type Refusal, refuse } from '../core/refusal.ts'
import { apply } from '../core/rules/apply.ts'
import { decide } from '../core/rules/decide.ts'
import { decideCreate } from '../core/rules/decide-show.ts'
import { expireNext } from '../core/rules/expire.ts'
import { Batch } from './batch.ts'
import { type Mail, Mailbox } from './mailbox.ts'
import type { Outcome } from './outcome.ts'
import type { ShardHead } from './ports.ts'
import { type ResidentShow, resident } from './resident-show.ts'
import type { ShardServices } from './shard-services.ts'

export const UNAVAILABLE = refuse(
  'unavailable',
  'The journal cannot be reached; whether this was done is not known: ask again with the same key.',
  { retryAfterMs: 500 }
)
export const BUSY = refuse('busy', 'This show has too much to do right now: ask again.', { retryAfterMs: 250 })
const NOT_FOUND = refuse('not_found', 'There is no such show.')

/**
 * open: decides and answers. waiting: takes mail, decides nothing until the journal has spoken.
 * refusing: the same, but for so long that everyone is told `unavailable`. damaged: until a person helps.
 * leaving: takes mail, decides nothing more, as it goes to another node. away: it is another node's, and so is its mail.
 */
export type HostState = 'open' | 'waiting' | 'refusing' | 'damaged' | 'leaving' | 'away'

export class ShardHost {
  readonly shard: number
  state: HostState = 'waiting'
  epoch = 0
  /** Position of the last frame decided, of the last one committed, and the latest time stamped. */
  seq = 0
  committedSeq = 0
  stampedAt = 0
  /** The latest time stamped on a frame that is committed. */
  committedAt = 0
  /** Snapshots cover the journal up to here. */
  snapshotSeq = 0
  /** Events committed since the last checkpoint began. */
  eventsSinceCheckpoint = 0
  /**
   * By the clock that never jumps: from here on somebody else may own the shard, and nothing is decided, and
   * nothing shown. Counted from before the lease was asked for.
   */
  leaseUntil = Number.NEGATIVE_INFINITY
  /** Whether the commit loop has it on its list. */
  awake = false
  readonly mailbox = new Mailbox()
  residents = new Map<string, ResidentShow>()
  /** Feeds of shows that come into memory go on from here: no number is used twice in an epoch. */
  private feedSeq = 0
  private readonly services: ShardServices
  private readonly writer = new FrameWriter()
  private due: ResidentShow[] = []
  /** Memory is what the journal says: false until it was rebuilt, and after it was dropped. */
  intact = false
  /** Grows whenever memory is dropped: what was read of it before says nothing any more. */
  incarnation = 0
  /** Set when a bug came to light: memory is not to be trusted, and is rebuilt once nothing is under way. */
  crashed = false
  /** Frames on their way to the journal, oldest first. */
  private inFlight: Batch[] = []

  constructor(shard: number, services: ShardServices) {
    this.shard = shard
    this.services = services
  }

  get underway(): boolean {
    return this.inFlight.length > 0
  }

  /** Nothing can be said of it now, and soon again: here or elsewhere. */
  get isPausing(): boolean {
    return this.state === 'waiting' || this.state === 'leaving'
  }

  get isAway(): boolean {
    return this.state === 'away'
  }

  get hasWork(): boolean {
    return this.state === 'open' && (this.mailbox.size > 0 || this.due.length > 0)
  }

  post(mail: Mail): void {
    if (this.state === 'away') return this.services.away(mail)
    if (this.state === 'refusing' || this.state === 'damaged') return this.services.answer(mail, UNAVAILABLE, null)
    if (!this.mailbox.push(mail)) return this.services.answer(mail, BUSY, null)
    this.services.wake(this.shard)
  }

  /** The timer's command: expire what is over. It goes through the same drain as all others. */
  expire(show: ResidentShow): void {
    this.due.push(show)
    this.services.wake(this.shard)
  }

  /** Decides what is in the mailbox as one batch at `now`; its frame, or null when nothing happened. */
  drain(now: number): { batch: Batch; bytes: Uint8Array } | null {
    this.stampedAt = Math.max(this.stampedAt, now)
    const batch = new Batch(this.seq + 1, this.stampedAt)
    this.writer.begin(this.stampedAt)
    if (!this.fill(batch)) return null
    if (batch.events.length === 0) {
      this.answerWhenCommitted(batch)
      return null
    }
    this.seq = batch.seq
    this.inFlight.push(batch)
    return { batch, bytes: this.writer.end() }
  }

  /** False when a bug stopped it: nothing of this batch happened, as nothing of it is journaled. */
  private fill(batch: Batch): boolean {
    let mail: Mail | undefined
    try {
      for (const show of this.due) {
        this.expireDue(show, batch)
        // The clock may have been set back since the timer went off: then it has to go off again.
        this.services.schedule(this.shard, show)
      }
      this.due = []
      for (let i = 0; i < BATCH_MAX; i++) {
        mail = this.mailbox.shift()
        if (mail === undefined) break
        this.process(mail, batch)
      }
      return true
    } catch (error) {
      this.crashed = true
      this.state = 'waiting'
      this.answerAll(batch, UNAVAILABLE)
      if (mail !== undefined) this.services.answer(mail, UNAVAILABLE, null)
      this.services.crashed(this.shard, mail?.command ?? null, error)
      return false
    }
  }

  private process(mail: Mail, batch: Batch): void {
    const { command } = mail
    const show = this.residents.get(command.show)
    if (show === undefined) return this.processAbsent(mail, batch)
    show.usedAt = this.stampedAt
    this.expireDue(show, batch)
    const decision = decide(show.inventory, command, this.stampedAt)
    if (decision.kind === 'unread') this.services.loadSealed(this.shard, show, mail)
    else if (decision.kind === 'sealed') this.services.loadKey(this.shard, show, decision.asked, mail)
    else if (decision.kind === 'refused') batch.answer(mail, decision, show)
    else if (decision.kind === 'remembered') batch.answer(mail, decision.event, show)
    else {
      this.happen(show, decision, batch)
      batch.answer(mail, decision, show)
    }
  }

  private expireDue(show: ResidentShow, batch: Batch): void {
    for (;;) {
      const event = expireNext(show.inventory, this.stampedAt)
      if (event === null) break
      this.happen(show, event, batch)
    }
    if (show.timerAt <= this.stampedAt) {
      show.timerAt = Number.POSITIVE_INFINITY
      this.services.schedule(this.shard, show)
    }
  }

  private happen(show: ResidentShow, event: Batch['events'][number], batch: Batch): void {
    apply(show.inventory, event)
    this.writer.add(show.id, event)
    show.lastSeq = batch.seq
    batch.add(show, event)
    if (event.kind === 'held' || event.kind === 'extended') this.services.schedule(this.shard, show)
  }

  private processAbsent(mail: Mail, batch: Batch): void {
    const { command } = mail
    if (!this.services.knownAbsent(command.show)) return this.services.load(this.shard, command.show, mail)
    if (command.op !== 'create') return batch.answer(mail, NOT_FOUND, null)
    const plan = this.services.plans.peek(command.definition.planHash)
    if (plan === undefined) return this.services.loadPlan(this.shard, command.definition.planHash, mail)
    const event = decideCreate(command, plan, this.stampedAt)
    if (event.kind === 'refused') return batch.answer(mail, event, null)
    const show = this.settle(command.show, new Inventory(command.definition, plan), 0, 0)
    show.feed.exists = false
    this.happen(show, event, batch)
    batch.answer(mail, event, show)
  }

  /** Gives a show whose committed state is at hand its place in memory. */
  settle(id: string, inventory: Inventory, lastSeq: number, snapshotSeq: number): ResidentShow {
    const { epoch, feedSeq, stampedAt: usedAt } = this
    const show = resident(id, inventory, { epoch, feedSeq, lastSeq, snapshotSeq, usedAt })
    show.feed.watchers = this.services.watchers(id)
    this.residents.set(id, show)
    this.services.present(id)
    this.services.schedule(this.shard, show)
    return show
  }

  /** Drops a show from memory. Only when its snapshot is complete and nobody watches it. */
  passivate(show: ResidentShow): void {
    assert(show.snapshotSeq >= show.lastSeq && show.feed.watchers === 0, `show ${show.id} cannot leave memory`)
    show.feed.flush()
    this.feedSeq = Math.max(this.feedSeq, show.feed.seq)
    this.residents.delete(show.id)
  }

  /** Answers without a frame of their own go with the last frame under way, or at once. */
  private answerWhenCommitted(batch: Batch): void {
    if (batch.answers.length === 0) return
    const last = this.inFlight.at(-1)
    if (last === undefined) this.giveAnswers(batch)
    else last.answers = last.answers.concat(batch.answers)
  }

  /** The oldest frame under way is in the journal: now it may be told. */
  committed(): void {
    const batch = this.inFlight.shift()
    assert(batch !== undefined, `shard ${this.shard} had nothing under way`)
    this.committedSeq = batch.seq
    this.committedAt = batch.stampedAt
    this.eventsSinceCheckpoint += batch.events.length
    for (let i = 0; i < batch.events.length; i++) {
      const event = batch.events[i]!
      const show = batch.shows[i]!
      show.feed.absorb(event)
      if (event.kind === 'expired') this.services.feed.holdExpired(show.id, event.user, event.hold)
      if (show.feed.pending) this.services.touched(show)
    }
    this.giveAnswers(batch)
  }

  private giveAnswers(batch: Batch): void {
    const answers = batch.answers
    batch.answers = []
    for (let i = 0; i < answers.length; i++) {
      const { mail, outcome, show } = answers[i]!
      this.services.answer(mail, outcome, show === null ? null : show.feed)
    }
  }

  /**
   * The journal is silent for too long. What is under way may be done or not: say so (`unavailable`,
   * ask again with the same key), and refuse what comes until the journal has spoken.
   */
  refuseAll(refusal: Refusal = UNAVAILABLE): void {
    if (this.state === 'waiting') this.state = 'refusing'
    for (const batch of this.inFlight) this.answerAll(batch, refusal)
    for (let mail = this.mailbox.shift(); mail !== undefined; mail = this.mailbox.shift()) {
      this.services.answer(mail, refusal, null)
    }
  }

  /** The shard is another node's: whoever waits is sent on. */
  leave(): void {
    this.state = 'away'
    for (let mail = this.mailbox.shift(); mail !== undefined; mail = this.mailbox.shift()) this.services.away(mail)
  }

  private answerAll(batch: Batch, outcome: Outcome): void {
    const answers = batch.answers
    batch.answers = []
    for (const { mail } of answers) this.services.answer(mail, outcome, null)
  }

  /**
   * The shard was claimed again after an answer got lost: `head` tells which frames are in the journal
   * (DESIGN rule 4). True when memory is what the journal says, so that it can go on as it is.
   */
  resolve(head: ShardHead): boolean {
    // In an epoch between ours and this one, somebody else may have written frames of these numbers.
    const alone = head.epoch === this.epoch + 1
    while (alone && this.inFlight.length > 0 && this.inFlight[0]!.seq <= head.seq) this.committed()
    const known = this.intact && !this.crashed && alone && this.inFlight.length === 0 && this.seq === head.seq
    for (const batch of this.inFlight) this.answerAll(batch, UNAVAILABLE)
    this.inFlight = []
    this.begin(head)
    return known
  }

  /** Starts an epoch at `head`. */
  private begin(head: ShardHead): void {
    this.epoch = head.epoch
    this.seq = head.seq
    this.committedSeq = head.seq
    this.committedAt = head.stampedAt
    this.snapshotSeq = head.snapshotSeq
    this.stampedAt = Math.max(this.stampedAt, head.stampedAt)
    this.feedSeq = 0
    for (const show of this.residents.values()) show.feed.restart(head.epoch)
  }

  /** Forgets every show: the journal has the truth, and what is in memory may not be it. */
  forget(): void {
    this.intact = false
    this.incarnation++
    this.residents = new Map()
    this.due = []
    for (const batch of this.inFlight) this.answerAll(batch, UNAVAILABLE)
    this.inFlight = []
  }

  /** Everything the journal has is in memory. */
  open(): void {
    this.intact = true
    this.state = 'open'
    this.services.wake(this.shard)
  }
}
