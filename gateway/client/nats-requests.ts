// Requests over NATS, tried once each: one command, or many for the same subject packed into one array. Never rejects:
// what NATS says of a request becomes what is known of its commands.
import { ErrorCode, Events, headers, type NatsConnection, NatsError } from 'nats'
import { NATS_COMMANDS_PER_REQUEST_MAX, NATS_REQUEST_BYTES_MAX } from '../../core/limits.ts'
import type { Answer, Refused } from './protocol.ts'
import type { Tried } from './retry.ts'

/** A command that somebody waits for. */
interface NatsCommand {
  readonly subject: string
  readonly body: object
  /** Epoch milliseconds: whoever has not begun with it by then leaves it be. */
  readonly deadline: number
}

export type AskNats = (command: NatsCommand, signal: AbortSignal) => Promise<Tried>

interface Asked {
  readonly json: string
  readonly deadline: number
  settle(tried: Tried): void
}

/** An owner that moves or dies is followed within this time: whoever has no answer by then asks again. */
const ANSWER_MS = 6_000
/** Until when a request is of use: epoch milliseconds, or RFC 3339. */
const DEADLINE_HEADER = 'Frontrow-Deadline'
const DEADLINE_MAX = 8.64e15

/** What becomes of the tries under way when the connection goes: the library would let them time out. */
class UnderWay {
  readonly #settles = new Set<(tried: Tried) => void>()
  isConnected = true

  async watch(nats: NatsConnection): Promise<void> {
    for await (const { type } of nats.status()) {
      if (type === Events.Reconnect) this.isConnected = true
      if (type !== Events.Disconnect) continue
      this.isConnected = false
      for (const settle of this.#settles) settle('lost')
    }
  }

  /** Until `begin` settles it, `signal` aborts, or the connection goes. */
  run(signal: AbortSignal, begin: (settle: (tried: Tried) => void) => void): Promise<Tried> {
    return new Promise((resolve) => {
      // What is published meanwhile would be forgotten when there is a connection again.
      if (signal.aborted || !this.isConnected) return resolve('unsent')
      const abort = () => settle('lost')
      const settle = (tried: Tried) => {
        signal.removeEventListener('abort', abort)
        this.#settles.delete(settle)
        resolve(tried)
      }
      signal.addEventListener('abort', abort)
      this.#settles.add(settle)
      begin(settle)
    })
  }
}

export interface NatsRequests {
  /** Asks for one command. */
  readonly single: AskNats
  /** Asks for a command together with all that is asked of its subject in the same turn. */
  readonly packed: AskNats
}

export function natsRequests(nats: NatsConnection): NatsRequests {
  const underWay = new UnderWay()
  void underWay.watch(nats)
  return { single: askSingly(nats, underWay), packed: askPacked(nats, underWay) }
}

function askSingly(nats: NatsConnection, underWay: UnderWay): AskNats {
  return ({ subject, body, deadline }, signal) =>
    underWay.run(signal, (settle) => {
      void request(nats, subject, JSON.stringify(body), deadline).then((answer) => settle(answer as Tried))
    })
}

function askPacked(nats: NatsConnection, underWay: UnderWay): AskNats {
  const packs = new Map<string, Asked[]>()
  const flush = () => {
    for (const [subject, pack] of packs) for (const piece of pieces(pack)) void ask(nats, subject, piece)
    packs.clear()
  }
  return ({ subject, body, deadline }, signal) =>
    underWay.run(signal, (settle) => {
      if (packs.size === 0) queueMicrotask(flush)
      const asked = { json: JSON.stringify(body), deadline, settle }
      const pack = packs.get(subject)
      if (pack) pack.push(asked)
      else packs.set(subject, [asked])
    })
}

/** As many as fit into one request each. */
function pieces(pack: readonly Asked[]): Asked[][] {
  const all: Asked[][] = []
  let bytes = 0
  for (const asked of pack) {
    const own = Buffer.byteLength(asked.json) + 2
    const last = all.at(-1)
    if (last && last.length < NATS_COMMANDS_PER_REQUEST_MAX && bytes + own <= NATS_REQUEST_BYTES_MAX) {
      last.push(asked)
      bytes += own
    } else {
      all.push([asked])
      bytes = own
    }
  }
  return all
}

async function ask(nats: NatsConnection, subject: string, piece: readonly Asked[]): Promise<void> {
  const json = `[${piece.map((asked) => asked.json).join()}]`
  const answer = await request(nats, subject, json, Math.max(...piece.map(({ deadline }) => deadline)))
  piece.forEach(({ settle }, at) => {
    settle(Array.isArray(answer) ? (answer as readonly Answer[])[at]! : (answer as Tried))
  })
}

async function request(
  nats: NatsConnection,
  subject: string,
  json: string,
  deadline: number
): Promise<Tried | readonly Answer[]> {
  const about = headers()
  if (deadline < DEADLINE_MAX) about.set(DEADLINE_HEADER, String(deadline))
  try {
    const message = await nats.request(subject, json, { timeout: ANSWER_MS, headers: about })
    return message.json<Answer | readonly Answer[]>()
  } catch (error) {
    const code = error instanceof NatsError ? error.code : ''
    if (NOT_SENT.has(code)) return 'unsent'
    const refused = REFUSED[code]
    return refused ? { ok: false, error: refused } : 'lost'
  }
}

/** Nobody was there to do it, or it never left. */
const NOT_SENT: ReadonlySet<string> = new Set([
  ErrorCode.NoResponders,
  ErrorCode.ConnectionClosed,
  ErrorCode.ConnectionDraining
])
const REFUSED: Readonly<Record<string, Refused>> = {
  [ErrorCode.PermissionsViolation]: { code: 'forbidden', detail: 'The NATS account may not ask this.' },
  [ErrorCode.MaxPayloadExceeded]: { code: 'invalid_request', detail: 'That is more than the NATS server takes.' }
}
