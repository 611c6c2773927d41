// A TCP proxy that fails as networks do: slow, silent in one direction, cut, half closed. What it does not cut it
// delivers, whole and in order, however late: TCP loses no byte in the middle of a stream.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `forth` from whoever connects to the server behind, `back` the other way. */
export type Direction = 'forth' | 'back'

export interface FaultyWire {
  readonly port: number
  readonly connections: number
  /** New connections lead to another port from now on. */
  redirect(port: number): void
  /** Everything takes so much longer each way, until `heal`. */
  slow(delayMs: number): void
  /** Nothing arrives in this direction until `heal`. */
  hold(direction: Direction): void
  /** The connections that there are fall silent both ways until `heal`; new ones are as they should be. */
  strand(): void
  /** What was held moves on, and nothing is slow any more. */
  heal(): void
  /** Resets every connection; what was under way is gone. New ones are welcome. */
  cut(): void
  /** Every connection: the receiver in this direction is told that there is no more; the other direction lives on. */
  halfClose(direction: Direction): void
  close(): Promise<void>
}

interface Rules {
  delayMs: number
  isHeld: boolean
}

type Parcel = Buffer | 'end' | 'reset'

/** One direction of one connection. */
interface Lane {
  readonly to: Socket
  isStranded: boolean
  flush(): void
  halfClose(): void
}

interface Line {
  readonly near: Socket
  readonly far: Socket
  readonly lanes: Readonly<Record<Direction, Lane>>
}

/** Bytes that a lane keeps before it stops reading: whoever sends then feels that nobody reads. */
const LANE_BYTES_MAX = 256 * 1024

export async function faultyWire(target: { readonly host: string; readonly port: number }): Promise<FaultyWire> {
  const rules: Record<Direction, Rules> = {
    forth: { delayMs: 0, isHeld: false },
    back: { delayMs: 0, isHeld: false }
  }
  const lines = new Set<Line>()
  let { port } = target
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: target.host, port, allowHalfOpen: true, noDelay: true })
    const line = { near, far, lanes: { forth: lane(near, far, rules.forth), back: lane(far, near, rules.back) } }
    lines.add(line)
    for (const socket of [near, far]) {
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) lines.delete(line)
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const flushAll = () => {
    for (const { lanes } of lines) for (const one of Object.values(lanes)) one.flush()
  }
  const cut = () => {
    for (const { near, far } of lines) for (const socket of [near, far]) reset(socket)
  }
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return lines.size
    },
    redirect: (to) => {
      port = to
    },
    slow: (delayMs) => {
      for (const one of Object.values(rules)) one.delayMs = delayMs
    },
    hold: (direction) => {
      rules[direction].isHeld = true
    },
    strand: () => {
      for (const { lanes } of lines) for (const one of Object.values(lanes)) one.isStranded = true
    },
    heal: () => {
      for (const one of Object.values(rules)) Object.assign(one, { delayMs: 0, isHeld: false })
      for (const { lanes } of lines) for (const one of Object.values(lanes)) one.isStranded = false
      flushAll()
    },
    cut,
    halfClose: (direction) => {
      for (const { lanes } of lines) lanes[direction].halfClose()
    },
    close: () => closed(server, cut)
  }
}

async function closed(server: Server, cut: () => void): Promise<void> {
  const end = new Promise<void>((resolve) => server.close(() => resolve()))
  cut()
  await end
}

/** Where our end was sent already there is nothing to reset: Node would never close such a socket, nor end itself. */
function reset(socket: Socket): void {
  if (socket.writableEnded || socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}

function lane(from: Socket, to: Socket, rules: Rules): Lane {
  const queue: { readonly dueAt: number; readonly parcel: Parcel }[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  function push(parcel: Parcel): void {
    const before = queue.at(-1)?.dueAt ?? 0
    queue.push({ dueAt: Math.max(before, performance.now() + rules.delayMs), parcel })
    if (Buffer.isBuffer(parcel)) bytes += parcel.length
    if (bytes > LANE_BYTES_MAX) from.pause()
    flush()
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (rules.isHeld || self.isStranded || to.connecting) return
    const now = performance.now()
    while (queue.length > 0 && (rules.delayMs === 0 || queue[0]!.dueAt <= now)) deliver(queue.shift()!.parcel)
    if (queue.length > 0) timer = setTimeout(flush, Math.max(1, queue[0]!.dueAt - now))
    if (bytes <= LANE_BYTES_MAX && from.isPaused()) from.resume()
  }

  function deliver(parcel: Parcel): void {
    if (parcel === 'reset') reset(to)
    else if (isClosed || to.destroyed) return
    else if (parcel === 'end') to.end()
    else {
      bytes -= parcel.length
      to.write(parcel)
    }
  }

  from.on('data', push)
  from.on('end', () => push('end'))
  from.on('error', () => {})
  // After an error there was no end: the other side hears of it when its turn comes.
  from.on('close', (hadError) => {
    if (hadError) push('reset')
  })
  to.on('connect', flush)
  const self: Lane = {
    to,
    isStranded: false,
    flush,
    halfClose: () => {
      isClosed = true
      to.end()
    }
  }
  return self
}
