// A show, and what is read of bookings and of lists of shows, as answers say it.
import type { Plan } from '../../core/plan/plan.ts'
import type { ShowDefinition } from '../../core/show.ts'
import type { BookingRead, ShowRead } from '../ports.ts'
import type { Booking, Show, ShowSummary } from '../schema/schema-http.ts'

let lastMs = Number.NaN
let lastText = ''
let otherMs = Number.NaN
let otherText = ''

/** RFC 3339 in UTC. The commands of one batch share their times, so the last two are kept: one costs 0.5 µs. */
export function timeJson(epochMs: number): string {
  if (epochMs === lastMs) return lastText
  const text = epochMs === otherMs ? otherText : new Date(epochMs).toISOString()
  otherMs = lastMs
  otherText = lastText
  lastMs = epochMs
  lastText = text
  return text
}

export function showJson(definition: ShowDefinition, plan: Plan): (typeof Show)['Type'] {
  const { id, title, startsAt, currency, prices, policy } = definition
  const { saleStartsAt, saleEndsAt } = policy
  return {
    id,
    title,
    startsAt: timeJson(startsAt),
    currency,
    seatCount: plan.seatCount,
    categories: plan.categories.map(({ name, color, accessible }) => ({
      name,
      color,
      price: prices[name] ?? 0,
      accessible
    })),
    prices,
    policy: {
      ...policy,
      saleStartsAt: saleStartsAt === null ? null : timeJson(saleStartsAt),
      saleEndsAt: saleEndsAt === null ? null : timeJson(saleEndsAt)
    },
    plan: { name: plan.name, width: plan.width, height: plan.height, zones: plan.zones, areas: plan.areas }
  }
}

export function showSummaryJson(show: ShowRead): (typeof ShowSummary)['Type'] {
  const { id, title, startsAt, currency, seatCount } = show
  return { id, title, startsAt: timeJson(startsAt), currency, seatCount }
}

export function bookingJson(booking: BookingRead, plan: Plan): (typeof Booking)['Type'] {
  const { id, showId, userId, total, currency, status } = booking
  const seats = booking.seats.map(({ index, id, price }) => {
    return { id, category: plan.categories[plan.categoryOf[index]!]!.name, price }
  })
  return { id, showId, userId, seats, total, currency, bookedAt: timeJson(booking.bookedAt), status }
}
