// What an operation may change and what its answer may rest on, told from the history alone: by this the search
// knows whose order matters. `+seat A1` stands for taking a seat, `-seat A1` for freeing it, `+hold 7` for a hold
// that begins or lasts longer, `-hold 7` for its end, `+user ann` for more that a user has, `+house` for any seat.
import type { Operation } from './operation.ts'
import { ADMIN, type Rules } from './plain-needs.ts'

export interface Footprint {
  /** With signs. */
  readonly writes: readonly string[]
  /** What is written, without signs. */
  readonly changes: readonly string[]
  /** What it rests on, and what it changes in a way that does not add up whatever the order. */
  readonly rests: ReadonlySet<string>
}

/** Who had what, by the answers of the whole history: `hold 7` and `booking hamlet.3`. */
export type Makers = ReadonlyMap<string, Made>
export interface Made {
  /** Whose it can be. */
  readonly users: readonly string[]
  readonly seats: readonly string[]
}

export interface Nameless extends Made {
  /** Which of the unheard of may have made it, likeliest first. */
  readonly candidates: readonly number[]
  /** Seats that some of the candidates asked for by name. */
  readonly asked: readonly string[]
  /** An answer that speaks of it, the first; null where none does and it may never have been. */
  readonly spokenOf: Operation | null
}

export function makersOf(history: readonly Operation[]): Makers {
  const makers = new Map<string, Made>()
  for (const { user, told } of history) {
    if (told?.kind === 'held') makers.set(`hold ${told.hold}`, { users: [user], seats: told.seats })
  }
  for (const { user, asked, told } of history) {
    if (told?.kind !== 'booked' || asked.op !== 'book') continue
    const users = makers.get(`hold ${asked.hold}`)?.users ?? (user === ADMIN ? [] : [user])
    makers.set(`booking ${told.booking}`, { users, seats: told.seats })
  }
  return makers
}

/** Whether the answers of `one` or `other` may depend on which of them comes first. */
export function conflict(one: Footprint, other: Footprint): boolean {
  for (let i = 0; i < one.changes.length; i++) if (other.rests.has(one.changes[i]!)) return true
  for (let i = 0; i < other.changes.length; i++) if (one.rests.has(other.changes[i]!)) return true
  return false
}

export function footprintOf(
  operation: Operation,
  makers: Makers,
  nameless: ReadonlyMap<string, Nameless>,
  rules: Rules
): Footprint {
  const { user, asked, told } = operation
  const writes = told?.kind === 'refused' ? [] : writesOf(operation, (key) => makers.get(key) ?? nameless.get(key))
  const changes = writes.map((key) => key.slice(1))
  const rests = new Set([...changes.filter((key) => !ADDS_UP.test(key)), ...restsOn(operation)])
  for (const key of [...rests]) for (const seat of nameless.get(key)?.asked ?? []) rests.add(`seat ${seat}`)
  const limited = rules.seatsPerUserMax !== undefined || rules.holdsPerUserMax !== undefined
  if (asked.op === 'hold' && limited) rests.add(`user ${user}`)
  if (asked.op === 'hold' && asked.seats === null && told?.kind === 'refused') rests.add('house')
  return { writes, changes, rests }
}

const ADDS_UP = /^(house|user .*)$/

function writesOf({ user, asked, told }: Operation, made: (key: string) => Made | undefined): string[] {
  switch (asked.op) {
    case 'hold': {
      const seats = told?.kind === 'held' ? told.seats : asked.seats
      const begun = told?.kind === 'held' ? [`+hold ${told.hold}`] : []
      return [...takes(seats), ...begun, `+user ${user}`]
    }
    case 'extend': {
      const key = `hold ${asked.hold}`
      return [`+${key}`, ...takes(made(key)?.seats), ...keeps(made(key)?.users)]
    }
    case 'release': {
      const key = `hold ${asked.hold}`
      return [`-${key}`, ...frees(made(key)?.seats), ...spares(made(key)?.users)]
    }
    case 'book': {
      const key = `hold ${asked.hold}`
      const hold = made(key)
      const booked = (told?.kind === 'booked' ? told.seats : asked.seats) ?? hold?.seats ?? []
      const freed = hold?.seats.filter((seat) => !booked.includes(seat))
      const begun = told?.kind === 'booked' ? [`+booking ${told.booking}`] : []
      return [`-${key}`, ...begun, ...takes(booked), ...frees(freed), ...spares(hold?.users), ...keeps(hold?.users)]
    }
    case 'cancel': {
      const key = `booking ${asked.booking}`
      const booking = made(key)
      const freed = (told?.kind === 'cancelled' ? told.seats : asked.seats) ?? booking?.seats
      return [`-${key}`, ...frees(freed), ...spares(booking?.users)]
    }
    case 'block':
      return takes(asked.seats)
    case 'unblock':
      return frees(asked.seats)
  }
}

function restsOn({ asked }: Operation): string[] {
  switch (asked.op) {
    case 'hold':
    case 'block':
    case 'unblock':
      return (asked.seats ?? []).map((seat) => `seat ${seat}`)
    case 'cancel':
      return [`booking ${asked.booking}`]
    default:
      return [`hold ${asked.hold}`]
  }
}

function takes(seats: readonly string[] | null | undefined): string[] {
  return seats === null || seats === undefined ? [] : ['+house', ...seats.map((seat) => `+seat ${seat}`)]
}

function frees(seats: readonly string[] | null | undefined): string[] {
  return seats === null || seats === undefined ? [] : ['-house', ...seats.map((seat) => `-seat ${seat}`)]
}

/** What would be over by time, and is not. */
function keeps(users: readonly string[] = []): string[] {
  return users.map((user) => `+user ${user}`)
}

function spares(users: readonly string[] = []): string[] {
  return users.map((user) => `-user ${user}`)
}
