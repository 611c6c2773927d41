// Holds and bookings that no answer made, but later answers speak of: somebody learned of the id in another way,
// or guessed it. Each was made by one of the operations that nobody heard of. What the whole history says of it
// tells which of them it can be, so that a search does not take it for another and find out long after.
import type { Makers, Nameless } from './footprint.ts'
import type { Operation } from './operation.ts'
import { ADMIN } from './plain-needs.ts'

interface Lore {
  readonly key: string
  readonly op: 'hold' | 'book'
  readonly number: number
  spokenOf: Operation | null
  owner: string | null
  readonly others: Set<string>
  readonly seats: Set<string>
  /** Something became of it, and nobody said of which seats. */
  anySeats: boolean
}

export function namelessOf(
  history: readonly Operation[],
  unknown: readonly Operation[],
  makers: Makers
): Map<string, Nameless> {
  const found = new Map<string, Nameless>()
  if (unknown.length === 0) return found
  const house = [...new Set(history.flatMap(({ asked }) => ('seats' in asked ? (asked.seats ?? []) : [])))]
  const holders = unknown.flatMap(({ user, asked }) => (asked.op === 'hold' ? user : []))
  const order = makingOrder(history)
  for (const lore of loreOf(history, makers).values()) {
    const likely = likeliest(lore, order)
    const candidates = [...unknown.keys()]
      .filter((at) => mayBe(lore, unknown[at]!, makers))
      .sort((a, b) => likely(unknown[a]!.invokedAt) - likely(unknown[b]!.invokedAt))
    const asked = candidates.flatMap((at) => seatsAsked(unknown[at]!, makers) ?? [])
    const best = lore.anySeats && candidates.some((at) => seatsAsked(unknown[at]!, makers) === null)
    const seats = new Set([...lore.seats, ...asked, ...(best ? house : [])])
    const { key, spokenOf } = lore
    const users = new Set(candidates.flatMap((at) => ownersOf(unknown[at]!, makers) ?? holders))
    found.set(key, { candidates, users: [...users], seats: [...seats], asked: [...new Set(asked)], spokenOf })
  }
  return found
}

/** Which of the unheard of made what for sure, as it can have been no other. */
export function surelyMade(nameless: Map<string, Nameless>): Map<number, string> {
  const sure = new Map<number, string>()
  for (let before = -1; before < sure.size; ) {
    before = sure.size
    for (const [key, { candidates, spokenOf }] of nameless) {
      const left = candidates.filter((at) => (sure.get(at) ?? key) === key)
      if (spokenOf !== null && left.length === 1) sure.set(left[0]!, key)
    }
  }
  return sure
}

function loreOf(history: readonly Operation[], makers: Makers): Map<string, Lore> {
  const lores = new Map<string, Lore>()
  for (const operation of history) {
    const { user, asked, told, returnedAt } = operation
    const key = 'hold' in asked ? `hold ${asked.hold}` : 'booking' in asked ? `booking ${asked.booking}` : null
    const not = told?.kind === 'refused' && !SPEAKS_OF_IT.has(told.code)
    if (key === null || not || makers.has(key)) continue
    const lore = lores.get(key) ?? newLore(key)
    lores.set(key, lore)
    if (told === null) {
      if (asked.op !== 'cancel') lore.anySeats = true
      continue
    }
    if (returnedAt < (lore.spokenOf?.returnedAt ?? Infinity)) lore.spokenOf = operation
    if (told.kind === 'refused') {
      if (told.code === 'forbidden') lore.others.add(user)
      continue
    }
    if (user !== ADMIN) lore.owner = user
    if ('seats' in told) for (const seat of told.seats) lore.seats.add(seat)
    // What of a hold is not booked goes free, whichever seats that are.
    if (told.kind !== 'cancelled' && !(asked.op === 'book' && asked.seats === null)) lore.anySeats = true
  }
  return lores
}

const SPEAKS_OF_IT: ReadonlySet<string> = new Set(['forbidden', 'hold_expired', 'limit_exceeded', 'seats_unavailable'])

function newLore(key: string): Lore {
  const op = key.startsWith('hold ') ? 'hold' : 'book'
  const number = numberOf(key)
  return { key, op, number, spokenOf: null, owner: null, others: new Set(), seats: new Set(), anySeats: false }
}

function mayBe(lore: Lore, { user, asked, invokedAt }: Operation, makers: Makers): boolean {
  if (asked.op !== lore.op || invokedAt > (lore.spokenOf?.returnedAt ?? Infinity)) return false
  const mayOwn = (owner: string) => (lore.owner ?? owner) === owner && !lore.others.has(owner)
  if (ownersOf({ user, asked }, makers)?.some(mayOwn) === false) return false
  const seats = asked.op === 'hold' || asked.op === 'book' ? asked.seats : null
  const all = seats ?? (asked.op === 'book' ? makers.get(`hold ${asked.hold}`)?.seats : undefined)
  if (all !== undefined) return [...lore.seats].every((seat) => all.includes(seat))
  return asked.op !== 'hold' || lore.seats.size <= asked.count
}

/** Null where it can be anybody: an admin books for others. */
function ownersOf({ user, asked }: Pick<Operation, 'user' | 'asked'>, makers: Makers): readonly string[] | null {
  const holders = asked.op === 'book' ? makers.get(`hold ${asked.hold}`)?.users : [user]
  return holders ?? (user === ADMIN ? null : [user])
}

/** Null where they are any. */
function seatsAsked({ asked }: Operation, makers: Makers): readonly string[] | null {
  if (asked.op === 'hold') return asked.seats
  return asked.op === 'book' ? (asked.seats ?? makers.get(`hold ${asked.hold}`)?.seats ?? null) : []
}

/** When which hold and booking was made, by number: they are made in order, as far as one knows. */
function makingOrder(history: readonly Operation[]): Record<'hold' | 'book', { number: number; moment: number }[]> {
  const order = { hold: [] as { number: number; moment: number }[], book: [] as { number: number; moment: number }[] }
  for (const { told, invokedAt, returnedAt } of history) {
    const moment = (invokedAt + returnedAt) / 2
    if (told?.kind === 'held') order.hold.push({ number: Number(told.hold), moment })
    if (told?.kind === 'booked') order.book.push({ number: numberOf(told.booking), moment })
  }
  return order
}

/** Less for what was asked shortly before the next number was made. It only says where to look first. */
function likeliest(lore: Lore, order: ReturnType<typeof makingOrder>): (invokedAt: number) => number {
  let next = { number: Number.POSITIVE_INFINITY, moment: lore.spokenOf?.returnedAt ?? Infinity }
  for (const made of order[lore.op]) if (made.number > lore.number && made.number < next.number) next = made
  return (invokedAt) => (invokedAt < next.moment ? next.moment - invokedAt : Number.MAX_VALUE)
}

function numberOf(id: string): number {
  return Number(/\d+$/.exec(id)?.[0] ?? Number.NaN)
}
