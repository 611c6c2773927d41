// Who asks for which seats, in which order: the same for every system that is given the same plan. Parties of adjacent
// seats, each asked for once and by somebody else, and a stated share of asks for seats that were asked for before.
import type { HoldRequest } from '../peers/peer.ts'
import { createRandom } from '../random.ts'

export interface TracePlan {
  readonly shows: number
  readonly seatsPerShow: number
  /** Seats of a party. A party never crosses the end of a row of 40. */
  readonly party: number
  /** Shows asked for at a time; when all their seats were asked for, the next so many come. */
  readonly showsAtOnce: number
  /** Requests of one message: in a row, for one show. */
  readonly perMessage: number
  /** Of all requests, those for seats that were asked for before. */
  readonly takenShare: number
  readonly users: number
  readonly seed: number
  /** Begins again, under new keys, when all seats were asked for: for holds that run out meanwhile. */
  readonly endless: boolean
}

export interface Trace {
  /** As many as a message has; none when every seat was asked for. */
  next(): readonly HoldRequest[]
}

export const ROW_SEATS = 40

export function createTrace(plan: TracePlan): Trace {
  const { shows, showsAtOnce, perMessage, takenShare, users, endless } = plan
  const random = createRandom(plan.seed)
  const parties = partiesOf(plan)
  if (parties.length === 0) throw new Error(`there is no row of ${plan.party} seats in a show of ${plan.seatsPerShow}`)
  const orders = Array.from({ length: shows }, () => random.shuffle(parties.map((_, at) => at)))
  const asked = new Uint32Array(shows)
  let key = 0
  let firstShow = 0
  let turns: number[] = []

  /** The shows of the next messages, the last first. False when there are no more. */
  function nextWave(): boolean {
    if (firstShow >= shows) {
      if (!endless) return false
      firstShow = 0
      asked.fill(0)
    }
    const wave = Array.from({ length: Math.min(showsAtOnce, shows - firstShow) }, (_, at) => firstShow + at)
    firstShow += showsAtOnce
    const messages = Math.ceil(parties.length / perMessage)
    turns = random.shuffle(wave.flatMap((show) => new Array<number>(messages).fill(show)))
    return true
  }

  function partyOf(show: number): number | undefined {
    const order = orders[show]!
    const count = asked[show]!
    if (count > 0 && random.next() < takenShare) return order[random.below(count)]
    if (count < order.length) asked[show]!++
    return order[count]
  }

  return {
    next: () => {
      if (turns.length === 0 && !nextWave()) return []
      const show = turns.pop()!
      const requests: HoldRequest[] = []
      for (let at = 0; at < perMessage; at++) {
        const party = partyOf(show)
        if (party === undefined) break
        requests.push({ show, seats: parties[party]!, user: random.below(users), key: key++ })
      }
      return requests
    }
  }
}

function partiesOf({ seatsPerShow, party }: TracePlan): readonly (readonly number[])[] {
  const found: number[][] = []
  for (let row = 0; row < seatsPerShow; row += ROW_SEATS) {
    const end = Math.min(row + ROW_SEATS, seatsPerShow)
    for (let first = row; first + party <= end; first += party) {
      found.push(Array.from({ length: party }, (_, at) => first + at))
    }
  }
  return found
}
