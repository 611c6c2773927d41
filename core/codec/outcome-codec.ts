// What became of a command as bytes, for the way back to the node that was asked: an event as in the journal, with its
// time, or a refusal. The code's number is part of the format: new codes go to the end.
import type { ShowEvent } from '../event.ts'
import { REFUSAL_CODES, type Refusal, type RefusalCode } from '../refusal.ts'
import { type ByteReader, type ByteWriter, Damaged } from './bytes.ts'
import { readEvent, writeEvent } from './event-codec.ts'

const CODES = Object.keys(REFUSAL_CODES) as RefusalCode[]
const CODE_NUMBER = Object.fromEntries(CODES.map((code, number) => [code, number])) as Record<RefusalCode, number>

const EVENT = 0
const REFUSAL = 1
/** The members that may be missing. */
const SEATS = 1
const SEAT_IDS = 2
const RETRY_AFTER = 4
const EXPIRES_AT = 8

export function writeOutcome(writer: ByteWriter, outcome: ShowEvent | Refusal): void {
  if (outcome.kind === 'refused') {
    writer.u8(REFUSAL)
    return writeRefusal(writer, outcome)
  }
  writer.u8(EVENT)
  writer.varint(outcome.at)
  writeEvent(writer, outcome)
}

/** Throws `Damaged` where the bytes are none. */
export function readOutcome(reader: ByteReader): ShowEvent | Refusal {
  const kind = reader.u8()
  if (kind === EVENT) return readEvent(reader, reader.varint())
  if (kind === REFUSAL) return readRefusal(reader)
  throw new Damaged(`unknown outcome at byte ${reader.at}`)
}

/** Code, what it has, detail, and what it has: also what a door says in binary. */
export function writeRefusal(writer: ByteWriter, refusal: Refusal): void {
  const { code, detail, seats, seatIds, retryAfterMs, expiresAt } = refusal
  writer.u8(CODE_NUMBER[code])
  writer.u8(
    (seats === undefined ? 0 : SEATS) |
      (seatIds === undefined ? 0 : SEAT_IDS) |
      (retryAfterMs === undefined ? 0 : RETRY_AFTER) |
      (expiresAt === undefined ? 0 : EXPIRES_AT)
  )
  writer.text(detail)
  if (seats !== undefined) writer.list(seats)
  if (seatIds !== undefined) writer.texts(seatIds)
  if (retryAfterMs !== undefined) writer.varint(retryAfterMs)
  if (expiresAt !== undefined) writer.varint(expiresAt)
}

/** Throws `Damaged` where the bytes are none. */
export function readRefusal(reader: ByteReader): Refusal {
  const code = CODES[reader.u8()]
  if (code === undefined) throw new Damaged(`unknown code of a refusal at byte ${reader.at}`)
  const has = reader.u8()
  const detail = reader.text()
  return {
    kind: 'refused',
    code,
    detail,
    ...((has & SEATS) !== 0 && { seats: reader.list() }),
    ...((has & SEAT_IDS) !== 0 && { seatIds: reader.texts() }),
    ...((has & RETRY_AFTER) !== 0 && { retryAfterMs: reader.varint() }),
    ...((has & EXPIRES_AT) !== 0 && { expiresAt: reader.varint() })
  }
}
