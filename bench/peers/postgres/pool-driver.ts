// Asks Postgres one hold at a time on each of its connections, as an application with a pool does; what finds none
// idle waits its turn.
import type { Client } from 'pg'
import type { Driver, HoldRequest, PeerAddress, PeerSettings } from '../peer.ts'
import { connectAll, type Done, explain, listOf } from './postgres-link.ts'

const HOLD = 'select hold($1, $2, $3)'

export async function openPoolDriver({ url }: PeerAddress, settings: PeerSettings): Promise<Driver> {
  const clients = await connectAll(url, settings)
  const idle = [...clients]
  let waiting: [HoldRequest, Done][] = []
  let next = 0

  function hold(request: HoldRequest, done: Done): void {
    const client = idle.pop()
    if (client === undefined) waiting.push([request, done])
    else ask(client, request, done)
  }

  function ask(client: Client, { show, seats, user }: HoldRequest, done: Done): void {
    const values = [show, listOf(seats), user]
    void client.query<[boolean]>({ name: 'hold', text: HOLD, values, rowMode: 'array' }, (error, result) => {
      const waited = waiting[next]
      if (waited === undefined) {
        waiting = []
        next = 0
        idle.push(client)
      } else {
        next++
        ask(client, ...waited)
      }
      if (error) explain(error, done)
      else done(result.rows[0]![0] ? 'granted' : 'refused')
    })
  }

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
