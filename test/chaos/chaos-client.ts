// A client that does not give up: it asks over a WebSocket that comes and goes, sends again under the same key what
// has no answer or one that says "not now", and notes every attempt. Follows the feeds of shows, and resumes them.
import { WebSocket } from 'ws'
import type { Random } from '../../bench/random.ts'
import type { House } from '../../bench/sellout/house.ts'
import { createShowViewer, type ShowViewer } from '../../bench/sellout/show-viewer.ts'
import type { Diff, HoldExpired, Snapshot } from '../../gateway/client/protocol.ts'
import type { Attempt, KeyRecord, Outcome, Recorder } from './recorder.ts'
import { outcomeOf, type Question, type WireAnswer, wireMessage } from './wire-answer.ts'

export interface ChaosClientOptions {
  /** Of a server, asked before each connection. */
  readonly url: () => string
  readonly user: string
  readonly token: string
  readonly random: Random
  readonly recorder: Recorder
  /** A socket that leaves something unanswered for so long is taken for dead. */
  readonly patienceMs: number
  /** Asks again after so long without waiting for the answer; 0: waits. */
  readonly insistMs: number
  /** Told of every write that was granted, and when it was sent, in milliseconds of performance.now(). */
  readonly granted?: (sentMs: number) => void
}

export type Answered = Extract<Outcome, { kind: 'granted' | 'refused' }>

export interface ChaosClient {
  readonly user: string
  readonly isOpen: boolean
  /** Questions without a final answer, and whatever else was sent on this socket and not answered. */
  readonly waiting: number
  readonly viewers: ReadonlyMap<string, ShowViewer>
  /** Resolves with the answer that stays, after as many attempts as that takes. */
  ask(question: Question): Promise<Answered>
  /** Asks the last writes that were granted once more. */
  repeatLast(count: number): void
  watch(house: House): ShowViewer
  unwatch(show: string): void
  /** Drops its socket, answers or not. */
  drop(): void
  close(): void
}

interface Pending {
  readonly record: KeyRecord
  readonly question: Question
  readonly message: object
  /** Null once there is a final answer, and for repetitions. */
  done: ((answer: Answered) => void) | null
  waitingSince: number
  retry: NodeJS.Timeout | null
}

/** What was sent on the socket that is open, by message id. */
interface Outstanding {
  readonly sentMs: number
  answered(answer: WireAnswer): void
}

type Push = Snapshot | Diff | HoldExpired

const RECONNECT_MS_MIN = 20
const RECONNECT_MS_MAX = 200
const HANDSHAKE_MS_MAX = 2_000
const RETRY_MS = 100
const WATCHDOG_MS = 250
const REPEATED_MAX = 10

export function createChaosClient(options: ChaosClientOptions): ChaosClient {
  const { user, random, recorder, patienceMs, insistMs } = options
  const pending = new Set<Pending>()
  const outstanding = new Map<number, Outstanding>()
  const viewers = new Map<string, ShowViewer>()
  const watched = new Set<string>()
  /** Feeds that were asked for on the socket that is open, and whether they have begun. */
  const feeds = new Map<string, { isOn: boolean }>()
  const last: Pending[] = []
  let lastId = 0
  let closing = false
  let socket = open()
  const timers = [setInterval(dropDead, WATCHDOG_MS)]
  if (insistMs > 0) timers.push(setInterval(sendAll, insistMs))

  function open(): WebSocket {
    const opening = new WebSocket(options.url(), ['frontrow.v1', `bearer.${options.token}`], {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS_MAX
    })
    opening.on('open', () => {
      for (const show of watched) subscribe(show)
      repeatLast(1)
      sendAll()
    })
    opening.on('message', (data: Buffer) => {
      if (opening === socket) receive(JSON.parse(data.toString()))
    })
    opening.on('error', () => {})
    opening.on('close', () => {
      if (opening !== socket) return
      outstanding.clear()
      feeds.clear()
      if (!closing) setTimeout(reopen, RECONNECT_MS_MIN + random.next() * (RECONNECT_MS_MAX - RECONNECT_MS_MIN))
    })
    return opening
  }

  function reopen(): void {
    if (!closing) socket = open()
  }

  function put(message: object, answered: (answer: WireAnswer) => void): boolean {
    if (socket.readyState !== WebSocket.OPEN) return false
    const id = ++lastId
    outstanding.set(id, { sentMs: performance.now(), answered })
    socket.send(JSON.stringify({ id, ...message }))
    return true
  }

  function send(item: Pending): void {
    if (item.retry !== null) clearTimeout(item.retry)
    item.retry = null
    if (socket.readyState !== WebSocket.OPEN) return
    const attempt = recorder.send(item.record)
    put(item.message, (answer) => settle(item, attempt, answer))
  }

  function sendAll(): void {
    for (const item of pending) if (item.retry === null) send(item)
  }

  function settle(item: Pending, attempt: Attempt, answer: WireAnswer): void {
    const outcome = outcomeOf(item.question, answer)
    recorder.answer(item.record, attempt, outcome)
    if (outcome.kind === 'granted') options.granted?.(attempt.sentMs)
    if (item.done === null) return
    const now = performance.now()
    recorder.waited({ fromMs: item.waitingSince, toMs: now })
    item.waitingSince = now
    if (outcome.kind === 'granted' || outcome.kind === 'refused') {
      pending.delete(item)
      item.done(outcome)
      item.done = null
      if (outcome.kind === 'granted' && last.push(item) > REPEATED_MAX) last.shift()
    } else if (item.retry === null && insistMs === 0) {
      const retryMs = answer.error?.retryAfterMs ?? RETRY_MS
      item.retry = setTimeout(() => send(item), retryMs * (0.5 + random.next()))
    }
  }

  /** Once at a time: who asks twice from one position is told twice what came after it. */
  function subscribe(show: string): void {
    if (feeds.has(show) || !watched.has(show)) return
    const viewer = viewers.get(show)!
    const position = viewer.known ? { epoch: viewer.epoch, seq: viewer.seq } : {}
    const feed = { isOn: false }
    const isSent = put({ op: 'subscribe', show, ...position }, (answer) => {
      if (feeds.get(show) !== feed) return
      feed.isOn = answer.ok
      if (answer.ok) return
      feeds.delete(show)
      setTimeout(() => subscribe(show), answer.error?.retryAfterMs ?? RETRY_MS)
    })
    if (isSent) feeds.set(show, feed)
  }

  function receive(message: Push | (WireAnswer & { readonly id: number })): void {
    if (!('ev' in message)) {
      const asked = outstanding.get(message.id)
      outstanding.delete(message.id)
      return asked?.answered(message)
    }
    if (message.ev === 'hold_expired') {
      recorder.expiries.push({ show: message.show, user, hold: message.hold })
      return
    }
    // What is still on its way from before we asked again comes in front of the answer.
    if (feeds.get(message.show)?.isOn !== true) return
    const viewer = viewers.get(message.show)!
    if (message.ev === 'diff') viewer.diff(message)
    else viewer.snapshot(message)
    recorder.sightings.see(message.show, viewer.epoch, viewer.seq, viewer.statuses)
  }

  function dropDead(): void {
    const before = performance.now() - patienceMs
    for (const { sentMs } of outstanding.values()) if (sentMs < before) return socket.terminate()
  }

  function repeatLast(count: number): void {
    for (const item of last.slice(-count)) send(item)
  }

  return {
    user,
    viewers,
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
    get waiting() {
      return pending.size + outstanding.size
    },
    ask: (question) =>
      new Promise((done) => {
        const record = recorder.ask(question.show, user, question.asked)
        const message = wireMessage(question, record.key)
        const item: Pending = { record, question, message, done, waitingSince: performance.now(), retry: null }
        pending.add(item)
        send(item)
        if (question.twice === true) send(item)
      }),
    repeatLast,
    watch: (house) => {
      const viewer = viewers.get(house.show) ?? createShowViewer(house.seatIds.length)
      viewers.set(house.show, viewer)
      watched.add(house.show)
      subscribe(house.show)
      return viewer
    },
    unwatch: (show) => {
      if (watched.delete(show)) put({ op: 'unsubscribe', show }, () => {})
      feeds.delete(show)
    },
    drop: () => socket.terminate(),
    close: () => {
      closing = true
      for (const timer of timers) clearInterval(timer)
      for (const { retry } of pending) if (retry !== null) clearTimeout(retry)
      socket.terminate()
    }
  }
}
