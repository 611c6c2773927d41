// HTTP as no client library would send it: bytes straight onto a connection, and one answer read back. Nothing is
// normalised, completed or refused on the way.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what came back is judged by the test
  readonly json: any
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  /** Names as they are to be sent; '' as value leaves a header out that would be sent otherwise. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const ANSWER_MS_MAX = 10_000

/** A whole request with Host and Content-Length, unless its headers say otherwise. */
export function request(
  url: string,
  { method = 'GET', path, headers = {}, body }: RawRequest
): Promise<RawAnswer | null> {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body)
  const all: Record<string, string> = {
    Host: new URL(url).host,
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(body !== undefined && !('Transfer-Encoding' in headers) && { 'Content-Length': String(bytes.length) }),
    ...headers
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]))
  // Latin-1: headers may be any bytes.
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return exchange(url, Buffer.concat([head, bytes]))
}

/**
 * Writes `bytes` to a connection of its own and reads one answer; null where it closed without one. With `last`
 * nothing more is to come from here, so that a server that waits for the rest of a request hangs up.
 */
export async function exchange(url: string, bytes: string | Uint8Array, last = false): Promise<RawAnswer | null> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (last) socket.end(bytes)
  else socket.write(bytes)
  try {
    return await readAnswer(socket)
  } finally {
    socket.destroy()
  }
}

/** Writes each of `requests` when the one before is answered, on one connection; answers all statuses that came. */
export async function statusesOf(url: string, requests: readonly string[]): Promise<number[]> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(requests[0]!)
  let text = ''
  let statuses: number[] = []
  for await (const part of socket.setEncoding('latin1')) {
    text += part
    const before = statuses.length
    statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
    if (statuses.length >= requests.length) break
    if (statuses.length > before) socket.write(requests[statuses.length]!)
  }
  return statuses
}

/** Writes `bytes` and hangs up. */
export async function abandon(url: string, bytes: string | Uint8Array): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  socket.destroy()
  await once(socket, 'close')
}

/** `body` in pieces of `size` bytes, as Transfer-Encoding: chunked has them. */
export function chunked(body: Uint8Array, size: number): Buffer {
  const parts: Uint8Array[] = []
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

async function readAnswer(socket: Socket): Promise<RawAnswer | null> {
  let bytes = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no whole answer in ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX)
    const settle = (answer: RawAnswer | null) => {
      clearTimeout(timer)
      resolve(answer)
    }
    socket.on('data', (part) => {
      bytes = Buffer.concat([bytes, part])
      const answer = parse(bytes, false)
      if (answer !== null) settle(answer)
    })
    socket.on('close', () => settle(parse(bytes, true)))
  })
}

/** Null while it is not whole. */
function parse(bytes: Buffer, ended: boolean): RawAnswer | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
  )
  const body = bytes.subarray(headEnd + 4)
  const status = Number(statusLine.split(' ')[1])
  if (status === 204 || status === 304) return { status, headers, text: '', json: undefined }
  if (!ended && body.length < Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)) return null
  const text = body.toString()
  const isJson = /json/.test(headers['content-type'] ?? '')
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined }
}
