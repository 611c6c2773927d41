// The seats of one row as buttons: one stop for the Tab key, arrows from seat to seat.
import { useEffect, useRef, useState } from 'preact/hooks'
import { AVAILABLE, STATUS_NAMES } from '../../../core/plan/plan.ts'
import { categoryName, money } from '../format.ts'
import { useStore } from '../store.ts'
import { STATUS_WORDS } from '../visit/seat-words.ts'
import type { Visit } from '../visit/visit.ts'
import { useSeats } from './use-seats.ts'

export function SeatRow({ visit, row }: { visit: Visit; row: number }) {
  const { layout } = visit
  const { seats, label } = layout.rows[row]!
  const statuses = useSeats(visit.seats)
  const { selected, bookings } = useStore(visit.state)
  const holds = useStore(visit.holds.all)
  const group = useRef<HTMLFieldSetElement>(null)
  const [focused, setFocused] = useState(() =>
    Math.max(
      0,
      seats.findIndex((seat) => statuses[seat] === AVAILABLE)
    )
  )
  const own = new Set([...holds, ...bookings].flatMap((held) => held.seats.map((seat) => seat.id)))

  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowRight: focused + 1, ArrowLeft: focused - 1, Home: 0, End: seats.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const index = Math.max(0, Math.min(seats.length - 1, next))
    setFocused(index)
    group.current?.querySelectorAll('button')[index]?.focus()
  }
  return (
    <fieldset class="seat-row" aria-label={`Row ${label}`} ref={group} onKeyDown={onKeyDown}>
      {seats.map((seat, index) => (
        <SeatButton
          key={seat}
          visit={visit}
          seat={seat}
          status={statuses[seat]!}
          selected={selected.includes(seat)}
          own={statuses[seat] !== AVAILABLE && own.has(layout.ids[seat]!)}
          stop={index === focused}
          onFocus={() => setFocused(index)}
        />
      ))}
    </fieldset>
  )
}

interface SeatButtonProps {
  readonly visit: Visit
  readonly seat: number
  readonly status: number
  readonly selected: boolean
  readonly own: boolean
  readonly stop: boolean
  onFocus(): void
}

function SeatButton({ visit, seat, status, selected, own, stop, onFocus }: SeatButtonProps) {
  const { layout, show } = visit
  const button = useRef<HTMLButtonElement>(null)
  const category = layout.categories[layout.categoryOf[seat]!]!
  const state = own ? 'yours' : STATUS_WORDS[status]
  useEffect(() => {
    button.current?.style.setProperty('--seat', category.color)
  }, [category.color])
  return (
    <button
      type="button"
      ref={button}
      class="seat"
      data-seat={layout.ids[seat]}
      data-status={STATUS_NAMES[status]}
      data-own={own}
      tabIndex={stop ? 0 : -1}
      aria-pressed={selected}
      aria-disabled={status !== AVAILABLE}
      aria-label={`Seat ${layout.numbers[seat]}, ${categoryName(category, layout.categoryOf[seat]!)}, ${money(layout.prices[seat]!, show.currency)}, ${state}`}
      onFocus={onFocus}
      onClick={() => visit.toggle(seat)}
    >
      {layout.numbers[seat]}
    </button>
  )
}
