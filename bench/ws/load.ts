// The load generator, a process of its own: closed loop, so many holds on their way on each socket, an answer makes
// room for the next. Raw sockets and frames made beforehand: a hold costs it about as little as Node can do.
import { connect, type Socket } from 'node:net'
import { parentOf } from '../child.ts'
import { latenciesOf } from '../statistics.ts'
import { buildLanes, type Lane, readFrames, TEXT_FRAME } from './frames.ts'
import type { FromLoad, LoadPlan, LoadResult, LoadRun, ToLoad } from './protocol.ts'

const ANSWER_MS_MAX = 10_000
const RECEIVE_BYTES = 64 * 1024
const LETTER_T = 't'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)
const COMMA = ','.charCodeAt(0)
/** Answers start with `{"id":` and go on, after the number, with `,"ok":`. */
const ID_AT = '{"id":'.length
const OK_AFTER = ',"ok":'.length

let plan: LoadPlan | null = null
let lanes: Lane[] = []

const parent = parentOf<FromLoad, ToLoad>((message) => {
  if (message.kind === 'run') {
    void run(message).then((result) => parent.send(result))
    return
  }
  plan = message
  lanes = buildLanes(message)
  const holds = lanes.reduce((sum, { starts }) => sum + starts.length - 1, 0)
  const bytes = lanes.reduce((sum, lane) => sum + lane.bytes.length, 0)
  parent.send({ kind: 'prepared', holds, requestBytes: Math.round(bytes / holds) })
})

/** What one run counts; `counting` only between warm-up and end. */
interface Tally {
  readonly again: boolean
  counting: boolean
  stopped: boolean
  ranOut: boolean
  underway: number
  granted: number
  closed: number
  readonly refused: Record<string, number>
  /** By message id: when it was sent. */
  readonly sentAt: Float64Array
  readonly tookMs: number[]
  /** Called when a lane has no more seats to ask for, and when nothing is under way any more. */
  onRanOut: () => void
  onQuiet: () => void
}

async function run({ port, warmUpMs, measureMs, again }: LoadRun): Promise<LoadResult> {
  const { outstanding, sockets, tokens } = plan!
  const tally = newTally(again)
  const ranOut = new Promise<void>((resolve) => {
    tally.onRanOut = resolve
  })
  const quiet = new Promise<void>((resolve) => {
    tally.onQuiet = resolve
  })
  const links = await Promise.all(lanes.map((lane, at) => openLink(port, tokens[at % tokens.length]!, lane, tally)))
  const upTo = (link: number) => Math.floor((outstanding * link) / sockets)
  for (const [at, link] of links.entries()) link.start(upTo(at + 1) - upTo(at))
  await until(warmUpMs, ranOut)
  tally.counting = true
  const startedAt = performance.now()
  parent.send({ kind: 'measuring' })
  await until(measureMs, ranOut)
  tally.counting = false
  const ms = performance.now() - startedAt
  parent.send({ kind: 'measured' })
  tally.stopped = true
  if (tally.underway > 0) await until(ANSWER_MS_MAX, quiet)
  const { granted, refused, ranOut: hadNoMore, underway: unanswered, closed } = tally
  for (const link of links) link.close()
  const latencies = latenciesOf(tally.tookMs)
  return { kind: 'result', ms, granted, refused, latencies, unanswered, closed, ranOut: hadNoMore }
}

function newTally(again: boolean): Tally {
  const holds = lanes.reduce((sum, { starts }) => sum + starts.length - 1, 0)
  return {
    ...{ again, counting: false, stopped: false, ranOut: false, underway: 0, granted: 0, closed: 0, refused: {} },
    ...{ sentAt: new Float64Array(holds), tookMs: [], onRanOut: () => {}, onQuiet: () => {} }
  }
}

/** `ms`, or less when `over` comes first. */
function until(ms: number, over: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void over.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

interface Link {
  start(outstanding: number): void
  close(): void
}

function openLink(port: number, token: string, lane: Lane, tally: Tally): Promise<Link> {
  const buffer = Buffer.alloc(RECEIVE_BYTES)
  let rest = Buffer.alloc(0)
  let next = 0
  let opened: (() => void) | null = null

  function send(count: number): void {
    const last = lane.starts.length - 1
    if (next + count > last && tally.again) next = 0
    const to = Math.min(last, next + count)
    if (to < next + count) {
      tally.ranOut = true
      tally.onRanOut()
    }
    if (to === next) return
    const now = performance.now()
    for (let at = next; at < to; at++) tally.sentAt[lane.firstId + at] = now
    tally.underway += to - next
    socket.write(lane.bytes.subarray(lane.starts[next]!, lane.starts[to]!))
    next = to
  }

  function receive(bytes: Buffer, end: number): void {
    const now = performance.now()
    let answers = 0
    const whole = readFrames(bytes, end, (start, stop, kind) => {
      if (kind === TEXT_FRAME && note(tally, bytes, start, stop, now)) answers++
    })
    rest = Buffer.from(bytes.subarray(whole, end))
    tally.underway -= answers
    if (!tally.stopped) send(answers)
    if (tally.stopped && tally.underway === 0) tally.onQuiet()
  }

  let greeting = ''
  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer,
      callback: (count: number) => {
        if (opened !== null) {
          // The server says nothing before it is asked: this is its half of the handshake alone, maybe in parts.
          greeting += buffer.toString('latin1', 0, count)
          if (!greeting.endsWith('\r\n\r\n')) return true
          if (!greeting.startsWith('HTTP/1.1 101')) throw new Error(greeting)
          opened()
          opened = null
        } else if (rest.length === 0) receive(buffer, count)
        else receive(Buffer.concat([rest, buffer.subarray(0, count)]), rest.length + count)
        return true
      }
    }
  })
  socket.write(handshake(token))
  const link = { start: send, close: () => void socket.destroy() }
  return new Promise((resolve, reject) => {
    opened = () => resolve(link)
    socket.once('error', reject)
    socket.once('close', () => tally.closed++)
  })
}

/** Takes an answer in; false where it is none. */
function note(tally: Tally, bytes: Buffer, start: number, end: number, now: number): boolean {
  let id = 0
  let at = start + ID_AT
  for (; bytes[at] !== COMMA && at < end; at++) id = id * 10 + bytes[at]! - ZERO
  const sentAt = tally.sentAt[id]
  if (sentAt === undefined) return false
  if (!tally.counting) return true
  if (bytes[at + OK_AFTER] === LETTER_T) {
    tally.granted++
    tally.tookMs.push(now - sentAt)
  } else {
    const code: string = JSON.parse(bytes.toString('utf8', start, end)).error.code
    tally.refused[code] = (tally.refused[code] ?? 0) + 1
  }
  return true
}

function handshake(token: string): string {
  return [
    'GET /ws HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: frontrow.v1, bearer.${token}`,
    '\r\n'
  ].join('\r\n')
}
