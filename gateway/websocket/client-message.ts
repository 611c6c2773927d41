// A WebSocket frame's text → a checked message, or what is wrong with it. Runs for every command.
import { MESSAGE_ID_MAX } from '../../core/limits.ts'
import { type Decoded, decoderOf, parseJson } from '../schema/decode.ts'
import { CLIENT_MESSAGES, type ClientMessage } from '../schema/schema-websocket.ts'

export type DecodedMessage =
  | { readonly ok: true; readonly id: string | number; readonly message: ClientMessage }
  | { readonly ok: false; readonly id: string | number | null; readonly detail: string }

/** By op: one decoder is faster than a union, and its complaint is about the op that was meant. */
const decoders = new Map<unknown, (input: unknown) => Decoded<ClientMessage>>([
  ['hold', decoderOf(CLIENT_MESSAGES.hold)],
  ['extend', decoderOf(CLIENT_MESSAGES.extend)],
  ['release', decoderOf(CLIENT_MESSAGES.release)],
  ['book', decoderOf(CLIENT_MESSAGES.book)],
  ['cancel', decoderOf(CLIENT_MESSAGES.cancel)],
  ['subscribe', decoderOf(CLIENT_MESSAGES.subscribe)],
  ['unsubscribe', decoderOf(CLIENT_MESSAGES.unsubscribe)]
])

/** `id` is null where the message has none that an answer could carry. */
export function decodeClientMessage(text: string): DecodedMessage {
  const parsed = parseJson(text)
  if (!parsed.ok) return { ok: false, id: null, detail: parsed.detail }
  const value = parsed.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, id: null, detail: 'A message is a JSON object.' }
  }
  const { id: given, op } = value as { id?: unknown; op?: unknown }
  const id = usableId(given)
  const decode = decoders.get(op)
  if (decode === undefined) return { ok: false, id, detail: `op: expected one of ${[...decoders.keys()].join(', ')}.` }
  const decoded = decode(value)
  if (!decoded.ok) return { ok: false, id, detail: decoded.detail }
  return { ok: true, id: decoded.value.id, message: decoded.value }
}

function usableId(id: unknown): string | number | null {
  if (typeof id === 'number') return Number.isFinite(id) ? id : null
  return typeof id === 'string' && id.length <= MESSAGE_ID_MAX ? id : null
}
