// The real doors on a stand-in for uWebSockets.js that calls them as it would, without sockets: a request is the
// bytes of an HTTP request, an answer is what was written. So an input costs microseconds, not a connection.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { checksum } from '../../core/codec/checksum.ts'
import { createAuth } from '../../gateway/auth.ts'
import { createSubmit } from '../../gateway/http/ask-show.ts'
import { httpDoor } from '../../gateway/http/http-door.ts'
import { createHandlers } from '../../gateway/http/http-handlers.ts'
import { createSeatMaps } from '../../gateway/http/seat-map.ts'
import type { Log } from '../../gateway/log.ts'
import type { Projector } from '../../gateway/ports.ts'
import { createRateLimits } from '../../gateway/rate-limit.ts'
import { createRecentWrites } from '../../gateway/recent-writes.ts'
import type { HttpRequest, HttpResponse, TemplatedApp } from '../../gateway/uws.ts'
import { createFeedPush } from '../../gateway/websocket/feed-push.ts'
import { webSocketDoor } from '../../gateway/websocket/websocket.ts'
import { placeOf } from '../../persistence/projection/page.ts'
import { TEST_SECRET } from '../support/http-client.ts'
import { NOON, planOf, SMALL_PLAN } from '../support/small-show.ts'
import { Finding } from './fuzz-target.ts'
import type { PlainShows } from './plain-shows.ts'

type Handler = (response: HttpResponse, request: HttpRequest, context: object) => void
type Behavior = Parameters<TemplatedApp['ws']>[1]

export interface PlainAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface PlainDoors {
  readonly auth: ReturnType<typeof createAuth>
  /** What the WebSocket door asked to be called with. */
  readonly sockets: Behavior
  /** Null where these bytes are no request that the door would be called for, or one that broke off. */
  request(bytes: Uint8Array): Promise<PlainAnswer | null>
}

/** Nobody waits for longer than this between two inputs: rates do not bind. */
const STEP_MS = 60_000

export function plainDoors(shows: PlainShows): PlainDoors {
  let now = 0
  const step = () => {
    now += STEP_MS
    return now
  }
  const handlers: [RegExp, Handler][] = []
  let sockets: Behavior | null = null
  const app = {
    any: (path: string, handler: Handler) => handlers.push([patternOf(path), handler]),
    ws: (_path: string, behavior: Behavior) => {
      sockets = behavior
    },
    numSubscribers: () => 0
  } as unknown as TemplatedApp
  const auth = createAuth(Buffer.from(TEST_SECRET), () => NOON)
  const projector: Projector = { caughtUp: async () => true }
  const recentWrites = createRecentWrites(shows, projector)
  const feed = createFeedPush()
  feed.attach(app)
  webSocketDoor(app, {
    shows,
    feed,
    auth,
    recentWrites,
    now: () => NOON + (step() % 1_000_000)
  })
  const parts = {
    ...{ auth, shows, submit: createSubmit(shows), seatMaps: createSeatMaps(shows), projector, recentWrites },
    bookings: { byUser: async () => ({ items: [], next: null }), byId: async () => null },
    showReads: { list: async () => ({ items: [], next: null }) },
    planOf: async () => planOf(SMALL_PLAN),
    plans: {
      save: async (hash: string, json: Uint8Array) => {
        shows.stored = { hash, json }
      }
    }
  }
  const limits = createRateLimits(step)
  httpDoor(app, {
    ...{ auth, limits, handlers: createHandlers(parts), open: () => true, isCursor: (text) => placeOf(text) !== null },
    metrics: { requested: () => {} },
    log: {
      debug: () => {},
      info: () => {},
      error: ({ err }: { err: unknown }) => {
        failed = err
      }
    } as unknown as Log
  })
  let failed: unknown = null
  return {
    auth,
    sockets: sockets!,
    async request(bytes) {
      failed = null
      const parsed = parseRequest(bytes)
      if (parsed === null) return null
      if (parsed.path === '/ws' && parsed.headers.get('upgrade') !== undefined) {
        return exchange(parsed, [], sockets!.upgrade as Handler)
      }
      const found = handlers.find(([pattern]) => pattern.test(parsed.path))
      if (found === undefined) return { status: 404, headers: new Map(), body: '' }
      const parameters = found[0].exec(parsed.path)!.slice(1)
      const answer = await exchange(parsed, parameters, found[1])
      if (failed !== null) throw failed
      return answer
    }
  }
}

/** `/a/:b` as uWebSockets.js has it: a part is anything but a slash. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]*)')}$`)
}

interface PlainRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: ReadonlyMap<string, string>
  /** Null: fewer bytes than were announced. */
  readonly body: Uint8Array | null
}

const REQUEST_LINE = /^([A-Z]+) (\/[^\s?]*)(?:\?(\S*))? HTTP\/1\.1$/

function parseRequest(bytes: Uint8Array): PlainRequest | null {
  const buffer = Buffer.from(bytes)
  const end = buffer.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = buffer.toString('latin1', 0, end).split('\r\n')
  const line = REQUEST_LINE.exec(first)
  if (line === null) return null
  const headers = new Map<string, string>()
  for (const text of lines) {
    const colon = text.indexOf(':')
    if (colon < 1) return null
    headers.set(text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim())
  }
  const length = headers.get('content-length') ?? '0'
  if (!/^\d{1,15}$/.test(length)) return null
  const rest = new Uint8Array(buffer.subarray(end + 4))
  const body = rest.length < Number(length) ? null : rest.slice(0, Number(length))
  return { method: line[1]!.toLowerCase(), path: line[2]!, query: line[3] ?? '', headers, body }
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gunzipSync,
  br: brotliDecompressSync
}

/** Calls the handler as uWebSockets.js does, and waits for its answer: there is one, and no second. */
function exchange(request: PlainRequest, parameters: readonly string[], handler: Handler): Promise<PlainAnswer | null> {
  return new Promise((resolve, reject) => {
    let status = 200
    let ended = false
    const headers = new Map<string, string>()
    const aborts: (() => void)[] = []
    const readers: ((chunk: ArrayBuffer, isLast: boolean) => void)[] = []
    const end = (body: string | Uint8Array = '') => {
      if (ended) return reject(new Finding('a second answer'))
      ended = true
      const encoding = headers.get('content-encoding') ?? 'identity'
      resolve({ status, headers, body: DECODERS[encoding]!(Buffer.from(body)).toString() })
    }
    const response: HttpResponse = {
      getRemoteAddressAsText: () => Buffer.from('127.0.0.1'),
      onAborted: (abort: () => void) => aborts.push(abort),
      onData: (read: (chunk: ArrayBuffer, isLast: boolean) => void) => readers.push(read),
      cork: (write: () => void) => write(),
      writeStatus: (text: string) => {
        status = Number.parseInt(text, 10)
        return response
      },
      writeHeader: (name: string, value: string) => {
        headers.set(name.toLowerCase(), value)
        return response
      },
      getWriteOffset: () => 0,
      upgrade: () => {
        status = 101
        end()
      },
      end,
      endWithoutBody: () => end(),
      tryEnd: (body: Uint8Array) => {
        end(body)
        return [true, true]
      }
    } as unknown as HttpResponse
    const req = {
      getMethod: () => request.method,
      getUrl: () => request.path,
      getQuery: () => request.query,
      getHeader: (name: string) => request.headers.get(name) ?? '',
      getParameter: (at: number) => parameters[at]
    } as unknown as HttpRequest
    handler(response, req, {})
    if (request.body !== null) for (const read of readers) feed(read, request.body)
    else if (!ended) {
      ended = true
      for (const abort of aborts) abort()
      resolve(null)
    }
  })
}

/** The body in one to four pieces, whose memory is gone afterwards. */
function feed(read: (chunk: ArrayBuffer, isLast: boolean) => void, body: Uint8Array): void {
  const pieces = 1 + (checksum(body, body.length) & 3)
  const size = Math.ceil(body.length / pieces)
  for (let piece = 0; piece < pieces; piece++) {
    const chunk = body.slice(piece * size, (piece + 1) * size)
    read(chunk.buffer as ArrayBuffer, piece === pieces - 1)
    chunk.fill(0)
  }
}
