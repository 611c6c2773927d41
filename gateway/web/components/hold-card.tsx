// Seats that are held: how long still, and what to do with them.
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.ts'
import { serverNow } from '../api.ts'
import { clockTime, money, seatsWord } from '../format.ts'
import { useStore } from '../store.ts'
import type { OwnHold } from '../visit/own-holds.ts'
import type { Visit } from '../visit/visit.ts'
import { SeatChecklist } from './seat-checklist.tsx'

/** Seconds left at which the time is said aloud. */
const SPOKEN_AT = new Set([120, 60, 30, 10])

export function HoldCard({ visit, hold }: { visit: Visit; hold: OwnHold }) {
  const { show } = visit
  const { working } = useStore(visit.state)
  const [left, setLeft] = useState<readonly string[]>([])
  const heading = useRef<HTMLHeadingElement>(null)
  const taken = hold.seats.filter((seat) => !left.includes(seat.id))
  const extendable = hold.extended < show.policy.extensionsMax
  useEffect(() => {
    // The button that made this hold is gone, and the focus with it.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
    announce(`${seatsWord(hold.seats.length)} held for ${clockTime(leftMs(hold))} minutes`)
  }, [])
  return (
    <section class="card held" data-testid="hold">
      <h2 ref={heading} tabIndex={-1}>
        {seatsWord(hold.seats.length)} held
        <Countdown hold={hold} holdMs={show.policy.holdMs} />
      </h2>
      <SeatChecklist layout={visit.layout} seats={hold.seats} currency={hold.currency} left={left} onChange={setLeft} />
      {left.length > 0 && <p class="small">Seats that you leave out go back on sale.</p>}
      <p class="total">
        <span>Total</span>
        <span class="price">
          {money(
            taken.reduce((sum, seat) => sum + seat.price, 0),
            hold.currency
          )}
        </span>
      </p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          aria-disabled={working !== null || taken.length === 0}
          onClick={() =>
            taken.length > 0 &&
            void visit.book(
              hold,
              taken.map((seat) => seat.id)
            )
          }
        >
          Book
        </button>
        {show.policy.extensionsMax > 0 && (
          <button
            type="button"
            aria-disabled={working !== null || !extendable}
            title={extendable ? undefined : 'This hold cannot be extended again'}
            onClick={() => extendable && void visit.write({ op: 'extend', show: show.id, hold: hold.id })}
          >
            Extend
          </button>
        )}
        <button
          type="button"
          aria-disabled={working !== null}
          onClick={() => void visit.write({ op: 'release', show: show.id, hold: hold.id })}
        >
          Release
        </button>
      </div>
    </section>
  )
}

function Countdown({ hold, holdMs }: { hold: OwnHold; holdMs: number }) {
  const [ms, setMs] = useState(() => leftMs(hold))
  useEffect(() => {
    let spoken = 0
    const tick = () => {
      const now = leftMs(hold)
      const seconds = Math.ceil(now / 1000)
      if (SPOKEN_AT.has(seconds) && seconds !== spoken) announce(`${seconds} seconds left to book`)
      spoken = seconds
      setMs(now)
    }
    tick()
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [hold.expiresAt])
  const share = Math.max(0, Math.min(1, ms / holdMs))
  return (
    <span class={ms < 60_000 ? 'countdown late' : 'countdown'}>
      <span role="timer" data-testid="countdown">
        {clockTime(ms)}
      </span>
      <span class="gauge" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  )
}

function leftMs(hold: OwnHold): number {
  return Date.parse(hold.expiresAt) - serverNow()
}
