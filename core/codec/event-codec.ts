// One event as bytes, the same in frames and in snapshots. The kind's number is part of the format:
// never reuse one. `at` is not written: the frame has it once for all.

import type { ShowEvent } from '../event.ts'
import type { Policy } from '../policy.ts'
import type { ShowDefinition } from '../show.ts'
import { type ByteReader, type ByteWriter, Damaged } from './bytes.ts'

const KINDS = [
  'held',
  'extended',
  'released',
  'expired',
  'booked',
  'cancelled',
  'blocked',
  'unblocked',
  'created',
  'changed'
] as const satisfies readonly ShowEvent['kind'][]

const KIND_NUMBER = Object.fromEntries(KINDS.map((kind, number) => [kind, number])) as Record<ShowEvent['kind'], number>

/** Writes `event`, which happened at `event.at`. */
export function writeEvent(writer: ByteWriter, event: ShowEvent): void {
  writer.u8(KIND_NUMBER[event.kind])
  writer.text(event.user)
  writer.text(event.key)
  if (event.key !== '') writer.f64(event.fingerprint)
  switch (event.kind) {
    case 'held':
    case 'extended':
      writer.varint(event.hold)
      writer.ascending(event.seats)
      writer.list(event.prices)
      return writer.varint(event.expiresAt - event.at)
    case 'released':
    case 'expired':
      writer.varint(event.hold)
      return writer.ascending(event.seats)
    case 'booked':
      writer.varint(event.booking)
      writer.text(event.owner)
      writer.varint(event.hold)
      writer.ascending(event.seats)
      writer.list(event.prices)
      writer.ascending(event.freed)
      return writer.text(event.payment)
    case 'cancelled':
      writer.varint(event.booking)
      writer.text(event.owner)
      writer.varint(event.bookedAt)
      writer.ascending(event.seats)
      writer.ascending(event.left)
      return writer.list(event.leftPrices)
    case 'blocked':
    case 'unblocked':
      return writer.ascending(event.seats)
    case 'created':
    case 'changed':
      return writeDefinition(writer, event.definition)
  }
}

/** Reads the event that stands at `reader`, which happened at `at`. */
export function readEvent(reader: ByteReader, at: number): ShowEvent {
  const kind = KINDS[reader.u8()]
  const user = reader.text()
  const key = reader.text()
  const fingerprint = key === '' ? 0 : reader.whole()
  switch (kind) {
    case 'held':
    case 'extended': {
      const hold = reader.varint()
      const seats = reader.ascending()
      const prices = reader.list()
      return { kind, at, user, key, fingerprint, hold, seats, prices, expiresAt: reader.after(at) }
    }
    case 'released':
    case 'expired':
      return { kind, at, user, key, fingerprint, hold: reader.varint(), seats: reader.ascending() }
    case 'booked': {
      const booking = reader.varint()
      const owner = reader.text()
      const hold = reader.varint()
      const seats = reader.ascending()
      const prices = reader.list()
      const freed = reader.ascending()
      return { kind, at, user, key, fingerprint, booking, owner, hold, seats, prices, freed, payment: reader.text() }
    }
    case 'cancelled': {
      const booking = reader.varint()
      const owner = reader.text()
      const bookedAt = reader.varint()
      const seats = reader.ascending()
      const left = reader.ascending()
      return { kind, at, user, key, fingerprint, booking, owner, bookedAt, seats, left, leftPrices: reader.list() }
    }
    case 'blocked':
    case 'unblocked':
      return { kind, at, user, key, fingerprint, seats: reader.ascending() }
    case 'created':
    case 'changed':
      return { kind, at, user, key, fingerprint, definition: readDefinition(reader) }
    default:
      throw new Damaged(`unknown kind of event at byte ${reader.at}`)
  }
}

const ORPHAN_RULES = ['off', 'lenient', 'strict'] as const satisfies readonly Policy['orphans'][]

export function writeDefinition(writer: ByteWriter, definition: ShowDefinition): void {
  writer.text(definition.id)
  writer.text(definition.title)
  writer.f64(definition.startsAt)
  writer.text(definition.currency)
  writer.text(definition.planHash)
  const prices = Object.entries(definition.prices)
  writer.varint(prices.length)
  for (const [category, price] of prices) {
    writer.text(category)
    writer.varint(price)
  }
  const policy = definition.policy
  writer.varint(policy.holdMs)
  writer.varint(policy.extensionsMax)
  writer.varint(policy.seatsPerHoldMax)
  writer.varint(policy.seatsPerUserMax)
  writer.varint(policy.holdsPerUserMax)
  writer.u8(ORPHAN_RULES.indexOf(policy.orphans))
  writer.f64(policy.saleStartsAt ?? Number.NaN)
  writer.f64(policy.saleEndsAt ?? Number.NaN)
}

export function readDefinition(reader: ByteReader): ShowDefinition {
  const id = reader.text()
  const title = reader.text()
  const startsAt = reader.whole()
  const currency = reader.text()
  const planHash = reader.text()
  const prices: [string, number][] = []
  for (let left = reader.count(); left > 0; left--) prices.push([reader.text(), reader.varint()])
  const policy = {
    holdMs: reader.varint(),
    extensionsMax: reader.varint(),
    seatsPerHoldMax: reader.varint(),
    seatsPerUserMax: reader.varint(),
    holdsPerUserMax: reader.varint(),
    orphans: ORPHAN_RULES[reader.u8()] ?? damagedRule(reader.at),
    saleStartsAt: readTimeOrNull(reader),
    saleEndsAt: readTimeOrNull(reader)
  }
  return { id, title, startsAt, currency, planHash, prices: Object.fromEntries(prices), policy }
}

function readTimeOrNull(reader: ByteReader): number | null {
  const time = reader.f64()
  if (Number.isNaN(time)) return null
  if (!Number.isSafeInteger(time)) throw new Damaged(`no time at byte ${reader.at - 8}`)
  return time
}

function damagedRule(at: number): never {
  throw new Damaged(`unknown orphan rule at byte ${at}`)
}
