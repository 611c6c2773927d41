// WebSocket frames as no client library would send them, on a bare connection, and the server's frames read back.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10

export interface FrameOptions {
  readonly opcode?: number
  readonly payload?: string | Uint8Array
  /** False: more frames of this message follow. */
  readonly fin?: boolean
  readonly masked?: boolean
  /** The three bits that extensions use. */
  readonly reserved?: number
  /** What the header says instead of the payload's own length. */
  readonly claimedLength?: number
}

export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

export interface BareSocket {
  write(bytes: Uint8Array): Promise<void>
  /** The next frame of the server; null when it has hung up. */
  next(): Promise<ServerFrame | null>
  /** Reads nothing until `resume`. */
  pause(): void
  resume(): void
  /** Hangs up without a word. */
  destroy(): void
}

const ANSWER_MS_MAX = 10_000

export function frame(options: FrameOptions): Buffer {
  const { opcode = TEXT, payload = '', fin = true, masked = true, reserved = 0 } = options
  const bytes = Buffer.from(payload)
  const length = options.claimedLength ?? bytes.length
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const maskBit = masked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([first, maskBit | length])
      : length < 65_536
        ? Buffer.from([first, maskBit | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([first, maskBit | 127]), bigEndian64(length)])
  if (!masked) return Buffer.concat([head, bytes])
  const mask = randomBytes(4)
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i & 3]!)])
}

function bigEndian64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** Connects and upgrades; throws with what was answered where that is not 101. */
export async function bareSocket(wsUrl: string, protocols: string): Promise<BareSocket> {
  const { hostname, port, pathname } = new URL(wsUrl)
  const socket = connect(Number(port), hostname)
  const frames: ServerFrame[] = []
  let bytes = Buffer.alloc(0)
  let upgraded = false
  let ended = false
  let wake = () => {}
  socket.on('error', () => {})
  socket.on('data', (part) => {
    bytes = Buffer.concat([bytes, part])
    if (!upgraded) return wake()
    for (let one = readFrame(bytes); one !== null; one = readFrame(bytes)) {
      frames.push(one.frame)
      bytes = bytes.subarray(one.length)
    }
    wake()
  })
  socket.on('close', () => {
    ended = true
    wake()
  })
  const until = async (isSo: () => boolean) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      wake()
    }, ANSWER_MS_MAX)
    while (!isSo() && !ended && !late) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    clearTimeout(timer)
    if (late) throw new Error(`the server neither spoke nor hung up in ${ANSWER_MS_MAX} ms`)
  }
  await once(socket, 'connect')
  const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`
  const lines = [`GET ${pathname} HTTP/1.1`, `Host: ${hostname}:${port}`, ...headers, key]
  socket.write(`${[...lines, `Sec-WebSocket-Protocol: ${protocols}`].join('\r\n')}\r\n\r\n`)
  await until(() => bytes.includes('\r\n\r\n'))
  const headEnd = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, Math.max(headEnd, 0))
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(`not upgraded: ${bytes}`)
  bytes = bytes.subarray(headEnd + 4)
  upgraded = true
  socket.emit('data', Buffer.alloc(0))
  return {
    write: (data) => new Promise((resolve) => socket.write(data, () => resolve())),
    async next() {
      await until(() => frames.length > 0)
      return frames.shift() ?? null
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    destroy: () => socket.destroy()
  }
}

/** Servers do not mask. */
function readFrame(bytes: Buffer): { frame: ServerFrame; length: number } | null {
  if (bytes.length < 2) return null
  const short = bytes[1]! & 127
  const headLength = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < headLength) return null
  const payloadLength = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const length = headLength + payloadLength
  if (bytes.length < length) return null
  return { frame: { opcode: bytes[0]! & 15, payload: bytes.subarray(headLength, length) }, length }
}

/** The code of a close frame, 1005 where it has none; 0 for any other frame, 1006 for none at all. */
export function closeCode(last: ServerFrame | null): number {
  if (last === null) return 1006
  if (last.opcode !== CLOSE) return 0
  return last.payload.length < 2 ? 1005 : last.payload.readUInt16BE(0)
}
