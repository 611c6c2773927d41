// Commands as bytes, for whoever has many: beside JSON, on sockets of `frontrow.v1.bin` and over NATS. The same
// commands with the same bounds, in about a third of the bytes and of the time.
import { ByteReader, Damaged } from '../../core/codec/bytes.ts'
import type { BestRequest, SeatCommand } from '../../core/command.ts'
import { bookingId, holdId } from '../../core/event.ts'
import {
  COMMAND_SEATS_MAX,
  KEY_MAX,
  NATS_COMMANDS_PER_REQUEST_MAX,
  REFERENCE_MAX,
  SHOW_ID_MAX,
  USER_ID_MAX
} from '../../core/limits.ts'
import type { Identity } from '../auth.ts'
import { type Decoded, decoderOf } from '../schema/decode.ts'
import { PlanText, plainText } from '../schema/schema-parts.ts'

/** As /asyncapi.json says it. */
export const COMMAND_LAYOUT = `Whole numbers are LEB128, unsigned; texts are UTF-8 with their length in bytes before
them; seats are indexes, in the order of GET …/seats, as in pushes; bounds are those of JSON.

    on a socket      u8 op · id · show · key · what the op has
    over NATS        u8 1, and then each command: id · user · key · what the op of the subject has
    op               1 hold, 2 extend, 3 release, 4 book, 5 cancel
    id               a number from 1 on; its answer carries it
    hold             u8 0 · seats; or u8 1 · how many of the best · u8 flags (1 category, 2 zone, 4 accessible)
                     · category · zone
    extend, release  number of the hold
    book             number of the hold · u8 flags (1 seats, 2 payment) · seats · reference of the payment
    cancel           number of the booking · u8 flags (1 seats) · seats
    seats            how many · each

What the flags leave out is not there, and nothing may follow.`

/** The first byte of a binary request over NATS; JSON never begins with it. */
export const BINARY_REQUEST = 1

/** By number. */
export const BINARY_OPERATIONS = [null, 'hold', 'extend', 'release', 'book', 'cancel'] as const
type BinaryOperation = NonNullable<(typeof BINARY_OPERATIONS)[number]>

const THE_BEST = 1
const CATEGORY = 1
const ZONE = 2
const ACCESSIBLE = 4
const SEATS = 1
const PAYMENT = 2
/** A hold's or a booking's number has as many digits as JSON allows it. */
const NUMBER_MAX = 999_999_999_999_999

/** `id` is 0 where none could be read. */
export type DecodedCommand =
  | { readonly ok: true; readonly id: number; readonly command: SeatCommand }
  | { readonly ok: false; readonly id: number; readonly detail: string }

/** What a binary message says of itself is not so: in words for whoever wrote it. */
class Unfit extends Error {}

interface Caller {
  readonly user: string
  readonly admin: boolean
}

/** The one command that a socket's message is. `identity` may be null: then it is decoded for its id. */
export function decodeBinaryMessage(message: ArrayBuffer, identity: Identity | null): DecodedCommand {
  const caller = { user: identity?.user ?? '', admin: identity?.role === 'admin' }
  const reader = new CommandReader(Buffer.from(message))
  let id = 0
  try {
    const op = reader.operation()
    id = reader.id()
    const show = reader.showId()
    const command = reader.command(op, show, caller)
    reader.end()
    return { ok: true, id, command }
  } catch (error) {
    return { ok: false, id, detail: detailOf(error) }
  }
}

/** The commands of a request, whose first byte was `BINARY_REQUEST`; one that is wrong spoils all of it. */
export function decodeBinaryRequest(
  op: BinaryOperation,
  show: string,
  request: Uint8Array
): Decoded<readonly { readonly id: number; readonly command: SeatCommand }[]> {
  const reader = new CommandReader(Buffer.from(request.buffer, request.byteOffset, request.length), 1)
  const asked: { id: number; command: SeatCommand }[] = []
  try {
    do {
      if (asked.length === NATS_COMMANDS_PER_REQUEST_MAX) {
        throw new Unfit(`A request has 1 to ${NATS_COMMANDS_PER_REQUEST_MAX} commands.`)
      }
      const id = reader.id()
      asked.push({ id, command: reader.command(op, show, { user: reader.user(), admin: false }) })
    } while (!reader.done)
    return { ok: true, value: asked }
  } catch (error) {
    const at = asked.length === 0 ? '' : `Command ${asked.length + 1}: `
    return { ok: false, detail: `${at}${detailOf(error)}` }
  }
}

function detailOf(error: unknown): string {
  if (error instanceof Unfit) return error.message
  if (error instanceof Damaged) return `The message ${error.message}.`
  throw error
}

const decodeReference = decoderOf(plainText(REFERENCE_MAX))
const decodePlanText = decoderOf(PlanText)

class CommandReader {
  private readonly bytes: Buffer
  private readonly reader: ByteReader

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.reader = new ByteReader(bytes, at)
  }

  get done(): boolean {
    return this.reader.done
  }

  end(): void {
    if (!this.reader.done) throw new Unfit(`The message goes on behind its end at byte ${this.reader.at}.`)
  }

  operation(): BinaryOperation {
    const op = BINARY_OPERATIONS[this.reader.u8()]
    if (op == null) throw new Unfit('op: expected a number from 1 to 5.')
    return op
  }

  id(): number {
    const id = this.reader.varint()
    if (id === 0) throw new Unfit('id: expected a number from 1 on.')
    return id
  }

  showId(): string {
    return this.ascii(SHOW_ID_MAX, isOfShowId, 'show: expected a show id')
  }

  user(): string {
    return this.ascii(USER_ID_MAX, isPrintable, 'user: expected a user id')
  }

  command(op: BinaryOperation, show: string, { user, admin }: Caller): SeatCommand {
    const key = this.ascii(KEY_MAX, isPrintable, 'key: expected a key')
    switch (op) {
      case 'hold': {
        const kind = this.flags(THE_BEST)
        const seats = kind === THE_BEST ? null : this.seats()
        return { op, show, user, admin, key, seats, best: seats === null ? this.best() : null }
      }
      case 'extend':
      case 'release':
        return { op, show, user, admin, key, hold: holdId(this.number('hold')) }
      case 'book': {
        const hold = holdId(this.number('hold'))
        const flags = this.flags(SEATS | PAYMENT)
        const seats = (flags & SEATS) === 0 ? null : this.seats()
        const payment = (flags & PAYMENT) === 0 ? '' : this.text('payment', decodeReference)
        return { op, show, user, admin, key, hold, seats, payment }
      }
      case 'cancel': {
        const booking = bookingId(show, this.number('booking'))
        const seats = this.flags(SEATS) === 0 ? null : this.seats()
        return { op, show, user, admin, key, booking, seats }
      }
    }
  }

  private best(): BestRequest {
    const count = this.reader.varint()
    if (count < 1 || count > COMMAND_SEATS_MAX) throw new Unfit(`best: expected 1 to ${COMMAND_SEATS_MAX} seats.`)
    const flags = this.flags(CATEGORY | ZONE | ACCESSIBLE)
    return {
      count,
      ...((flags & CATEGORY) !== 0 && { category: this.text('category', decodePlanText) }),
      ...((flags & ZONE) !== 0 && { zone: this.text('zone', decodePlanText) }),
      ...((flags & ACCESSIBLE) !== 0 && { accessible: true })
    }
  }

  private seats(): readonly number[] {
    const { reader } = this
    const count = reader.varint()
    if (count < 1 || count > COMMAND_SEATS_MAX) throw new Unfit(`seats: expected 1 to ${COMMAND_SEATS_MAX} of them.`)
    const seats = new Array<number>(count)
    for (let at = 0; at < count; at++) {
      const seat = reader.varint()
      if (seats.lastIndexOf(seat, at - 1) >= 0 && at > 0) throw new Unfit('seats: expected every seat once.')
      seats[at] = seat
    }
    return seats
  }

  private number(name: string): number {
    const number = this.reader.varint()
    if (number === 0 || number > NUMBER_MAX) throw new Unfit(`${name}: expected its number.`)
    return number
  }

  private flags(known: number): number {
    const flags = this.reader.u8()
    if ((flags & ~known) !== 0) throw new Unfit(`Byte ${this.reader.at - 1}: expected flags up to ${known}.`)
    return flags
  }

  private text(name: string, decode: (input: unknown) => Decoded<string>): string {
    const decoded = decode(this.reader.text())
    if (!decoded.ok) throw new Unfit(`${name}: ${decoded.detail.replace(/^E/, 'e')}`)
    return decoded.value
  }

  private ascii(max: number, isAllowed: (code: number) => boolean, expected: string): string {
    const { bytes, reader } = this
    const size = reader.varint()
    if (size < 1 || size > max) throw new Unfit(`${expected} of 1 to ${max} bytes.`)
    const start = reader.take(size)
    for (let at = start; at < start + size; at++) {
      if (!isAllowed(bytes[at]!)) throw new Unfit(`${expected}, which has no byte ${bytes[at]}.`)
    }
    return bytes.toString('latin1', start, start + size)
  }
}

function isPrintable(code: number): boolean {
  return code >= 0x20 && code <= 0x7e
}

function isOfShowId(code: number): boolean {
  const letter = code | 0x20
  return (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d
}
