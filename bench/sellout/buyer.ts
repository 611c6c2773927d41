// One of the many who buy: takes one to four seats that its own map says are free, then books them, some of them, gives
// them back, or forgets about them. Knows nothing of the others.
import { type Answer, connect, type WireHold } from '../client.ts'
import { createRandom, type Random } from '../random.ts'
import type { WriteRecord } from './history.ts'
import type { House } from './house.ts'
import { createShowViewer, type ShowViewer } from './show-viewer.ts'
import { createWrites, type Writes } from './writes.ts'

export interface BuyerOptions {
  readonly url: string
  readonly token: string
  readonly user: string
  readonly seed: number
  readonly house: House
  /** How long it thinks before it takes seats, on average. */
  readonly thinkMs: number
  /** How long a hold lasts; it makes up its mind in less than a third of that. */
  readonly holdMs: number
  readonly answered: (op: string, answer: Answer, ms: number) => void
  readonly closed: () => void
}

export interface Buyer {
  readonly viewer: ShowViewer
  readonly records: readonly WriteRecord[]
  readonly isOpen: boolean
  /** Holds it forgot about, which must run out. */
  readonly forgotten: number
  /** Everything is sold as far as it knows, and nothing of its own is under way. */
  readonly isDone: boolean
  close(): void
}

const PARTY_MAX = 4
/** Of all holds these are forgotten, these given back, and the rest booked. */
const FORGET_SHARE = 1 / 6
const RELEASE_SHARE = 1 / 6
const EXTEND_SHARE = 0.1
const PART_SHARE = 0.2
const NEIGHBOURS_SHARE = 0.6
const AVAILABLE = 0
const BOOKED = 2

export function startBuyer(options: BuyerOptions): Buyer {
  const { house, user, answered, closed } = options
  const random = createRandom(options.seed)
  const viewer = createShowViewer(house.seatIds.length)
  let forgotten = 0
  let resting = false
  const client = connect(options.url, options.token, random.next, {
    opened: () => {
      const position = viewer.known ? { epoch: viewer.epoch, seq: viewer.seq } : {}
      client.ask({ op: 'subscribe', show: house.show, ...position })
      writes.repeatLast()
    },
    closed,
    pushed: (push) => {
      if (push.ev === 'diff') viewer.diff(push)
      else if (push.ev === 'snapshot') viewer.snapshot(push)
    },
    answered
  })
  const writes: Writes = createWrites(client, house.show, user, random)
  const lookLater = () => void setTimeout(look, random.next() * 2 * options.thinkMs)
  const decideSoon = (then: () => void) => void setTimeout(then, (random.next() * options.holdMs) / 3)

  function look(): void {
    resting = isSoldOut(viewer)
    if (resting) return
    const seats = client.isOpen && viewer.known ? chooseSeats(house, viewer.statuses, random) : []
    if (seats.length === 0) return lookLater()
    writes.write({ op: 'hold', hold: '', seats }, (answer) => {
      if (answer.ok) decideSoon(() => decideOn(answer.hold!))
      else lookLater()
    })
  }

  function decideOn(hold: WireHold): void {
    if (random.next() >= EXTEND_SHARE) return end(hold)
    writes.write({ op: 'extend', hold: hold.id, seats: null }, () => decideSoon(() => end(hold)))
  }

  function end(hold: WireHold): void {
    const fate = random.next()
    if (fate < FORGET_SHARE) {
      forgotten++
      lookLater()
    } else if (fate < FORGET_SHARE + RELEASE_SHARE) {
      writes.write({ op: 'release', hold: hold.id, seats: null }, lookLater)
    } else {
      const part = hold.seats.length > 1 && random.next() < PART_SHARE
      const seats = part ? hold.seats.slice(1).map(({ id }) => id) : null
      writes.write({ op: 'book', hold: hold.id, seats }, lookLater)
    }
  }

  lookLater()
  return {
    viewer,
    records: writes.records,
    get isOpen() {
      return client.isOpen
    },
    get forgotten() {
      return forgotten
    },
    get isDone() {
      return resting && client.waiting === 0
    },
    close: () => client.close()
  }
}

/** Ids of one to four seats that look free: next to each other if it likes, or wherever. */
function chooseSeats({ rows, seatIds }: House, statuses: Uint8Array, random: Random): string[] {
  const wanted = 1 + random.below(PARTY_MAX)
  const free = rows.map((row) => row.filter((seat) => statuses[seat] === AVAILABLE)).filter(({ length }) => length > 0)
  if (free.length === 0) return []
  const row = free[random.below(free.length)]!
  if (random.next() < NEIGHBOURS_SHARE) {
    const first = random.below(row.length)
    return row.slice(first, first + wanted).map((seat) => seatIds[seat]!)
  }
  const anywhere = free.flat()
  const chosen = Array.from({ length: wanted }, () => seatIds[anywhere[random.below(anywhere.length)]!]!)
  return [...new Set(chosen)]
}

function isSoldOut({ known, statuses }: ShowViewer): boolean {
  return known && statuses.every((status) => status >= BOOKED)
}
