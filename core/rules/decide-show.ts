// What only an admin asks for: seats taken out of the sale, and changes to the show itself.
// Doors let admins alone through; the rule stands here too, so that no door can forget it.
import type { BlockCommand, ChangeCommand, CreateCommand } from '../command.ts'
import type { BlockedEvent, CreatedEvent } from '../event.ts'
import type { Inventory } from '../inventory.ts'
import { AVAILABLE, BLOCKED, type Plan } from '../plan/plan.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { ShowDefinition } from '../show.ts'
import { fingerprint } from './fingerprint.ts'
import { resolveSeats } from './seat-list.ts'

const ADMINS_ONLY = refuse('forbidden', 'Only an admin may do this.')

export function decideBlock(
  inventory: Inventory,
  command: BlockCommand,
  now: number,
  print: number
): BlockedEvent | Refusal {
  if (!command.admin) return ADMINS_ONLY
  const seats = resolveSeats(inventory.plan, command.seats)
  if ('kind' in seats) return seats
  const from = command.op === 'block' ? AVAILABLE : BLOCKED
  const others = seats.filter((seat) => inventory.status[seat] !== from)
  if (others.length > 0) {
    const detail = from === AVAILABLE ? 'Only available seats can be blocked.' : 'These seats are not blocked.'
    return refuse('seats_unavailable', detail, { seats: others })
  }
  const kind = command.op === 'block' ? 'blocked' : 'unblocked'
  return { kind, at: now, user: command.user, key: command.key, fingerprint: print, seats }
}

export function decideChange(
  inventory: Inventory,
  command: ChangeCommand,
  now: number,
  print: number
): CreatedEvent | Refusal {
  if (!command.admin) return ADMINS_ONLY
  const { change } = command
  const before = inventory.definition
  const definition: ShowDefinition = {
    ...before,
    title: change.title ?? before.title,
    startsAt: change.startsAt ?? before.startsAt,
    prices: { ...before.prices, ...change.prices },
    policy: { ...before.policy, ...change.policy }
  }
  const refusal = wrongDefinition(definition, inventory.plan)
  if (refusal !== null) return refusal
  return { kind: 'changed', at: now, user: command.user, key: command.key, fingerprint: print, definition }
}

/** Decides the first command of a show that does not exist yet. */
export function decideCreate(command: CreateCommand, plan: Plan, now: number): CreatedEvent | Refusal {
  if (!command.admin) return ADMINS_ONLY
  const { user, key, definition } = command
  const refusal = wrongDefinition(definition, plan)
  if (refusal !== null) return refusal
  return { kind: 'created', at: now, user, key, fingerprint: key === '' ? 0 : fingerprint(command, plan), definition }
}

function wrongDefinition(definition: ShowDefinition, plan: Plan): Refusal | null {
  const { saleStartsAt, saleEndsAt } = definition.policy
  if (saleStartsAt !== null && saleEndsAt !== null && saleStartsAt >= saleEndsAt) {
    return refuse('invalid_request', 'policy.saleEndsAt: the sale must end after it starts.')
  }

  const names = plan.categories.map(({ name }) => name)
  const missing = names.filter((name) => !Object.hasOwn(definition.prices, name))
  if (missing.length > 0) return refuse('invalid_request', `These categories have no price: ${missing.join(', ')}.`)
  const unknown = Object.keys(definition.prices).filter((name) => !names.includes(name))
  if (unknown.length > 0) return refuse('invalid_request', `The plan has no such categories: ${unknown.join(', ')}.`)
  return null
}
