// Answers to commands that came as bytes, as bytes.
import type { Outcome, ShowFace } from '../../actors/outcome.ts'
import { ByteWriter } from '../../core/codec/bytes.ts'
import { writeRefusal } from '../../core/codec/outcome-codec.ts'
import type { ShowEvent } from '../../core/event.ts'
import { REFUSAL_CODES } from '../../core/refusal.ts'
import type { MessageId } from '../answer.ts'

export const BINARY_ANSWERS = { done: 3, hold: 4, booking: 5, refusal: 6 } as const

/** As /asyncapi.json says it. */
export const ANSWER_LAYOUT = `Numbers, texts and seats as in commands; times are epoch milliseconds, money is in minor
units of the show's currency. The first byte is none that a push begins with.

    done             u8 3 · id · epoch
    hold             u8 4 · id · epoch · number of the hold · when it ends · seats
    booking          u8 5 · id · epoch · number of the booking · when it was booked · user · seats; of one that was
                     cancelled none are left
    refusal          u8 6 · id · u8 code · u8 flags (1 seats, 2 seat ids, 4 retryAfterMs, 8 expiresAt) · detail
                     · how many seats, each · how many seat ids, each · retryAfterMs · expiresAt
    seats            how many · index and price of each

The id is 0 where the command had none that could be read, and where a request over NATS is refused as a whole. What
the flags leave out is not there. Codes: ${Object.keys(REFUSAL_CODES)
  .map((code, number) => `${number} ${code}`)
  .join(', ')}.`

const writer = new ByteWriter()

/** A copy of its own in a shared buffer: small, and made without a memory of its own. */
export function answerBytes(id: MessageId, outcome: Outcome, show: ShowFace | null): Buffer {
  writer.reset()
  const number = typeof id === 'number' ? id : 0
  if (outcome.kind === 'refused') {
    writer.u8(BINARY_ANSWERS.refusal)
    writer.varint(number)
    writeRefusal(writer, outcome)
  } else writeDone(number, outcome, show!.epoch)
  const bytes = Buffer.allocUnsafe(writer.length)
  bytes.set(writer.bytes.subarray(0, writer.length))
  return bytes
}

function writeDone(id: number, event: ShowEvent, epoch: number): void {
  switch (event.kind) {
    case 'held':
    case 'extended':
      begin(BINARY_ANSWERS.hold, id, epoch)
      writer.varint(event.hold)
      writer.varint(event.expiresAt)
      return writeSeats(event.seats, event.prices)
    case 'booked':
      begin(BINARY_ANSWERS.booking, id, epoch)
      return writeBooking(event.booking, event.at, event.owner, event.seats, event.prices)
    case 'cancelled':
      begin(BINARY_ANSWERS.booking, id, epoch)
      return writeBooking(event.booking, event.bookedAt, event.owner, event.left, event.leftPrices)
    default:
      return begin(BINARY_ANSWERS.done, id, epoch)
  }
}

function begin(kind: number, id: number, epoch: number): void {
  writer.u8(kind)
  writer.varint(id)
  writer.varint(epoch)
}

function writeBooking(
  booking: number,
  bookedAt: number,
  user: string,
  seats: readonly number[],
  prices: readonly number[]
): void {
  writer.varint(booking)
  writer.varint(bookedAt)
  writer.text(user)
  writeSeats(seats, prices)
}

function writeSeats(seats: readonly number[], prices: readonly number[]): void {
  writer.varint(seats.length)
  for (let at = 0; at < seats.length; at++) {
    writer.varint(seats[at]!)
    writer.varint(prices[at]!)
  }
}
