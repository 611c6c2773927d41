// Seats of a hold or a booking, each of which can be left out of what is done next; a single one cannot.
import type { PricedSeat } from '../../client/client.ts'
import { money } from '../format.ts'
import type { Layout } from '../visit/layout.ts'
import { seatNames } from '../visit/seat-words.ts'

export interface SeatChecklistProps {
  /** Null while it is not known: ids stand in for names. */
  readonly layout: Layout | null
  readonly seats: readonly PricedSeat[]
  readonly currency: string
  /** Ids that are left out. */
  readonly left: readonly string[]
  onChange(left: readonly string[]): void
}

export function SeatChecklist({ layout, seats, currency, left, onChange }: SeatChecklistProps) {
  const words = ({ id, price }: PricedSeat) => {
    const index = layout?.indexOf.get(id)
    return (
      <>
        <span>{layout && index !== undefined ? seatNames(layout, [index]) : id}</span>
        <span class="price">{money(price, currency)}</span>
      </>
    )
  }
  if (seats.length === 1) return <p class="check">{words(seats[0]!)}</p>
  return (
    <ul class="checklist">
      {seats.map((seat) => (
        <li key={seat.id}>
          <label class="check">
            <input
              type="checkbox"
              checked={!left.includes(seat.id)}
              onChange={(event) =>
                onChange(event.currentTarget.checked ? left.filter((id) => id !== seat.id) : [...left, seat.id])
              }
            />
            {words(seat)}
          </label>
        </li>
      ))}
    </ul>
  )
}
