// The bytes of a request → the commands it asks for, each checked, or what is wrong with it. The same checks as on
// the other doors: of JSON from the schemas that /asyncapi.json shows.
import type { SeatCommand } from '../../core/command.ts'
import { NATS_COMMANDS_PER_REQUEST_MAX, NATS_REQUEST_BYTES_MAX } from '../../core/limits.ts'
import { type Refusal, refuse } from '../../core/refusal.ts'
import { BINARY_REQUEST, decodeBinaryRequest } from '../binary/binary-command.ts'
import { type Decoded, decoderOf, parseJson } from '../schema/decode.ts'
import { MessageId } from '../schema/schema-commands.ts'
import { NATS_REQUESTS, type NatsOperation } from '../schema/schema-nats.ts'
import { parseTime, ShowId } from '../schema/schema-parts.ts'
import { type CommandMessage, toCommand } from '../to-command.ts'

/** One command of a request. `id` is the caller's own name for it, if it gave one. */
interface Asked {
  readonly id: string | number | undefined
  readonly command: SeatCommand | Refusal
}

export interface Request {
  /** It was an array, and wants one back. */
  readonly isList: boolean
  readonly asked: readonly Asked[]
}

type Message = (typeof NATS_REQUESTS)[NatsOperation]['Type']

const decoders: Readonly<Record<NatsOperation, (input: unknown) => Decoded<Message>>> = {
  hold: decoderOf(NATS_REQUESTS.hold),
  extend: decoderOf(NATS_REQUESTS.extend),
  release: decoderOf(NATS_REQUESTS.release),
  book: decoderOf(NATS_REQUESTS.book),
  cancel: decoderOf(NATS_REQUESTS.cancel)
}
const decodeShow = decoderOf(ShowId)
const decodeId = decoderOf(MessageId)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A refusal is the answer to the whole of it, and nothing of it is done. */
export function decodeRequest(op: NatsOperation, show: string, bytes: Uint8Array): Request | Refusal {
  if (bytes.length > NATS_REQUEST_BYTES_MAX)
    return invalid(`A request has ${NATS_REQUEST_BYTES_MAX} bytes at the most.`)
  const showDecoded = decodeShow(show)
  if (!showDecoded.ok) return invalid(`The subject: ${showDecoded.detail}`)
  if (isBinary(bytes)) {
    const decoded = decodeBinaryRequest(op, show, bytes)
    return decoded.ok ? { isList: true, asked: decoded.value } : invalid(decoded.detail)
  }
  const text = decodeText(bytes)
  if (text === null) return invalid('This is not UTF-8.')
  const parsed = parseJson(text)
  if (!parsed.ok) return invalid(parsed.detail)
  const { value } = parsed
  if (!Array.isArray(value)) return { isList: false, asked: [decodeOne(op, show, value)] }
  if (value.length < 1 || value.length > NATS_COMMANDS_PER_REQUEST_MAX) {
    return invalid(`A request has 1 to ${NATS_COMMANDS_PER_REQUEST_MAX} commands.`)
  }
  return { isList: true, asked: value.map((item) => decodeOne(op, show, item)) }
}

/** JSON never begins so. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes[0] === BINARY_REQUEST
}

function decodeOne(op: NatsOperation, show: string, value: unknown): Asked {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: undefined, command: invalid('A command is a JSON object.') }
  }
  const decoded = decoders[op](value)
  if (!decoded.ok) return { id: idOf(value), command: invalid(decoded.detail) }
  const message = decoded.value
  const { id, user } = message
  if (message.show !== undefined && message.show !== show) {
    return { id, command: invalid('show: expected the show of the subject, or none.') }
  }
  // The schema of `op` has checked all that its message has beside these two.
  return { id, command: toCommand({ ...message, op, show } as CommandMessage, { user, role: 'service' }) }
}

/** Also where the rest of the message is wrong: its answer says which it was. */
function idOf(value: object): string | number | undefined {
  const decoded = decodeId((value as { id?: unknown }).id)
  return decoded.ok ? decoded.value : undefined
}

/** Epoch milliseconds of a deadline as its header has it, NaN for what is none. */
export function parseDeadline(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : parseTime(text)
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

function invalid(detail: string): Refusal {
  return refuse('invalid_request', detail)
}
