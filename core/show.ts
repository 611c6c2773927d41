// What a show is, apart from who has which seat: journaled when it is created or changed.
import type { Policy } from './policy.ts'

export interface ShowDefinition {
  readonly id: string
  readonly title: string
  /** Epoch milliseconds. */
  readonly startsAt: number
  /** ISO 4217. */
  readonly currency: string
  /** SHA-256 of the plan's JSON, hex: plans are stored once and never change. */
  readonly planHash: string
  /** Minor units by category name; every category of the plan has one. */
  readonly prices: Readonly<Record<string, number>>
  readonly policy: Policy
}
