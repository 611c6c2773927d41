// Holds of the trace as Frontrow's commands over whatever link and in whatever form, and its answers as results.
import type { Driver, HoldRequest } from '../../peers/peer.ts'
import type { FrontrowAddress } from '../frontrow/address.ts'
import type { Link, Question } from './link.ts'
import type { Done, Wording } from './wording.ts'

export interface FrontrowDriver extends Driver {
  /** For what a peer cannot be asked. */
  readonly link: Link
  readonly wording: Wording
  questionOf(request: HoldRequest): Question
}

/** Names the seats of the trace, or asks for as many of the best. */
export type Ask = 'seats' | 'best'

export const NO_ANSWER = 'no_answer'

export function createFrontrowDriver(address: FrontrowAddress, link: Link, wording: Wording, ask: Ask): FrontrowDriver {
  const seatsText = seatTexts(address, wording)
  const questionOf = ({ show, seats, user, key }: HoldRequest): Question => ({
    user,
    members: wording.hold(ask === 'best' ? wording.best(seats.length) : seatsText(show, seats), `k${key}`)
  })
  const { answers } = wording
  const hold = (request: HoldRequest, done: Done) =>
    link.ask('hold', request.show, questionOf(request), (bytes, start, end) => {
      if (bytes === null) done('failed', NO_ANSWER)
      else answers.one(bytes, start, end, done)
    })
  return {
    link,
    wording,
    questionOf,
    hold,
    holdMany: (requests, done) => {
      if (link.askList === undefined) {
        for (const [at, request] of requests.entries()) hold(request, (result, code) => done(at, result, code))
        return
      }
      link.askList('hold', requests[0]!.show, requests.map(questionOf), (bytes, start, end) => {
        if (bytes === null) for (const at of requests.keys()) done(at, 'failed', NO_ANSWER)
        else answers.list(bytes, start, end, requests.length, done)
      })
    },
    close: () => link.close()
  }
}

/** Seats as they are named. The trace asks for the same few parties again and again, by the same arrays. */
function seatTexts({ seatIds }: FrontrowAddress, wording: Wording): (show: number, seats: readonly number[]) => string {
  const known = new Map(seatIds.map((ids) => [ids, new WeakMap<readonly number[], string>()]))
  return (show, seats) => {
    const ids = seatIds[show]!
    const texts = known.get(ids)!
    let text = texts.get(seats)
    if (text === undefined) {
      text = wording.seats(ids, seats)
      texts.set(seats, text)
    }
    return text
  }
}
