// Rows as the page reads them, and what it offers to someone whose seats have gone.
import { describe, expect, it } from 'vitest'
import { type Layout, readLayout } from '../gateway/web/visit/layout.ts'
import { nearestOffer } from '../gateway/web/visit/nearby.ts'
import { seatNames } from '../gateway/web/visit/seat-words.ts'

interface Place {
  readonly row: string
  readonly number: number
  readonly x: number
  readonly category?: string
}

/** Rows 20 apart, by their letter; all in one zone. */
function layoutOf(places: readonly Place[]): Layout {
  const seats = places.map(({ row, number, x, category = 'plain' }) => ({
    id: `${row}-${number}`,
    zone: 'Stalls',
    row,
    number: String(number),
    category,
    price: 1000,
    x,
    y: (row.charCodeAt(0) - 65) * 20,
    status: 'available' as const
  }))
  const category = (name: string) => ({ name, color: '#336699', price: 1000, accessible: name === 'accessible' })
  return readLayout({ categories: ['plain', 'dear', 'accessible'].map(category) }, { seats })
}

/** Seats 1 to `count`, 20 apart. */
function rowOf(row: string, count: number, category = 'plain'): Place[] {
  return Array.from({ length: count }, (_, at) => ({ row, number: at + 1, x: at * 20, category }))
}

/** Seats by id; those that start with `taken` ids are not free. */
function offer(layout: Layout, taken: readonly string[], wanted: readonly string[]) {
  const index = (id: string) => layout.indexOf.get(id)!
  const statuses = new Uint8Array(layout.seatCount)
  for (const id of taken) statuses[index(id)] = 1
  const found = nearestOffer(layout, statuses, wanted.map(index))
  return found && { seats: found.seats.map((seat) => layout.ids[seat]), together: found.together }
}

describe('an offer', () => {
  it('PAGE-11: is as many free seats next to each other, as near as there are', () => {
    const layout = layoutOf([...rowOf('A', 6), ...rowOf('B', 6)])
    expect(offer(layout, ['A-3', 'A-4'], ['A-3', 'A-4'])).toEqual({ seats: ['B-3', 'B-4'], together: true })
    const bTaken = ['B-1', 'B-2', 'B-3', 'B-4', 'B-5', 'B-6']
    expect(offer(layout, ['A-3', ...bTaken], ['A-2', 'A-3'])).toEqual({ seats: ['A-1', 'A-2'], together: true })
  })

  it('PAGE-11: leaves no single seat where there is another way', () => {
    expect(offer(layoutOf(rowOf('A', 6)), ['A-3'], ['A-3'])).toEqual({ seats: ['A-4'], together: true })
  })

  it('PAGE-11: does not reach across an aisle, nor over a taken seat', () => {
    const right = rowOf('A', 2).map((place) => ({ ...place, number: place.number + 3, x: place.x + 120 }))
    const layout = layoutOf([...rowOf('A', 3), ...right])
    expect(offer(layout, ['A-2'], ['A-2', 'A-3'])).toEqual({ seats: ['A-4', 'A-5'], together: true })
  })

  it('PAGE-11: prefers the kind that was wanted to a little less distance', () => {
    const layout = layoutOf([...rowOf('A', 3), ...rowOf('B', 3, 'dear'), ...rowOf('C', 3)])
    const a = ['A-1', 'A-2', 'A-3']
    expect(offer(layout, a, ['A-2'])).toEqual({ seats: ['C-1'], together: true })
  })

  it('PAGE-11: leaves accessible seats to those who chose such', () => {
    const layout = layoutOf([...rowOf('A', 2), ...rowOf('B', 2, 'accessible')])
    expect(offer(layout, ['A-1'], ['A-1', 'A-2'])).toBeNull()
    expect(offer(layout, ['B-1'], ['B-1'])).toEqual({ seats: ['B-2'], together: true })
  })

  it('PAGE-11: is split when no block is left, and none when too few seats are', () => {
    const layout = layoutOf(rowOf('A', 5))
    const taken = ['A-2', 'A-4']
    expect(offer(layout, taken, ['A-4', 'A-5'])).toEqual({ seats: ['A-5', 'A-3'], together: false })
    expect(offer(layout, [...taken, 'A-1', 'A-3'], ['A-4', 'A-5'])).toBeNull()
  })
})

describe('rows', () => {
  it('PAGE-12: pieces of one label are one row, in walking order, whatever the order they came in', () => {
    const places = [...rowOf('A', 4), { row: 'A', number: 5, x: 140 }]
    const layout = layoutOf([places[4]!, places[1]!, places[0]!, places[3]!, places[2]!])
    expect(layout.rows).toHaveLength(1)
    expect(layout.rows[0]!.seats.map((seat) => layout.numbers[seat])).toEqual(['1', '2', '3', '4', '5'])
  })

  it('PAGE-12: seats are named by row, runs of numbers drawn together', () => {
    const layout = layoutOf([...rowOf('A', 6), ...rowOf('B', 2)])
    const named = (ids: readonly string[]) =>
      seatNames(
        layout,
        ids.map((id) => layout.indexOf.get(id)!)
      )
    expect(named(['A-3'])).toBe('Row A, seat 3')
    expect(named(['A-6', 'A-2', 'A-1', 'A-3', 'B-1', 'B-2'])).toBe('Row A, seats 1–3, 6; row B, seats 1, 2')
  })
})
