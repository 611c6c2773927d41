// Which seats on the map mean something to this visitor.
import { BOOKED } from '../../../core/plan/plan.ts'
import type { Mark } from '../map/seat-marks.ts'
import type { Visit } from '../visit/visit.ts'

export function readMarks(visit: Visit): ReadonlyMap<number, Mark> {
  const { selected, bookings, notice } = visit.state.get()
  const marks = new Map<number, Mark>()
  const index = (id: string) => visit.layout.indexOf.get(id) ?? -1
  for (const booking of bookings) {
    for (const { id } of booking.seats) {
      if (visit.seats.statuses[index(id)] === BOOKED) marks.set(index(id), 'booked')
    }
  }
  for (const seat of notice?.offer?.seats ?? []) marks.set(seat, 'offered')
  for (const seat of selected) marks.set(seat, 'selected')
  for (const hold of visit.holds.all.get()) {
    for (const { id } of hold.seats) if (index(id) >= 0) marks.set(index(id), 'held')
  }
  return marks
}
