// A show of another node as it is known here: its face for answers, and while somebody here watches it, the same feed
// that its owner pushes. Keeps true: what it shows was committed, its diffs have no gaps, and a look shows what was
// committed when it was asked for.
import type { Plan } from '../../core/plan/plan.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { ShowDefinition } from '../../core/show.ts'
import { DiffRing } from '../diff-ring.ts'
import type { Diff, FeedSink, ShowFace, ShowView } from '../outcome.ts'
import { UNAVAILABLE } from '../shard-host.ts'
import type { Looked, LookNeeds, WholeFace } from './packet.ts'

export type Viewed = (view: ShowView | null, refusal: Refusal | null) => void

export interface RemoteShowOptions {
  readonly id: string
  readonly feed: FeedSink
  readonly planOf: (hash: string) => Promise<Plan>
  /** Asks its owner; `done` gets null where nobody answers in time. */
  readonly look: (isFollowing: boolean, needs: LookNeeds, done: (looked: Looked | null) => void) => void
}

/** Diffs that wait until the whole they follow is at hand; with more of them it is asked for anew. */
const EARLY_MAX = 64

export class RemoteShow {
  readonly id: string
  /** What answers need of it; null until it was looked at. */
  face: ShowFace | null = null
  /** Somebody here watches it. */
  isFollowing = false
  private readonly options: RemoteShowOptions
  private view: WholeView | null = null
  private readonly ring = new DiffRing()
  private early: Diff[] = []
  /** Who asked before the look under way was sent, and who has come since. */
  private waiting: Viewed[] = []
  private next: Viewed[] = []
  private isLooking = false
  /** The node ends: nobody is asked any more. */
  private isOver = false

  constructor(options: RemoteShowOptions) {
    this.id = options.id
    this.options = options
  }

  get isIdle(): boolean {
    return !this.isFollowing && !this.isLooking
  }

  /** Calls `done` with the show as it is now, or later. */
  look(done: Viewed): void {
    if (this.isOver) return done(null, UNAVAILABLE)
    this.next.push(done)
    this.begin('position')
  }

  /** Tells the owner that it is watched here, and finds out whether a diff of it was lost. */
  confirm(): void {
    if (this.isLooking || this.isOver) return
    this.next.push(() => {})
    // What waits to be pushed there may wait on: a position as of now would push it, to every viewer there is.
    this.begin('pushed')
  }

  /** What was known belongs to an owner or an epoch that is over: its viewers get the new one's. */
  renew(): void {
    this.view = null
    if (this.isFollowing) this.look(() => {})
  }

  stop(): void {
    this.isFollowing = false
    this.view = null
    this.early = []
    this.ring.clear()
  }

  /** Whoever waits is told that there is no more to come. */
  end(): void {
    this.stop()
    this.isOver = true
    this.waiting.push(...this.next)
    this.next = []
    this.tell(null, UNAVAILABLE)
  }

  since(epoch: number, seq: number): readonly Diff[] | null {
    return this.view === null ? null : this.ring.between(epoch, seq, this.view)
  }

  /** A diff that the owner pushed. */
  diff(diff: Diff): void {
    const { view } = this
    if (view === null) {
      if (this.early.push(diff) > EARLY_MAX) this.early.shift()
      return
    }
    if (diff.epoch < view.epoch || (diff.epoch === view.epoch && diff.seq <= view.seq)) return
    // A diff without seats says that what is not seats is another.
    if (diff.epoch > view.epoch || diff.seq !== view.seq + 1 || diff.changes.length === 0) return this.renew()
    this.take(view, diff)
    this.options.feed.diff(this.id, diff)
  }

  /** The owner numbers its feed anew. */
  restarted(epoch: number): void {
    if (this.view === null || epoch > this.view.epoch) this.renew()
  }

  private begin(needs: LookNeeds): void {
    if (this.isLooking || this.next.length === 0) return
    this.isLooking = true
    this.waiting = this.next
    this.next = []
    const isKnown = this.view !== null && this.isFollowing
    this.options.look(this.isFollowing, isKnown ? needs : 'whole', (looked) => {
      void this.looked(looked).finally(() => {
        this.isLooking = false
        this.begin('position')
      })
    })
  }

  private async looked(looked: Looked | null): Promise<void> {
    const face = looked === null ? UNAVAILABLE : looked.face
    if (face === null) return this.tell(null, null)
    if (face.kind === 'refused') return this.tell(null, face)
    if (face.kind === 'whole') return this.whole(face)
    const { view } = this
    const isThere = view !== null && view.epoch === face.epoch && view.seq >= face.seq
    if (isThere) return this.tell(view, null)
    // A diff got lost, or the show was dropped meanwhile: the same ones wait for all of it.
    this.view = null
    this.next = [...this.waiting, ...this.next]
    this.waiting = []
  }

  private async whole({ definition, epoch, seq, statuses }: WholeFace): Promise<void> {
    let plan: Plan
    try {
      plan = await this.options.planOf(definition.planHash)
    } catch {
      return this.tell(null, UNAVAILABLE)
    }
    const { id, currency } = definition
    this.face = { definition: { id, currency }, plan, epoch }
    const view = new WholeView(definition, plan, epoch, seq, statuses.slice())
    if (!this.isFollowing) return this.tell(view, null)
    if (this.view !== null && this.view.epoch > epoch) return this.tell(null, UNAVAILABLE)
    this.view = view
    this.ring.clear()
    const early = this.early
    this.early = []
    for (const diff of early) {
      if (diff.epoch === view.epoch && diff.seq === view.seq + 1 && diff.changes.length > 0) this.take(view, diff)
      else if (diff.epoch > view.epoch || (diff.epoch === view.epoch && diff.seq > view.seq)) return this.lost()
    }
    this.options.feed.snapshot(this.id, view)
    this.tell(view, null)
  }

  /** The whole is older than what is already known to have come after it: once more. */
  private lost(): void {
    this.view = null
    this.next = [...this.waiting, ...this.next]
    this.waiting = []
  }

  private take(view: WholeView, diff: Diff): void {
    const { changes } = diff
    for (let at = 0; at < changes.length; at += 2) view.statuses[changes[at]!] = changes[at + 1]!
    view.seq = diff.seq
    this.ring.add(diff)
  }

  private tell(view: ShowView | null, refusal: Refusal | null): void {
    const waiting = this.waiting
    this.waiting = []
    for (const done of waiting) done(view, refusal)
  }
}

class WholeView implements ShowView {
  readonly definition: ShowDefinition
  readonly plan: Plan
  readonly epoch: number
  seq: number
  readonly statuses: Uint8Array

  constructor(definition: ShowDefinition, plan: Plan, epoch: number, seq: number, statuses: Uint8Array) {
    this.definition = definition
    this.plan = plan
    this.epoch = epoch
    this.seq = seq
    this.statuses = statuses
  }
}
