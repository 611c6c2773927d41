// Frontrow over NATS as a booking service with much to do asks: one connection, one wildcard inbox of its own, no
// request(), no promise and no timer for a command. Plain addresses only, with or without user and password.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { FrontrowAddress } from '../frontrow/address.ts'
import { createWaiting, type Link } from './link.ts'
import { createNatsParser } from './nats-parser.ts'
import { type FastSocket, openSocket } from './socket.ts'
import type { Wording } from './wording.ts'

const RECONNECT_MS = 100
const NATS_PORT = 4222

export async function openNatsLink(address: FrontrowAddress, wording: Wording, answerMsMax: number): Promise<Link> {
  const inbox = `_INBOX.${randomBytes(8).toString('hex')}.`
  const waiting = createWaiting(answerMsMax)
  let socket: FastSocket | null = null
  let closing = false
  let greeted = (): void => {}
  let failure = ''

  async function open(): Promise<void> {
    const { hostname, port, username, password } = new URL(address.url)
    failure = ''
    const answered = new Promise<void>((resolve) => {
      greeted = resolve
    })
    const read = createNatsParser(inbox, {
      message: waiting.answered,
      noResponders: waiting.failed,
      ping: () => opened.send('PONG\r\n'),
      pong: () => greeted(),
      failed: (line) => {
        failure = line
      }
    })
    const opened = await openSocket(hostname, Number(port) || NATS_PORT, { read, closed: lost })
    const who = username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
    const hello = {
      ...who,
      verbose: false,
      headers: true,
      no_responders: true,
      lang: 'bench',
      version: '1',
      protocol: 1
    }
    opened.send(`CONNECT ${JSON.stringify(hello)}\r\nSUB ${inbox}* 1\r\nPING\r\n`)
    await answered
    if (failure !== '') throw new Error(`NATS: ${failure}`)
    socket = opened
  }

  function lost(): void {
    failure = 'the connection was closed'
    greeted()
    waiting.failed()
    if (socket === null || closing) return
    socket = null
    void reopen()
  }

  async function reopen(): Promise<void> {
    while (socket === null && !closing)
      await delay(RECONNECT_MS)
        .then(open)
        .catch(() => {})
  }

  function publish(op: string, show: number, body: string, slot: number): void {
    if (socket === null) queueMicrotask(() => waiting.failed(slot))
    else
      socket.send(`PUB frontrow.v1.shows.${address.showIds[show]}.${op} ${inbox}${slot} ${body.length}\r\n${body}\r\n`)
  }

  await open()
  return {
    ask: (op, show, { user, members }, heard) => {
      publish(op, show, wording.requestOf([wording.request(user, members)], false), waiting.take(heard))
    },
    askList: (op, show, questions, heard) => {
      const requests = questions.map(({ user, members }) => wording.request(user, members))
      publish(op, show, wording.requestOf(requests, true), waiting.take(heard))
    },
    close: async () => {
      closing = true
      waiting.stop()
      socket?.close()
    }
  }
}
