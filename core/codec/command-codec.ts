// A command as bytes, for the way from the node that was asked to the node that decides. What makes or changes a show
// is rare and large: it goes as JSON. The operation's number is part of the format: never reuse one.
import type { BestRequest, Command, SeatNames } from '../command.ts'
import { type ByteReader, type ByteWriter, Damaged } from './bytes.ts'

const OPERATIONS = ['hold', 'extend', 'release', 'book', 'cancel', 'block', 'unblock', 'create', 'change'] as const
const OPERATION_NUMBER = Object.fromEntries(OPERATIONS.map((op, number) => [op, number])) as Record<
  Command['op'],
  number
>

const ADMIN = 1
/** The members that may be missing: seats of a hold or booking, and what the best seats must be like. */
const SEATS = 2
const CATEGORY = 4
const ZONE = 8
const ACCESSIBLE = 16
/** Seats by index. */
const INDEXES = 32

export function writeCommand(writer: ByteWriter, command: Command): void {
  writer.u8(OPERATION_NUMBER[command.op])
  writer.u8(flagsOf(command))
  writer.text(command.show)
  writer.text(command.user)
  writer.text(command.key)
  switch (command.op) {
    case 'hold':
      return command.best === null ? writeSeats(writer, command.seats) : writeBest(writer, command.best)
    case 'extend':
    case 'release':
      return writer.text(command.hold)
    case 'book':
      writer.text(command.hold)
      writer.text(command.payment)
      return writeSeats(writer, command.seats)
    case 'cancel':
      writer.text(command.booking)
      return writeSeats(writer, command.seats)
    case 'block':
    case 'unblock':
      return writer.texts(command.seats)
    case 'create':
      return writer.text(JSON.stringify(command.definition))
    case 'change':
      return writer.text(JSON.stringify(command.change))
  }
}

/** Throws `Damaged` where the bytes are no command. Sent by a node of ours: its values were checked at the door. */
export function readCommand(reader: ByteReader): Command {
  const op = OPERATIONS[reader.u8()]
  const flags = reader.u8()
  const asked = { show: reader.text(), user: reader.text(), admin: (flags & ADMIN) !== 0, key: reader.text() }
  switch (op) {
    case 'hold':
      if ((flags & (SEATS | INDEXES)) !== 0) return { op, ...asked, seats: readSeats(reader, flags), best: null }
      return { op, ...asked, seats: null, best: readBest(reader, flags) }
    case 'extend':
    case 'release':
      return { op, ...asked, hold: reader.text() }
    case 'book': {
      const hold = reader.text()
      const payment = reader.text()
      return { op, ...asked, hold, payment, seats: readSeats(reader, flags) }
    }
    case 'cancel': {
      const booking = reader.text()
      return { op, ...asked, booking, seats: readSeats(reader, flags) }
    }
    case 'block':
    case 'unblock':
      return { op, ...asked, seats: reader.texts() }
    case 'create':
      return { op, ...asked, definition: readJson(reader) }
    case 'change':
      return { op, ...asked, change: readJson(reader) }
    default:
      throw new Damaged(`unknown operation at byte ${reader.at}`)
  }
}

function flagsOf(command: Command): number {
  let flags = command.admin ? ADMIN : 0
  if ('seats' in command && command.seats !== null) flags |= areIndexes(command.seats) ? INDEXES : SEATS
  if (command.op !== 'hold' || command.best === null) return flags
  const { category, zone, accessible } = command.best
  if (category !== undefined) flags |= CATEGORY
  if (zone !== undefined) flags |= ZONE
  return accessible === true ? flags | ACCESSIBLE : flags
}

function areIndexes(seats: SeatNames): seats is readonly number[] {
  return typeof seats[0] === 'number'
}

function writeSeats(writer: ByteWriter, seats: SeatNames | null): void {
  if (seats === null) return
  if (areIndexes(seats)) writer.list(seats)
  else writer.texts(seats)
}

function readSeats(reader: ByteReader, flags: number): SeatNames | null {
  if ((flags & INDEXES) !== 0) return reader.list()
  return (flags & SEATS) !== 0 ? reader.texts() : null
}

function writeBest(writer: ByteWriter, { count, category, zone }: BestRequest): void {
  writer.varint(count)
  if (category !== undefined) writer.text(category)
  if (zone !== undefined) writer.text(zone)
}

function readBest(reader: ByteReader, flags: number): BestRequest {
  const count = reader.varint()
  return {
    count,
    ...((flags & CATEGORY) !== 0 && { category: reader.text() }),
    ...((flags & ZONE) !== 0 && { zone: reader.text() }),
    ...((flags & ACCESSIBLE) !== 0 && { accessible: true })
  }
}

function readJson<T>(reader: ByteReader): T {
  const text = reader.text()
  try {
    return JSON.parse(text) as T
  } catch {
    throw new Damaged(`no JSON before byte ${reader.at}`)
  }
}
