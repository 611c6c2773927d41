// The single seats a take would leave behind, and whether that forbids it.
//
// Segment: seats linked as neighbours, from wall or aisle to wall or aisle. Orphan: an available seat with
// no available neighbour, where
//   lenient  both neighbours are seats that are taken (held, booked, blocked, or in the take);
//   strict   each neighbour is such a seat, or missing: a wall or an aisle.
// A seat that was an orphan already is nobody's fault, and an accessible seat is never one: it waits for
// somebody who needs it.
//
// A take is judged as a whole against the seats before it. It is allowed if it leaves no new orphan, or no
// more than the best take of as many seats from the same segments would. (Such a take names accessible
// seats only if the judged one does.) Of every run of available seats only one that loses all seats but one
// must leave an orphan, so that the best take leaves none or one: which of the two is arithmetic.
import { AVAILABLE, type Plan } from '../plan/plan.ts'
import type { OrphanRule } from '../policy.ts'

/** Takes up to this many seats are searched by `includes`, which beats building a set. */
const SMALL_TAKE = 16

/** The orphans that forbid taking `seats`, all of them available; none: the take is allowed. */
export function orphansLeft(plan: Plan, statuses: Uint8Array, seats: readonly number[], rule: OrphanRule): number[] {
  if (rule === 'off') return []
  const left = newOrphans(plan, statuses, seats, rule)
  if (left.length === 0) return left
  return left.length === 1 && !avoidable(plan, statuses, seats, rule) ? [] : left
}

/** Every orphan that taking `seats` makes. A rule that is off counts like the lenient one. */
export function newOrphans(plan: Plan, statuses: Uint8Array, seats: readonly number[], rule: OrphanRule): number[] {
  const set = seats.length > SMALL_TAKE ? new Set(seats) : null
  const taken = (seat: number) => statuses[seat] !== AVAILABLE || (set === null ? seats.includes(seat) : set.has(seat))
  const closed = (seat: number) => (seat < 0 ? rule === 'strict' : taken(seat))
  const found: number[] = []
  for (const seat of seats) {
    const before = plan.left[seat]!
    if (before >= 0 && !taken(before) && closed(plan.left[before]!) && plan.accessible[before] === 0) found.push(before)
    const after = plan.right[seat]!
    // One that lies between two seats of the take was found from the other side.
    const between = after >= 0 && plan.right[after]! >= 0 && statuses[plan.right[after]!] === AVAILABLE
    if (after < 0 || taken(after) || !closed(plan.right[after]!) || plan.accessible[after] !== 0) continue
    if (!between) found.push(after)
  }
  return found
}

/** How many orphans taking the neighbours `first` to `last` makes: `newOrphans` without looking around. */
export function orphansBeside(plan: Plan, statuses: Uint8Array, first: number, last: number, rule: OrphanRule): number {
  const before = plan.left[first]!
  const after = plan.right[last]!
  return (
    (before >= 0 && isOrphan(plan, statuses, before, plan.left[before]!, rule) ? 1 : 0) +
    (after >= 0 && isOrphan(plan, statuses, after, plan.right[after]!, rule) ? 1 : 0)
  )
}

/** Whether `seat`, one of whose neighbours is being taken and the other is `beyond`, becomes an orphan. */
function isOrphan(plan: Plan, statuses: Uint8Array, seat: number, beyond: number, rule: OrphanRule): boolean {
  if (statuses[seat] !== AVAILABLE || plan.accessible[seat] === 1) return false
  return beyond < 0 ? rule === 'strict' : statuses[beyond] !== AVAILABLE
}

/** Whether another take of as many seats from the same segments leaves no orphan. */
function avoidable(plan: Plan, statuses: Uint8Array, seats: readonly number[], rule: OrphanRule): boolean {
  const usesAccessible = seats.some((seat) => plan.accessible[seat] === 1)
  /** Seats that may be left in any number, as a lone one among them is no new orphan. */
  let free = 0
  /** Seats in runs of which all must stay, or none, or at least two. */
  let tight = 0
  let tightLongest = 0
  for (const start of segmentStarts(plan, seats)) {
    for (let seat = start; seat >= 0; ) {
      if (statuses[seat] !== AVAILABLE) {
        seat = plan.right[seat]!
        continue
      }
      let length = 0
      let accessible = 0
      let touchesEnd = plan.left[seat]! < 0
      let last = seat
      for (; seat >= 0 && statuses[seat] === AVAILABLE; seat = plan.right[seat]!) {
        length++
        accessible += plan.accessible[seat]!
        last = seat
      }
      touchesEnd ||= plan.right[last]! < 0
      if (length === 1 || accessible > 0 || (touchesEnd && rule !== 'strict')) {
        free += usesAccessible ? length : length - accessible
      } else {
        tight += length
        tightLongest = Math.max(tightLongest, length)
      }
    }
  }
  return canLeave(free + tight - seats.length, free, tight, tightLongest)
}

/** Whether `count` seats can stay without an orphan: up to `free` anywhere, the others in tight runs. */
function canLeave(count: number, free: number, tight: number, tightLongest: number): boolean {
  for (let inTight = Math.max(0, count - free); inTight <= Math.min(count, tight); inTight++) {
    // Runs of two stay in pairs; one longer run makes every number possible but one.
    if (tightLongest > 2 ? inTight !== 1 : inTight % 2 === 0) return true
  }
  return false
}

/** The first seat of every segment that `seats` touch. */
function segmentStarts(plan: Plan, seats: readonly number[]): Set<number> {
  const starts = new Set<number>()
  for (let seat of seats) {
    while (plan.left[seat]! >= 0) seat = plan.left[seat]!
    starts.add(seat)
  }
  return starts
}
