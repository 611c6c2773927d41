// A client of the WebSocket in tests: asks and waits for answers, keeps the map of every show it watches by what
// is pushed, and keeps record of pushes that came out of order.
import { once } from 'node:events'
import WebSocket, { type RawData } from 'ws'

export interface Answer {
  readonly id: string | number | null
  readonly ok: boolean
  readonly epoch?: number
  readonly seq?: number
  readonly hold?: {
    readonly id: string
    readonly seats: readonly { readonly id: string }[]
    readonly expiresAt: string
  }
  readonly booking?: {
    readonly id: string
    readonly seats: readonly { readonly id: string }[]
    readonly status: string
  }
  readonly error?: {
    readonly code: string
    readonly retryable: boolean
    readonly retryAfterMs?: number
    readonly seats?: readonly string[]
  }
}

/** What is known of a show by the pushes alone. */
export interface WatchedMap {
  epoch: number
  seq: number
  /** By seat index; up to three more than there are seats. */
  statuses: number[]
  snapshots: number
  diffs: number
}

export interface WireClient {
  /** Sends a message under an id of its own; resolves with its answer, rejects when the socket closes before. */
  ask(message: object): Promise<Answer>
  send(data: string | Buffer): void
  /** Answers that nobody waited for here, such as those to `send`. */
  readonly unasked: readonly Answer[]
  map(show: string): WatchedMap | undefined
  /** Ids of holds that were told to be over. */
  readonly expired: readonly string[]
  /** Pushes that did not fit what was there: must stay empty. */
  readonly disorder: readonly string[]
  readonly protocol: string
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly isOpen: boolean
  close(): Promise<void>
}

export interface WireOptions {
  readonly token?: string
  readonly protocol?: 'frontrow.v1' | 'frontrow.v1.bin'
}

interface Push {
  readonly ev: 'snapshot' | 'diff' | 'hold_expired'
  readonly show: string
  readonly epoch: number
  readonly seq: number
  readonly statuses?: readonly number[]
  readonly changes?: readonly (readonly [number, number])[]
  readonly hold?: string
}

/** The upgrade was refused. */
export class UpgradeRefused extends Error {
  readonly status: number
  readonly contentType: string
  readonly body: string
  constructor(status: number, contentType: string, body: string) {
    super(`the upgrade was refused with ${status}: ${body}`)
    this.status = status
    this.contentType = contentType
    this.body = body
  }
}

/** Rejects with `UpgradeRefused` where the server says no. */
export async function connect(wsUrl: string, options: WireOptions = {}): Promise<WireClient> {
  const { token, protocol = 'frontrow.v1' } = options
  const socket = await openSocket(wsUrl, token === undefined ? [protocol] : [protocol, `bearer.${token}`])
  const waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  const book = pushBook()
  const unasked: Answer[] = []
  let lastId = 0
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) return book.take(readBinaryPush(data as Buffer))
    const message = JSON.parse(data.toString())
    if ('ev' in message) return book.take(readTextPush(message))
    const asked = waiting.get(String(message.id))
    if (asked === undefined) unasked.push(message)
    waiting.delete(String(message.id))
    asked?.resolve(message)
  })
  const closed = once(socket, 'close').then(([code, reason]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the socket closed with ${code}`))
    return { code: code as number, reason: String(reason) }
  })
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        const id = `ask-${++lastId}`
        if (socket.readyState !== WebSocket.OPEN) return reject(new Error('the socket is closed'))
        waiting.set(id, { resolve, reject })
        socket.send(JSON.stringify({ id, ...message }))
      }),
    send: (data) => socket.send(data),
    unasked,
    map: (show) => book.maps.get(show),
    expired: book.expired,
    disorder: book.disorder,
    protocol: socket.protocol,
    closed,
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
    async close() {
      socket.close()
      await closed
    }
  }
}

/** Without compression, which the server does not offer, and patient with nothing. */
export async function openSocket(wsUrl: string, protocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(wsUrl, protocols, { perMessageDeflate: false })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part) => {
        body += part
      })
      const { statusCode, headers } = response
      response.on('end', () => reject(new UpgradeRefused(statusCode ?? 0, headers['content-type'] ?? '', body)))
    })
  })
  socket.on('error', () => {})
  return socket
}

function pushBook() {
  const maps = new Map<string, WatchedMap>()
  const expired: string[] = []
  const disorder: string[] = []
  const take = (push: Push): void => {
    const { show, epoch, seq } = push
    const map = maps.get(show)
    if (push.ev === 'hold_expired') expired.push(push.hold!)
    else if (push.ev === 'snapshot') {
      const { snapshots = 0, diffs = 0 } = map ?? {}
      maps.set(show, { epoch, seq, statuses: [...push.statuses!], snapshots: snapshots + 1, diffs })
    } else if (map === undefined || epoch !== map.epoch || seq !== map.seq + 1) {
      disorder.push(`diff ${epoch}-${seq} of ${show} after ${map?.epoch}-${map?.seq}`)
    } else {
      map.seq = seq
      map.diffs++
      for (const [seat, status] of push.changes!) map.statuses[seat] = status
    }
  }
  return { maps, expired, disorder, take }
}

function readTextPush(message: Omit<Push, 'statuses'> & { readonly statuses?: string }): Push {
  const { statuses, ...push } = message
  if (statuses === undefined) return push
  return { ...push, statuses: unpack(Buffer.from(statuses, 'base64')) }
}

/** u8 kind · u32 epoch · u32 seq · u8 length · show · payload, little-endian. */
function readBinaryPush(data: Buffer): Push {
  const [kind, nameLength] = [data[0], data[9]!]
  const show = data.toString('latin1', 10, 10 + nameLength)
  const payload = data.subarray(10 + nameLength)
  const place = { show, epoch: data.readUInt32LE(1), seq: data.readUInt32LE(5) }
  if (kind === 1) return { ev: 'snapshot', ...place, statuses: unpack(payload) }
  const changes = Array.from({ length: payload.length / 4 }, (_, i) => {
    const change = payload.readUInt32LE(i * 4)
    return [change >> 2, change & 3] as const
  })
  return { ev: 'diff', ...place, changes }
}

/** Two bits a seat, the first in the lowest bits of the first byte. */
function unpack(packed: Uint8Array): number[] {
  return Array.from(packed).flatMap((byte) => [byte & 3, (byte >> 2) & 3, (byte >> 4) & 3, byte >> 6])
}
