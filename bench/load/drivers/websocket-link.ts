// Frontrow over WebSocket: raw sockets and frames made by hand. Each socket is one user's; users of the trace
// share them in turn.
import { setTimeout as delay } from 'node:timers/promises'
import { readFrames } from '../../ws/frames.ts'
import type { FrontrowAddress } from '../frontrow/address.ts'
import { createWaiting, type Link, type Operation, type Waiting } from './link.ts'
import { type FastSocket, openSocket } from './socket.ts'
import type { Wording } from './wording.ts'

const RECONNECT_MS = 100
const LENGTH_16 = 126
/** A mask of zeros leaves the payload as it is; the server unmasks it all the same. */
const MASK = '\0\0\0\0'
const PING = 0x89
const PONG = `\x8a\x80${MASK}`

export async function openWebSocketLink(
  address: FrontrowAddress,
  connections: number,
  wording: Wording,
  answerMsMax: number
): Promise<Link> {
  const tokens = address.tokens.length === 0 ? [null] : address.tokens
  const lines = await Promise.all(
    Array.from({ length: connections }, (_, at) =>
      openLine(address.url, tokens[at % tokens.length]!, wording, answerMsMax)
    )
  )
  return {
    ask: (op, show, { user, members }, heard) => {
      const line = lines[user % lines.length]!
      line.ask(op, address.showIds[show]!, members, heard)
    },
    close: async () => {
      for (const line of lines) line.close()
    }
  }
}

interface Line {
  ask(op: Operation, showId: string, members: string, heard: Parameters<Waiting['take']>[0]): void
  close(): void
}

async function openLine(url: string, token: string | null, wording: Wording, answerMsMax: number): Promise<Line> {
  const waiting = createWaiting(answerMsMax)
  const { hostname, port, pathname } = new URL(url)
  let socket: FastSocket | null = null
  let closing = false

  async function open(): Promise<void> {
    let greeting: string | null = ''
    let rest: Buffer | null = null
    let greeted = (_error?: Error): void => {}
    const answered = new Promise<void>((resolve, reject) => {
      greeted = (error) => (error === undefined ? resolve() : reject(error))
    })
    const read = (chunk: Buffer) => {
      if (greeting !== null) {
        // The server says nothing before it is asked: this is its half of the handshake alone, maybe in parts.
        greeting += chunk.toString('latin1')
        if (!greeting.endsWith('\r\n\r\n')) return
        greeted(greeting.startsWith('HTTP/1.1 101') ? undefined : new Error(greeting))
        greeting = null
        return
      }
      const bytes = rest === null ? chunk : Buffer.concat([rest, chunk])
      const whole = readFrames(bytes, bytes.length, (start, end, kind) => {
        if (kind === wording.frame) waiting.answered(wording.slotOf(bytes, start), bytes, start, end)
        else if (kind === PING) socket?.send(PONG)
      })
      rest = whole === bytes.length ? null : Buffer.from(bytes.subarray(whole))
    }
    const closed = (error: Error | null) => {
      greeted(error ?? new Error('the server closed the socket'))
      lost()
    }
    const opened = await openSocket(hostname, Number(port) || 80, { read, closed })
    opened.send(handshake(hostname, pathname, wording.protocol, token))
    await answered
    socket = opened
  }

  function lost(): void {
    if (socket === null) return
    socket = null
    waiting.failed()
    if (!closing) void reopen()
  }

  async function reopen(): Promise<void> {
    while (socket === null && !closing)
      await delay(RECONNECT_MS)
        .then(open)
        .catch(() => {})
  }

  await open()
  return {
    ask: (op, showId, members, heard) => {
      const slot = waiting.take(heard)
      if (socket === null) queueMicrotask(() => waiting.failed(slot))
      else socket.send(frameOf(wording.frame, wording.message(slot, op, showId, members)))
    },
    close: () => {
      closing = true
      waiting.stop()
      socket?.close()
    }
  }
}

function frameOf(kind: number, text: string): string {
  const { length } = text
  const size =
    length < LENGTH_16 ? String.fromCharCode(0x80 | length) : `\xfe${String.fromCharCode(length >> 8, length & 0xff)}`
  return `${String.fromCharCode(kind)}${size}${MASK}${text}`
}

function handshake(host: string, path: string, protocol: string, token: string | null): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${protocol}${token === null ? '' : `, bearer.${token}`}`,
    '\r\n'
  ].join('\r\n')
}
