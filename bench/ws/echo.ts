// What the ws bench compares with: the cheapest server that still speaks the same JSON on the same sockets library. It
// parses each hold and answers at once with a hold object of the same shape and size, made by JSON.stringify. No token
// is read, nothing is checked, decided, kept or written.
import { App, listenAlone } from '../../gateway/uws.ts'
import { parentOf } from '../child.ts'

const PRICE = 12_000
const EXPIRES_AT = new Date(1_900_000_000_000).toISOString()

interface HoldMessage {
  readonly id: number
  readonly show: string
  readonly seats: readonly string[]
}

const parent = parentOf<{ kind: 'listening'; port: number }, never>(() => {})
const app = App()
let holds = 0

app.ws('/ws', {
  upgrade: (response, request, context) => {
    response.upgrade(
      {},
      request.getHeader('sec-websocket-key'),
      'frontrow.v1',
      request.getHeader('sec-websocket-extensions'),
      context
    )
  },
  message: (socket, message) => {
    const { id, show, seats } = JSON.parse(Buffer.from(message).toString()) as HoldMessage
    const hold = {
      id: String(++holds),
      showId: show,
      seats: seats.map((seat) => ({ id: seat, category: 'Front', price: PRICE })),
      total: PRICE * seats.length,
      currency: 'EUR',
      expiresAt: EXPIRES_AT
    }
    socket.send(JSON.stringify({ id, ok: true, epoch: 1, hold }), false)
  }
})
const listening = await listenAlone(app, '127.0.0.1', 0)
if (listening === null) throw new Error('the echo found no port to listen on')
parent.send({ kind: 'listening', port: listening.port })
