// A hold past its deadline is dead from that instant, even if its timer is late (DESIGN rule 7): so
// whoever decides at `now` first lets `expireNext` tell, and applies, what is over by then.
import type { ExpiredEvent } from '../event.ts'
import type { Inventory } from '../inventory.ts'

/** When the next hold may be over, epoch milliseconds; Infinity without holds. May be early, never late. */
export function nextExpiry(inventory: Inventory): number {
  return inventory.deadlines.next
}

/** The next hold that is over at `now`, as the event to apply; null when none is. */
export function expireNext(inventory: Inventory, now: number): ExpiredEvent | null {
  const { deadlines, holds } = inventory
  while (deadlines.next <= now) {
    const deadline = deadlines.next
    const hold = holds.get(deadlines.pop())
    // A hold that is gone or was extended has left its old deadline in the heap.
    if (hold !== undefined && hold.expiresAt === deadline) {
      return {
        kind: 'expired',
        at: now,
        user: hold.user,
        key: '',
        fingerprint: 0,
        hold: hold.number,
        seats: hold.seats
      }
    }
  }
  return null
}
