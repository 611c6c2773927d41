// What a bench and its maker of shows, a process of its own, tell each other.
import type { Policy } from '../../core/policy.ts'
import type { BlockShape } from '../bench-plan.ts'

export interface MakeShows {
  readonly kind: 'make'
  readonly url: string
  readonly shards: number
  readonly ids: readonly string[]
  readonly shape: BlockShape
  /** What differs from the product's. */
  readonly policy: Partial<Policy>
}

export type FromMaker = { readonly kind: 'created'; readonly count: number } | { readonly kind: 'made' }
