// Holds what the buyers were told against the journal and the projections. Each check says how much it looked at, as
// one that saw nothing proves nothing, and what it found wrong.
import type { ShowEvent } from '../../core/event.ts'
import type { JournalFrame, SaleHistory, WriteRecord } from './history.ts'
import { type Replay, replay } from './replay.ts'

export interface Check {
  readonly name: string
  /** How many things were looked at. */
  readonly checked: number
  readonly faults: readonly string[]
}

type EventsByKey = ReadonlyMap<string, readonly ShowEvent[]>

/** All of a sell-out: a sale that has ended because nothing was left. */
export function checkSellout(history: SaleHistory): readonly Check[] {
  const { statuses } = replay(history.show, history.seatIds, history.frames)
  const left = { name: 'seats booked or blocked at the end', ...soldOut(statuses, history.seatIds) }
  return [checkFrames(history.frames), ...checkSale(history), left]
}

export function checkFrames(frames: readonly JournalFrame[]): Check {
  return { name: 'journal frames without gap, times and epochs that never go back', ...frameOrder(frames) }
}

/** What holds of every sale, however it ended. */
export function checkSale(history: SaleHistory): readonly Check[] {
  const { show, seatIds, frames, records } = history
  const told = replay(show, seatIds, frames)
  const byKey = eventsByKey(told.events)
  const of = (...ops: WriteRecord['op'][]) =>
    records.filter(({ op, granted }) => ops.includes(op) && granted.length > 0)
  const undone = of('release', 'cancel', 'block', 'unblock')
  return [
    { name: 'seats sold, each once', checked: soldSeats(told), faults: told.soldTwice },
    { name: 'events that were possible when they happened', checked: told.events.length, faults: told.impossible },
    { name: 'acknowledged holds and extensions in the journal', ...acknowledged(of('hold', 'extend'), byKey, history) },
    { name: 'acknowledged releases and cancellations in the journal', ...acknowledged(undone, byKey, history) },
    { name: 'acknowledged bookings in the journal', ...acknowledged(of('book'), byKey, history) },
    { name: 'acknowledged bookings in the projections', ...projected(of('book'), told, history) },
    { name: 'bookings: projections and journal the same', ...projections(told, history) },
    { name: 'keys with one answer, however often it was given', ...sameAnswers(records) },
    { name: 'keys with one event, and none that was refused', ...keysUsedOnce(records, byKey) },
    { name: 'pushes in order', ...pushOrder(history) },
    { name: "buyers' maps equal to the server's, and it to the journal", ...maps(told, history) }
  ]
}

type Finding = Omit<Check, 'name'>

function frameOrder(frames: readonly JournalFrame[]): Finding {
  const faults: string[] = []
  const last = new Map<number, JournalFrame>()
  for (const one of frames) {
    const before = last.get(one.shard)
    const place = `shard ${one.shard}, frame ${one.seq}`
    if (one.seq !== (before?.seq ?? 0) + 1) faults.push(`${place}: comes after ${before?.seq ?? 'nothing'}`)
    if (before && one.epoch < before.epoch) faults.push(`${place}: epoch ${one.epoch} after ${before.epoch}`)
    if (before && one.frame.stampedAt < before.frame.stampedAt) faults.push(`${place}: its time is before the last`)
    last.set(one.shard, one)
  }
  return { checked: frames.length, faults }
}

function soldSeats(told: Replay): number {
  return told.bookings.reduce((sum, { seats }) => sum + seats.length, 0)
}

function eventsByKey(events: readonly ShowEvent[]): EventsByKey {
  const byKey = new Map<string, ShowEvent[]>()
  for (const event of events) {
    if (event.key === '') continue
    const name = `${event.user}\n${event.key}`
    const others = byKey.get(name)
    if (others === undefined) byKey.set(name, [event])
    else others.push(event)
  }
  return byKey
}

function eventsOf(record: WriteRecord, byKey: EventsByKey): readonly ShowEvent[] {
  return byKey.get(`${record.user}\n${record.key}`) ?? []
}

const EVENT_OF = {
  hold: 'held',
  extend: 'extended',
  release: 'released',
  book: 'booked',
  cancel: 'cancelled',
  block: 'blocked',
  unblock: 'unblocked'
} as const

function acknowledged(records: readonly WriteRecord[], byKey: EventsByKey, history: SaleHistory): Finding {
  const faults: string[] = []
  for (const record of records) {
    const event = eventsOf(record, byKey).find(({ kind }) => kind === EVENT_OF[record.op])
    if (event === undefined) {
      faults.push(`${record.op} ${record.key}: acknowledged, but not in the journal`)
      continue
    }
    const happened = wireOf(event, history)
    const answer = essence(record.granted[0]!)
    if (happened !== answer) faults.push(`${record.op} ${record.key}: told ${answer}, but ${happened} happened`)
  }
  return { checked: records.length, faults }
}

/** What an answer says of what happened, and nothing of how it says it. */
function essence(granted: string): string {
  const { id, seats, total, expiresAt, userId, bookedAt } = JSON.parse(granted)
  if (id === undefined) return '{}'
  const priced = (seats as { id: string; price: number }[]).map((seat) => [seat.id, seat.price])
  const times = [expiresAt, bookedAt].filter((time) => time !== undefined).map((time: string) => Date.parse(time))
  return JSON.stringify({ id, seats: priced, total, ...(userId !== undefined && { user: userId }), times })
}

function wireOf(event: ShowEvent, { show, seatIds }: SaleHistory): string {
  if (event.kind === 'cancelled') {
    const { booking, owner, left, leftPrices, bookedAt } = event
    return essenceOf(`${show}.${booking}`, left, leftPrices, bookedAt, seatIds, owner)
  }
  if (event.kind === 'booked') {
    return essenceOf(`${show}.${event.booking}`, event.seats, event.prices, event.at, seatIds, event.owner)
  }
  if (event.kind !== 'held' && event.kind !== 'extended') return '{}'
  return essenceOf(String(event.hold), event.seats, event.prices, event.expiresAt, seatIds)
}

function essenceOf(
  id: string,
  seats: readonly number[],
  prices: readonly number[],
  time: number,
  seatIds: readonly string[],
  user?: string
): string {
  const priced = seats.map((seat, at) => [seatIds[seat], prices[at]])
  const total = prices.reduce((sum, price) => sum + price, 0)
  return JSON.stringify({ id, seats: priced, total, ...(user !== undefined && { user }), times: [time] })
}

/** Those that nothing was cancelled of: what became of the others, the journal says. */
function projected(records: readonly WriteRecord[], told: Replay, history: SaleHistory): Finding {
  const rows = new Map(history.bookings.map((row) => [row.id, row]))
  const cancelled = new Set(
    told.bookings.filter((event) => told.standing.get(event.booking) !== event).map(({ booking }) => booking)
  )
  const faults: string[] = []
  let checked = 0
  for (const record of records) {
    const { id, userId, seats, total } = JSON.parse(record.granted[0]!)
    if (cancelled.has(Number(id.slice(history.show.length + 1)))) continue
    checked++
    const row = rows.get(id)
    const wanted = bookingText(userId, total, seats)
    if (row === undefined) faults.push(`booking ${id}: acknowledged, but not in the projections`)
    else if (bookingText(row.user, row.total, row.seats) !== wanted) {
      faults.push(`booking ${id}: told ${wanted}, projected ${bookingText(row.user, row.total, row.seats)}`)
    }
  }
  return { checked, faults }
}

function bookingText(user: string, total: number, seats: readonly { id: string; price: number }[]): string {
  const priced = seats.map(({ id, price }) => `${id} at ${price}`).sort()
  return `${user}: ${priced.join(', ')}; ${total}`
}

function projections(told: Replay, { show, seatIds, bookings }: SaleHistory): Finding {
  const journaled = new Set(
    [...told.standing].flatMap(([booking, { owner, seats, prices }]) => {
      // Rows of cancelled seats say so; a booking without any other is not read.
      if (seats.length === 0) return []
      const total = prices.reduce((sum, price) => sum + price, 0)
      const priced = seats.map((seat, at) => ({ id: seatIds[seat]!, price: prices[at]! }))
      return [`${show}.${booking} ${bookingText(owner, total, priced)}`]
    })
  )
  const rows = bookings.filter((row) => row.show === show)
  const shown = new Set(rows.map((row) => `${row.id} ${bookingText(row.user, row.total, row.seats)}`))
  const faults = [
    ...[...journaled].filter((text) => !shown.has(text)).map((text) => `not projected: ${text}`),
    ...[...shown].filter((text) => !journaled.has(text)).map((text) => `projected, never journaled: ${text}`)
  ]
  return { checked: journaled.size, faults }
}

function sameAnswers(records: readonly WriteRecord[]): Finding {
  const repeated = records.filter(({ granted }) => granted.length > 1)
  const differing = repeated.filter(({ granted }) => new Set(granted).size > 1)
  const faults = differing.map(({ op, key, granted }) => `${op} ${key}: ${[...new Set(granted)].join(' and then ')}`)
  return { checked: repeated.length, faults }
}

function keysUsedOnce(records: readonly WriteRecord[], byKey: EventsByKey): Finding {
  const faults: string[] = []
  const known = new Set<string>()
  for (const record of records) {
    const events = eventsOf(record, byKey)
    known.add(`${record.user}\n${record.key}`)
    if (events.length > 1) faults.push(`${record.op} ${record.key}: happened ${events.length} times`)
    const isRefused = record.granted.length === 0 && record.refusals.length > 0 && record.unanswered !== true
    if (isRefused && events.length > 0) {
      faults.push(`${record.op} ${record.key}: refused (${record.refusals.join(', ')}), but it happened`)
    }
  }
  for (const [name, events] of byKey) {
    const kind = events[0]!.kind
    if (!known.has(name) && kind !== 'created') faults.push(`${kind} under key ${name.split('\n')[1]}: nobody asked`)
  }
  return { checked: records.length, faults }
}

function pushOrder({ buyerMaps }: SaleHistory): Finding {
  const faults = buyerMaps.flatMap(({ user, disorder }) => disorder.map((what) => `${user}: ${what}`))
  return { checked: buyerMaps.length, faults }
}

function maps(told: Replay, { map, buyerMaps, seatIds }: SaleHistory): Finding {
  const faults = differences('the server and the journal', map.statuses, told.statuses, seatIds)
  for (const buyer of buyerMaps) {
    if (buyer.epoch !== map.epoch || buyer.seq !== map.seq) {
      faults.push(`${buyer.user}: stands at (${buyer.epoch}, ${buyer.seq}), the server at (${map.epoch}, ${map.seq})`)
    }
    faults.push(...differences(`${buyer.user} and the server`, buyer.statuses, map.statuses, seatIds))
  }
  return { checked: buyerMaps.length, faults }
}

function differences(who: string, one: Uint8Array, other: Uint8Array, seatIds: readonly string[]): string[] {
  const seats = seatIds.filter((_, seat) => one[seat] !== other[seat])
  return seats.length === 0 ? [] : [`${who}: differ in ${seats.length} seats, first ${seats[0]}`]
}

function soldOut(statuses: Uint8Array, seatIds: readonly string[]): Finding {
  const open = seatIds.filter((_, seat) => statuses[seat]! < 2)
  return { checked: seatIds.length, faults: open.map((id) => `seat ${id} is not sold`) }
}
