// Small houses drawn as text, as seating-plan JSON and as plans: a line is a row, a letter a seat of that
// category (W is for wheelchairs), a space an aisle. Zones are separated by an empty line.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Plan } from '../../core/plan/plan.ts'
import { readPlan } from '../../core/plan/plan-import.ts'

const COLORS: Readonly<Record<string, string>> = { A: '#aa0000', B: '#00aa00', W: '#0000aa' }

export interface SeatJson {
  seat_guid: string
  seat_number: string
  category: string
  position: { x: number; y: number }
  row_label?: string
}
export interface RowJson {
  row_number: string
  position: { x: number; y: number }
  seats: SeatJson[]
}
export interface ZoneJson {
  name: string
  position: { x: number; y: number }
  rows: RowJson[]
  areas: unknown[]
}
export interface PlanJson {
  name: string
  size: { width: number; height: number }
  categories: { name: string; color: string }[]
  zones: ZoneJson[]
}

/** Seats 25 apart, rows 30, ids like `1-2-3`: zone, row, seat. */
export function drawnPlan(picture: string): PlanJson {
  const zones = picture.split('\n\n').map((zonePicture, zone) => ({
    name: `Zone ${zone + 1}`,
    position: { x: 0, y: 400 * zone },
    rows: zonePicture.split('\n').map((line, row) => drawnRow(line, `${zone + 1}-${row + 1}`, row)),
    areas: []
  }))
  const categories = Object.entries(COLORS).map(([name, color]) => ({
    name: name === 'W' ? 'Wheelchair' : name,
    color
  }))
  return { name: 'Drawn', size: { width: 1000, height: 1000 }, categories, zones }
}

function drawnRow(line: string, prefix: string, row: number): RowJson {
  const seats = [...line].flatMap((letter, at) => {
    if (letter === ' ') return []
    const category = letter === 'W' ? 'Wheelchair' : letter
    return [{ seat_guid: `${prefix}-${at + 1}`, seat_number: `${at + 1}`, category, position: { x: 25 * at, y: 0 } }]
  })
  return { row_number: String(row + 1), position: { x: 100, y: 100 + 30 * row }, seats }
}

/** A file of test/fixtures/plans. */
export function fixturePlan(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/plans', `${name}.pretix.json`), 'utf8'))
}

export function planFrom(json: unknown): Plan {
  const { plan, faults } = readPlan(json)
  if (plan === null) throw new Error(`${faults[0]?.place}: ${faults[0]?.message}`)
  return plan
}

export function houseOf(picture: string): Plan {
  return planFrom(drawnPlan(picture))
}

/** A seat that is free is '.', any other is taken, in the order of seat indexes; spaces and lines do not count. */
export function statusesOf(picture: string): Uint8Array {
  return Uint8Array.from([...picture.replace(/\s/g, '')], (letter, at) => (letter === '.' ? 0 : 1 + (at % 3)))
}

/** Houses of up to five rows with aisles, categories and places for wheelchairs, in one or two zones. */
export const arbitraryHouse: fc.Arbitrary<Plan> = fc
  .array(fc.array(fc.constantFrom('A', 'A', 'A', 'A', 'B', 'W', ' '), { minLength: 2, maxLength: 9 }), {
    minLength: 1,
    maxLength: 5
  })
  .map((rows) => rows.map((row) => `A${row.join('')}`))
  .chain((rows) => fc.integer({ min: 0, max: rows.length }).map((at) => [rows.slice(0, at), rows.slice(at)]))
  .map((zones) =>
    houseOf(
      zones
        .filter((rows) => rows.length > 0)
        .map((rows) => rows.join('\n'))
        .join('\n\n')
    )
  )

/** Statuses for a house, from all free to nearly all taken. */
export function arbitraryStatuses(seatCount: number): fc.Arbitrary<Uint8Array> {
  return fc
    .integer({ min: 0, max: 9 })
    .chain((tenths) =>
      fc
        .array(fc.integer({ min: 0, max: 9 }), { minLength: seatCount, maxLength: seatCount })
        .map((dice) => Uint8Array.from(dice, (die) => (die < tenths ? 1 + (die % 3) : 0)))
    )
}

/** Runs of neighbours, walked by `right` from seats that have no neighbour to the left. */
export function chainsOf(plan: Plan): number[][] {
  const chains: number[][] = []
  for (let first = 0; first < plan.seatCount; first++) {
    if (plan.left[first] !== -1) continue
    const chain: number[] = []
    for (let seat = first; seat !== -1; seat = plan.right[seat]!) chain.push(seat)
    chains.push(chain)
  }
  return chains
}

/** Every free seat without a free neighbour, by the words of the rule: what tests hold the core against. */
export function orphansAmong(
  plan: Plan,
  isFree: (seat: number) => boolean,
  rule: 'off' | 'lenient' | 'strict'
): number[] {
  const blocked = (neighbour: number) => (neighbour === -1 ? rule === 'strict' : !isFree(neighbour))
  return [...plan.ids.keys()].filter(
    (seat) => isFree(seat) && plan.accessible[seat] === 0 && blocked(plan.left[seat]!) && blocked(plan.right[seat]!)
  )
}

/** Orphans that are there after `seats` are taken and were not before. */
export function orphansMade(
  plan: Plan,
  statuses: Uint8Array,
  seats: readonly number[],
  rule: 'off' | 'lenient' | 'strict'
): number[] {
  const before = new Set(orphansAmong(plan, (seat) => statuses[seat] === 0, rule))
  const after = orphansAmong(plan, (seat) => statuses[seat] === 0 && !seats.includes(seat), rule)
  return after.filter((seat) => !before.has(seat))
}
