// What this visitor has chosen, holds, or has just booked; and what went wrong on the way.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Booking } from '../../client/client.ts'
import { announce } from '../announce.ts'
import { money, seatsWord } from '../format.ts'
import { useStore } from '../store.ts'
import { seatNames } from '../visit/seat-words.ts'
import type { Notice, Visit } from '../visit/visit.ts'
import { HoldCard } from './hold-card.tsx'

const LATE_MS = 1_500

export function YourSeats({ visit }: { visit: Visit }) {
  const { notice, confirmed, selected, working } = useStore(visit.state)
  const holds = useStore(visit.holds.all)
  const idle = holds.length === 0 && !confirmed
  return (
    <div class="yours">
      {notice && <NoticeCard visit={visit} notice={notice} />}
      {holds.map((hold) => (
        <HoldCard key={hold.id} visit={visit} hold={hold} />
      ))}
      {confirmed && <Confirmation visit={visit} booking={confirmed} />}
      {(idle || selected.length > 0) && <Selection visit={visit} selected={selected} />}
      {working && <Patience key={working} />}
    </div>
  )
}

/** Appears when an answer takes longer than one should have to wonder. */
function Patience() {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <p class="small" role="status">
      {late && 'No answer yet. This goes through as soon as the server can be reached.'}
    </p>
  )
}

function NoticeCard({ visit, notice }: { visit: Visit; notice: Notice }) {
  const { layout, show } = visit
  const { offer } = notice
  return (
    <div class="notice problem" role="alert">
      <p>{notice.text}</p>
      {offer && (
        <p>
          {offer.together ? 'You could take ' : 'Nearest, not all together: '}
          <strong>{seatNames(layout, offer.seats)}</strong> for {money(total(visit, offer.seats), show.currency)}.
        </p>
      )}
      <div class="actions">
        {offer && (
          <button type="button" class="primary" onClick={() => void visit.hold(offer.seats)}>
            Take these
          </button>
        )}
        <button type="button" onClick={() => visit.dismiss()}>
          Dismiss
        </button>
      </div>
    </div>
  )
}

function Selection({ visit, selected }: { visit: Visit; selected: readonly number[] }) {
  const { working } = useStore(visit.state)
  if (selected.length === 0) {
    return (
      <section class="card hint">
        <h2>Your seats</h2>
        <p>Choose seats on the map or in the list, or let us choose the best that are left.</p>
      </section>
    )
  }
  return (
    <section class="card" aria-labelledby="chosen">
      <h2 id="chosen">
        {seatsWord(selected.length)} chosen
        <span class="price">{money(total(visit, selected), visit.show.currency)}</span>
      </h2>
      <p>{seatNames(visit.layout, selected)}</p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          aria-disabled={working !== null}
          onClick={() => void visit.hold(selected)}
        >
          Hold
        </button>
        <button type="button" onClick={() => visit.clear()}>
          Clear
        </button>
      </div>
    </section>
  )
}

function Confirmation({ visit, booking }: { visit: Visit; booking: Booking }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const seats = booking.seats.flatMap((seat) => visit.layout.indexOf.get(seat.id) ?? [])
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    announce(`Booked ${seatNames(visit.layout, seats)}`)
  }, [])
  return (
    <section class="card good" data-testid="confirmation">
      <h2 ref={heading} tabIndex={-1}>
        Booked
        <span class="price">{money(booking.total, booking.currency)}</span>
      </h2>
      <p>{seatNames(visit.layout, seats)}</p>
      <p class="small">Booking {booking.id}</p>
      <div class="actions">
        <a class="button" href="#/bookings">
          My bookings
        </a>
        <button type="button" onClick={() => visit.dismiss()}>
          Done
        </button>
      </div>
    </section>
  )
}

function total(visit: Visit, seats: readonly number[]): number {
  return seats.reduce((sum, seat) => sum + visit.layout.prices[seat]!, 0)
}
