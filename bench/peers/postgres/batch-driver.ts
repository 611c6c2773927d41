// Asks Postgres many holds at a time: what comes while a connection's last statement commits goes out in its next one.
// A show has one connection, so that batches do not wait for each other; a seat is in a batch once.
import type { Client } from 'pg'
import type { Driver, HoldRequest, PeerAddress, PeerSettings } from '../peer.ts'
import { connectAll, type Done, explain, listOf } from './postgres-link.ts'

const HOLD_BATCH = 'select hold_batch($1, $2, $3, $4)'
const BATCH_MAX = 256
/** More than the seats of any show. */
const SHOW_STEP = 2 ** 24

type Asked = readonly [HoldRequest, Done]

export async function openBatchDriver({ url }: PeerAddress, settings: PeerSettings): Promise<Driver> {
  const clients = await connectAll(url, settings)
  const lanes = clients.map((client) => createLane(client, settings.batchMax ?? BATCH_MAX))
  const hold = (request: HoldRequest, done: Done) => lanes[request.show % lanes.length]!([request, done])
  return {
    hold,
    holdMany: (requests, done) => {
      for (const [at, request] of requests.entries()) hold(request, (result, code) => done(at, result, code))
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.end()))
    }
  }
}

function createLane(client: Client, batchMax: number): (asked: Asked) => void {
  let waiting: Asked[] = []
  let isBusy = false

  function send(): void {
    const { batch, rest } = takeBatch(waiting, batchMax)
    waiting = rest
    if (batch.length === 0) {
      isBusy = false
      return
    }
    const requests = batch.map(([request]) => request)
    const values = [
      listOf(requests.map(({ show }) => show)),
      listOf(requests.map(({ seats }) => seats[0]!)),
      listOf(requests.map(({ seats }) => seats.length)),
      listOf(requests.map(({ user }) => user))
    ]
    void client.query<[number[]]>(
      { name: 'hold_batch', text: HOLD_BATCH, values, rowMode: 'array' },
      (error, result) => {
        // When all of them have been told: whoever asks again on that is in the next batch.
        queueMicrotask(send)
        if (error) for (const [, done] of batch) explain(error, done)
        else tell(batch, result.rows[0]![0])
      }
    )
  }

  return (asked) => {
    waiting.push(asked)
    if (isBusy) return
    isBusy = true
    queueMicrotask(send)
  }
}

/** The first so many without a seat in common; whatever has one with them, or with what stays behind, stays behind. */
function takeBatch(waiting: readonly Asked[], batchMax: number): { readonly batch: Asked[]; readonly rest: Asked[] } {
  const batch: Asked[] = []
  const rest: Asked[] = []
  const wanted = new Set<number>()
  for (const asked of waiting) {
    const { show, seats } = asked[0]
    const isFirst = batch.length < batchMax && !seats.some((seat) => wanted.has(show * SHOW_STEP + seat))
    for (const seat of seats) wanted.add(show * SHOW_STEP + seat)
    if (isFirst) batch.push(asked)
    else rest.push(asked)
  }
  return { batch, rest }
}

/** `places` count from one. */
function tell(batch: readonly Asked[], places: readonly number[]): void {
  const granted = new Set(places)
  for (const [at, [, done]] of batch.entries()) done(granted.has(at + 1) ? 'granted' : 'refused')
}
