// All the buyers, in processes of their own, seen from the bench: how far the sale is, and in the end their records.
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from '../child.ts'
import type { BuyerMap, WriteRecord } from './history.ts'
import type { House } from './house.ts'

export interface CrowdStart {
  readonly kind: 'start'
  readonly url: string
  readonly house: House
  readonly thinkMs: number
  readonly holdMs: number
  readonly buyers: readonly { readonly user: string; readonly token: string; readonly seed: number }[]
}

export type ToCrowd = CrowdStart | { readonly kind: 'finish'; readonly epoch: number; readonly seq: number }

export interface CrowdState {
  readonly kind: 'state'
  /** Seats by status on the map of the buyer that is furthest. */
  readonly seats: readonly [available: number, held: number, booked: number, blocked: number]
  readonly buyers: number
  readonly open: number
  readonly done: number
  readonly forgotten: number
  /** Answers by operation and code; `ok` where it was granted. */
  readonly answers: Readonly<Record<string, number>>
  /** When writes were acknowledged for the first time after sockets had closed, epoch milliseconds. */
  readonly firstAnswers: readonly number[]
}

export interface CrowdReport {
  readonly kind: 'report'
  readonly records: readonly WriteRecord[]
  readonly maps: readonly BuyerMap[]
  /** Of writes that were granted, from the last time they were sent. */
  readonly holdMs: readonly number[]
  readonly bookMs: readonly number[]
}

export type FromCrowd = CrowdState | CrowdReport

export interface Crowd {
  /** All processes together. */
  readonly state: CrowdState
  /** Waits until every map stands at (epoch, seq), or no longer. */
  finish(epoch: number, seq: number): Promise<CrowdReport>
  end(): Promise<void>
}

const PROCESSES_MAX = 2
const BUYERS_PER_PROCESS_MIN = 50

const NOBODY: CrowdState = {
  kind: 'state',
  seats: [0, 0, 0, 0],
  buyers: 0,
  open: 0,
  done: 0,
  forgotten: 0,
  answers: {},
  firstAnswers: []
}

export function startCrowd(start: CrowdStart): Crowd {
  const count = Math.max(1, Math.min(PROCESSES_MAX, Math.floor(start.buyers.length / BUYERS_PER_PROCESS_MIN)))
  const states: CrowdState[] = []
  const children = Array.from({ length: count }, (_, at): Child<ToCrowd, FromCrowd> => {
    const child = startChild<ToCrowd, FromCrowd>(new URL('./buyers.ts', import.meta.url))
    child.onMessage((message) => {
      if (message.kind === 'state') states[at] = message
    })
    child.send({ ...start, buyers: start.buyers.filter((_, buyer) => buyer % count === at) })
    return child
  })
  return {
    get state() {
      return states.reduce(together, NOBODY)
    },
    finish: async (epoch, seq) => {
      const reports = children.map((child) => child.next('report'))
      for (const child of children) child.send({ kind: 'finish', epoch, seq })
      return (await Promise.all(reports)).reduce(joined)
    },
    end: async () => {
      await Promise.all(children.map((child) => child.end()))
    }
  }
}

function together(one: CrowdState, other: CrowdState): CrowdState {
  const answers = { ...one.answers }
  for (const [name, count] of Object.entries(other.answers)) answers[name] = (answers[name] ?? 0) + count
  return {
    kind: 'state',
    seats: other.seats[2] >= one.seats[2] ? other.seats : one.seats,
    buyers: one.buyers + other.buyers,
    open: one.open + other.open,
    done: one.done + other.done,
    forgotten: one.forgotten + other.forgotten,
    answers,
    firstAnswers: [...one.firstAnswers, ...other.firstAnswers]
  }
}

function joined(one: CrowdReport, other: CrowdReport): CrowdReport {
  return {
    kind: 'report',
    records: [...one.records, ...other.records],
    maps: [...one.maps, ...other.maps],
    holdMs: [...one.holdMs, ...other.holdMs],
    bookMs: [...one.bookMs, ...other.bookMs]
  }
}

/** Waits for `reached`, and gives up with `why()` when `marker` has not moved for `patienceMs`. */
export async function until(
  reached: () => boolean,
  marker: () => unknown,
  patienceMs: number,
  why: () => string
): Promise<void> {
  let last = marker()
  let movedAt = Date.now()
  while (!reached()) {
    await delay(20)
    const now = marker()
    if (now !== last) {
      last = now
      movedAt = Date.now()
    }
    if (Date.now() - movedAt > patienceMs) throw new Error(why())
  }
}
