// What the clients of a run were told and when: the evidence that the judge goes by. All clients live in one process,
// so that one counter is their clock: it never stands still, and what it orders did happen in that order.
import type { Asked, Told } from '../history/operation.ts'

export type Outcome =
  /** `answer` is the `hold` or `booking` of the answer as JSON, `{}` where it has none. */
  | { readonly kind: 'granted'; readonly told: Told; readonly answer: string }
  | { readonly kind: 'refused'; readonly code: string; readonly seats: readonly string[] }
  /** `busy`, `rate_limited`: this attempt did nothing. */
  | { readonly kind: 'turned_away'; readonly code: string }
  /** `unavailable`, or no answer: nobody knows. */
  | { readonly kind: 'unknown'; readonly code: string }

/** One time that a request was sent. */
export interface Attempt {
  readonly sentAt: number
  /** Milliseconds of performance.now(). */
  readonly sentMs: number
  /** Infinity without an answer. */
  returnedAt: number
  /** Epoch milliseconds when the answer was there. */
  clockMs: number
  outcome: Outcome
}

/** One write of one client under one key, with every time that it was sent. */
export interface KeyRecord {
  readonly show: string
  readonly user: string
  readonly key: string
  readonly asked: Asked
  readonly attempts: Attempt[]
}

/** A time in which a client heard nothing at all of what it asked, in milliseconds of performance.now(). */
export interface Wait {
  readonly fromMs: number
  readonly toMs: number
}

/** Somebody was told that a hold ran out. */
export interface ExpiryTold {
  readonly show: string
  readonly user: string
  readonly hold: string
}

export interface Recorder {
  readonly records: readonly KeyRecord[]
  /** How often each outcome came: `hold ok`, `book hold_expired` … */
  readonly outcomes: ReadonlyMap<string, number>
  readonly waits: readonly Wait[]
  readonly expiries: ExpiryTold[]
  readonly sightings: Sightings
  ask(show: string, user: string, asked: Asked): KeyRecord
  send(record: KeyRecord): Attempt
  answer(record: KeyRecord, attempt: Attempt, outcome: Outcome): void
  waited(wait: Wait): void
}

/** Every state of a show that any client ever saw, by its position. */
export interface Sightings {
  /** Seat statuses, a digit each, by show and `epoch.seq`. */
  readonly states: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Positions that looked different to different clients, a sentence each. */
  readonly contradictions: readonly string[]
  see(show: string, epoch: number, seq: number, statuses: Uint8Array): void
}

const NO_ANSWER: Outcome = { kind: 'unknown', code: 'no answer' }
/** Shorter waits are nothing to report. */
const WAIT_MS_MIN = 250

export function createRecorder(): Recorder {
  const records: KeyRecord[] = []
  const outcomes = new Map<string, number>()
  const waits: Wait[] = []
  let moment = 0
  return {
    records,
    outcomes,
    waits,
    expiries: [],
    sightings: createSightings(),
    ask: (show, user, asked) => {
      const record = { show, user, key: `${user}-${records.length + 1}`, asked, attempts: [] }
      records.push(record)
      return record
    },
    send: (record) => {
      const attempt = {
        sentAt: ++moment,
        sentMs: performance.now(),
        returnedAt: Number.POSITIVE_INFINITY,
        clockMs: Number.POSITIVE_INFINITY,
        outcome: NO_ANSWER
      }
      record.attempts.push(attempt)
      return attempt
    },
    answer: (record, attempt, outcome) => {
      attempt.returnedAt = ++moment
      attempt.clockMs = Date.now()
      attempt.outcome = outcome
      const name = `${record.asked.op} ${outcome.kind === 'granted' ? 'ok' : outcome.code}`
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
    },
    waited: (wait) => {
      if (wait.toMs - wait.fromMs >= WAIT_MS_MIN) waits.push(wait)
    }
  }
}

function createSightings(): Sightings {
  const states = new Map<string, Map<string, string>>()
  const contradictions: string[] = []
  return {
    states,
    contradictions,
    see: (show, epoch, seq, statuses) => {
      const seen = states.get(show) ?? new Map<string, string>()
      states.set(show, seen)
      const position = `${epoch}.${seq}`
      const state = statuses.join('')
      const other = seen.get(position)
      if (other === undefined) seen.set(position, state)
      else if (other !== state) contradictions.push(`${show} at ${position}: ${other} and ${state}`)
    }
  }
}
