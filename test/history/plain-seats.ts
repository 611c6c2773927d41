// The plainest model of a show, as a stranger would write it who has read the design and nothing else: seats,
// whose they are, and which answers are right. It shares no code with the rules it judges.
import {
  ADMIN,
  type Answered,
  after,
  free,
  type Needs,
  never,
  noNeeds,
  own,
  type Rules,
  settle,
  tooLate,
  type Wrong,
  withinLimits,
  without
} from './plain-needs.ts'
import { allKnown, refused, sameSeats } from './plain-refusals.ts'
import type { Change, Claim, ClaimChange, SeatChange, Show } from './plain-show.ts'

/** Whether the answer is right in `show`, and if so what is different after it. Changes nothing itself. */
export function judge(show: Show, rules: Rules, answered: Answered): Change | Wrong {
  const needs = noNeeds()
  const { user, asked, told, clockMs } = answered
  if (told.kind === 'refused') return refused(show, rules, answered, told, needs) ?? settle(show, clockMs, needs)
  if (told.kind === 'held') return held(show, rules, answered, needs)
  if (told.kind === 'extended') return extended(show, rules, answered, needs)

  if (told.kind === 'released' && asked.op === 'release') {
    const key = `hold ${asked.hold}`
    const hold = own(show, key, user, needs)
    if ('wrong' in hold) return hold
    return after(settle(show, clockMs, needs), [[key, null]], as(undefined, hold.seats))
  }

  if (told.kind === 'booked' && asked.op === 'book') {
    const [key, bookingKey] = [`hold ${asked.hold}`, `booking ${told.booking}`]
    if (show.claims.has(bookingKey)) return never(`${bookingKey} was made before`)
    const hold = own(show, key, user, needs)
    if ('wrong' in hold) return hold
    const { seats } = told
    const wrong = notPart(seats, asked.seats, hold, key) ?? notKept(show, seats, key)
    if (wrong !== null) return wrong
    const more = asked.seats === null ? hold.more : 0
    const booking = { user: hold.user, seats, from: Infinity, until: Infinity, extensions: 0, more }
    const rest = without(hold.seats, seats).filter((seat) => show.takenBy.get(seat) === key)
    const claims: ClaimChange[] = [
      [key, null],
      [bookingKey, booking]
    ]
    return after(settle(show, clockMs, needs), claims, [...as(bookingKey, seats), ...as(undefined, rest)])
  }

  if (told.kind === 'cancelled' && asked.op === 'cancel') {
    const key = `booking ${asked.booking}`
    const booking = own(show, key, user, needs)
    if ('wrong' in booking) return booking
    const wrong = notPart(told.seats, asked.seats, booking, key)
    if (wrong !== null) return wrong
    const seats = without(booking.seats, told.seats)
    const left = asked.seats === null || seats.length + booking.more === 0 ? null : { ...booking, seats }
    return after(settle(show, clockMs, needs), [[key, left]], as(undefined, told.seats))
  }

  if ((asked.op === 'block' || asked.op === 'unblock') && told.kind === `${asked.op}ed`) {
    if (user !== ADMIN) return never('only an admin may do this')
    const block = asked.op === 'block'
    const wrong = allKnown(rules, asked.seats) ?? (block ? free(show, asked.seats, needs) : blocked(show, asked.seats))
    return wrong ?? after(settle(show, clockMs, needs), [], as(block ? 'blocked' : undefined, asked.seats))
  }
  return never(`${told.kind} is no answer to ${asked.op}`)
}

function held(show: Show, rules: Rules, answered: Answered, needs: Needs): Change | Wrong {
  const { user, asked, told, clockMs } = answered
  if (told.kind !== 'held' || asked.op !== 'hold') return never(`${told.kind} is no answer to ${asked.op}`)
  const key = `hold ${told.hold}`
  if (show.claims.has(key)) return never(`${key} was made before`)
  const { seats, expiresAt } = told
  const more = expiresAt < Infinity || asked.seats !== null ? 0 : asked.count - seats.length
  const asAsked = asked.seats === null ? seats.length + more === asked.count : sameSeats(seats, asked.seats)
  if (!asAsked || new Set(seats).size < seats.length) return never('these are not the seats asked for')
  const wrong =
    allKnown(rules, seats) ??
    free(show, seats, needs) ??
    withinLimits(show, rules, answered, seats.length + more, needs)
  if (wrong !== null) return wrong
  const moment = expiresAt < Infinity && rules.holdMs !== undefined ? expiresAt - rules.holdMs : undefined
  const change = settle(show, clockMs, needs, moment)
  if ('wrong' in change) return change
  if (expiresAt <= change.nowMs) return tooLate(`it was over at ${expiresAt}, before it was made`, needs)
  const from = expiresAt < Infinity ? expiresAt : 0
  return after(change, [[key, { user, seats, from, until: expiresAt, extensions: 0, more }]], as(key, seats))
}

function extended(show: Show, rules: Rules, answered: Answered, needs: Needs): Change | Wrong {
  const { user, asked, told, clockMs } = answered
  const fits = told.kind === 'extended' && asked.op === 'extend' && told.hold === asked.hold
  if (!fits) return never(`${told.kind} is no answer to ${asked.op}`)
  const key = `hold ${asked.hold}`
  const hold = own(show, key, user, needs)
  if ('wrong' in hold) return hold
  if (hold.extensions >= (rules.extensionsMax ?? Infinity)) return never(`${key} was extended ${hold.extensions} times`)
  const wrong = notKept(show, hold.seats, key)
  if (wrong !== null) return wrong
  const { expiresAt: until } = told
  if (until < hold.from) return never(`${key} lasted until ${hold.from} before`)
  const longer = until > hold.until && until < Infinity && rules.holdMs !== undefined
  const change = settle(show, clockMs, needs, longer ? until - rules.holdMs : undefined)
  if ('wrong' in change) return change
  const from = until < Infinity ? until : hold.from
  return after(change, [[key, { ...hold, from, until, extensions: hold.extensions + 1 }]], [])
}

function as(by: string | undefined, seats: readonly string[]): SeatChange[] {
  return seats.map((seat) => [seat, by])
}

/** Why `seats` are not what was `asked` of `claim`: a part, or all of it where nothing was named. */
function notPart(seats: readonly string[], asked: readonly string[] | null, claim: Claim, key: string): Wrong | null {
  const wrong = `${key} has ${claim.seats.join(' ')}`
  const all = asked ?? claim.seats
  const others = without(seats, claim.seats)
  if (others.length > 0 && others.length <= claim.more) return { wrong, needs: others.map((seat) => `+seat ${seat}`) }
  const fits = sameSeats(seats, all) && others.length === 0 && new Set(seats).size === seats.length
  return fits ? null : { wrong, needs: [`-${key}`] }
}

/** A hold that is over by time, of which nobody knows that it was booked or extended before, may have lost seats. */
function notKept(show: Show, seats: readonly string[], key: string): Wrong | null {
  const lost = seats.find((seat) => show.takenBy.get(seat) !== key)
  return lost === undefined ? null : never(`${lost} was free after ${key}`)
}

function blocked(show: Show, seats: readonly string[]): Wrong | null {
  const other = seats.find((seat) => show.takenBy.get(seat) !== 'blocked')
  return other === undefined ? null : { wrong: `${other} is not blocked`, needs: [`+seat ${other}`] }
}
