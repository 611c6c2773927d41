// The state of the plainest model of a show: seats, whose they are, and what is different after an answer.
// It is a few maps that a change goes through, there and back again, so that a search can try and take back.

/** A hold (`hold 7`) or a booking (`booking hamlet.3`): somebody's seats. */
export interface Claim {
  readonly user: string
  readonly seats: readonly string[]
  /** It may be over from `from` on, and surely is at `until`: the same moment where its end was told. */
  readonly from: number
  readonly until: number
  readonly extensions: number
  /** Seats it has beside these; nobody was told which. */
  readonly more: number
}

export interface Show {
  /**
   * Holds end by themselves, and nobody says when: this is what the answers so far have proven. One that
   * needs a hold to be over moves it to that hold's end; one that needs it alive must not come after.
   */
  nowMs: number
  /** By key; null once it is over, however that came. */
  readonly claims: Map<string, Claim | null>
  /** A claim's key, or `blocked`. The claim may be a hold that is over by time. */
  readonly takenBy: Map<string, string>
  readonly claimsOf: Map<string, Set<string>>
}

/** What is different, in order. */
export interface Change {
  readonly nowMs: number
  readonly claims: readonly ClaimChange[]
  readonly seats: readonly SeatChange[]
}
export type ClaimChange = readonly [key: string, claim: Claim | null | undefined]
export type SeatChange = readonly [seat: string, takenBy: string | undefined]

export function emptyShow(): Show {
  return { nowMs: 0, claims: new Map(), takenBy: new Map(), claimsOf: new Map() }
}

/** Makes `change`, and answers with the change that takes it back. */
export function apply(show: Show, change: Change): Change {
  const { claims, takenBy, claimsOf } = show
  const back = { nowMs: show.nowMs, claims: [] as ClaimChange[], seats: [] as SeatChange[] }
  show.nowMs = change.nowMs
  for (const [key, claim] of change.claims) {
    const was = claims.get(key)
    back.claims.unshift([key, was])
    if (was) claimsOf.get(was.user)!.delete(key)
    if (claim) claimsOf.set(claim.user, (claimsOf.get(claim.user) ?? new Set<string>()).add(key))
    if (claim === undefined) claims.delete(key)
    else claims.set(key, claim)
  }
  for (const [seat, by] of change.seats) {
    back.seats.unshift([seat, takenBy.get(seat)])
    if (by === undefined) takenBy.delete(seat)
    else takenBy.set(seat, by)
  }
  return back
}
