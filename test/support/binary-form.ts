// Commands and answers as bytes, as a client has them: written and read by what gateway/binary/ says of the form.
import { ByteReader, ByteWriter } from '../../core/codec/bytes.ts'
import type { SeatCommand } from '../../core/command.ts'
import { REFUSAL_CODES, type RefusalCode } from '../../core/refusal.ts'

export type BinaryCommand = Extract<SeatCommand, { op: 'hold' | 'extend' | 'release' | 'book' | 'cancel' }>

export type BinaryAnswer = { readonly id: number } & (
  | { readonly kind: 'done'; readonly epoch: number }
  | {
      readonly kind: 'hold'
      readonly epoch: number
      readonly hold: number
      readonly expiresAt: number
      readonly seats: readonly (readonly [seat: number, price: number])[]
    }
  | {
      readonly kind: 'booking'
      readonly epoch: number
      readonly booking: number
      readonly bookedAt: number
      readonly user: string
      readonly seats: readonly (readonly [seat: number, price: number])[]
    }
  | {
      readonly kind: 'refusal'
      readonly code: RefusalCode
      readonly detail: string
      readonly seats?: readonly number[]
      readonly seatIds?: readonly string[]
      readonly retryAfterMs?: number
      readonly expiresAt?: number
    }
)

/** What a socket sends. */
export function binaryMessage(id: number, command: BinaryCommand): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(['hold', 'extend', 'release', 'book', 'cancel'].indexOf(command.op) + 1)
  writer.varint(id)
  writer.text(command.show)
  writeRest(writer, command)
  return writer.copy()
}

/** What goes over NATS: commands of one operation on one show. */
export function binaryRequest(commands: readonly (readonly [id: number, command: BinaryCommand])[]): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(1)
  for (const [id, command] of commands) {
    writer.varint(id)
    writer.text(command.user)
    writeRest(writer, command)
  }
  return writer.copy()
}

function writeRest(writer: ByteWriter, command: BinaryCommand): void {
  writer.text(command.key)
  switch (command.op) {
    case 'hold':
      if (command.best !== null) return writeBest(writer, command.best)
      writer.u8(0)
      return writer.list(command.seats as readonly number[])
    case 'extend':
    case 'release':
      return writer.varint(Number(command.hold))
    case 'book':
      writer.varint(Number(command.hold))
      writer.u8((command.seats === null ? 0 : 1) | (command.payment === '' ? 0 : 2))
      if (command.seats !== null) writer.list(command.seats as readonly number[])
      if (command.payment !== '') writer.text(command.payment)
      return
    case 'cancel':
      writer.varint(Number(command.booking.slice(command.show.length + 1)))
      writer.u8(command.seats === null ? 0 : 1)
      if (command.seats !== null) writer.list(command.seats as readonly number[])
  }
}

function writeBest(writer: ByteWriter, best: NonNullable<Extract<BinaryCommand, { op: 'hold' }>['best']>): void {
  const { count, category, zone, accessible } = best
  writer.u8(1)
  writer.varint(count)
  writer.u8((category === undefined ? 0 : 1) | (zone === undefined ? 0 : 2) | (accessible === true ? 4 : 0))
  if (category !== undefined) writer.text(category)
  if (zone !== undefined) writer.text(zone)
}

/** All the answers there are in `bytes`. */
export function binaryAnswers(bytes: Uint8Array): readonly BinaryAnswer[] {
  const reader = new ByteReader(bytes)
  const answers: BinaryAnswer[] = []
  while (!reader.done) answers.push(readAnswer(reader))
  return answers
}

function readAnswer(reader: ByteReader): BinaryAnswer {
  const kind = reader.u8()
  const id = reader.varint()
  if (kind === 6) return { id, kind: 'refusal', ...readRefusal(reader) }
  const epoch = reader.varint()
  if (kind === 3) return { id, kind: 'done', epoch }
  if (kind === 4) {
    return { id, kind: 'hold', epoch, hold: reader.varint(), expiresAt: reader.varint(), seats: readSeats(reader) }
  }
  if (kind !== 5) throw new Error(`an answer of kind ${kind}`)
  const [booking, bookedAt, user] = [reader.varint(), reader.varint(), reader.text()]
  return { id, kind: 'booking', epoch, booking, bookedAt, user, seats: readSeats(reader) }
}

function readSeats(reader: ByteReader): readonly (readonly [number, number])[] {
  return Array.from({ length: reader.count() }, () => [reader.varint(), reader.varint()] as const)
}

function readRefusal(reader: ByteReader) {
  const code = (Object.keys(REFUSAL_CODES) as RefusalCode[])[reader.u8()]!
  const has = reader.u8()
  const detail = reader.text()
  return {
    code,
    detail,
    ...((has & 1) !== 0 && { seats: reader.list() }),
    ...((has & 2) !== 0 && { seatIds: reader.texts() }),
    ...((has & 4) !== 0 && { retryAfterMs: reader.varint() }),
    ...((has & 8) !== 0 && { expiresAt: reader.varint() })
  }
}
