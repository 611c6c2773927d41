// What the crowd bench and its viewers, in processes of their own, tell each other.
import type { Ages, SaleTimes } from './staleness.ts'

export interface WatchShow {
  readonly kind: 'watch'
  readonly show: string
  /** Of the nodes; viewers spread over them. */
  readonly ports: readonly number[]
  readonly viewers: number
  /** They come from 127.0.0.x: from this x on, and from the next ones where they are many. */
  readonly firstAddress: number
}

/** The sale is over and the show stands at (epoch, seq): wait until every viewer does, and report. */
export interface FinishWatching {
  readonly kind: 'finish'
  readonly epoch: number
  readonly seq: number
  readonly seats: number
  readonly times: SaleTimes
}

export type ToViewers = WatchShow | FinishWatching

export interface ViewerCounts {
  /** Sockets that are open, and viewers that have the map and follow it. */
  readonly open: number
  readonly watching: number
  /** Pushes that came, all kinds, and their bytes. */
  readonly pushes: number
  readonly bytes: number
  /** Snapshots after a viewer's first: it had been skipped, or the show began a new epoch. */
  readonly skips: number
  /** Pushes that did not follow what the viewer had, so that it subscribed again. */
  readonly gaps: number
  /** What came of sockets that did not last, and refusals: by name. */
  readonly troubles: Readonly<Record<string, number>>
}

interface ViewersState extends ViewerCounts {
  readonly kind: 'state'
}

export interface ViewersReport extends ViewerCounts {
  readonly kind: 'report'
  readonly viewers: number
  /** When the last of them had all of it, on the machine's clock. */
  readonly caughtUpAt: number
  /** Viewers that do not stand at the final place, viewers that were told otherwise than others, and either. */
  readonly behind: number
  readonly differing: number
  readonly wrong: number
  /** Where the pushes lead, and what does not fit on the way. */
  readonly epoch: number
  readonly seq: number
  readonly statuses: Uint8Array
  readonly faults: readonly string[]
  readonly ages: Ages
}

export type FromViewers = ViewersState | ViewersReport
