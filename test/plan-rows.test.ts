// Rows, neighbours and seat indexes: from where seats are and what they are called, never from the order of the file.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../core/plan/plan.ts'
import { sortedNaturally } from '../core/plan/plan-natural-order.ts'
import { demoHall } from '../gateway/demo/demo-plans.ts'
import {
  arbitraryHouse,
  drawnPlan,
  fixturePlan,
  houseOf,
  type PlanJson,
  planFrom,
  type SeatJson
} from './support/small-plan.ts'

/** Rows as text: `|` is an aisle. */
function rowsOf(plan: Plan): string[] {
  return plan.rows.map(({ label, seats }) => {
    const walk = [...seats].map((seat) => `${plan.numbers[seat]}${plan.right[seat]! < 0 ? '|' : ' '}`)
    return `${label}: ${walk.join('')}`
  })
}

/** One row whose seats stand at `places`, numbered in that order but listed backwards. */
function rowAt(places: readonly (readonly [number, number])[]): PlanJson {
  const json = drawnPlan('A')
  const seats = places.map(
    ([x, y], at): SeatJson => ({
      seat_guid: `s${at + 1}`,
      seat_number: `${at + 1}`,
      category: 'A',
      position: { x, y }
    })
  )
  json.zones[0]!.rows[0]!.seats = seats.toReversed()
  return json
}

/** Several row entries of one label, each a list of places. */
function partsAt(label: string, ...parts: readonly (readonly (readonly [number, number])[])[]): PlanJson {
  const json = drawnPlan('A')
  let number = 0
  json.zones[0]!.rows = parts.map((places) => ({
    row_number: label,
    position: { x: 0, y: 0 },
    seats: places.map(([x, y]) => {
      number++
      return { seat_guid: `s${number}`, seat_number: `${number}`, category: 'A', position: { x, y } }
    })
  }))
  return json
}

function along(count: number, place: (at: number) => readonly [number, number]): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, at) => place(at))
}

/** `count` places on a circle of `radius`, from `from` to `to` in degrees: 0 is at the left, 90 at the top. */
function circle(count: number, radius: number, from: number, to: number): (readonly [number, number])[] {
  return along(count, (at) => {
    const angle = ((from + ((to - from) * at) / (count - 1)) * Math.PI) / 180
    return [500 - radius * Math.cos(angle), 500 - radius * Math.sin(angle)]
  })
}

function numbers(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at).join(' ')
}

describe('rows', () => {
  it('PLAN-5: parts of one label that line up are one row, with an aisle between them', () => {
    expect(rowsOf(planFrom(fixturePlan('chamber')))).toEqual(['A: 1|', '2: 1 2 3|4 5|', '10: 1 2|', 'X: 7|'])
  })

  it('PLAN-5: parts that bend away at the sides are one row too', () => {
    const left = along(4, (at) => [100 + 20 * at, 200 - 15 * at])
    const middle = along(5, (at) => [240 + 25 * at, 130])
    const right = along(4, (at) => [420 + 20 * at, 155 + 15 * at])
    expect(rowsOf(planFrom(partsAt('AA', right, left, middle)))).toEqual(['AA: 5 6 7 8|9 10 11 12 13|1 2 3 4|'])
  })

  it('PLAN-5: parts that stand behind each other are rows of their own, the upper one first', () => {
    const stalls = along(5, (at) => [100 + 25 * at, 400])
    const balcony = along(5, (at) => [100 + 25 * at, 100])
    const close = along(5, (at) => [110 + 25 * at, 430])
    expect(rowsOf(planFrom(partsAt('A', stalls, close, balcony)))).toEqual([
      'A: 11 12 13 14 15|',
      'A: 1 2 3 4 5|',
      'A: 6 7 8 9 10|'
    ])
  })

  it('PLAN-5: parts without a label are not joined, and an aisle may not be endless', () => {
    const left = along(3, (at) => [100 + 25 * at, 100])
    const right = along(3, (at) => [250 + 25 * at, 100])
    const far = along(3, (at) => [900 + 25 * at, 100])
    expect(rowsOf(planFrom(partsAt('', left, right)))).toEqual([': 1 2 3|', ': 4 5 6|'])
    expect(rowsOf(planFrom(partsAt('A', left, right, far)))).toEqual(['A: 1 2 3|4 5 6|', 'A: 7 8 9|'])
  })

  it('PLAN-6: neighbours stand at most 1.6 spacings of their row apart, from left to right', () => {
    const plan = planFrom(rowAt([0, 20, 40, 60, 91, 124].map((x) => [x, 0])))
    expect(rowsOf(plan)).toEqual(['1: 1 2 3 4 5|6|'])
    expect([...plan.left]).toEqual([-1, 0, 1, 2, 3, -1])
    expect([...plan.right]).toEqual([1, 2, 3, 4, -1, -1])
  })

  it('PLAN-6: two seats of a row are neighbours only if they stand as close as seats of the house do', () => {
    const json = drawnPlan('AAAAA\nA         A\nAA')
    expect(rowsOf(planFrom(json))).toEqual(['1: 1 2 3 4 5|', '2: 1|11|', '3: 1 2|'])
  })

  it('PLAN-6: an upright row is walked downwards', () => {
    expect(rowsOf(planFrom(rowAt(along(5, (at) => [100 + at, 100 + 25 * at]))))).toEqual(['1: 1 2 3 4 5|'])
  })

  it('PLAN-7: a row is walked along its curve, up to a full ring', () => {
    expect(rowsOf(planFrom(rowAt(circle(20, 200, 0, 150))))).toEqual([`1: ${numbers(1, 20)}|`])
    expect(rowsOf(planFrom(rowAt(circle(30, 200, -40, 220))))).toEqual([`1: ${numbers(1, 30)}|`])
    // The arms of a horseshoe stand upright: by x alone their seats would be mixed up.
    const arms = along(8, (at) => [100 + (at % 2), 500 - 25 * at])
    const others = along(8, (at) => [400 - (at % 2), 325 + 25 * at])
    const bow = circle(15, 150, 8, 172).map(([x, y]): [number, number] => [x - 250, y - 200])
    expect(rowsOf(planFrom(rowAt([...arms, ...bow, ...others])))).toEqual([`1: ${numbers(1, 31)}|`])
    const ring = planFrom(rowAt(circle(41, 200, 0, 360).slice(0, 40)))
    expect([...ring.right].filter((right) => right === -1)).toHaveLength(1)
  })

  it('PLAN-6, PLAN-7: seats of a row have consecutive indexes, and left and right are each other’s inverse', () => {
    fc.assert(
      fc.property(arbitraryHouse, (plan) => {
        expect(plan.rows.flatMap(({ seats }) => [...seats])).toEqual([...plan.ids.keys()])
        for (let seat = 0; seat < plan.seatCount; seat++) {
          const right = plan.right[seat]!
          expect(right === -1 || (right === seat + 1 && plan.left[right] === seat)).toBe(true)
          expect(right === -1 || plan.rowOf[right] === plan.rowOf[seat]).toBe(true)
          expect(plan.rows[plan.rowOf[seat]!]!.zone).toBe(plan.zoneOf[seat])
        }
      })
    )
  })
})

describe('seat indexes', () => {
  it('PLAN-4: are the same in whatever order the file lists zones, rows and seats', () => {
    for (const json of [fixturePlan('chamber') as PlanJson, demoHall() as unknown as PlanJson]) {
      const { areas: _, ...expected } = planFrom(json)
      fc.assert(
        fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (dice) => {
          const { areas: __, ...plan } = planFrom(shuffled(json, () => dice.next().value))
          expect(plan).toEqual(expected)
        }),
        { numRuns: 25 }
      )
    }
  })

  it('PLAN-4: go by zone, row label and place along the row, labels in natural order', () => {
    const json = drawnPlan('AA\nAA\nAA\n\nAA')
    json.zones[0]!.name = 'Zone 10'
    json.zones[1]!.name = 'Zone 9'
    json.zones[0]!.rows.forEach((row, at) => {
      row.row_number = ['AA', 'B', '3'][at]!
    })
    expect(planFrom(json).ids).toEqual(['2-1-1', '2-1-2', '1-3-1', '1-3-2', '1-2-1', '1-2-2', '1-1-1', '1-1-2'])
  })

  it('PLAN-4: zones of the same name are one zone', () => {
    const json = drawnPlan('AA\n\nAA')
    json.zones[1]!.name = 'Zone 1'
    expect(planFrom(json).zones).toEqual(['Zone 1'])
  })

  it('PLAN-12: natural order counts, and puts row Z before row AA', () => {
    const labels = ['10', '9', 'Row 10', 'Row 2', 'AA', 'Z', 'a', 'Stalls', '007', '7', 'A1', 'A01', '', 'Ä']
    const sorted = ['', '007', '7', '9', '10', 'a', 'A01', 'A1', 'Z', 'AA', 'Row 2', 'Row 10', 'Stalls', 'Ä']
    expect(sortedNaturally(labels)).toEqual(sorted)
  })

  it('PLAN-12: natural order is the same whatever the order before', () => {
    const label = fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z ]{0,3}[0-9]{0,3}[a-z]{0,2}$/))
    fc.assert(
      fc.property(fc.uniqueArray(label), (labels) => {
        expect(sortedNaturally(labels.toReversed())).toEqual(sortedNaturally(labels))
      })
    )
  })
})

function shuffled(json: PlanJson, random: () => number): PlanJson {
  const shuffle = <T>(items: readonly T[]) =>
    items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key)
  const zones = shuffle(json.zones).map(({ item: zone }) => {
    const rows = shuffle(zone.rows).map(({ item: row }) => ({
      ...row,
      seats: shuffle(row.seats).map(({ item }) => item)
    }))
    return { ...zone, rows }
  })
  return { ...json, zones }
}

describe('sight', () => {
  function bySight(plan: Plan): string[] {
    return plan.ids.toSorted((a, b) => plan.sight[plan.indexOf.get(a)!]! - plan.sight[plan.indexOf.get(b)!]!)
  }

  function withAreas(picture: string, ...areas: unknown[]): Plan {
    const json = drawnPlan(picture)
    json.zones[0]!.areas.push(...areas)
    return planFrom(json)
  }

  function rectangle(x: number, y: number, text: string, width = 300): unknown {
    const size = { width, height: 60 }
    return { shape: 'rectangle', position: { x, y }, rotation: 0, rectangle: size, text: { text } }
  }

  it('PLAN-8: is a rank of all seats', () => {
    fc.assert(
      fc.property(arbitraryHouse, (plan) => {
        expect([...plan.sight].sort((a, b) => a - b)).toEqual([...plan.ids.keys()])
      })
    )
  })

  it('PLAN-8: puts front and centre first, the left one of two that mirror each other', () => {
    expect(bySight(houseOf('AAAAA\nAAAAA')).slice(0, 6)).toEqual(['1-1-3', '1-1-2', '1-1-4', '1-1-1', '1-1-5', '1-2-3'])
  })

  it('PLAN-8: knows the stage by what stands on it, spaced out or in other words, and takes the largest', () => {
    const below = bySight(withAreas('AAA\nAAA\nAAA', rectangle(0, 400, 'S T A G E')))
    expect(below[0]).toBe('1-3-2')
    for (const text of ['Screen 1', 'PODIUM', 'Bühne', 'Panggung', 'layar', 'Main stage']) {
      expect(bySight(withAreas('AAA\nAAA\nAAA', rectangle(-12.5, 400, text)))).toEqual(below)
    }
    const arrow = { shape: 'text', position: { x: 125, y: 0 }, rotation: 0, text: { text: 'To the stage' } }
    expect(bySight(withAreas('AAA\nAAA\nAAA', arrow, rectangle(0, 400, 'Stage')))[0]).toBe('1-3-2')
    expect(bySight(withAreas('AAA\nAAA\nAAA', rectangle(0, 400, 'Bar')))[0]).toBe('1-1-2')
  })

  it('PLAN-8: turns the stage with its area, and finds the middle of a polygon', () => {
    // Turned by a quarter around its corner the rectangle reaches down and to the left of it.
    const turned = { ...(rectangle(40, 20, 'Stage', 220) as object), rotation: 90 }
    expect(bySight(withAreas('AAA\nAAA\nAAA', turned))[0]).toBe('1-2-1')
    const corners = [
      { x: 0, y: 0 },
      { x: 60, y: 0 },
      { x: 60, y: 220 },
      { x: 0, y: 220 }
    ]
    const polygon = {
      shape: 'polygon',
      position: { x: 250, y: 20 },
      text: { text: 'Stage' },
      polygon: { points: corners }
    }
    expect(bySight(withAreas('AAA\nAAA\nAAA', polygon))[0]).toBe('1-2-3')
  })

  it('PLAN-8: in the round, only the distance counts', () => {
    const json = rowAt(circle(41, 200, 0, 360).slice(0, 40))
    json.zones[0]!.areas.push({
      shape: 'circle',
      position: { x: 600, y: 600 },
      circle: { radius: 50 },
      text: { text: 'Stage' }
    })
    const plan = planFrom(json)
    expect([...plan.sight]).toEqual([...plan.ids.keys()])
  })
})
