// What this visitor has booked, and the way to give it back.
import { useEffect, useState } from 'preact/hooks'
import type { Booking, Client, Show } from '../../client/client.ts'
import { getSeats, getShow, listBookings, userId } from '../api.ts'
import { day, explain, money, seatsWord } from '../format.ts'
import { type Layout, readLayout } from '../visit/layout.ts'
import { perform } from '../visit/writes.ts'
import { Pages } from './pages.tsx'
import { SeatChecklist } from './seat-checklist.tsx'

export function BookingsPage({ client }: { client: Client }) {
  return (
    <Pages
      title="My bookings"
      empty="You have not booked anything yet."
      class="bookings"
      load={listBookings}
      keyOf={(booking: Booking) => booking.id}
    >
      {(booking) => <BookingCard client={client} booking={booking} />}
    </Pages>
  )
}

function BookingCard({ client, booking: listed }: { client: Client; booking: Booking }) {
  const [booking, setBooking] = useState(listed)
  const [left, setLeft] = useState<readonly string[]>([])
  const [step, setStep] = useState<'idle' | 'asking' | 'working'>('idle')
  const [problem, setProblem] = useState('')
  const about = useShowLayout(booking.showId)
  const chosen = booking.seats.filter((seat) => !left.includes(seat.id))
  const cancel = async () => {
    setStep('working')
    const part = left.length > 0 ? { seats: chosen.map((seat) => seat.id) } : {}
    const write = { op: 'cancel', show: booking.showId, booking: booking.id, ...part } as const
    const answer = await perform(client, write, userId())
    setStep('idle')
    setProblem(answer.ok ? '' : explain(answer.error))
    if (!answer.ok || !answer.booking) return
    setBooking(answer.booking)
    setLeft([])
  }
  const over = booking.status === 'cancelled'
  return (
    <section class={over ? 'card over' : 'card'} data-testid={`booking-${booking.id}`} data-status={booking.status}>
      <h2>
        {about?.show.title ?? booking.showId}
        <span class="price">{over ? 'Cancelled' : money(booking.total, booking.currency)}</span>
      </h2>
      <p class="small">
        {about && day(about.show.startsAt)} · Booking {booking.id}
      </p>
      {!over && (
        <SeatChecklist
          layout={about?.layout ?? null}
          seats={booking.seats}
          currency={booking.currency}
          left={left}
          onChange={setLeft}
        />
      )}
      {problem && (
        <p class="notice problem" role="alert">
          {problem}
        </p>
      )}
      {!over && (
        <CancelActions seats={chosen.length} whole={left.length === 0} step={step} setStep={setStep} cancel={cancel} />
      )}
    </section>
  )
}

interface CancelActionsProps {
  readonly seats: number
  readonly whole: boolean
  readonly step: 'idle' | 'asking' | 'working'
  setStep(step: 'idle' | 'asking'): void
  cancel(): void
}

/** Asks once more before anything is given back. */
function CancelActions({ seats, whole, step, setStep, cancel }: CancelActionsProps) {
  if (step === 'idle') {
    return (
      <div class="actions">
        <button type="button" aria-disabled={seats === 0} onClick={() => seats > 0 && setStep('asking')}>
          {whole ? 'Cancel booking' : `Cancel ${seatsWord(seats)}`}
        </button>
      </div>
    )
  }
  return (
    <fieldset class="actions" aria-label="Cancel for good?">
      <button type="button" class="danger" aria-disabled={step === 'working'} onClick={cancel}>
        Yes, cancel
      </button>
      <button type="button" ref={(button) => button?.focus()} onClick={() => setStep('idle')}>
        Keep
      </button>
    </fieldset>
  )
}

/** The show's title and the names of its seats; null until they are there. */
function useShowLayout(id: string): { show: Show; layout: Layout } | null {
  const [about, setAbout] = useState<{ show: Show; layout: Layout } | null>(null)
  useEffect(() => {
    Promise.all([getShow(id), getSeats(id)]).then(
      ([show, list]) => setAbout({ show, layout: readLayout(show, list) }),
      () => {}
    )
  }, [id])
  return about
}
