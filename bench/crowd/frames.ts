// What a viewer needs of WebSocket by hand: the handshake, its few frames as bytes made once, and the server's frames
// found in place, so that a socket costs neither a parser nor copies.

export const TEXT = 0x81
export const BINARY = 0x82
export const CLOSE = 0x88
export const PING = 0x89
const PONG = 0x8a
const MASKED = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127
/** A mask of zeros leaves the payload as it is. */
const MASK = [0, 0, 0, 0]
const GREETING_END = '\r\n\r\n'

export interface FrameReader {
  /** A frame of the server; its payload is `bytes[start, end)`, which is somebody else's a moment later. */
  frame(kind: number, bytes: Buffer, start: number, end: number): void
}

/** Reads every whole frame from `at` on, and answers where the first one starts that is not whole. */
export function readFrames(bytes: Buffer, from: number, end: number, reader: FrameReader): number {
  let at = from
  while (at + 2 <= end) {
    const short = bytes[at + 1]!
    let start = at + 2
    let length = short
    if (short === LENGTH_16) {
      start = at + 4
      if (start > end) return at
      length = bytes.readUInt16BE(at + 2)
    } else if (short === LENGTH_64) {
      start = at + 10
      if (start > end) return at
      length = Number(bytes.readBigUInt64BE(at + 2))
    }
    if (start + length > end) return at
    reader.frame(bytes[at]!, bytes, start, start + length)
    at = start + length
  }
  return at
}

export function handshake(): Buffer {
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: frontrow.v1.bin'
  ]
  return Buffer.from(lines.join('\r\n') + GREETING_END)
}

/** Where the server's half of the handshake ends; −1: not all of it is there. Throws where the server says no. */
export function greetingEnd(bytes: Buffer, end: number): number {
  const found = bytes.subarray(0, end).indexOf(GREETING_END)
  if (found < 0) return -1
  const greeting = bytes.toString('latin1', 0, found)
  if (!greeting.startsWith('HTTP/1.1 101')) throw new Error(`a viewer was not let in: ${greeting.split('\r\n')[0]}`)
  return found + GREETING_END.length
}

export function textFrame(text: string): Buffer {
  return clientFrame(TEXT, Buffer.from(text))
}

export function pongFrame(payload: Buffer): Buffer {
  return clientFrame(PONG, payload)
}

function clientFrame(kind: number, payload: Buffer): Buffer {
  const { length } = payload
  const size = length < LENGTH_16 ? [length] : [LENGTH_16, length >> 8, length & 0xff]
  size[0]! |= MASKED
  return Buffer.concat([Buffer.from([kind, ...size, ...MASK]), payload])
}
