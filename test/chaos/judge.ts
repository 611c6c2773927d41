// Holds what the clients of a run were told against the journal, the projections, the server's maps, and the plainest
// model of a show. Each check says how much it looked at, as one that saw nothing proves nothing.
import { type Check, checkFrames, checkSale } from '../../bench/sellout/checker.ts'
import type { BookingRow, BuyerMap, JournalFrame } from '../../bench/sellout/history.ts'
import type { House, SeatMap } from '../../bench/sellout/house.ts'
import type { ShowEvent } from '../../core/event.ts'
import { linearize } from '../history/linearize.ts'
import { firstGranted, operationsOf, writeRecordOf } from './history.ts'
import { isProbeShow, POLICY } from './playbill.ts'
import type { ExpiryTold, KeyRecord, Sightings } from './recorder.ts'

export interface Evidence {
  readonly houses: readonly House[]
  readonly records: readonly KeyRecord[]
  readonly expiries: readonly ExpiryTold[]
  readonly sightings: Pick<Sightings, 'states' | 'contradictions'>
  /** What the server said last, by show. */
  readonly maps: ReadonlyMap<string, SeatMap>
  /** What clients who still watched had at the end, by show. */
  readonly clientMaps: ReadonlyMap<string, readonly BuyerMap[]>
  readonly frames: readonly JournalFrame[]
  readonly bookings: readonly BookingRow[]
  /** Times the server ended by itself, a sentence each. */
  readonly crashes: readonly string[]
}

type Finding = Omit<Check, 'name'>

export function judge(evidence: Evidence): readonly Check[] {
  const framesOf = framesByShow(evidence.frames)
  const recordsOf = Map.groupBy(evidence.records, ({ show }) => show)
  const checks = evidence.houses.flatMap((house) => {
    const { show } = house
    return judgeShow(house, recordsOf.get(show) ?? [], framesOf.get(show) ?? [], evidence)
  })
  const { crashes, sightings } = evidence
  return [
    checkFrames(evidence.frames),
    ...merged(checks),
    { name: 'one state of a show, whoever looked', checked: seen(sightings), faults: sightings.contradictions },
    { name: 'the server ended only when it was made to', checked: evidence.records.length, faults: crashes }
  ]
}

function judgeShow(
  house: House,
  records: readonly KeyRecord[],
  frames: readonly JournalFrame[],
  evidence: Evidence
): readonly Check[] {
  const { show, seatIds } = house
  const map = evidence.maps.get(show)
  if (map === undefined) return [{ name: 'maps of all shows', checked: 1, faults: [`${show} gave no map`] }]
  const sale = {
    ...{ show, seatIds, frames, map },
    records: records.map(writeRecordOf),
    bookings: evidence.bookings.filter((row) => row.show === show),
    buyerMaps: evidence.clientMaps.get(show) ?? []
  }
  const events = frames.flatMap(({ frame }) => frame.entries.map(({ event }) => event))
  const expiries = evidence.expiries.filter((told) => told.show === show)
  const named = (check: Check) => ({ ...check, faults: check.faults.map((fault) => `${show}: ${fault}`) })
  return [
    ...checkSale(sale),
    { name: 'questions that were answered in the end', ...answered(records) },
    { name: 'keys that keep what they were granted', ...kept(records) },
    { name: 'holds that were told to be over', ...expired(expiries, events) },
    { name: 'states that were seen, each of them committed', ...committed(house, frames, evidence.sightings) },
    { name: 'histories in which each write happened at one moment', ...atOnce(house, records, events) }
  ].map(named)
}

/** With only the entries of the show; frames without any are left out. */
function framesByShow(frames: readonly JournalFrame[]): ReadonlyMap<string, readonly JournalFrame[]> {
  const byShow = new Map<string, JournalFrame[]>()
  for (const one of frames) {
    for (const [show, entries] of Map.groupBy(one.frame.entries, (entry) => entry.show)) {
      const frame = { ...one, frame: { ...one.frame, entries } }
      const others = byShow.get(show)
      if (others === undefined) byShow.set(show, [frame])
      else others.push(frame)
    }
  }
  return byShow
}

/** Checks of the same name as one. */
function merged(checks: readonly Check[]): readonly Check[] {
  return [...Map.groupBy(checks, ({ name }) => name)].map(([name, group]) => ({
    name,
    checked: group.reduce((sum, { checked }) => sum + checked, 0),
    faults: group.flatMap(({ faults }) => faults)
  }))
}

function seen({ states }: Evidence['sightings']): number {
  return [...states.values()].reduce((sum, { size }) => sum + size, 0)
}

function answered(records: readonly KeyRecord[]): Finding {
  // A probe does not wait for its last answer.
  const asked = records.filter(({ show }) => !isProbeShow(show))
  const open = asked.filter(({ attempts }) =>
    attempts.every(({ outcome }) => outcome.kind !== 'granted' && outcome.kind !== 'refused')
  )
  const faults = open.map(({ asked: { op }, key, attempts }) => `${op} ${key}: ${attempts.length} times, no answer`)
  return { checked: asked.length, faults }
}

/** Whoever asks again after it was granted is told the same, not refused. */
function kept(records: readonly KeyRecord[]): Finding {
  const faults: string[] = []
  let checked = 0
  for (const { asked, key, attempts } of records) {
    const granted = firstGranted(attempts)
    if (granted === null) continue
    for (const { sentAt, outcome } of attempts) {
      if (sentAt < granted.returnedAt) continue
      checked++
      if (outcome.kind === 'refused') faults.push(`${asked.op} ${key}: granted, and then refused with ${outcome.code}`)
    }
  }
  return { checked, faults }
}

function expired(told: readonly ExpiryTold[], events: readonly ShowEvent[]): Finding {
  const over = new Set(events.flatMap((event) => (event.kind === 'expired' ? [`${event.user} ${event.hold}`] : [])))
  const wrong = told.filter(({ user, hold }) => !over.has(`${user} ${hold}`))
  return { checked: told.length, faults: wrong.map(({ user, hold }) => `hold ${hold} of ${user} never ran out`) }
}

/** Positions of an epoch show states of the journal, in its order. */
function committed(house: House, frames: readonly JournalFrame[], sightings: Evidence['sightings']): Finding {
  const states = sightings.states.get(house.show) ?? new Map<string, string>()
  const journaled = journaledStates(house.seatIds.length, frames)
  const faults: string[] = []
  const positions = [...states].map(([position, state]) => {
    const [epoch = 0, seq = 0] = position.split('.').map(Number)
    return { epoch, seq, state }
  })
  positions.sort((a, b) => a.epoch - b.epoch || a.seq - b.seq)
  let at = 0
  for (const { epoch, seq, state } of positions) {
    const next = journaled.indexOf(state, at)
    if (next < 0) faults.push(`at (${epoch}, ${seq}) ${state} was seen, which was not committed by then`)
    else at = next
  }
  return { checked: positions.length, faults }
}

const STATUS_AFTER: Readonly<Record<ShowEvent['kind'], number | null>> = {
  ...{ held: 1, extended: null, released: 0, expired: 0, booked: 2, cancelled: 0 },
  ...{ blocked: 3, unblocked: 0, created: null, changed: null }
}

/** The map after every frame, a digit a seat: first nothing, then as the events say. */
function journaledStates(seatCount: number, frames: readonly JournalFrame[]): readonly string[] {
  const statuses = new Uint8Array(seatCount)
  const set = (seats: readonly number[], status: number) => {
    for (const seat of seats) statuses[seat] = status
  }
  const states = [statuses.join('')]
  for (const { frame } of frames) {
    for (const { event } of frame.entries) {
      const status = STATUS_AFTER[event.kind]
      if (status !== null && 'seats' in event) set(event.seats, status)
      if (event.kind === 'booked') set(event.freed, 0)
    }
    states.push(statuses.join(''))
  }
  return states
}

function atOnce({ seatIds }: House, records: readonly KeyRecord[], events: readonly ShowEvent[]): Finding {
  const keys = new Set(events.map(({ user, key }) => `${user}\n${key}`))
  const operations = records.flatMap((record) => operationsOf(record, keys.has(`${record.user}\n${record.key}`)))
  const verdict = linearize(operations, { ...POLICY, seats: new Set(seatIds), bestOfAll: true })
  const faults = verdict.ok ? [] : [verdict.explained]
  return { checked: operations.length, faults }
}
