// One operation as a client saw it: what it asked, what it was told, and between which two moments it must
// have happened. The simulator and the chaos run write these; the checkers read them, and nothing else.

/** Seats are named by their ids throughout. */
export type Asked =
  | { readonly op: 'hold'; readonly seats: readonly string[] | null; readonly count: number }
  | { readonly op: 'extend'; readonly hold: string }
  | { readonly op: 'release'; readonly hold: string }
  | { readonly op: 'book'; readonly hold: string; readonly seats: readonly string[] | null }
  | { readonly op: 'cancel'; readonly booking: string; readonly seats: readonly string[] | null }
  | { readonly op: 'block'; readonly seats: readonly string[] }
  | { readonly op: 'unblock'; readonly seats: readonly string[] }

/** `seats` of a refusal are those that were gone, where the refusal named them. */
export type Told =
  | { readonly kind: 'held'; readonly hold: string; readonly seats: readonly string[]; readonly expiresAt: number }
  | { readonly kind: 'extended'; readonly hold: string; readonly expiresAt: number }
  | { readonly kind: 'released' }
  | { readonly kind: 'booked'; readonly booking: string; readonly seats: readonly string[] }
  | { readonly kind: 'cancelled'; readonly seats: readonly string[] }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'unblocked' }
  | { readonly kind: 'refused'; readonly code: string; readonly seats: readonly string[] }

export interface Operation {
  readonly show: string
  readonly user: string
  readonly asked: Asked
  /** Moments of one clock that never stands still: no two of a history are the same. */
  readonly invokedAt: number
  /** Infinity where the answer never came, or said only that it is not known (`unavailable`, a timeout). */
  readonly returnedAt: number
  /** Null where `returnedAt` is Infinity. */
  readonly told: Told | null
  /**
   * The clock that holds run on, epoch milliseconds, at the latest by `returnedAt`: no hold that ends after
   * this may have been over. Infinity where nobody knows.
   */
  readonly clockMs: number
}
