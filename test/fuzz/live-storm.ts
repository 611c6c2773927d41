// A storm on one running server: spoilt requests on connections of their own, spoilt messages on sockets that stay, and
// spoilt WebSocket frames below them. Whole requests and messages are answered, and nothing of the inside gets out.
import { setTimeout as delay } from 'node:timers/promises'
import type WebSocket from 'ws'
import { createRandom, type Random } from '../../bench/random.ts'
import { REFUSAL_CODES } from '../../core/refusal.ts'
import { fnv1a } from '../../core/shard.ts'
import { bareSocket, frame } from '../support/hostile-frames.ts'
import { openSocket } from '../support/wire-client.ts'
import { callsOn, messagesOn, mutateRequest, partsOf, requestBytes } from './client-inputs.ts'
import { summaryOf, textOf } from './fuzz-target.ts'
import { mutateBytes, pick } from './mutate-bytes.ts'
import { mutateJson } from './mutate-json.ts'
import { type RawAnswer, sendRequest } from './raw-request.ts'

export interface StormOptions {
  readonly url: string
  readonly wsUrl: string
  /** Of an admin, who may change the show `open`, and of a service, which may change nothing of the show `guarded`. */
  readonly admin: string
  readonly service: string
  readonly open: string
  readonly guarded: string
  readonly requests: number
  readonly messages: number
  /** Bare connections with spoilt frames. */
  readonly frames: number
  readonly seed: number
}

export interface StormResult {
  /** How often each answer was given: a status or a code, `none` for connections that were closed without one. */
  readonly answers: ReadonlyMap<string, number>
  /** What must not be, with the input. */
  readonly problems: readonly string[]
}

const REQUESTS_AT_ONCE = 16
const MESSAGES_AT_ONCE = 50
/** Longer ones close their socket: that is seen elsewhere. */
const MESSAGE_CHARACTERS_MAX = 15_000
const ANSWER_MS_MAX = 20_000
const FRAME_PATIENCE_MS = 30

export async function storm(options: StormOptions): Promise<StormResult> {
  const answers = new Map<string, number>()
  const problems: string[] = []
  const note = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1)
  const wrong = (what: string, input: Uint8Array) => {
    if (problems.length < 20) problems.push(`${what}: ${JSON.stringify(textOf(input.subarray(0, 600)))}`)
  }
  await Promise.all([
    ...Array.from({ length: REQUESTS_AT_ONCE }, (_, at) => sendRequests(options, at, note, wrong)),
    sendMessages(options, options.admin, options.open, note, wrong),
    sendMessages(options, options.service, options.guarded, note, wrong),
    sendFrames(options, note)
  ])
  return { answers, problems }
}

type Note = (answer: string) => void
type Wrong = (what: string, input: Uint8Array) => void

async function sendRequests(options: StormOptions, at: number, note: Note, wrong: Wrong): Promise<void> {
  const { url, admin, service, open, guarded, seed, requests } = options
  const random = createRandom(fnv1a(`${seed}/${at}`))
  const onOpen = callsOn(open).map((call) => requestBytes(call, call.as === undefined ? '' : admin))
  const ordinary = callsOn(guarded).filter(({ as }) => as !== 'admin')
  const onGuarded = ordinary.map((call) => requestBytes(call, call.as === undefined ? '' : service))
  for (let left = requests / REQUESTS_AT_ONCE; left > 0; left--) {
    const corpus = pick(random, [onOpen, onGuarded])
    const input = mutateRequest(random, pick(random, corpus), pick(random, corpus))
    try {
      const answer = await sendRequest(url, input, isWhole(input))
      const { code, fault } = judgeAnswer(answer)
      note(code)
      if (fault !== null) wrong(fault, input)
    } catch (error) {
      wrong(summaryOf(error), input)
    }
  }
}

/** The server has all it needs to answer. */
function isWhole(input: Uint8Array): boolean {
  const { head, body } = partsOf(input)
  const text = Buffer.from(head).toString('latin1')
  const length = /^content-length: (\d{1,9})\r$/im.exec(text)?.[1] ?? '0'
  return /^[A-Z]+ \/[!-~]* HTTP\/1\.1\r\n([\w-]+: [ -~]*\r\n)+\r\n$/.test(text) && Number(length) <= body.length
}

const CODES = new Set<unknown>(Object.keys(REFUSAL_CODES))
const INSIDES = /\bat [\w.<>]+ \(|\.[cm]?[jt]s\b|node_modules|\b\w+Error\b|frontrow\.[a-z]+_|\bselect \w|\[object/

/** Its code or status, and what is wrong with it. */
function judgeAnswer(answer: RawAnswer | null): { code: string; fault: string | null } {
  if (answer === null) return { code: 'none', fault: null }
  const { status, headers, body } = answer
  const said = body.slice(0, 200)
  const isProblem = body !== '' && headers.get('content-type') === 'application/problem+json'
  // uWebSockets.js itself says 505 to what it does not take for HTTP.
  const isFault = status >= 500 && status !== 505
  if (!isProblem) return { code: String(status), fault: isFault ? `answered ${status} ${said}` : null }
  const problem = JSON.parse(body) as { code: string; status: number; detail: string }
  const { code, detail } = problem
  if (status >= 500) return { code, fault: `answered ${said}` }
  if (!CODES.has(code) || problem.status !== status) return { code, fault: `a problem of no known kind: ${said}` }
  return { code, fault: INSIDES.test(detail.replaceAll(/"[^"]*"/g, '')) ? `tells of the inside: ${detail}` : null }
}

async function sendMessages(o: StormOptions, token: string, show: string, note: Note, wrong: Wrong): Promise<void> {
  const random = createRandom(fnv1a(`${o.seed}/${show}`))
  const corpus = messagesOn(show)
  let socket = await openSocket(o.wsUrl, ['frontrow.v1', `bearer.${token}`])
  for (let left = Math.ceil(o.messages / 2); left > 0; ) {
    if (socket.readyState !== socket.OPEN) socket = await openSocket(o.wsUrl, ['frontrow.v1', `bearer.${token}`])
    const batch = Array.from({ length: Math.min(left, MESSAGES_AT_ONCE) }, () => messageOf(random, corpus))
    left -= batch.length
    try {
      for (const answer of await askAll(socket, batch)) {
        const { error } = JSON.parse(answer) as { error?: { code: string } }
        note(error?.code ?? 'ok')
        if (error !== undefined && (!CODES.has(error.code) || error.code === 'unavailable')) wrong(answer, batch[0]!)
      }
    } catch (error) {
      wrong(summaryOf(error), Buffer.concat(batch))
      socket.terminate()
    }
  }
  socket.close()
}

function messageOf(random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  for (;;) {
    const text = textOf(mutateJson(random, pick(random, corpus), pick(random, corpus)))
    if (text.length <= MESSAGE_CHARACTERS_MAX) return Buffer.from(text)
  }
}

/** As many answers as messages; pushes are not among them. */
function askAll(socket: WebSocket, batch: readonly Uint8Array[]): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const answers: string[] = []
    const settle = (act: () => void) => {
      clearTimeout(timer)
      socket.off('message', hear).off('close', closed)
      act()
    }
    const late = () => settle(() => reject(new Error(`${answers.length} answers to ${batch.length} messages`)))
    const timer = setTimeout(late, ANSWER_MS_MAX)
    const closed = (code: number) => settle(() => reject(new Error(`the socket was closed with ${code}`)))
    const hear = (data: Buffer) => {
      const text = data.toString()
      if (text.startsWith('{"ev":')) return
      if (answers.push(text) === batch.length) settle(() => resolve(answers))
    }
    socket.on('message', hear).on('close', closed)
    for (const message of batch) socket.send(message, { binary: false })
  })
}

/** Frames whose bytes are spoilt, header and all: the server closes the socket, or waits for the rest. */
async function sendFrames(o: StormOptions, note: Note): Promise<void> {
  const random = createRandom(fnv1a(`${o.seed}/frames`))
  const corpus = messagesOn(o.guarded)
  for (let left = o.frames; left > 0; left--) {
    const socket = await bareSocket(o.wsUrl, `frontrow.v1, bearer.${o.service}`)
    const whole = Buffer.concat(Array.from({ length: 3 }, () => frame({ payload: pick(random, corpus) })))
    await socket.write(mutateBytes(random, new Uint8Array(whole), new Uint8Array(whole)))
    await delay(FRAME_PATIENCE_MS)
    socket.destroy()
    note('frames')
  }
}
