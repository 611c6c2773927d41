// What fan-out is compared with: a server on the same sockets library that does nothing but publish. It gives each viewer
// the bytes of a snapshot, and then all of them the bytes of one recorded diff after another, as often as Frontrow would
// at the most.
import { FEED_TICK_MS } from '../../../core/limits.ts'
import { App, listenAlone } from '../../../gateway/uws.ts'
import { parentOf } from '../../child.ts'

export interface Play {
  readonly kind: 'play'
  readonly snapshot: Uint8Array
  readonly diffs: readonly Uint8Array[]
}

export type ToPublisher = Play | { readonly kind: 'start' } | { readonly kind: 'stop' }
export type FromPublisher =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'stopped'; readonly epoch: number; readonly seq: number }

/** Of the binary protocol: u8 kind, u32 epoch, u32 seq. */
const EPOCH_AT = 1
const SEQ_AT = 5
const TOPIC = 'show'

let snapshot = Buffer.alloc(0)
let diffs: readonly Buffer[] = []
let seq = 0
let timer: NodeJS.Timeout | undefined

const app = App()
app.ws('/ws', {
  maxBackpressure: 64 * 1024 * 1024,
  idleTimeout: 0,
  upgrade: (response, request, context) => {
    const key = request.getHeader('sec-websocket-key')
    response.upgrade({}, key, 'frontrow.v1.bin', request.getHeader('sec-websocket-extensions'), context)
  },
  message: (socket) => {
    socket.send(`{"id":1,"ok":true,"epoch":${snapshot.readUInt32LE(EPOCH_AT)},"seq":${seq}}`, false)
    socket.send(snapshot, true)
    socket.subscribe(TOPIC)
  }
})

const parent = parentOf<FromPublisher, ToPublisher>((message) => {
  if (message.kind === 'play') {
    snapshot = Buffer.from(message.snapshot)
    diffs = message.diffs.map((diff) => Buffer.from(diff))
    seq = snapshot.readUInt32LE(SEQ_AT)
  } else if (message.kind === 'start') timer = setInterval(publish, FEED_TICK_MS)
  else {
    clearInterval(timer)
    parent.send({ kind: 'stopped', epoch: snapshot.readUInt32LE(EPOCH_AT), seq })
  }
})

function publish(): void {
  const diff = diffs[seq % diffs.length]!
  diff.writeUInt32LE(snapshot.readUInt32LE(EPOCH_AT), EPOCH_AT)
  diff.writeUInt32LE(++seq, SEQ_AT)
  app.publish(TOPIC, diff, true)
}

const listening = await listenAlone(app, '127.0.0.1', 0)
if (listening === null) throw new Error('the publisher found no port to listen on')
parent.send({ kind: 'listening', port: listening.port })
