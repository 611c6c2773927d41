// Both doors, from bytes to answer: messages of the WebSocket, and whole HTTP requests with their path, query, headers
// and body. Each is answered once, in the shape that is described, and what is refused changes nothing.
import type * as Schema from 'effect/Schema'
import { REFUSAL_CODES, type RefusalCode } from '../../../core/refusal.ts'
import { BINARY_REQUEST } from '../../../gateway/binary/binary-command.ts'
import { ENDPOINTS } from '../../../gateway/http/http-api.ts'
import { decodeRequest } from '../../../gateway/nats/nats-request.ts'
import { decoderOf } from '../../../gateway/schema/decode.ts'
import { Problem } from '../../../gateway/schema/schema-http.ts'
import { SERVER_PUSHES, SERVER_REPLIES } from '../../../gateway/schema/schema-websocket.ts'
import { newClient, type SocketData } from '../../../gateway/websocket/websocket-client.ts'
import { binaryAnswers } from '../../support/binary-form.ts'
import { NOON, SHOW } from '../../support/small-show.ts'
import {
  binaryMessagesOn,
  binaryRequestsOn,
  callsOn,
  measured,
  messagesOn,
  mutateRequest,
  partsOf,
  requestBytes
} from '../client-inputs.ts'
import { ACCEPTED, insist, type Target, textOf } from '../fuzz-target.ts'
import { join, mutateBytes } from '../mutate-bytes.ts'
import { mutateJson, smallerJson } from '../mutate-json.ts'
import { type PlainAnswer, type PlainDoors, plainDoors } from '../plain-doors.ts'
import { PlainShows } from '../plain-shows.ts'

const shows = new PlainShows()
const doors: PlainDoors = plainDoors(shows)
const okProblem = decoderOf(Problem)

// ── WebSocket ──────────────────────────────────────────────────────────────────────────────────────

const okReplies = [
  ...[SERVER_REPLIES.hold, SERVER_REPLIES.booking, SERVER_REPLIES.subscribed, SERVER_REPLIES.done].map(decoder)
]
const okError = decoder(SERVER_REPLIES.error)
const okPushes = [SERVER_PUSHES.snapshot, SERVER_PUSHES.diff].map(decoder)

function decoder(schema: Schema.ConstraintDecoder<unknown>): (value: unknown) => { ok: boolean } {
  return decoderOf(schema)
}

const websocket: Target = {
  name: 'websocket',
  corpus: async () => messagesOn(SHOW),
  mutate: mutateJson,
  smaller: smallerJson,
  async judge(input) {
    shows.reset()
    const sent: string[] = []
    const socket = socketOf(sent)
    doors.sockets.open?.(socket)
    doors.sockets.message?.(socket, new Uint8Array(input).buffer, false)
    // Answers leave at the end of the turn.
    await Promise.resolve()
    doors.sockets.close?.(socket, 1000, new ArrayBuffer(0))
    shows.insistSound()
    const messages = sent.map((text) => JSON.parse(text) as Record<string, unknown>)
    const answers = messages.filter((message) => !('ev' in message))
    insist(answers.length === 1, `${answers.length} answers`)
    for (const push of messages)
      insist(!('ev' in push) || okPushes.some((ok) => ok(push).ok), 'a push of no known shape')
    const [answer] = answers
    insist(sameId(answer!.id, input), `an answer to ${JSON.stringify(answer!.id)}`)
    if (answer!.ok === true) {
      insist(
        okReplies.some((ok) => ok(answer).ok),
        'an answer of no known shape'
      )
      return ACCEPTED
    }
    insist(okError(answer).ok, 'a refusal of no known shape')
    insist(shows.events === 0, 'a refusal after an event')
    return codeOf((answer as { error: { code: RefusalCode } }).error)
  }
}

const binary: Target = {
  name: 'binary',
  corpus: async () => binaryMessagesOn(SHOW),
  mutate: mutateBytes,
  async judge(input) {
    shows.reset()
    const sent: Uint8Array[] = []
    const socket = socketOf(sent, true)
    doors.sockets.open?.(socket)
    doors.sockets.message?.(socket, new Uint8Array(input).buffer, true)
    await Promise.resolve()
    doors.sockets.close?.(socket, 1000, new ArrayBuffer(0))
    shows.insistSound()
    const answers = sent.flatMap(binaryAnswers)
    insist(answers.length === 1, `${answers.length} answers`)
    const [answer] = answers
    if (answer!.kind !== 'refusal') return ACCEPTED
    insist(shows.events === 0, 'a refusal after an event')
    return codeOf(answer!)
  }
}

/** Over NATS: what is taken can be asked, and the rest is refused. */
const binaryRequests: Target = {
  name: 'binary-request',
  corpus: async () => binaryRequestsOn(SHOW),
  mutate: mutateBytes,
  judge(input) {
    const bytes = Uint8Array.from(input)
    bytes[0] = BINARY_REQUEST
    const request = decodeRequest('hold', SHOW, bytes)
    if ('kind' in request) return codeOf(request)
    insist(request.isList && request.asked.length > 0, 'no commands')
    for (const { id, command } of request.asked) {
      insist('op' in command && command.op === 'hold' && command.show === SHOW, 'another command than was asked for')
      insist(Number.isSafeInteger(id) && id !== 0, `the id ${id}`)
    }
    return ACCEPTED
  }
}

/** Null, or the id that came in. */
function sameId(id: unknown, input: Uint8Array): boolean {
  if (id === null) return true
  const message = JSON.parse(textOf(input)) as { id: unknown }
  return message.id === id || (message.id === 0 && id === 0)
}

function socketOf<Sent>(sent: Sent[], isBinary = false) {
  const identity = { user: 'customer-1', role: 'customer' as const, expiresAt: NOON * 2 }
  const data: SocketData = { client: newClient(identity, isBinary, NOON) }
  const socket = {
    getUserData: () => data,
    send: (said: Sent) => sent.push(said) && 1,
    cork: (write: () => void) => write(),
    subscribe: () => true,
    unsubscribe: () => true,
    getBufferedAmount: () => 0,
    end: (code: number) => insist(code < 4_000, `closed with ${code}`)
  }
  return socket as unknown as Parameters<NonNullable<PlainDoors['sockets']['open']>>[0]
}

// ── HTTP ───────────────────────────────────────────────────────────────────────────────────────────

/** uWebSockets.js itself answers these, or nothing is to be answered. */
const NO_REQUEST = 'no request'

const http: Target = {
  name: 'http',
  corpus: () =>
    Promise.all(
      callsOn(SHOW).map(async (call) => {
        const { as } = call
        return requestBytes(call, as === undefined ? '' : (await doors.auth.signToken(`${as}-1`, as, 3_600_000)).token)
      })
    ),
  mutate: mutateRequest,
  repair: measured,
  *smaller(input) {
    const { head, body } = partsOf(input)
    for (const less of smallerJson(body)) yield measured(join(head, less))
  },
  async judge(input) {
    shows.reset()
    const answer = await doors.request(input)
    shows.insistSound()
    if (answer === null) return NO_REQUEST
    if (answer.status < 400) return insistAnswer(answer)
    if (answer.status === 404 && answer.body === '') return NO_REQUEST
    if (/^HEAD /.test(textOf(input.subarray(0, 5)))) return 'HEAD'
    const problem = JSON.parse(answer.body) as { code: RefusalCode; status: number }
    insist(okProblem(problem).ok, 'a problem of no known shape')
    insist(problem.status === answer.status, `a problem with status ${problem.status} sent as ${answer.status}`)
    insist(shows.events === 0, 'a refusal after an event')
    return codeOf(problem)
  }
}

const okAnswers = Object.values(ENDPOINTS).flatMap(({ answer }) => ('schema' in answer ? [decoder(answer.schema)] : []))

function insistAnswer({ status, body }: PlainAnswer): string {
  if (body === '') insist([101, 200, 201, 204, 304].includes(status), `status ${status} without a body`)
  else
    insist(
      okAnswers.some((ok) => ok(JSON.parse(body)).ok),
      'an answer of no known shape'
    )
  return ACCEPTED
}

function codeOf({ code }: { code: RefusalCode }): string {
  insist(Object.hasOwn(REFUSAL_CODES, code), `a code ${code}`)
  insist(code !== 'unavailable' && code !== 'busy', `${code}, though nothing is wrong`)
  return code
}

export const doorTargets: readonly Target[] = [websocket, binary, binaryRequests, http]
