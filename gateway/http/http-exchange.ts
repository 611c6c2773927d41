// One request and its answer on uWebSockets.js, made safe to use after the handler has returned: what is
// needed of the request is copied at once, an answer after the client has gone does nothing, and a large
// body is written as the client reads it.
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { ADMIN_BYTES_MAX, MESSAGE_ID_MAX } from '../../core/limits.ts'
import type { HttpRequest, HttpResponse } from '../uws.ts'

/** A header of '' is not sent. */
export type Headers = Readonly<Record<string, string>>

export interface Exchange {
  readonly requestId: string
  /** Lower case; `head` is served as `get` without a body. */
  readonly method: string
  readonly path: string
  readonly query: string
  /** Text form of the client's IP address. */
  readonly address: string
  /** '' where the client sent none. */
  header(name: CopiedHeader): string
  /** The whole body, or why there is none. To be called before the handler returns, at most once. */
  readBody(bytesMax: number): Promise<Uint8Array | 'too large' | 'aborted'>
  /** Answers, once. */
  send(status: number, headers: Headers, body: string | Uint8Array | null): void
}

/** Request headers are gone when the handler returns: these are kept. */
const COPIED_HEADERS = [
  'accept-encoding',
  'authorization',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'x-request-id'
] as const
type CopiedHeader = (typeof COPIED_HEADERS)[number]

/** Sent with every answer: nothing is to be guessed about it, framed, or kept by what stands between. */
const COMMON_HEADERS: Headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff'
}

const SANE_REQUEST_ID = new RegExp(`^[A-Za-z0-9._-]{1,${MESSAGE_ID_MAX}}$`)
/** Bodies up to here are handed to the socket at once; it copies what the client does not take. */
const COPIED_BODY_BYTES = 64 * 1024
const decoder = new TextDecoder()

export function createExchange(res: HttpResponse, req: HttpRequest): Exchange {
  const headers = new Map<CopiedHeader, string>()
  for (const name of COPIED_HEADERS) headers.set(name, req.getHeader(name))
  const method = req.getMethod()
  const given = headers.get('x-request-id') ?? ''
  const requestId = SANE_REQUEST_ID.test(given) ? given : randomUUID()
  const address = decoder.decode(res.getRemoteAddressAsText())
  let over = false
  let bodyComplete = !declaresBody(req)
  let abortBody: (() => void) | null = null
  res.onAborted(() => {
    over = true
    abortBody?.()
  })
  return {
    requestId,
    method,
    path: req.getUrl(),
    query: req.getQuery(),
    address,
    header: (name) => headers.get(name) ?? '',
    readBody(bytesMax) {
      return new Promise((resolve) => {
        abortBody = () => resolve('aborted')
        collectBody(res, Number(headers.get('content-length')) || 0, bytesMax, (body) => {
          bodyComplete = body !== 'too large'
          resolve(body)
        })
      })
    },
    send(status, more, body) {
      if (over) return
      over = true
      const all: Headers = { ...COMMON_HEADERS, 'X-Request-Id': requestId, ...more }
      res.cork(() => {
        res.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
        for (const name in all) if (all[name] !== '') res.writeHeader(name, all[name]!)
        writeBody(res, method === 'head', body, !bodyComplete && !isReadOut(headers))
      })
    }
  }
}

function declaresBody(req: HttpRequest): boolean {
  const length = req.getHeader('content-length')
  return (length !== '' && length !== '0') || req.getHeader('transfer-encoding') !== ''
}

/**
 * What follows of a body that is refused is read and forgotten, unless it says that it is larger than any may be, or does
 * not say how large it is. A connection that is closed with bytes unread is reset, and the client may lose its answer.
 */
function isReadOut(headers: ReadonlyMap<CopiedHeader, string>): boolean {
  const declared = headers.get('content-length')
  return declared !== '' && Number(declared) <= ADMIN_BYTES_MAX
}

/** Nothing beyond `bytesMax` is kept, and what says beforehand that it is larger is not read at all. */
function collectBody(
  res: HttpResponse,
  declared: number,
  bytesMax: number,
  done: (body: Uint8Array | 'too large') => void
): void {
  if (declared > bytesMax) {
    done('too large')
    return
  }
  const chunks: Uint8Array[] = []
  let length = 0
  res.onData((chunk, isLast) => {
    length += chunk.byteLength
    if (length > bytesMax) {
      chunks.length = 0
      done('too large')
      return
    }
    // The memory of a chunk is taken back when this function returns.
    if (chunk.byteLength > 0) chunks.push(new Uint8Array(chunk.slice(0)))
    if (isLast) done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  })
}

/** `close`: the connection, behind an answer that came before the request was read. */
function writeBody(res: HttpResponse, headOnly: boolean, body: string | Uint8Array | null, close: boolean): void {
  if (body === null) {
    if (close) res.endWithoutBody(0, true)
    else res.endWithoutBody()
  } else if (headOnly) {
    res.endWithoutBody(Buffer.byteLength(body), close)
  } else if (typeof body === 'string' || body.length <= COPIED_BODY_BYTES || close) {
    res.end(body, close)
  } else {
    stream(res, body)
  }
}

/** The body may be a cached one that many clients read: only what the socket takes is copied. */
function stream(res: HttpResponse, body: Uint8Array): void {
  const startOffset = res.getWriteOffset()
  const [ok] = res.tryEnd(body, body.length)
  if (ok) return
  res.onWritable((offset) => {
    const [done] = res.tryEnd(body.subarray(offset - startOffset), body.length)
    return done
  })
}
