// A small house and the turns of one show in it: what the rules' tests stand on. A turn is what a shard
// does with a command: expire what is over, decide, apply; every event is kept for replays.

import { encodeSnapshot } from '../../core/codec/snapshot-codec.ts'
import type {
  BestRequest,
  BlockCommand,
  BookCommand,
  CancelCommand,
  ChangeCommand,
  Command,
  CreateCommand,
  ExtendCommand,
  HoldCommand,
  ReleaseCommand,
  ShowChange
} from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import { Inventory } from '../../core/inventory.ts'
import { type Plan, STATUS_NAMES } from '../../core/plan/plan.ts'
import { readPlan } from '../../core/plan/plan-import.ts'
import { DEFAULT_POLICY, type Policy } from '../../core/policy.ts'
import type { Refusal } from '../../core/refusal.ts'
import { apply } from '../../core/rules/apply.ts'
import { type Decision, decide, happens } from '../../core/rules/decide.ts'
import { expireNext } from '../../core/rules/expire.ts'
import type { ShowDefinition } from '../../core/show.ts'

export const SHOW = 'hamlet'
/** Noon of some day: tests count their minutes from here. */
export const NOON = 1_800_000_000_000
export const MINUTE = 60_000

/** Rows of seats `<row>1` to `<row><count>` as pretix writes them, one zone and one category per row. */
export function planJson(rows: readonly { row: string; count: number; zone: string; category: string }[]): unknown {
  const categories = [...new Set(rows.map(({ category }) => category))]
  const zones = [...new Set(rows.map(({ zone }) => zone))]
  return {
    name: 'Small house',
    size: { width: 400, height: 300 },
    categories: categories.map((name) => ({ name, color: '#336699' })),
    zones: zones.map((name, zoneAt) => ({
      name,
      position: { x: 0, y: zoneAt * 150 },
      areas: [],
      rows: rows
        .filter(({ zone }) => zone === name)
        .map(({ row, count, category }, rowAt) => ({
          row_number: row,
          position: { x: 0, y: rowAt * 30 },
          seats: Array.from({ length: count }, (_, at) => ({
            seat_guid: `${row}${at + 1}`,
            seat_number: String(at + 1),
            position: { x: at * 25, y: 0 },
            category
          }))
        }))
    }))
  }
}

/** Rows A and B with six seats each in the stalls, row C with four on the balcony. */
export const SMALL_PLAN = planJson([
  { row: 'A', count: 6, zone: 'Stalls', category: 'Front' },
  { row: 'B', count: 6, zone: 'Stalls', category: 'Middle' },
  { row: 'C', count: 4, zone: 'Balcony', category: 'Cheap' }
])

export const PRICES = { Front: 9_000, Middle: 5_000, Cheap: 2_000 }

export function planOf(json: unknown): Plan {
  const { plan, faults } = readPlan(json)
  if (plan === null) throw new Error(`the test's plan has faults: ${JSON.stringify(faults)}`)
  return plan
}

export function definitionOf(policy: Partial<Policy> = {}, more: Partial<ShowDefinition> = {}): ShowDefinition {
  return {
    id: SHOW,
    title: 'Hamlet',
    startsAt: NOON + 30 * 24 * 60 * MINUTE,
    currency: 'EUR',
    planHash: 'a'.repeat(64),
    prices: PRICES,
    policy: { ...DEFAULT_POLICY, ...policy },
    ...more
  }
}

/** The event of that kind; some kinds share one. */
type EventOf<K extends ShowEvent['kind']> = ShowEvent extends infer E
  ? E extends { kind: infer Of }
    ? K extends Of
      ? E
      : never
    : never
  : never

/** One show and everything that ever happened to it. */
export class Sale {
  readonly plan: Plan
  readonly first: ShowDefinition
  readonly inventory: Inventory
  readonly events: ShowEvent[] = []

  constructor(policy: Partial<Policy> = {}, plan: Plan = planOf(SMALL_PLAN), more: Partial<ShowDefinition> = {}) {
    this.plan = plan
    this.first = definitionOf(policy, more)
    this.inventory = new Inventory(this.first, plan)
  }

  /** Time alone: what is over at `now` expires. */
  pass(now: number): void {
    for (let event = expireNext(this.inventory, now); event !== null; event = expireNext(this.inventory, now)) {
      this.happen(event)
    }
  }

  /** A command's turn at `now`. */
  ask(command: Command, now: number = NOON): Decision {
    this.pass(now)
    const decision = decide(this.inventory, command, now)
    if (happens(decision)) this.happen(decision)
    return decision
  }

  /** A turn that must end in an event of `kind`. */
  done<K extends ShowEvent['kind']>(kind: K, command: Command, now: number = NOON): EventOf<K> {
    const decision = this.ask(command, now)
    if (decision.kind !== kind) throw new Error(`expected ${kind}, got ${JSON.stringify(decision)}`)
    return decision as EventOf<K>
  }

  /** A turn that must end in a refusal, which must change nothing. */
  refused(command: Command, now: number = NOON): Refusal {
    this.pass(now)
    const before = encodeSnapshot(this.inventory)
    const decision = this.ask(command, now)
    if (decision.kind !== 'refused') throw new Error(`expected a refusal, got ${JSON.stringify(decision)}`)
    if (!Buffer.from(before).equals(encodeSnapshot(this.inventory)))
      throw new Error(`${decision.code} changed something`)
    return decision
  }

  /** A turn that must give an earlier answer again, which must change nothing. */
  again(command: Command, now: number = NOON): ShowEvent {
    this.pass(now)
    const before = encodeSnapshot(this.inventory)
    const decision = this.ask(command, now)
    if (decision.kind !== 'remembered') throw new Error(`expected the first answer, got ${JSON.stringify(decision)}`)
    if (!Buffer.from(before).equals(encodeSnapshot(this.inventory)))
      throw new Error('the first answer changed something')
    return decision.event
  }

  /** `A1 held, A2 booked`: all seats that are not available. */
  get taken(): string {
    return this.plan.ids
      .flatMap((id, seat) => (this.inventory.status[seat] === 0 ? [] : [`${id} ${this.statusOf(id)}`]))
      .sort()
      .join(', ')
  }

  statusOf(id: string): string {
    return STATUS_NAMES[this.inventory.status[this.plan.indexOf.get(id)!]!]!
  }

  ids(seats: readonly number[] | undefined): string[] {
    return (seats ?? []).map((seat) => this.plan.ids[seat]!)
  }

  private happen(event: ShowEvent): void {
    apply(this.inventory, event)
    this.events.push(event)
  }
}

interface More {
  readonly key?: string
  readonly admin?: boolean
  readonly show?: string
}

function asked(user: string, { key = '', admin = false, show = SHOW }: More) {
  return { user, key, admin, show }
}

export function hold(user: string, seats: string, more: More = {}): HoldCommand {
  return { op: 'hold', ...asked(user, more), seats: list(seats), best: null }
}

export function holdBest(user: string, best: BestRequest, more: More = {}): HoldCommand {
  return { op: 'hold', ...asked(user, more), seats: null, best }
}

export function extend(user: string, of: number, more: More = {}): ExtendCommand {
  return { op: 'extend', ...asked(user, more), hold: String(of) }
}

export function release(user: string, of: number, more: More = {}): ReleaseCommand {
  return { op: 'release', ...asked(user, more), hold: String(of) }
}

export function book(user: string, of: number, seats: string | null = null, more: More = {}): BookCommand {
  return { op: 'book', ...asked(user, more), hold: String(of), seats: seats === null ? null : list(seats), payment: '' }
}

export function cancel(user: string, of: number, seats: string | null = null, more: More = {}): CancelCommand {
  const booking = `${more.show ?? SHOW}.${of}`
  return { op: 'cancel', ...asked(user, more), booking, seats: seats === null ? null : list(seats) }
}

export function block(seats: string, more: More = {}): BlockCommand {
  return { op: 'block', ...asked('boss', { admin: true, ...more }), seats: list(seats) }
}

export function unblock(seats: string, more: More = {}): BlockCommand {
  return { op: 'unblock', ...asked('boss', { admin: true, ...more }), seats: list(seats) }
}

export function change(what: ShowChange, more: More = {}): ChangeCommand {
  return { op: 'change', ...asked('boss', { admin: true, ...more }), change: what }
}

export function create(definition: ShowDefinition, more: More = {}): CreateCommand {
  return { op: 'create', ...asked('boss', { admin: true, show: definition.id, ...more }), definition }
}

/** `'A1 A2'` as a list; `''` is the empty one. */
function list(seats: string): string[] {
  return seats === '' ? [] : seats.split(' ')
}
