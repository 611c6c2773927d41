// The two forms in which Frontrow is asked, JSON and binary, as the generator writes and reads them: by hand, as one-byte
// characters, and no more of an answer than is wanted. So it takes little of the processor that it shares with the
// server.
import type { HoldResult } from '../../peers/peer.ts'
import type { Operation } from './link.ts'

export interface Wording {
  /** Of sockets. */
  readonly protocol: string
  /** The first byte of a frame that a socket sends, and is answered with. */
  readonly frame: number
  /** Seats as a hold names them; `ids` are the ids of its show by index. */
  seats(ids: readonly string[], seats: readonly number[]): string
  best(count: number): string
  /** What a hold has beside who asks and of which show: `what` is made by `seats` or `best`. */
  hold(what: string, key: string): string
  book(hold: string, key: string): string
  /** What a socket sends. */
  message(slot: number, op: Operation, showId: string, members: string): string
  /** What goes over NATS for one user, and several of these in one request. */
  request(user: number, members: string): string
  requestOf(requests: readonly string[], isList: boolean): string
  /** Which message a socket's answer is to. */
  slotOf(bytes: Buffer, start: number): number
  readonly answers: Answers
}

export type Done = (result: HoldResult, code?: string) => void
type DoneAt = (at: number, result: HoldResult, code?: string) => void

export interface Answers {
  one(bytes: Buffer, start: number, end: number, done: Done): void
  /** A request that was refused as a whole gets one for all of its commands. */
  list(bytes: Buffer, start: number, end: number, count: number, done: DoneAt): void
  /** What a hold is called by whoever books it; null where there is none. */
  hold(bytes: Buffer, start: number, end: number): string | null
}

/** Users and keys as both say them. */
export function userText(user: number): string {
  return `u${user}`
}
