// What the actors tell the doors: outcomes of commands, and the committed view of a show.
import type { Command } from '../core/command.ts'
import type { ShowEvent } from '../core/event.ts'
import type { Plan } from '../core/plan/plan.ts'
import type { Refusal } from '../core/refusal.ts'
import type { ShowDefinition } from '../core/show.ts'

/** The event a command caused (now, or when its key was first used), or why there is none. */
export type Outcome = ShowEvent | Refusal

/** What an answer needs of its show: all of it, but for the epoch, stays as it was made. */
export interface ShowFace {
  readonly definition: Pick<ShowDefinition, 'id' | 'currency'>
  readonly plan: Plan
  readonly epoch: number
}

/**
 * A show as committed: `statuses` is exactly the state at (epoch, seq), and is changed in place by the
 * next diff, so copy what you keep.
 */
export interface ShowView extends ShowFace {
  readonly definition: ShowDefinition
  readonly seq: number
  readonly statuses: Uint8Array
}

/** Where an outcome goes. `show` is null when the show is unknown or could not be asked. */
export interface ReplySink {
  reply(command: Command, outcome: Outcome, show: ShowFace | null, tag: number): void
}

export interface Diff {
  readonly epoch: number
  readonly seq: number
  /** Pairs: seat index, status, seat index, status … */
  readonly changes: Uint32Array
}

/** What the feed pushes, after the commit. Implemented by the doors that have viewers. */
export interface FeedSink {
  /** Where `show` is looked at, pushes have not gone out to all yet, as they are many. */
  isBehind(show: string): boolean
  /** `changed` is told when any pushes fall behind, and when all have gone out. */
  onBehind(changed: (isBehind: boolean) => void): void
  diff(show: string, diff: Diff): void
  /** The show starts a new epoch, or its diffs cannot be continued: everyone needs a snapshot. */
  snapshot(show: string, view: ShowView): void
  holdExpired(show: string, user: string, hold: number): void
}

/** The doors' way to the shows (implemented by ShardRegion). */
export interface Shows {
  /** Decides `command`; `sink.reply` is called once, after the commit, or with a refusal. */
  submit(command: Command, sink: ReplySink, tag: number): void
  /** The committed view, brought up to date; null where no such show exists. May be called later. */
  view(show: string, done: (view: ShowView | null, refusal: Refusal | null) => void): void
  /** Like `view`, and keeps the show in memory with its feed running until `unwatch`, also where it failed. */
  watch(show: string, done: (view: ShowView | null, refusal: Refusal | null) => void): void
  unwatch(show: string): void
  /** The last committed journal position of the show's shard: what a read model must reach to show it. */
  position(show: string): { shard: number; seq: number }
  /** Diffs after (epoch, seq), oldest first; null when they are not all at hand. Only while watched. */
  diffsSince(show: string, epoch: number, seq: number): readonly Diff[] | null
}
