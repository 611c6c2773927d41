// What the bench of recovery and its filler, a process of its own, tell each other.
import type { TracePlan } from '../trace.ts'

export interface FillJournal {
  readonly kind: 'fill'
  readonly url: string
  readonly shards: number
  readonly showIds: readonly string[]
  /** Endless. */
  readonly trace: TracePlan
  /** How many are to be written at least. */
  readonly events: number
}

export type FromFiller =
  | { readonly kind: 'filling'; readonly events: number }
  | { readonly kind: 'filled'; readonly events: number }
