// Mends what can be mended in a seating plan's JSON without asking anyone: seat ids and categories that
// occur twice, categories that seats name and nobody lists. All else stays for readPlan to complain of.
// The input is not changed; the copy shares with it what needed no mending.
import { PLAN_TEXT_MAX } from '../limits.ts'
import { DEFAULT_COLOR, type PlanFault, quote, seatPlace } from './plan-source.ts'
import { idFault, isRecord } from './plan-value.ts'

type Json = Record<string, unknown>

export function fixPlan(json: unknown): { fixed: unknown; changes: PlanFault[] } {
  const changes: PlanFault[] = []
  if (!isRecord(json)) return { fixed: json, changes }
  const categories = fixCategories(json, changes)
  const rename = renamer(json)
  const fixed = mapSeats(json, (seat, zone, row, at) => {
    const id = rename(seat.seat_guid)
    if (id === null) return seat
    const message = `seat id ${quote(seat.seat_guid)} occurred again and is now ${quote(id)}`
    changes.push({ place: seatPlace(zone, row, at), message })
    return { ...seat, seat_guid: id }
  })
  return { fixed: categories === json.categories ? fixed : { ...fixed, categories }, changes }
}

function fixCategories(json: Json, changes: PlanFault[]): unknown {
  const listed: unknown = json.categories ?? []
  if (!Array.isArray(listed)) return listed
  const names = new Set<unknown>()
  const kept = listed.filter((category: unknown, at) => {
    const name = isRecord(category) && typeof category.name === 'string' ? category.name : null
    if (name === null || !names.has(name)) {
      names.add(name)
      return true
    }
    changes.push({ place: `categories[${at}]`, message: `category ${quote(name)} occurred again and was dropped` })
    return false
  })
  const added: Json[] = []
  mapSeats(json, (seat, zone, row, at) => {
    const name = seat.category
    if (!names.has(name) && idFault(name) === null) {
      names.add(name)
      const place = `categories[${kept.length + added.length}]`
      const message = `category ${quote(name)} was added in grey: ${seatPlace(zone, row, at)} is of it`
      changes.push({ place, message })
      added.push({ name, color: DEFAULT_COLOR })
    }
    return seat
  })
  return kept.length === listed.length && added.length === 0 ? json.categories : [...kept, ...added]
}

/** Gives the new id for a seat id that was met before, null where it may stay. */
function renamer(json: Json): (id: unknown) => string | null {
  const taken = new Set<unknown>()
  mapSeats(json, (seat) => {
    taken.add(seat.seat_guid)
    return seat
  })
  const met = new Set<unknown>()
  // The last suffix used for an id, so that a thousand seats of one id do not count up a million times.
  const suffixes = new Map<string, number>()
  return (id) => {
    if (idFault(id) !== null) return null
    if (!met.has(id)) {
      met.add(id)
      return null
    }
    let suffix = suffixes.get(id as string) ?? 1
    let fresh: string
    do fresh = `${id}-${++suffix}`
    while (taken.has(fresh))
    suffixes.set(id as string, suffix)
    if (fresh.length > PLAN_TEXT_MAX) return null
    taken.add(fresh)
    return fresh
  }
}

/** A copy of the plan with every seat object replaced by what `change` gives for it. */
function mapSeats(json: Json, change: (seat: Json, zone: number, row: number, at: number) => Json): Json {
  const zones = mapRecords(json.zones, (zone, zoneAt) => {
    const rows = mapRecords(zone.rows, (row, rowAt) => {
      const seats = mapRecords(row.seats, (seat, at) => change(seat, zoneAt, rowAt, at))
      return seats === row.seats ? row : { ...row, seats }
    })
    return rows === zone.rows ? zone : { ...zone, rows }
  })
  return zones === json.zones ? json : { ...json, zones }
}

/** `list` itself where nothing changed, or where it is no list. */
function mapRecords(list: unknown, change: (record: Json, at: number) => Json): unknown {
  if (!Array.isArray(list)) return list
  let changed = false
  const mapped = list.map((entry: unknown, at) => {
    if (!isRecord(entry)) return entry
    const next = change(entry, at)
    changed ||= next !== entry
    return next
  })
  return changed ? mapped : list
}
