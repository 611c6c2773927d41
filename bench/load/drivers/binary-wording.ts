// Commands and answers as bytes: gateway/binary/ says how.
import { ByteReader } from '../../../core/codec/bytes.ts'
import { readRefusal } from '../../../core/codec/outcome-codec.ts'
import { BINARY_ANSWERS } from '../../../gateway/binary/binary-answer.ts'
import { BINARY_OPERATIONS, BINARY_REQUEST } from '../../../gateway/binary/binary-command.ts'
import { BINARY_PROTOCOL } from '../../../gateway/websocket/feed-codec.ts'
import { BINARY_FRAME } from '../../ws/frames.ts'
import { type Answers, type Done, userText, type Wording } from './wording.ts'

/** Of a request over NATS: its reply subject says which it is. */
const ID = '\x01'
const SEATS = '\0'
const THE_BEST = '\x01'
const NOTHING_MORE = '\0'
const FORM = String.fromCharCode(BINARY_REQUEST)

const answers: Answers = {
  one(bytes, start, end, done) {
    said(new ByteReader(bytes, start, end), done)
  },
  list(bytes, start, end, count, done) {
    const reader = new ByteReader(bytes, start, end)
    for (let item = 0; item < count; item++) {
      // One for all of them.
      if (reader.done) reader.at = start
      said(reader, (result, code) => done(item, result, code))
    }
  },
  hold(bytes, start, end) {
    const reader = new ByteReader(bytes, start, end)
    if (reader.u8() !== BINARY_ANSWERS.hold) return null
    reader.varint()
    reader.varint()
    return String(reader.varint())
  }
}

export const BINARY_WORDING: Wording = {
  protocol: BINARY_PROTOCOL,
  frame: BINARY_FRAME,
  seats: (_ids, seats) => `${SEATS}${varint(seats.length)}${seats.map(varint).join('')}`,
  best: (count) => `${THE_BEST}${varint(count)}${NOTHING_MORE}`,
  hold: (what, key) => `${text(key)}${what}`,
  book: (hold, key) => `${text(key)}${varint(Number(hold))}${NOTHING_MORE}`,
  message: (slot, op, showId, members) =>
    `${String.fromCharCode(BINARY_OPERATIONS.indexOf(op))}${varint(slot)}${text(showId)}${members}`,
  request: (user, members) => `${ID}${text(userText(user))}${members}`,
  requestOf: (requests) => `${FORM}${requests.join('')}`,
  slotOf: (bytes, start) => new ByteReader(bytes, start + 1).varint(),
  answers
}

function said(reader: ByteReader, done: Done): void {
  const kind = reader.u8()
  reader.varint()
  if (kind === BINARY_ANSWERS.refusal) return done('refused', readRefusal(reader).code)
  reader.varint()
  if (kind === BINARY_ANSWERS.hold) {
    reader.varint()
    reader.varint()
    for (let seats = reader.varint(); seats > 0; seats--) {
      reader.varint()
      reader.varint()
    }
  }
  done('granted')
}

function text(value: string): string {
  return `${varint(value.length)}${value}`
}

function varint(value: number): string {
  let bytes = ''
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes += String.fromCharCode((rest % 128) | 0x80)
  return bytes + String.fromCharCode(rest)
}
