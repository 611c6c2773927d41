// What a show allows. Set by an admin, journaled with the show, judged by `decide`.

export type OrphanRule = 'off' | 'lenient' | 'strict'

export interface Policy {
  /** How long a hold lasts, in milliseconds. */
  readonly holdMs: number
  /** How often a hold may be extended; each time it lasts `holdMs` from then. */
  readonly extensionsMax: number
  readonly seatsPerHoldMax: number
  /** Seats one user may have at a time, held and booked together. */
  readonly seatsPerUserMax: number
  /** Live holds one user may have at a time. */
  readonly holdsPerUserMax: number
  readonly orphans: OrphanRule
  /** Sale window in epoch milliseconds, start inclusive, end exclusive; null: open. */
  readonly saleStartsAt: number | null
  readonly saleEndsAt: number | null
}

export const DEFAULT_POLICY: Policy = {
  holdMs: 600_000,
  extensionsMax: 1,
  seatsPerHoldMax: 10,
  seatsPerUserMax: 10,
  holdsPerUserMax: 1,
  orphans: 'off',
  saleStartsAt: null,
  saleEndsAt: null
}
