// Reads parsed seating-plan JSON (pretix's format) into plain parts, and lists every fault by its place.
// Whatever the JSON holds, it never throws and never recurses; what pretix leaves out has a default, what is
// there and wrong is a fault.
import { PLAN_AREAS_MAX, PLAN_CATEGORIES_MAX, PLAN_FAULTS_MAX, PLAN_SEATS_MAX, PLAN_ZONES_MAX } from '../limits.ts'
import type { PlanArea, PlanCategory, PlanPoint } from './plan.ts'
import { readArea } from './plan-area.ts'
import { naturalKey } from './plan-natural-order.ts'
import { idFault, isRecord, readColor, readLabel, readLength, readNumber, readPoint } from './plan-value.ts'

export interface PlanFault {
  /** Where in the JSON, like `zones[0].rows[3].seats[7]`; '' for the whole. */
  readonly place: string
  readonly message: string
}

export interface SourceSeat {
  readonly id: string
  readonly number: string
  /** Natural order of the number. */
  readonly numberKey: string
  readonly category: number
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** Seats of one row entry that have the same label: a row, or a part of one. */
export interface SourcePart {
  readonly zone: string
  readonly label: string
  readonly seats: SourceSeat[]
}

export interface PlanSource {
  readonly name: string
  /** 0 where the file does not say. */
  readonly width: number
  readonly height: number
  readonly categories: readonly PlanCategory[]
  readonly parts: readonly SourcePart[]
  readonly areas: readonly PlanArea[]
}

/** Grey, where the file names no colour. */
export const DEFAULT_COLOR = '#888888'
/** What pretix draws where a seat says no radius. */
const DEFAULT_RADIUS = 10
const ORIGIN: PlanPoint = { x: 0, y: 0 }
const ACCESSIBLE_NAME = /wheelchair|accessible|rollstuhl/i

/** What is gathered on the way through the file. */
interface Reading {
  readonly faults: PlanFault[]
  faultCount: number
  readonly categories: PlanCategory[]
  readonly categoryByName: Map<string, number>
  readonly parts: SourcePart[]
  readonly areas: PlanArea[]
  areaCount: number
  seatCount: number
  /** Where each seat id stood first. */
  readonly firstPlaces: Map<string, SeatPlace>
}

type Json = Record<string, unknown>
/** Where a seat stands in the file: numbers of its zone, row and seat. */
type SeatPlace = readonly [number, number, number]

interface Zone {
  readonly name: string
  readonly origin: PlanPoint
  readonly at: number
}

/** The parts of a plan; they make sense only where there are no faults. */
export function readSource(json: unknown): { source: PlanSource; faults: PlanFault[] } {
  const reading: Reading = {
    faults: [],
    faultCount: 0,
    categories: [],
    categoryByName: new Map(),
    parts: [],
    areas: [],
    areaCount: 0,
    seatCount: 0,
    firstPlaces: new Map()
  }
  const plan = recordOf(reading, json, '', 'the plan is not an object') ?? {}
  const name = readLabel(plan.name)
  if (name === null) complain(reading, 'name', 'the name is not a text, or too long')
  const size = readSize(reading, plan.size)
  readCategories(reading, plan.categories)
  readZones(reading, plan.zones)
  checkTotals(reading)
  if (reading.faultCount > reading.faults.length) {
    const more = reading.faultCount - reading.faults.length
    reading.faults.push({ place: '', message: `and ${more.toLocaleString('en-US')} more faults` })
  }
  const { categories, parts, areas, faults } = reading
  return { source: { name: name ?? '', width: size.x, height: size.y, categories, parts, areas }, faults }
}

export function seatPlace(zone: number, row: number, seat: number): string {
  return `zones[${zone}].rows[${row}].seats[${seat}]`
}

function complain(reading: Reading, place: string, message: string): void {
  reading.faultCount++
  if (reading.faults.length < PLAN_FAULTS_MAX) reading.faults.push({ place, message })
}

/** Faults of the whole, listed however many there are before them. */
function checkTotals(reading: Reading): void {
  const { seatCount, areaCount } = reading
  const messages: string[] = []
  if (seatCount === 0) messages.push('the plan has no seats')
  if (seatCount > PLAN_SEATS_MAX) messages.push(tooMany(seatCount, 'seats', PLAN_SEATS_MAX))
  if (areaCount > PLAN_AREAS_MAX) messages.push(tooMany(areaCount, 'areas', PLAN_AREAS_MAX))
  reading.faultCount += messages.length
  for (const message of messages) reading.faults.push({ place: 'zones', message })
}

function tooMany(count: number, what: string, most: number): string {
  return `there are ${count} ${what}, and at most ${most} are possible`
}

/** `value` if it is a list; else an empty one, and a fault. */
function listOf(reading: Reading, value: unknown, place: string, fault: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  complain(reading, place, fault)
  return []
}

/** `value` if it is an object; else null, and a fault. */
function recordOf(reading: Reading, value: unknown, place: string, fault: string): Json | null {
  if (isRecord(value)) return value
  complain(reading, place, fault)
  return null
}

function readSize(reading: Reading, value: unknown): PlanPoint {
  const size = isRecord(value) ? value : {}
  const x = readLength(size.width ?? 0)
  const y = readLength(size.height ?? 0)
  const missing = value === undefined || value === null
  if (x === null || y === null || !(missing || isRecord(value))) {
    complain(reading, 'size', 'width and height are not both sensible numbers')
  }
  return { x: x ?? 0, y: y ?? 0 }
}

function readCategories(reading: Reading, value: unknown): void {
  const list = listOf(reading, value, 'categories', 'there is no list of categories')
  if (list.length > PLAN_CATEGORIES_MAX) {
    complain(reading, 'categories', tooMany(list.length, 'categories', PLAN_CATEGORIES_MAX))
  }
  list.forEach((entry, at) => {
    const category = recordOf(reading, entry, `categories[${at}]`, 'the category is not an object')
    if (category !== null) readCategory(reading, category, at)
  })
}

function readCategory(reading: Reading, value: Json, at: number): void {
  const place = `categories[${at}]`
  const name = typeof value.name === 'string' ? value.name : ''
  const badName = idFault(value.name)
  const first = reading.categoryByName.get(name)
  const color = readColor(value.color, DEFAULT_COLOR)
  if (badName !== null) complain(reading, place, `the category's name ${badName}`)
  else if (first === undefined) reading.categoryByName.set(name, at)
  else complain(reading, place, `category ${quote(name)} occurs again; it stood first at categories[${first}]`)
  if (color === null) complain(reading, place, `the colour of category ${quote(value.name)} is not #rgb or #rrggbb`)
  const accessible = value.accessible === true || ACCESSIBLE_NAME.test(name)
  reading.categories.push({ name, color: color ?? DEFAULT_COLOR, accessible })
}

function readZones(reading: Reading, value: unknown): void {
  const list = listOf(reading, value, 'zones', 'there is no list of zones')
  if (list.length > PLAN_ZONES_MAX) {
    complain(reading, 'zones', tooMany(list.length, 'zones', PLAN_ZONES_MAX))
  }
  list.forEach((entry, at) => {
    const zone = recordOf(reading, entry, `zones[${at}]`, 'the zone is not an object')
    if (zone !== null) readZone(reading, zone, at)
  })
}

function readZone(reading: Reading, value: Json, at: number): void {
  const place = `zones[${at}]`
  const name = readLabel(value.name ?? value.zone_id)
  if (name === null) complain(reading, place, "the zone's name is not a text, or too long")
  const origin = readPoint(value.position ?? ORIGIN)
  if (origin === null) complain(reading, place, "the zone's position is not two sensible numbers")
  const zone = { name: name ?? '', origin: origin ?? ORIGIN, at }
  listOf(reading, value.rows ?? [], place, "the zone's rows are not a list").forEach((entry, rowAt) => {
    const row = recordOf(reading, entry, `${place}.rows[${rowAt}]`, 'the row is not an object')
    if (row !== null) readRow(reading, row, zone, rowAt)
  })
  listOf(reading, value.areas ?? [], place, "the zone's areas are not a list").forEach((entry, areaAt) => {
    if (++reading.areaCount > PLAN_AREAS_MAX) return
    const { area, faults } = readArea(entry, zone.origin)
    for (const fault of faults) complain(reading, `${place}.areas[${areaAt}]`, fault)
    if (area !== null) reading.areas.push(area)
  })
}

function readRow(reading: Reading, value: Json, zone: Zone, at: number): void {
  const place = `zones[${zone.at}].rows[${at}]`
  const label = readLabel(value.row_number)
  if (label === null) complain(reading, place, "the row's number is not a text, or too long")
  const position = readPoint(value.position ?? ORIGIN)
  if (position === null) complain(reading, place, "the row's position is not two sensible numbers")
  const start = { x: zone.origin.x + (position?.x ?? 0), y: zone.origin.y + (position?.y ?? 0) }
  const parts = new Map<string, SourcePart>()
  listOf(reading, value.seats, place, 'the row has no list of seats').forEach((entry, seatAt) => {
    if (++reading.seatCount > PLAN_SEATS_MAX) return
    const seat = readSeat(reading, entry, start, [zone.at, at, seatAt])
    if (seat === null) return
    const ownLabel = readLabel((entry as Json).row_label) || label || ''
    const part = parts.get(ownLabel)
    if (part === undefined) parts.set(ownLabel, { zone: zone.name, label: ownLabel, seats: [seat] })
    else part.seats.push(seat)
  })
  for (const part of parts.values()) reading.parts.push(part)
}

/** A seat of a row that starts at `start`; null where it has faults. */
function readSeat(reading: Reading, value: unknown, start: PlanPoint, at: SeatPlace): SourceSeat | null {
  const before = reading.faultCount
  const fault = (message: string) => complain(reading, seatPlace(...at), message)
  if (!isRecord(value)) {
    fault('the seat is not an object')
    return null
  }
  const id = typeof value.seat_guid === 'string' ? value.seat_guid : ''
  const badId = idFault(value.seat_guid)
  const first = reading.firstPlaces.get(id)
  if (badId !== null) fault(`the seat's id ${badId}`)
  else if (first === undefined) reading.firstPlaces.set(id, at)
  else fault(`seat id ${quote(id)} occurs again; it stood first at ${seatPlace(...first)}`)
  const named = `seat ${quote(value.seat_guid)}:`
  const category = reading.categoryByName.get(value.category as string)
  if (category === undefined) fault(`${named} its category ${quote(value.category)} is not in the list`)
  const number = readLabel(value.seat_number)
  if (number === null || readLabel(value.row_label) === null) {
    fault(`${named} its number or row label is not a text, or too long`)
  }
  const position = readPoint(value.position)
  const x = readNumber(start.x + (position?.x ?? 0))
  const y = readNumber(start.y + (position?.y ?? 0))
  if (position === null || x === null || y === null) fault(`${named} its position is not two sensible numbers`)
  const radius = readLength(value.radius ?? DEFAULT_RADIUS)
  if (radius === null) fault(`${named} its radius is not a sensible number`)
  if (reading.faultCount > before) return null
  return { id, number: number!, numberKey: naturalKey(number!), category: category!, x: x!, y: y!, radius: radius! }
}

/** A value of the file as it may stand in a message. */
export function quote(value: unknown): string {
  if (typeof value !== 'string') return value === undefined ? '(none)' : `(${value === null ? 'null' : typeof value})`
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
}
