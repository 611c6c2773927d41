// What Frontrow's sockets are compared with: the cheapest server that still speaks the same JSON, or the same bytes, on
// the same sockets library. It parses each hold and answers at once with a hold of the same shape and size. No token is
// read, nothing is checked, decided, kept or written.
import { ByteReader, ByteWriter } from '../../core/codec/bytes.ts'
import { BINARY_ANSWERS } from '../../gateway/binary/binary-answer.ts'
import { App, listenAlone } from '../../gateway/uws.ts'
import { parentOf } from '../child.ts'

const PRICE = 12_000
const EXPIRES_AT_MS = 1_900_000_000_000
const EXPIRES_AT = new Date(EXPIRES_AT_MS).toISOString()

interface HoldMessage {
  readonly id: number
  readonly show: string
  readonly seats: readonly string[]
}

const parent = parentOf<{ kind: 'listening'; port: number }, never>(() => {})
const app = App()
const writer = new ByteWriter()
let holds = 0

app.ws('/ws', {
  upgrade: (response, request, context) => {
    response.upgrade(
      {},
      request.getHeader('sec-websocket-key'),
      request.getHeader('sec-websocket-protocol').split(',')[0]!,
      request.getHeader('sec-websocket-extensions'),
      context
    )
  },
  message: (socket, message, isBinary) => {
    if (isBinary) return void socket.send(answerTo(message), true)
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
/** A hold of the seats that `message` names. */
function answerTo(message: ArrayBuffer): Uint8Array {
  const reader = new ByteReader(new Uint8Array(message))
  reader.u8()
  const id = reader.varint()
  reader.text()
  reader.text()
  reader.u8()
  const seats = reader.list()
  writer.reset()
  writer.u8(BINARY_ANSWERS.hold)
  writer.varint(id)
  writer.varint(1)
  writer.varint(++holds)
  writer.varint(EXPIRES_AT_MS)
  writer.varint(seats.length)
  for (const seat of seats) {
    writer.varint(seat)
    writer.varint(PRICE)
  }
  return writer.bytes.subarray(0, writer.length)
}

const listening = await listenAlone(app, '127.0.0.1', 0)
if (listening === null) throw new Error('the echo found no port to listen on')
parent.send({ kind: 'listening', port: listening.port })
