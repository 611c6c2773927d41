// Commands and answers as JSON.
import { TEXT_FRAME } from '../../ws/frames.ts'
import { type Answers, type Done, userText, type Wording } from './wording.ts'

const OK = Buffer.from('"ok":')
const CODE = Buffer.from('"code":"')
const QUOTE = '"'.charCodeAt(0)
const LETTER_T = 't'.charCodeAt(0)
const BRACE = '{'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)
const ID_AT = '{"id":'.length

const answers: Answers = {
  one(bytes, start, _end, done) {
    said(bytes, start, done)
  },
  list(bytes, start, end, count, done) {
    const whole = bytes.subarray(start, end)
    const isOne = whole[0] === BRACE
    for (let item = 0, at = 0; item < count; item++) {
      at = said(whole, isOne ? 0 : at, (result, code) => done(item, result, code))
    }
  },
  hold(bytes, start, end) {
    const { hold } = JSON.parse(bytes.toString('utf8', start, end)) as { hold?: { id: string } }
    return hold?.id ?? null
  }
}

export const JSON_WORDING: Wording = {
  protocol: 'frontrow.v1',
  frame: TEXT_FRAME,
  seats: (ids, seats) => `"seats":${JSON.stringify(seats.map((seat) => ids[seat]))}`,
  best: (count) => `"best":{"count":${count}}`,
  hold: (what, key) => `${what},"key":"${key}"`,
  book: (hold, key) => `"hold":"${hold}","key":"${key}"`,
  message: (slot, op, showId, members) => `{"id":${slot},"op":"${op}","show":"${showId}",${members}}`,
  request: (user, members) => `{"user":"${userText(user)}",${members}}`,
  requestOf: (requests, isList) => (isList ? `[${requests.join()}]` : requests[0]!),
  slotOf(bytes, start) {
    let slot = 0
    for (let at = start + ID_AT; bytes[at]! >= ZERO; at++) slot = slot * 10 + bytes[at]! - ZERO
    return slot
  },
  answers
}

/** Tells what the answer says that begins at `start` or behind it; answers where it stands. */
function said(bytes: Buffer, start: number, done: Done): number {
  const at = bytes.indexOf(OK, start) + OK.length
  if (bytes[at] === LETTER_T) done('granted')
  else {
    const code = bytes.indexOf(CODE, at) + CODE.length
    done('refused', bytes.toString('latin1', code, bytes.indexOf(QUOTE, code)))
  }
  return at
}
