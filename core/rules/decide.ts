// The rules: given a show's state, a command and the time, what happens or why not. Looks, never
// changes. The key comes first: what was done with it before is the answer, or idempotency_conflict, and
// busy where no more can be remembered. Then each kind of command has its own order of refusals, the one
// in which its checks stand.
import { assert } from '../assert.ts'
import type { Command } from '../command.ts'
import type { ShowEvent } from '../event.ts'
import type { SealedKey } from '../idempotency-memory.ts'
import type { Inventory } from '../inventory.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { decideBook, decideCancel, decideExtend, decideRelease } from './decide-booking.ts'
import { decideHold } from './decide-hold.ts'
import { decideBlock, decideChange } from './decide-show.ts'
import { nextExpiry } from './expire.ts'
import { fingerprint } from './fingerprint.ts'

/** The key was used before: this is what it did then. Nothing is to be applied. */
interface Remembered {
  readonly kind: 'remembered'
  readonly event: ShowEvent
}

/** Whether the key was used before, and for what, stands in the store: to be decided once that was read. */
interface Sealed {
  readonly kind: 'sealed'
  readonly asked: SealedKey
}

/** Which keys were used stands in the store, and is yet to be read: to be decided then. */
interface Unread {
  readonly kind: 'unread'
}

export type Decision = ShowEvent | Refusal | Remembered | Sealed | Unread

const UNREAD: Unread = { kind: 'unread' }
const NOTHING_HAPPENS: ReadonlySet<Decision['kind']> = new Set(['refused', 'remembered', 'sealed', 'unread'])

/** Something happens: it is to be journaled, and applied. */
export function happens(decision: Decision): decision is ShowEvent {
  return !NOTHING_HAPPENS.has(decision.kind)
}

/** Decides `command` at `now`; holds over by then must have been expired before (`expireNext`). */
export function decide(inventory: Inventory, command: Command, now: number): Decision {
  assert(nextExpiry(inventory) > now, 'holds that are over must be expired first')
  if (command.key === '') return decideFresh(inventory, command, now, 0)
  const print = fingerprint(command, inventory.plan)
  const known = inventory.keys.find(command.user, command.key, now)
  if (known !== undefined) {
    if (known.fingerprint === print) return { kind: 'remembered', event: known }
    return refuse(
      'idempotency_conflict',
      'This idempotency key was used for another request: take a new key for a new request.'
    )
  }
  if (inventory.keys.sealed.isUnread) return UNREAD
  const asked = inventory.keys.sealedKey(command.user, command.key, now)
  if (asked !== null) return { kind: 'sealed', asked }
  if (inventory.keys.full(now)) {
    return refuse('busy', 'This show remembers as many requests as it can: try again later.', { retryAfterMs: 60_000 })
  }
  return decideFresh(inventory, command, now, print)
}

function decideFresh(inventory: Inventory, command: Command, now: number, print: number): ShowEvent | Refusal {
  switch (command.op) {
    case 'hold':
      return decideHold(inventory, command, now, print)
    case 'extend':
      return decideExtend(inventory, command, now, print)
    case 'release':
      return decideRelease(inventory, command, now, print)
    case 'book':
      return decideBook(inventory, command, now, print)
    case 'cancel':
      return decideCancel(inventory, command, now, print)
    case 'block':
    case 'unblock':
      return decideBlock(inventory, command, now, print)
    case 'change':
      return decideChange(inventory, command, now, print)
    case 'create':
      return refuse('idempotency_conflict', `A show with the id ${command.show} exists: choose another id.`)
  }
}
