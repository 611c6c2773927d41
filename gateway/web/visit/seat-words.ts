// Seats in words: `Stalls, row C, seats 11–13`.
import type { Layout } from './layout.ts'

/** By status. */
export const STATUS_WORDS = ['available', 'held by someone', 'sold', 'not for sale'] as const

/** Several seats, by row, runs of numbers drawn together. */
export function seatNames(layout: Layout, seats: readonly number[]): string {
  const byRow = new Map<number, number[]>()
  for (const seat of seats) {
    const row = layout.rowOf[seat]!
    byRow.set(row, [...(byRow.get(row) ?? []), seat])
  }
  const names = Array.from(byRow, ([row, members]) => {
    const numbers = members.map((seat) => layout.numbers[seat]!)
    const seatPart = members.length === 1 ? `seat ${numbers[0]}` : `seats ${runs(numbers)}`
    return [rowName(layout, row), seatPart].filter(Boolean).join(', ')
  })
  const text = names.join('; ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function rowName(layout: Layout, row: number): string {
  const { zone, label } = layout.rows[row]!
  const zoneName = layout.zones.length > 1 ? layout.zones[zone]!.name : ''
  return [zoneName, label && `row ${label}`].filter(Boolean).join(', ')
}

/** `1, 2, 3, 5` becomes `1–3, 5`. */
function runs(numbers: readonly string[]): string {
  const sorted = numbers.toSorted((a, b) => Number(a) - Number(b))
  const parts: string[] = []
  for (let start = 0; start < sorted.length; ) {
    let end = start
    while (end + 1 < sorted.length && Number(sorted[end + 1]) === Number(sorted[end]) + 1) end++
    parts.push(end > start + 1 ? `${sorted[start]}–${sorted[end]}` : sorted.slice(start, end + 1).join(', '))
    start = end + 1
  }
  return parts.join(', ')
}
