// What clients ask for: mostly what makes sense by what they know, sometimes what is gone, another's, or nonsense.
import type { BestRequest, Command } from '../../core/command.ts'
import { renamed } from '../support/seat-names.ts'
import type { Intent, Person } from './parts.ts'

export interface Ask {
  readonly command: Command
  readonly expects: Intent['expects']
}

export function nextCommand(client: Person): Ask {
  const ask = nextAsk(client)
  // Seats are named by index now and then, also where a key is used again. No dice: seeds keep their stories.
  const { command } = ask
  const { plan } = client.world
  return (command.key.length + client.past.length) % 3 === 0 ? { ...ask, command: renamed(command, plan) } : ask
}

function nextAsk(client: Person): Ask {
  const { world } = client
  const { random, scenario } = world
  if (client.past.length > 0 && random.below(25) === 0) return repeated(client)
  const show = scenario.shows[random.below(scenario.shows.length)]!
  const strange = random.next() < scenario.hostile
  const asked = { show, user: client.user, admin: false, key: world.newKey() }
  const hold = client.holds.length > 0 && random.below(10) < 8 ? take(client, client.holds) : null
  if (hold !== null && !strange) {
    const more = { ...asked, show: hold.show, hold: hold.hold }
    const kind = random.below(10)
    if (kind < 5) return fresh({ ...more, op: 'book', seats: part(client, hold.seats), payment: '' })
    if (kind < 8) return fresh({ ...more, op: 'release' })
    client.holds.push(hold)
    return fresh({ ...more, op: 'extend' })
  }
  if (client.bookings.length > 0 && random.below(3) === 0) {
    const { show: at, booking, seats } = take(client, client.bookings)
    return fresh({ ...asked, show: at, op: 'cancel', booking, seats: part(client, seats) })
  }
  if (strange) return strangeAsk(client, asked)
  if (client.admin && random.below(6) === 0) return adminAsk(client, asked)
  if (random.below(4) === 0) return fresh({ ...asked, op: 'hold', seats: null, best: bestOf(client) })
  return fresh({ ...asked, op: 'hold', seats: someSeats(client, show), best: null })
}

type Asked = Pick<Command, 'show' | 'user' | 'admin' | 'key'>

function fresh(command: Command): Ask {
  return { command, expects: null }
}

/** A key that was used: the same request must get the same answer, another one a conflict. */
function repeated(client: Person): Ask {
  const { random } = client.world
  const { command, outcome } = client.past[random.below(client.past.length)]!
  if (random.below(3) > 0) return { command, expects: outcome }
  const other: Command =
    command.op === 'hold'
      ? { ...command, seats: ['A1', 'A2', 'A3'].slice(command.seats?.length === 2 ? 0 : 1), best: null }
      : {
          show: command.show,
          user: command.user,
          admin: command.admin,
          key: command.key,
          op: 'hold',
          seats: ['A1'],
          best: null
        }
  return { command: other, expects: 'conflict' }
}

/** Others' holds and bookings, unknown ones, seats that are not there or named twice, and too many of them. */
function strangeAsk(client: Person, asked: Asked): Ask {
  const { random } = client.world
  const number = String(1 + random.below(40))
  switch (random.below(9)) {
    case 0:
      return fresh({ ...asked, op: 'release', hold: number })
    case 1:
      return fresh({ ...asked, op: 'book', hold: number, seats: null, payment: 'p' })
    case 2:
      return fresh({ ...asked, op: 'extend', hold: number })
    case 3:
      return fresh({ ...asked, op: 'cancel', booking: `${asked.show}.${number}`, seats: null })
    case 4:
      return fresh({ ...asked, op: 'hold', seats: ['Z9', 'A1'], best: null })
    case 5:
      return fresh({ ...asked, op: 'hold', seats: ['A1', 'A1'], best: null })
    case 6:
      return fresh({ ...asked, op: 'block', seats: ['A1'] })
    case 7:
      return fresh({ ...asked, show: 'nowhere', op: 'hold', seats: ['A1'], best: null })
    default:
      return fresh({ ...asked, op: 'hold', seats: client.world.plan.ids.slice(0, 12), best: null })
  }
}

function adminAsk(client: Person, asked: Asked): Ask {
  const { world } = client
  const { random } = world
  const admin = { ...asked, admin: true }
  const seats = someSeats(client, asked.show)
  switch (random.below(6)) {
    case 0:
      return fresh({ ...admin, op: 'block', seats })
    case 1:
      return fresh({ ...admin, op: 'unblock', seats })
    case 2:
      return fresh({ ...admin, op: 'change', change: { prices: { Front: 1_000 + random.below(9_000) } } })
    case 3:
      return fresh({ ...admin, op: 'change', change: { policy: { seatsPerUserMax: 2 + random.below(20) } } })
    case 4:
      return fresh({ ...admin, op: 'book', hold: String(1 + random.below(40)), seats: null, payment: '' })
    default:
      return fresh({ ...admin, op: 'cancel', booking: `${asked.show}.${1 + random.below(10)}`, seats: null })
  }
}

/** A few seats next to each other; by its map free ones, where it has a map and looks at it. */
function someSeats(client: Person, show: string): string[] {
  const { random, plan } = client.world
  const map = random.below(3) > 0 ? client.map(show) : null
  const count = 1 + random.below(3)
  const first = random.below(plan.seatCount)
  const seats: string[] = []
  for (let step = 0; step < plan.seatCount && seats.length < count; step++) {
    const seat = (first + step) % plan.seatCount
    if (map === null || map[seat] === 0) seats.push(plan.ids[seat]!)
  }
  return seats.length === 0 ? [plan.ids[first]!] : seats
}

function bestOf(client: Person): BestRequest {
  const { random, plan } = client.world
  const category =
    random.below(3) === 0 ? { category: plan.categories[random.below(plan.categories.length)]!.name } : {}
  return { count: 1 + random.below(4), ...category }
}

/** All of it mostly, or some seats of it. */
function part(client: Person, seats: readonly string[]): readonly string[] | null {
  const { random } = client.world
  if (seats.length < 2 || random.below(3) > 0) return null
  return seats.slice(0, 1 + random.below(seats.length - 1))
}

function take<T>(client: Person, items: T[]): T {
  return items.splice(client.world.random.below(items.length), 1)[0]!
}
