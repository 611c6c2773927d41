// What a shard host needs from the node it lives on. Implemented by ShardRegion.
import type { Command } from '../core/command.ts'
import type { SealedKey } from '../core/idempotency-memory.ts'
import type { Mail } from './mailbox.ts'
import type { FeedSink, Outcome, ShowFace } from './outcome.ts'
import type { PlanCache } from './plan-cache.ts'
import type { ResidentShow } from './resident-show.ts'

export interface ShardServices {
  readonly plans: PlanCache
  readonly feed: FeedSink
  answer(mail: Mail, outcome: Outcome, show: ShowFace | null): void
  /** The shard of `mail` is another node's. */
  away(mail: Mail): void
  /** The shard has something to do. */
  wake(shard: number): void
  /** Sets the timer of `show` to its next deadline. */
  schedule(shard: number, show: ResidentShow): void
  /** `show` has seat changes to push. */
  touched(show: ResidentShow): void
  /** Loads a show that is not in memory, then posts `mail` again. */
  load(shard: number, showId: string, mail: Mail): void
  loadPlan(shard: number, hash: string, mail: Mail): void
  /** Reads which keys of `show` were sealed, then posts `mail` again. */
  loadSealed(shard: number, show: ResidentShow, mail: Mail): void
  /** Reads what the sealed key of `mail` did to `show`, then posts it again. */
  loadKey(shard: number, show: ResidentShow, asked: SealedKey, mail: Mail): void
  /** The journal was asked, and has no such show. */
  knownAbsent(showId: string): boolean
  /** The show is in memory, so it exists. */
  present(showId: string): void
  /** How many watch this show. */
  watchers(showId: string): number
  /** A bug stopped the shard while it did `command` (null: a timer's). */
  crashed(shard: number, command: Command | null, error: unknown): void
}
