// Which refusals are right: each must be explained by the state, and none changes anything.
// Where several would be, they come in the order of the REFUSE rules.
import type { Told } from './operation.ts'
import {
  ADMIN,
  type Answered,
  beyondLimits,
  free,
  mustBeOver,
  type Needs,
  never,
  own,
  type Rules,
  taken,
  tooFew,
  type Wrong,
  withinLimits,
  without
} from './plain-needs.ts'
import type { Show } from './plain-show.ts'

type Refused = Extract<Told, { kind: 'refused' }>

/** Why `told` is not right; else null, and `needs` says what else it takes. */
export function refused(show: Show, rules: Rules, answered: Answered, told: Refused, needs: Needs): Wrong | null {
  const { user, asked } = answered
  switch (told.code) {
    case 'unavailable':
      return never('unavailable tells nothing: write it as an outcome that is not known')
    // What the door says, or what is true of the request whatever the state.
    case 'invalid_request':
    case 'unauthenticated':
    case 'payment_declined':
    case 'idempotency_conflict':
    case 'rate_limited':
    case 'busy':
      return null
  }
  switch (asked.op) {
    case 'hold':
      return refusedHold(show, rules, answered, told, needs)
    case 'cancel':
      return refusedPart(show, rules, answered, `booking ${asked.booking}`, asked.seats, told, needs)
    case 'book':
      return refusedPart(show, rules, answered, `hold ${asked.hold}`, asked.seats, told, needs)
    case 'extend':
    case 'release':
      return refusedPart(show, rules, answered, `hold ${asked.hold}`, null, told, needs)
    default:
      if (told.code === 'forbidden') return user === ADMIN ? never('an admin may do this') : null
      if (user !== ADMIN) return never('only an admin may do this')
      if (told.code === 'not_found') return unknown(rules, asked.seats)
      if (told.code !== 'seats_unavailable') return never(`${told.code} is no answer to ${asked.op}`)
      if (asked.op === 'block') return taken(show, asked.seats, told.seats, needs)
      return notBlocked(show, asked.seats, told.seats)
  }
}

function refusedHold(show: Show, rules: Rules, answered: Answered, told: Refused, needs: Needs): Wrong | null {
  const { asked, user } = answered
  if (asked.op !== 'hold') return never('not a hold')
  const count = asked.seats?.length ?? asked.count
  const known = asked.seats === null ? null : allKnown(rules, asked.seats)
  switch (told.code) {
    case 'not_found':
      return asked.seats === null ? null : unknown(rules, asked.seats)
    case 'sale_closed':
      return known
    case 'limit_exceeded':
      return known ?? beyondLimits(show, rules, user, count)
    case 'seats_unavailable': {
      const { spare = 0 } = answered
      const { seats } = asked
      const gone = seats === null ? tooFew(show, rules, count, spare) : taken(show, seats, told.seats, needs)
      return known ?? gone ?? withinLimits(show, rules, answered, count, needs)
    }
    case 'orphan_seat':
      if (asked.seats === null) return never('the best leave orphans rather than be refused')
      return known ?? free(show, asked.seats, needs) ?? withinLimits(show, rules, answered, count, needs)
    default:
      return never(`${told.code} is no answer to hold`)
  }
}

/** Refusals of what may be done with a hold or a booking, or with the part `seats` of it. */
function refusedPart(
  show: Show,
  rules: Rules,
  { user, asked }: Answered,
  key: string,
  seats: readonly string[] | null,
  told: Refused,
  needs: Needs
): Wrong | null {
  const claim = show.claims.get(key)
  const hold = asked.op !== 'cancel'
  if (told.code === 'not_found' && claim === undefined) return null
  if (claim === undefined) return { wrong: `there never was ${key}`, needs: [`+${key}`] }
  if (told.code === 'hold_expired' && hold) {
    if (claim !== null) mustBeOver(needs, key, `-${key}`)
    return null
  }
  if (told.code === 'seats_unavailable' && !hold && told.seats.length === 0 && claim === null) return null
  if (claim === null) return never(`${key} is over`)
  if (told.code === 'forbidden') {
    needs.alive.set(key, `+${key}`)
    return claim.user === user || user === ADMIN ? never(`${key} is ${user}'s to deal with`) : null
  }
  const owned = own(show, key, user, needs)
  // Whosever it is, a booking that is gone is told as that.
  const gone = told.code === 'seats_unavailable' && !hold && told.seats.length === 0
  if ('wrong' in owned) return gone ? { ...owned, needs: [`-${key}`] } : owned
  if (told.code === 'limit_exceeded' && asked.op === 'extend') {
    const few = claim.extensions < (rules.extensionsMax ?? 0)
    return few ? { wrong: `${key} was extended ${claim.extensions} times`, needs: [`+${key}`] } : null
  }
  if (told.code === 'not_found' && seats !== null) return unknown(rules, seats)
  if (told.code !== 'seats_unavailable' || seats === null) {
    return gone ? { wrong: `${key} is there`, needs: [`-${key}`] } : never(`${told.code} is no answer to ${asked.op}`)
  }
  const others = without(seats, claim.seats)
  const named = told.seats.length === 0 ? others.length > 0 : sameSeats(told.seats, others)
  const more = without(others, told.seats).map((seat) => `+seat ${seat}`)
  const help = [`-${key}`, ...(more.length <= claim.more ? more : [])]
  return allKnown(rules, seats) ?? (named ? null : { wrong: `${key} has ${claim.seats.join(' ')}`, needs: help })
}

export function sameSeats(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && without(some, others).length === 0
}

export function allKnown({ seats }: Rules, asked: readonly string[]): Wrong | null {
  const strange = seats === undefined ? undefined : asked.find((seat) => !seats.has(seat))
  return strange === undefined ? null : never(`there is no seat ${strange}`)
}

function unknown({ seats }: Rules, asked: readonly string[]): Wrong | null {
  return seats !== undefined && asked.every((seat) => seats.has(seat)) ? never('there are all these seats') : null
}

/** Of the seats `asked`, those that are not blocked are `named`. */
function notBlocked(show: Show, asked: readonly string[], named: readonly string[]): Wrong | null {
  for (const seat of asked) {
    const blocked = show.takenBy.get(seat) === 'blocked'
    if (named.length > 0 && blocked === named.includes(seat)) {
      const word = blocked ? 'blocked' : 'not blocked'
      return { wrong: `${seat} is ${word}`, needs: [`${blocked ? '-' : '+'}seat ${seat}`] }
    }
  }
  const all = named.length === 0 && asked.every((seat) => show.takenBy.get(seat) === 'blocked')
  return all ? { wrong: 'all are blocked', needs: asked.map((seat) => `-seat ${seat}`) } : null
}
