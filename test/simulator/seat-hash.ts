// A show's seats as one number, so that maps can be compared and kept track of cheaply.

/** Seats by status as one number: the XOR of this over all seats, so that it can be kept up to date. */
export function seatHash(seat: number, status: number): number {
  if (status === 0) return 0
  let mixed = Math.imul(seat * 4 + status + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

export function hashOf(statuses: ArrayLike<number>): number {
  let hash = 0
  for (let seat = 0; seat < statuses.length; seat++) hash ^= seatHash(seat, statuses[seat]!)
  return hash >>> 0
}
