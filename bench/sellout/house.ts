// A show as those who buy know it: which seats there are, in which order, and how they lie beside each other.

export interface House {
  readonly show: string
  /** By seat index. */
  readonly seatIds: readonly string[]
  /** Seat indexes row by row, as one walks along. */
  readonly rows: readonly (readonly number[])[]
}

/** A seat map at a position. */
export interface SeatMap {
  readonly epoch: number
  readonly seq: number
  readonly statuses: Uint8Array
}

interface WireSeats {
  readonly epoch: number
  readonly seq: number
  readonly seats: readonly { id: string; zone: string; row: string; x: number; status: string }[]
}

const STATUS_WORDS = ['available', 'held', 'booked', 'blocked']
const ANSWER_MS_MAX = 5_000

/** Rejects where the server does not give it. */
export async function readHouse(url: string, show: string): Promise<House & { readonly map: SeatMap }> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX)
  const response = await fetch(`${url}/api/shows/${show}/seats`, { signal })
  if (!response.ok) throw new Error(`the seat map was not given: ${response.status}`)
  const { epoch, seq, seats } = (await response.json()) as WireSeats
  const rows = new Map<string, number[]>()
  for (const [index, { zone, row }] of seats.entries()) {
    const name = `${zone}\n${row}`
    const others = rows.get(name)
    if (others === undefined) rows.set(name, [index])
    else others.push(index)
  }
  for (const row of rows.values()) row.sort((a, b) => seats[a]!.x - seats[b]!.x)
  const statuses = Uint8Array.from(seats, ({ status }) => STATUS_WORDS.indexOf(status))
  return { show, seatIds: seats.map(({ id }) => id), rows: [...rows.values()], map: { epoch, seq, statuses } }
}
