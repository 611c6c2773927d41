// A show's whole state as bytes. Version 1: u8 version · definition · state … · u32 xxHash32.
// What follows from the rest is not written: seat statuses, counts and tallies come from holds,
// bookings and blocked seats. The same state always gives the same bytes. Sealed keys stand in segments beside it.

import { Bug } from '../assert.ts'
import { Inventory } from '../inventory.ts'
import { AVAILABLE, BLOCKED, BOOKED, HELD, type Plan } from '../plan/plan.ts'
import { addHold } from '../rules/apply.ts'
import type { ShowDefinition } from '../show.ts'
import { count } from '../tally.ts'
import { ByteReader, ByteWriter, Damaged } from './bytes.ts'
import { checksum } from './checksum.ts'
import { readDefinition, writeDefinition } from './event-codec.ts'
import { verifiedEnd } from './frame-codec.ts'
import { readKeys, writeKeys } from './key-codec.ts'

const VERSION = 1

const writer = new ByteWriter(64 * 1024)

/** `withKeys`: those that are not sealed. Without them they have to stand in a segment that is stored with it. */
export function encodeSnapshot(inventory: Inventory, withKeys = true): Uint8Array {
  writer.reset()
  writer.u8(VERSION)
  writeDefinition(writer, inventory.definition)
  writer.varint(inventory.plan.seatCount)
  writer.varint(inventory.nextHold)
  writer.varint(inventory.nextBooking)
  writer.ascending(seatsWith(inventory, BLOCKED))
  writer.varint(inventory.holds.size)
  for (const hold of inventory.holds.values()) {
    writer.varint(hold.number)
    writer.text(hold.user)
    writer.ascending(hold.seats)
    writer.list(hold.prices)
    writer.varint(hold.expiresAt)
    writer.varint(hold.extensions)
  }
  writer.varint(inventory.bookings.size)
  for (const booking of inventory.bookings.values()) {
    writer.varint(booking.number)
    writer.text(booking.user)
    writer.varint(booking.bookedAt)
    writer.text(booking.payment)
    writer.ascending(booking.seats)
    writer.list(booking.prices)
  }
  if (withKeys) writeKeys(writer, inventory.keys)
  else writer.varint(0)
  writer.u32(checksum(writer.bytes, writer.length))
  return writer.copy()
}

/** The definition in a snapshot: what tells which plan the rest needs. Throws `Damaged`. */
export function snapshotDefinition(bytes: Uint8Array): ShowDefinition {
  return readDefinition(new ByteReader(bytes, 1, verifiedEnd(bytes, VERSION, 1)))
}

/** The state that was written; throws `Damaged` where the bytes are not a snapshot of a show with `plan`. */
export function decodeSnapshot(bytes: Uint8Array, plan: Plan): Inventory {
  try {
    return readSnapshot(bytes, plan)
  } catch (error) {
    // A state that contradicts itself is no bug of ours when it comes out of stored bytes.
    if (error instanceof Bug) throw new Damaged(error.message)
    throw error
  }
}

function readSnapshot(bytes: Uint8Array, plan: Plan): Inventory {
  const reader = new ByteReader(bytes, 1, verifiedEnd(bytes, VERSION, 1))
  const inventory = new Inventory(readDefinition(reader), plan)
  const seatCount = reader.varint()
  if (seatCount !== plan.seatCount) throw new Damaged(`is of a plan with ${seatCount} seats, not ${plan.seatCount}`)
  inventory.nextHold = reader.varint()
  inventory.nextBooking = reader.varint()
  inventory.setStatus(reader.ascending(), AVAILABLE, BLOCKED)
  readHolds(reader, inventory)
  readBookings(reader, inventory)
  for (const event of readKeys(reader)) inventory.keys.remember(event)
  if (!reader.done) throw new Damaged(`goes on at byte ${reader.at}`)
  return inventory
}

function readHolds(reader: ByteReader, inventory: Inventory): void {
  for (let left = reader.count(); left > 0; left--) {
    const number = newNumber(reader, inventory.holds, 'hold')
    const user = reader.text()
    const seats = reader.ascending()
    inventory.setStatus(seats, AVAILABLE, HELD)
    const prices = reader.list()
    const expiresAt = reader.varint()
    addHold(inventory, { number, user, seats, prices, expiresAt, extensions: reader.varint() })
  }
}

function readBookings(reader: ByteReader, inventory: Inventory): void {
  for (let left = reader.count(); left > 0; left--) {
    const number = newNumber(reader, inventory.bookings, 'booking')
    const user = reader.text()
    const bookedAt = reader.varint()
    const payment = reader.text()
    const seats = reader.ascending()
    inventory.setStatus(seats, AVAILABLE, BOOKED)
    inventory.bookings.set(number, { number, user, bookedAt, payment, seats, prices: reader.list() })
    count(inventory.tallies, user, seats.length, 0)
  }
}

/** A second hold or booking of one number would leave the seats of the first to nobody. */
function newNumber(reader: ByteReader, known: ReadonlyMap<number, unknown>, what: string): number {
  const number = reader.varint()
  if (known.has(number)) throw new Damaged(`has ${what} ${number} twice`)
  return number
}

function seatsWith(inventory: Inventory, status: number): number[] {
  const seats: number[] = []
  for (let seat = inventory.status.indexOf(status); seat >= 0; seat = inventory.status.indexOf(status, seat + 1)) {
    seats.push(seat)
  }
  return seats
}
