// Holds of the trace as Frontrow's commands over whatever link, and its answers as results.
import type { Driver, HoldRequest, HoldResult } from '../../peers/peer.ts'
import type { FrontrowAddress } from '../frontrow/address.ts'
import type { Link, Question } from './link.ts'

export interface FrontrowDriver extends Driver {
  /** For what a peer cannot be asked. */
  readonly link: Link
  questionOf(request: HoldRequest): Question
}

/** Names the seats of the trace, or asks for as many of the best. */
export type Ask = 'seats' | 'best'

type Done = (result: HoldResult, code?: string) => void
type DoneAt = (at: number, result: HoldResult, code?: string) => void

const OK = Buffer.from('"ok":')
const CODE = Buffer.from('"code":"')
const QUOTE = '"'.charCodeAt(0)
const LETTER_T = 't'.charCodeAt(0)
const BRACE = '{'.charCodeAt(0)
const NO_ANSWER = 'no_answer'

export function createFrontrowDriver(address: FrontrowAddress, link: Link, ask: Ask): FrontrowDriver {
  const seatsText = seatTexts(address)
  const questionOf = ({ show, seats, user, key }: HoldRequest): Question => ({
    user,
    members:
      ask === 'best'
        ? `"best":{"count":${seats.length}},"key":"k${key}"`
        : `"seats":${seatsText(show, seats)},"key":"k${key}"`
  })
  const hold = (request: HoldRequest, done: Done) =>
    link.ask('hold', request.show, questionOf(request), (bytes, start) => {
      if (bytes === null) done('failed', NO_ANSWER)
      else readAnswer(bytes, start, done)
    })
  return {
    link,
    questionOf,
    hold,
    holdMany: (requests, done) => {
      if (link.askList === undefined) {
        for (const [at, request] of requests.entries()) hold(request, (result, code) => done(at, result, code))
        return
      }
      link.askList('hold', requests[0]!.show, requests.map(questionOf), (bytes, start, end) => {
        if (bytes === null) for (const at of requests.keys()) done(at, 'failed', NO_ANSWER)
        else readAnswers(bytes.subarray(start, end), requests.length, done)
      })
    },
    close: () => link.close()
  }
}

/** Seat ids as JSON. The trace asks for the same few parties again and again, by the same arrays. */
function seatTexts({ seatIds }: FrontrowAddress): (show: number, seats: readonly number[]) => string {
  const known = new Map(seatIds.map((ids) => [ids, new WeakMap<readonly number[], string>()]))
  return (show, seats) => {
    const ids = seatIds[show]!
    const texts = known.get(ids)!
    let text = texts.get(seats)
    if (text === undefined) {
      text = JSON.stringify(seats.map((seat) => ids[seat]))
      texts.set(seats, text)
    }
    return text
  }
}

function readAnswer(bytes: Buffer, start: number, done: Done): void {
  const at = bytes.indexOf(OK, start) + OK.length
  if (bytes[at] === LETTER_T) done('granted')
  else done('refused', codeAfter(bytes, at))
}

/** A request that was refused as a whole gets one object for all of its commands. */
function readAnswers(bytes: Buffer, count: number, done: DoneAt): void {
  const isWhole = bytes[0] === BRACE
  for (let item = 0, at = 0; item < count; item++) {
    at = bytes.indexOf(OK, isWhole ? 0 : at) + OK.length
    if (bytes[at] === LETTER_T) done(item, 'granted')
    else done(item, 'refused', codeAfter(bytes, at))
  }
}

function codeAfter(bytes: Buffer, at: number): string {
  const start = bytes.indexOf(CODE, at) + CODE.length
  return bytes.toString('latin1', start, bytes.indexOf(QUOTE, start))
}
