// Mending a seating plan: what is mended is said and accepted, all else stays.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PLAN_TEXT_MAX } from '../core/limits.ts'
import { fixPlan, readPlan } from '../core/plan/plan-import.ts'
import { drawnPlan, fixturePlan, type PlanJson, planFrom } from './support/small-plan.ts'

describe('a plan that is mended', () => {
  it('PLAN-10: has a suffix for every later seat of an id, one that no other seat has', () => {
    const json = drawnPlan('AAAAAA')
    const seats = json.zones[0]!.rows[0]!.seats
    for (const [at, id] of ['x', 'x', 'x-2', 'x', 'x-2', 'y'].entries()) seats[at]!.seat_guid = id
    const { fixed, changes } = fixPlan(json)
    expect(planFrom(fixed).ids).toEqual(['x', 'x-3', 'x-2', 'x-4', 'x-2-2', 'y'])
    expect(changes).toEqual([
      { place: 'zones[0].rows[0].seats[1]', message: 'seat id "x" occurred again and is now "x-3"' },
      { place: 'zones[0].rows[0].seats[3]', message: 'seat id "x" occurred again and is now "x-4"' },
      { place: 'zones[0].rows[0].seats[4]', message: 'seat id "x-2" occurred again and is now "x-2-2"' }
    ])
  })

  it('PLAN-10: lists the categories that seats name, in grey, and each once', () => {
    const json = drawnPlan('AAAA')
    json.categories.push({ name: 'A', color: '#ffffff' })
    json.zones[0]!.rows[0]!.seats[1]!.category = 'Loge'
    json.zones[0]!.rows[0]!.seats[3]!.category = 'Loge'
    const { fixed, changes } = fixPlan(json)
    const { categories, categoryOf } = planFrom(fixed)
    expect(categories.map(({ name, color }) => `${name} ${color}`)).toEqual([
      'A #aa0000',
      'B #00aa00',
      'Wheelchair #0000aa',
      'Loge #888888'
    ])
    expect([...categoryOf]).toEqual([0, 3, 0, 3])
    expect(changes).toEqual([
      { place: 'categories[3]', message: 'category "A" occurred again and was dropped' },
      { place: 'categories[3]', message: 'category "Loge" was added in grey: zones[0].rows[0].seats[1] is of it' }
    ])
  })

  it('PLAN-10: keeps every fault that it cannot mend', () => {
    const before = readPlan(fixturePlan('faulty')).faults.map(({ place }) => place)
    const { fixed, changes } = fixPlan(fixturePlan('faulty'))
    expect(changes.map(({ place }) => place)).toEqual(['categories[1]', 'categories[4]', 'zones[0].rows[0].seats[1]'])
    const after = readPlan(fixed).faults.map(({ place }) => place)
    const mended = ['categories[1]', 'zones[0].rows[0].seats[1]', 'zones[0].rows[0].seats[3]']
    // One category fewer stands before the others.
    const places = before
      .filter((place) => !mended.includes(place))
      .map((place) => place.replace(/(?<=^categories.)\d/, (at) => `${+at - 1}`))
    expect(after).toEqual(places)
  })

  it('PLAN-10: leaves the plan it was given as it is, and changes nothing in one without faults', () => {
    const json = drawnPlan('AAAA')
    json.zones[0]!.rows[0]!.seats[1]!.seat_guid = json.zones[0]!.rows[0]!.seats[0]!.seat_guid
    const copy = structuredClone(json)
    expect(fixPlan(json).fixed).not.toEqual(json)
    expect(json).toEqual(copy)
    const chamber = fixturePlan('chamber')
    expect(fixPlan(chamber)).toEqual({ fixed: chamber, changes: [] })
  })

  it('PLAN-10: makes no id that is too long', () => {
    const json = drawnPlan('AAA')
    for (const seat of json.zones[0]!.rows[0]!.seats) seat.seat_guid = 'x'.repeat(PLAN_TEXT_MAX)
    expect(fixPlan(json).changes).toEqual([])
    expect(readPlan(fixPlan(json).fixed).faults).toHaveLength(2)
  })

  it('PLAN-10, PLAN-11: never throws, and mends whatever ids and categories seats have', () => {
    const name = fc.constantFrom('a', 'a-2', 'a-2-2', 'b', '__proto__', 'constructor')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 12 }), fc.array(name), (pairs, listed) => {
        const json: PlanJson = drawnPlan('A'.repeat(pairs.length))
        json.categories = listed.map((category) => ({ name: category, color: '#123' }))
        json.zones[0]!.rows[0]!.seats.forEach((seat, at) => {
          const [id, category] = pairs[at]!
          Object.assign(seat, { seat_guid: id, category })
        })
        const { fixed, changes } = fixPlan(json)
        expect(planFrom(fixed).seatCount).toBe(pairs.length)
        expect(changes.length === 0).toBe(readPlan(json).plan !== null)
        expect(fixPlan(fixed).changes).toEqual([])
      })
    )
    for (const odd of [null, 7, [], {}, { zones: {} }, { zones: [1, { rows: [null, { seats: [3, {}] }] }] }]) {
      expect(readPlan(fixPlan(odd).fixed).plan).toBeNull()
    }
  })
})
