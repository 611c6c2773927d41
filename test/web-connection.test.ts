// The client that the page stands on, against a real WebSocket server on this machine that answers as the test says.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import { type Client, connect, type LinkState, type ShowListener } from '../gateway/client/client.ts'

interface Received {
  readonly socket: ServerSocket
  readonly protocol: string
  readonly message: Record<string, unknown>
}

const WRITE = { op: 'hold', show: 'hall', seats: ['A-1'] } as const

let server: WebSocketServer
let client: Client
let received: Received[]
let waiting: (() => void)[]
let states: LinkState[]
let refusals: boolean[]

beforeEach(async () => {
  received = []
  waiting = []
  states = []
  refusals = []
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'frontrow.v1' })
  server.on('connection', (socket, request) => {
    const protocol = request.headers['sec-websocket-protocol'] ?? ''
    socket.on('message', (data) => {
      received.push({ socket, protocol, message: JSON.parse(String(data)) })
      for (const wake of waiting.splice(0)) wake()
    })
  })
  await once(server, 'listening')
  client = connect({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    token: async (refused) => {
      refusals.push(refused)
      return refused ? 'second' : 'first'
    },
    onState: (state) => states.push(state)
  })
})

afterEach(async () => {
  client.close()
  for (const socket of server.clients) socket.terminate()
  server.close()
  await once(server, 'close')
})

/** The message that comes `index`-th, the first being 0. */
async function message(index: number): Promise<Received> {
  while (received.length <= index) await new Promise<void>((resolve) => waiting.push(resolve))
  return received[index]!
}

function answer({ socket, message: { id } }: Received, body: object): void {
  socket.send(JSON.stringify({ id, ...body }))
}

/** Four seats at (epoch, seq). */
function mapAt(epoch: number, seq: number) {
  return { epoch, seq, statuses: new Uint8Array(4) }
}

it('PAGE-6: a write whose socket is cut goes again under the same key, and is answered once', async () => {
  const answered = client.write(WRITE, { key: 'key-1' })
  const first = await message(0)
  first.socket.terminate()
  const second = await message(1)
  expect(first.message).toEqual({ id: expect.any(String), ...WRITE, key: 'key-1' })
  expect(second.message).toEqual(first.message)
  answer(second, { ok: true, epoch: 1 })
  answer(second, { ok: false, error: { code: 'busy' } })
  expect(await answered).toMatchObject({ ok: true, epoch: 1 })
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
})

it('PAGE-6: a write before the first socket is open goes when it is', async () => {
  const answered = client.write(WRITE, { key: 'key-1' })
  answer(await message(0), { ok: true, epoch: 1 })
  expect(await answered).toMatchObject({ ok: true })
  expect((await message(0)).protocol).toBe('frontrow.v1, bearer.first')
})

it('PAGE-7: a refusal that may pass is tried again under the same key, any other is the answer', async () => {
  const answered = client.write(WRITE, { key: 'key-1' })
  answer(await message(0), { ok: false, error: { code: 'busy', retryable: true, retryAfterMs: 5 } })
  const second = await message(1)
  expect(second.message).toEqual((await message(0)).message)
  answer(second, { ok: false, error: { code: 'seats_unavailable', retryable: false, seats: ['A-1'] } })
  await expect(answered).rejects.toMatchObject({ code: 'seats_unavailable', seats: ['A-1'], outcome: 'not_done' })
})

it('PAGE-8: a new socket subscribes from where the show is, and other requests are not lost for it', async () => {
  const { map } = client.subscribe('hall', {}, mapAt(3, 17))
  const first = await message(0)
  expect(first.message).toEqual({ id: expect.any(String), op: 'subscribe', show: 'hall', epoch: 3, seq: 17 })
  first.socket.send(JSON.stringify({ ev: 'diff', show: 'hall', epoch: 3, seq: 18, changes: [[1, 2]] }))
  answer(first, { ok: true, epoch: 3 })
  const answered = client.write(WRITE)
  await message(1)
  first.socket.terminate()
  const again = [await message(2), await message(3)]
  expect(again.map(({ message: { op } }) => op).toSorted()).toEqual(['hold', 'subscribe'])
  expect(again.find(({ message: { op } }) => op === 'subscribe')?.message).toMatchObject({ epoch: 3, seq: 18 })
  for (const one of again) answer(one, { ok: true, epoch: 3 })
  expect(await answered).toMatchObject({ ok: true })
  expect([...map.statuses]).toEqual([0, 2, 0, 0])
})

it('PAGE-8: many diffs after a gap ask for what is missing once, until that is answered', async () => {
  client.subscribe('hall', {}, mapAt(1, 0))
  const first = await message(0)
  answer(first, { ok: true, epoch: 1 })
  const diff = (seq: number) =>
    first.socket.send(JSON.stringify({ ev: 'diff', show: 'hall', epoch: 1, seq, changes: [] }))
  for (const seq of [5, 6, 7]) diff(seq)
  const second = await message(1)
  expect(second.message).toMatchObject({ op: 'subscribe', show: 'hall', epoch: 1, seq: 0 })
  answer(second, { ok: true, epoch: 1 })
  diff(8)
  expect((await message(2)).message).toMatchObject({ op: 'subscribe' })
  expect(received).toHaveLength(3)
})

it('PAGE-8: pushes reach who watches the show, and no one else', async () => {
  const told: string[] = []
  const listener: ShowListener = {
    holdExpired: (hold) => told.push(`expired ${hold}`),
    refused: ({ code }) => told.push(`refused ${code}`)
  }
  client.subscribe('hall', listener, mapAt(1, 0))
  const first = await message(0)
  const expired = (show: string, hold: string) => first.socket.send(JSON.stringify({ ev: 'hold_expired', show, hold }))
  expired('arena', '1')
  expired('hall', '2')
  answer(first, { ok: false, error: { code: 'not_found', retryable: false } })
  const answered = client.write(WRITE)
  answer(await message(1), { ok: true, epoch: 1 })
  await answered
  expect(told).toEqual(['expired 2', 'refused not_found'])
})

it('PAGE-9: a close code from 4000 on ends it, until it is woken', async () => {
  const given = client.write(WRITE, { key: 'key-1' })
  const first = await message(0)
  first.socket.close(4029)
  await expect(given).rejects.toMatchObject({ outcome: 'unknown', key: 'key-1' })
  expect(client.state).toBe('closed')
  client.wake()
  const again = client.write(WRITE, { key: 'key-1' })
  answer(await message(1), { ok: true, epoch: 1 })
  expect(await again).toMatchObject({ ok: true })
})

it('PAGE-10: a write that a token is not good for goes again, same key, with another token', async () => {
  const answered = client.write(WRITE, { key: 'key-1' })
  const first = await message(0)
  answer(first, { ok: false, error: { code: 'unauthenticated', retryable: false } })
  const second = await message(1)
  expect([first.protocol, second.protocol]).toEqual(['frontrow.v1, bearer.first', 'frontrow.v1, bearer.second'])
  expect(second.message).toEqual(first.message)
  answer(second, { ok: true, epoch: 1 })
  expect(await answered).toMatchObject({ ok: true })
  expect(refusals).toEqual([false, true])
})
