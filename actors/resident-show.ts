// A show in memory: its state, which may run ahead of the journal, and its committed face.
import type { Inventory } from '../core/inventory.ts'
import { ShowFeed } from './show-feed.ts'

export interface ResidentShow {
  readonly id: string
  readonly inventory: Inventory
  readonly feed: ShowFeed
  /** Journal position of its last event, committed or under way. */
  lastSeq: number
  /** Journal position its stored snapshot covers. */
  snapshotSeq: number
  /** When it was last asked for, epoch milliseconds. */
  usedAt: number
  /** The deadline its timer is set to; Infinity when none is. */
  timerAt: number
}

/** A show whose whole state is committed as far as `lastSeq`. */
export function resident(
  id: string,
  inventory: Inventory,
  at: { epoch: number; feedSeq: number; lastSeq: number; snapshotSeq: number; usedAt: number }
): ResidentShow {
  const { epoch, feedSeq, lastSeq, snapshotSeq, usedAt } = at
  const feed = new ShowFeed(inventory.definition, inventory.plan, inventory.status.slice(), epoch, feedSeq)
  return { id, inventory, feed, lastSeq, snapshotSeq, usedAt, timerAt: Number.POSITIVE_INFINITY }
}

/** Nothing would be missed if it left memory: no hold runs, nobody watches, its snapshot is complete. */
export function idle(show: ResidentShow): boolean {
  return show.feed.watchers === 0 && show.inventory.holds.size === 0
}
