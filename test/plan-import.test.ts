// Reading a seating plan: what becomes of its parts, and every fault by its place.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PLAN_FAULTS_MAX, PLAN_SEATS_MAX, PLAN_TEXT_MAX } from '../core/limits.ts'
import { readPlan } from '../core/plan/plan-import.ts'
import { drawnPlan, fixturePlan, type PlanJson, planFrom, type SeatJson } from './support/small-plan.ts'

/** The faults of a drawn plan after `spoil`, as `place message`. */
function faultsAfter(spoil: (json: PlanJson, seats: SeatJson[]) => void): string[] {
  const json = drawnPlan('AAA\nAAA')
  spoil(json, json.zones[0]!.rows[0]!.seats)
  return readPlan(json).faults.map(({ place, message }) => `${place} ${message}`)
}

describe('a plan that is read', () => {
  const plan = planFrom(fixturePlan('chamber'))
  const at = (id: string) => plan.indexOf.get(id)!

  it('PLAN-1: has every seat at its absolute place, with its number, category, zone and row', () => {
    const seat = at('P-2-2')
    expect([plan.x[seat], plan.y[seat], plan.radius[seat]]).toEqual([85, 150, 14])
    expect(plan.numbers[seat]).toBe('2')
    expect(plan.categories[plan.categoryOf[seat]!]!.name).toBe('Rollstuhlplatz')
    expect(plan.zones[plan.zoneOf[seat]!]).toBe('Parkett')
    expect(plan.rows[plan.rowOf[seat]!]!.label).toBe('2')
    expect(plan.ids.map((id) => plan.indexOf.get(id))).toEqual([...plan.ids.keys()])
  })

  it('PLAN-1: has defaults for what the file leaves out', () => {
    expect(plan.radius[at('E-A-1')]).toBe(10)
    expect(plan.categories.map(({ color }) => color)).toEqual(['#aa33ff', '#43aa8b', '#999999', '#888888'])
    const { size, ...unsized } = drawnPlan('AAA')
    expect(planFrom(unsized)).toMatchObject({ width: 200, height: 150 })
    expect(size).toEqual({ width: 1000, height: 1000 })
  })

  it('PLAN-1: takes a seat’s own row label before the number of its row, and numbers as texts', () => {
    expect(plan.rows[plan.rowOf[at('P-X-7')]!]!.label).toBe('X')
    expect(plan.numbers[at('P-X-7')]).toBe('7')
    const json = drawnPlan('AAA')
    Object.assign(json.zones[0]!.rows[0]!.seats[0]!, { row_label: null })
    Object.assign(json.zones[0]!.rows[0]!.seats[1]!, { row_label: '' })
    expect(planFrom(json).rows.map(({ label }) => label)).toEqual(['1'])
  })

  it('PLAN-1: has its areas in the order they are painted, all absolute', () => {
    expect(plan.areas).toEqual([
      {
        ...{ shape: 'rectangle', x: 50, y: 30, rotation: 0, color: '#333333', borderColor: '#222222' },
        ...{ width: 300, height: 60, text: { text: 'B Ü H N E', x: 200, y: 60, color: '#ffffff', size: 20 } }
      },
      {
        ...{ shape: 'circle', x: 30, y: 50, rotation: 0, color: '#eeeeee', borderColor: '#cccccc' },
        ...{ radiusX: 8, radiusY: 8 }
      },
      {
        ...{ shape: 'ellipse', x: 40, y: 50, rotation: 15, color: '#dddddd', borderColor: '#dddddd' },
        ...{ radiusX: 8, radiusY: 4 }
      },
      {
        ...{ shape: 'polygon', x: 110, y: 120, rotation: 0, color: '#dddddd', borderColor: '#dddddd' },
        points: [
          { x: 110, y: 120 },
          { x: 120, y: 120 },
          { x: 110, y: 130 }
        ]
      },
      {
        ...{ shape: 'text', x: 15, y: 26, rotation: 0, color: '#dddddd', borderColor: '#dddddd' },
        text: { text: 'Exit', x: 16, y: 28, color: '#333333' }
      }
    ])
  })

  it('PLAN-9: knows accessible categories by their name or by their own word', () => {
    expect(plan.categories.map(({ accessible }) => accessible)).toEqual([false, false, true, true])
    expect(plan.ids.filter((_, seat) => plan.accessible[seat] === 1)).toEqual(['P-2-1', 'P-2-2'])
  })
})

describe('a plan with faults', () => {
  it('PLAN-2: is refused with all of them, by place, in the order of the file', () => {
    const { plan, faults } = readPlan(fixturePlan('faulty'))
    expect(plan).toBeNull()
    expect(faults.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      'size: width and height are not both sensible numbers',
      'categories[1]: category "Stalls" occurs again; it stood first at categories[0]',
      "categories[2]: the category's name is empty",
      'categories[3]: the colour of category "Red" is not #rgb or #rrggbb',
      'categories[4]: the category is not an object',
      "zones[0]: the zone's position is not two sensible numbers",
      'zones[0].rows[0].seats[1]: seat id "M-1-1" occurs again; it stood first at zones[0].rows[0].seats[0]',
      "zones[0].rows[0].seats[2]: the seat's id is empty",
      'zones[0].rows[0].seats[3]: seat "M-1-4": its category "Balcony" is not in the list',
      'zones[0].rows[0].seats[4]: seat "M-1-5": its position is not two sensible numbers',
      'zones[0].rows[0].seats[5]: seat "M-1-6": its position is not two sensible numbers',
      'zones[0].rows[0].seats[6]: seat "M-1-7": its number or row label is not a text, or too long',
      'zones[0].rows[0].seats[7]: seat "M-1-8": its radius is not a sensible number',
      'zones[0].rows[0].seats[8]: the seat is not an object',
      'zones[0].rows[1]: the row has no list of seats',
      'zones[0].rows[2]: the row is not an object',
      'zones[0].areas[0]: the area has a shape that does not exist',
      "zones[0].areas[1]: the area's size does not fit its shape, or is not sensible",
      "zones[0].areas[2]: the area's text is not a sensible one",
      'zones[0].areas[3]: the area is not an object',
      "zones[1]: the zone's rows are not a list",
      'zones[2]: the zone is not an object'
    ])
  })

  it('PLAN-3: names the place of a later seat with the same id, and where the first stands', () => {
    const json = drawnPlan('AAA\n\nAAA')
    json.zones[1]!.rows[0]!.seats[2]!.seat_guid = '1-1-2'
    expect(readPlan(json).faults).toEqual([
      {
        place: 'zones[1].rows[0].seats[2]',
        message: 'seat id "1-1-2" occurs again; it stood first at zones[0].rows[0].seats[1]'
      }
    ])
  })

  it('PLAN-2: that is no plan at all says so', () => {
    for (const json of [null, undefined, 7, 'plan', [], true]) {
      expect(readPlan(json).faults[0]).toEqual({ place: '', message: 'the plan is not an object' })
    }
    expect(readPlan({}).faults.map(({ place }) => place)).toEqual(['categories', 'zones', 'zones'])
    expect(readPlan({ categories: [], zones: [] }).faults).toEqual([
      { place: 'zones', message: 'the plan has no seats' }
    ])
  })

  it('PLAN-2: lists no more than its bound, and says how many more there are', () => {
    const faults = faultsAfter(({ zones }) => {
      zones[0]!.rows[0]!.seats = Array.from({ length: PLAN_FAULTS_MAX + 234 }, () => ({}) as SeatJson)
    })
    expect(faults).toHaveLength(PLAN_FAULTS_MAX + 1)
    expect(faults.at(-1)).toMatch(/^ and [\d,]+ more faults$/)
  })

  it('PLAN-14: has too many seats, zones, categories, areas or corners, or too long a text', () => {
    const many = <T>(length: number, item: T) => Array.from({ length }, () => item)
    const area = { shape: 'text', position: { x: 0, y: 0 } }
    const polygon = { ...area, shape: 'polygon', polygon: { points: many(10_001, { x: 0, y: 0 }) } }
    const cases: [string, (json: PlanJson, seats: SeatJson[]) => void][] = [
      [
        `at most ${PLAN_SEATS_MAX}`,
        ({ zones }, seats) => zones[0]!.rows.push({ ...zones[0]!.rows[0]!, seats: many(PLAN_SEATS_MAX, seats[0]!) })
      ],
      ['1001 zones', ({ zones }) => zones.push(...many(1_000, { ...zones[0]!, rows: [] }))],
      ['1003 categories', ({ categories }) => categories.push(...many(1_000, categories[0]!))],
      ['10001 areas', ({ zones }) => zones[0]!.areas.push(...many(10_001, area))],
      ['size does not fit', ({ zones }) => zones[0]!.areas.push(polygon)],
      [`longer than ${PLAN_TEXT_MAX}`, (_, seats) => (seats[0]!.seat_guid = 'x'.repeat(PLAN_TEXT_MAX + 1))],
      ['too long', ({ zones }) => (zones[0]!.name = 'x'.repeat(PLAN_TEXT_MAX + 1))],
      ['too long', ({ zones }) => (zones[0]!.rows[0]!.row_number = 'x'.repeat(PLAN_TEXT_MAX + 1))],
      ['its position', (_, seats) => (seats[0]!.position.x = 1_000_001)],
      ['its position', ({ zones }, seats) => (zones[0]!.position.x = seats[0]!.position.x = 600_000)]
    ]
    for (const [words, spoil] of cases) expect(faultsAfter(spoil).join('\n')).toContain(words)
  })

  it('PLAN-11: takes no harm from names that objects have by themselves', () => {
    const json = drawnPlan('AAA')
    for (const [at, name] of ['__proto__', 'constructor', 'toString'].entries()) {
      json.categories.push({ name, color: '#123456' })
      json.zones[0]!.rows[0]!.seats[at]!.category = name
      json.zones[0]!.rows[0]!.seats[at]!.seat_guid = name
    }
    const plan = planFrom(JSON.parse(JSON.stringify(json)))
    expect(plan.indexOf.get('__proto__')).toBe(0)
    expect(plan.categories[plan.categoryOf[0]!]!.name).toBe('__proto__')
    expect(faultsAfter((_, seats) => (seats[0]!.category = 'hasOwnProperty'))[0]).toContain('"hasOwnProperty"')
    expect(readPlan(JSON.parse('{"__proto__": {"zones": []}, "categories": []}')).plan).toBeNull()
    expect(({} as Record<string, unknown>).zones).toBeUndefined()
  })

  it('PLAN-11: refuses ids that cannot be written down and read back', () => {
    for (const id of ['a\u0000b', 'a\nb', '\ud800']) {
      expect(faultsAfter((_, seats) => (seats[0]!.seat_guid = id))[0]).toContain('cannot be written')
    }
  })

  it('PLAN-11: takes objects in the place of texts for what they are', () => {
    const trap = { toString: 1, valueOf: 2 } as unknown as string
    expect(faultsAfter((_, seats) => (seats[0]!.seat_guid = trap))[0]).toContain('is not a text')
    expect(faultsAfter(({ categories }) => (categories[0]!.name = trap))[0]).toContain('is not a text')
    expect(faultsAfter((_, seats) => (seats[0]!.category = trap))[0]).toContain('(object) is not in the list')
  })

  it('PLAN-11: survives nesting that no recursion does', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(readPlan({ name: deep, categories: deep, zones: [deep, { rows: deep, areas: [deep] }] }).plan).toBeNull()
  })

  it('PLAN-11: never throws, whatever stands in whichever place', () => {
    const places = placesOf(fixturePlan('chamber'))
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (path, value) => {
        const json = fixturePlan('chamber')
        setAt(json, path, value)
        const { plan, faults } = readPlan(json)
        expect(plan === null).toBe(faults.length > 0)
        if (plan !== null) expect(plan.seatCount).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 }
    )
  })
})

type Path = readonly (string | number)[]

/** The path to every value in `json`. */
function placesOf(json: unknown, path: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [path]
  const below = Object.entries(json).flatMap(([key, value]) => placesOf(value, [...path, key]))
  return path.length === 0 ? below : [path, ...below]
}

function setAt(json: unknown, path: Path, value: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], json)
  ;(parent as Record<string, unknown>)[path.at(-1)!] = value
}
