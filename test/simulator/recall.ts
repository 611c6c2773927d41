// What clients remember of their answers: for what they ask next.
import type { Outcome } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import type { Person } from './parts.ts'

const PAST_MAX = 50
const KNOWN_MAX = 20

export function tellClient(client: Person, command: Command, outcome: Outcome): void {
  if (outcome.kind === 'refused') return
  const { plan } = client.world
  const { show } = command
  const ids = (seats: readonly number[]) => seats.map((seat) => plan.ids[seat]!)
  if (outcome.kind === 'held') keep(client.holds, { show, hold: String(outcome.hold), seats: ids(outcome.seats) })
  if (outcome.kind === 'booked') {
    keep(client.bookings, { show, booking: `${show}.${outcome.booking}`, seats: ids(outcome.seats) })
  }
  if (command.key !== '') {
    client.past.push({ command, outcome })
    if (client.past.length > PAST_MAX) client.past.shift()
  }
}

function keep<T>(known: T[], one: T): void {
  known.push(one)
  if (known.length > KNOWN_MAX) known.shift()
}
