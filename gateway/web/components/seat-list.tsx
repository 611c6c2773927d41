// The map in words: zone, row, seat. Rows and seats are there only while they are opened, so that a house
// of 20,000 costs no more than a small one.
import { useState } from 'preact/hooks'
import { AVAILABLE } from '../../../core/plan/plan.ts'
import { count } from '../format.ts'
import type { Visit } from '../visit/visit.ts'
import { SeatRow } from './seat-row.tsx'
import { useSeats } from './use-seats.ts'

export function SeatList({ visit }: { visit: Visit }) {
  const { layout, seats } = visit
  const statuses = useSeats(seats)
  const freeOf = new Uint32Array(layout.rows.length)
  for (let seat = 0; seat < layout.seatCount; seat++) {
    if (statuses[seat] === AVAILABLE) freeOf[layout.rowOf[seat]!]!++
  }
  return (
    <section class="card" aria-labelledby="seat-list" data-testid="seat-list">
      <h2 id="seat-list">Seats by row</h2>
      <div>
        {layout.zones.map((zone, index) => (
          <Fold
            key={zone.name}
            title={zone.name || 'All seats'}
            free={zone.rows.reduce((sum, row) => sum + freeOf[row]!, 0)}
            startsOpen={layout.zones.length === 1}
            testId={`zone-${index}`}
          >
            {() =>
              zone.rows.map((row) => (
                <Fold
                  key={row}
                  title={`Row ${layout.rows[row]!.label}`}
                  free={freeOf[row]!}
                  startsOpen={false}
                  testId={`row-${row}`}
                >
                  {() => <SeatRow visit={visit} row={row} />}
                </Fold>
              ))
            }
          </Fold>
        ))}
      </div>
    </section>
  )
}

interface FoldProps {
  readonly title: string
  readonly free: number
  readonly startsOpen: boolean
  readonly testId: string
  children(): preact.ComponentChildren
}

function Fold({ title, free, startsOpen, testId, children }: FoldProps) {
  const [open, setOpen] = useState(startsOpen)
  return (
    <details class="fold" open={open} onToggle={(event) => setOpen(event.currentTarget.open)} data-testid={testId}>
      <summary>
        <span>{title}</span> <span class="small">{free === 0 ? 'none free' : `${count(free)} free`}</span>
      </summary>
      {open && <div class="fold-body">{children()}</div>}
    </details>
  )
}
