// Plan import under any house: its order does not count, what is spoilt is named where it is spoilt, and what can be
// mended is mended once and for all.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixPlan, readPlan } from '../core/plan/plan-import.ts'
import { type PlanJson, planFrom, type RowJson, type SeatJson, type ZoneJson } from './support/small-plan.ts'

const label = fc.oneof(
  fc.constantFrom('A', 'B', '1', '2', '10', 'AA', ''),
  fc.string({ maxLength: 5 }).map((text) => text.replaceAll(/\p{Cc}/gu, '').trim())
)
const place = fc.oneof(
  fc.record({ x: fc.integer({ min: -40, max: 400 }), y: fc.integer({ min: -40, max: 400 }) }),
  // Several seats at one place.
  fc.constantFrom({ x: 0, y: 0 }, { x: 25, y: 0 })
)
const CATEGORIES = ['Front', 'Rear', 'Wheelchair']

/** A row of seats on a line or anywhere, with or without own row labels. */
const row: fc.Arbitrary<RowJson> = fc
  .record({
    row_number: label,
    position: place,
    step: fc.integer({ min: 1, max: 60 }),
    seats: fc.array(
      fc.record({
        seat_number: label,
        category: fc.constantFrom(...CATEGORIES),
        stray: fc.option(place, { freq: 5 }),
        row_label: fc.option(label, { freq: 6 })
      }),
      { minLength: 1, maxLength: 7 }
    )
  })
  .map(({ row_number, position, step, seats }) => ({
    row_number,
    position,
    seats: seats.map(({ seat_number, category, stray, row_label }, at) => ({
      seat_guid: '',
      seat_number,
      category,
      position: stray ?? { x: at * step, y: 0 },
      ...(row_label !== null && { row_label })
    }))
  }))

/** Any sound plan; seat ids are numbered, so that a permutation can be told. */
const house: fc.Arbitrary<PlanJson> = fc
  .array(fc.record({ name: label, position: place, rows: fc.array(row, { maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 3
  })
  .filter((zones) => zones.some(({ rows }) => rows.length > 0))
  .map((zones) => {
    let count = 0
    for (const { rows } of zones) for (const { seats } of rows) for (const seat of seats) seat.seat_guid = `s${++count}`
    const json = zones.map((zone) => ({ ...zone, areas: [] }))
    const categories = CATEGORIES.map((name) => ({ name, color: '#123456' }))
    return { name: 'Any', size: { width: 500, height: 500 }, categories, zones: json }
  })

interface Seen {
  readonly json: PlanJson
  readonly seats: readonly { readonly seat: SeatJson; readonly place: string }[]
}

function seatsOf(json: PlanJson): Seen['seats'] {
  return json.zones.flatMap(({ rows }, zone) =>
    rows.flatMap(({ seats }, row) =>
      seats.map((seat, at) => ({ seat, place: `zones[${zone}].rows[${row}].seats[${at}]` }))
    )
  )
}

function shuffled<T>(items: readonly T[], dice: () => number): T[] {
  return items
    .map((item) => ({ item, key: dice() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

/** Faults by the name of the thing that is spoilt, each spoiling one seat. */
const SPOILS: Readonly<Record<string, (seat: SeatJson) => void>> = {
  id: (seat) => Object.assign(seat, { seat_guid: '  ' }),
  category: (seat) => Object.assign(seat, { category: 'Nowhere' }),
  position: (seat) => Object.assign(seat, { position: { x: Number.NaN, y: 0 } }),
  number: (seat) => Object.assign(seat, { seat_number: ['1'] }),
  label: (seat) => Object.assign(seat, { row_label: {} }),
  radius: (seat) => Object.assign(seat, { radius: -1 })
}

describe('any plan', () => {
  it('PLAN-4: is the same in whatever order zones, rows and seats are listed', () => {
    fc.assert(
      fc.property(house, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (json, stream) => {
        const dice = () => stream.next().value as number
        const zones = shuffled(json.zones, dice).map((zone): ZoneJson => {
          const rows = shuffled(zone.rows, dice).map((row) => ({ ...row, seats: shuffled(row.seats, dice) }))
          return { ...zone, rows }
        })
        expect(planFrom({ ...json, zones })).toEqual(planFrom(json))
      }),
      { numRuns: 300 }
    )
  })

  it('PLAN-1, PLAN-6: has every seat once, at its place, in a row of its zone, between its neighbours', () => {
    fc.assert(
      fc.property(house, (json) => {
        const plan = planFrom(json)
        const seats = seatsOf(json).map(({ seat }) => seat)
        expect([...plan.ids].sort()).toEqual(seats.map(({ seat_guid }) => seat_guid).sort())
        for (const { seat_guid, category, seat_number } of seats) {
          const seat = plan.indexOf.get(seat_guid)!
          expect(plan.categories[plan.categoryOf[seat]!]!.name).toBe(category)
          expect(plan.numbers[seat]).toBe(seat_number)
          expect(plan.rows[plan.rowOf[seat]!]!.zone).toBe(plan.zoneOf[seat])
          const right = plan.right[seat]!
          if (right >= 0) expect([plan.left[right], plan.rowOf[right]]).toEqual([seat, plan.rowOf[seat]])
        }
        expect([...plan.sight].sort((a, b) => a - b)).toEqual([...plan.ids.keys()])
      }),
      { numRuns: 300 }
    )
  })

  it('PLAN-2, PLAN-3: that is spoilt is refused with a fault at every spoilt place, in order, and at no other', () => {
    const spoil = fc.tuple(fc.nat(), fc.constantFrom(...Object.keys(SPOILS)))
    fc.assert(
      fc.property(house, fc.array(spoil, { minLength: 1, maxLength: 5 }), fc.option(fc.nat()), (json, list, twin) => {
        const seats = seatsOf(json)
        const spoilt = new Set<string>()
        for (const [at, what] of list) {
          const { seat, place } = seats[at % seats.length]!
          SPOILS[what]!(seat)
          spoilt.add(place)
        }
        // A second seat of one id is a fault of the later one.
        const first = seats.findIndex(({ seat }) => seat.seat_guid !== '  ')
        const other = twin === null || first < 0 ? 0 : first + 1 + (twin % seats.length)
        const double = seats[other]
        if (twin !== null && first >= 0 && double !== undefined && double.seat.seat_guid !== '  ') {
          double.seat.seat_guid = seats[first]!.seat.seat_guid
          spoilt.add(double.place)
        }
        const { plan, faults } = readPlan(json)
        expect(plan).toBeNull()
        expect([...new Set(faults.map(({ place }) => place))]).toEqual(
          seats.map(({ place }) => place).filter((place) => spoilt.has(place))
        )
      }),
      { numRuns: 500 }
    )
  })

  it('PLAN-10: whose ids and categories are spoilt is sound after mending, and needs no second one', () => {
    const id = fc.constantFrom('s1', 's1-2', 's2', 's2-2', 'x', '__proto__')
    const category = fc.constantFrom('Front', 'Loge', 'Rear', 'toString')
    const spoilt = fc.array(fc.tuple(fc.nat(), fc.option(id), fc.option(category)), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(house, spoilt, fc.subarray(CATEGORIES), (json, list, twice) => {
        const seats = seatsOf(json)
        for (const [at, id, category] of list) {
          const { seat } = seats[at % seats.length]!
          seat.seat_guid = id ?? seat.seat_guid
          seat.category = category ?? seat.category
        }
        json.categories.push(...twice.map((name) => ({ name, color: '#654321' })))
        const before = structuredClone(json)
        const { fixed, changes } = fixPlan(json)
        expect(json).toEqual(before)
        const plan = planFrom(fixed)
        expect(plan.seatCount).toBe(seats.length)
        expect(fixPlan(fixed)).toEqual({ fixed, changes: [] })
        // What had no fault keeps its id and category.
        const ids = new Set<string>()
        for (const { seat } of seats) {
          if (!ids.has(seat.seat_guid)) expect(plan.indexOf.has(seat.seat_guid)).toBe(true)
          ids.add(seat.seat_guid)
        }
        const faulty = new Set(readPlan(json).faults.map(({ place }) => place))
        const changed = changes.map(({ place }) => place).filter((place) => place.startsWith('zones'))
        for (const place of changed) expect(faulty).toContain(place)
      }),
      { numRuns: 300 }
    )
  })
})
