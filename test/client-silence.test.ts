// The client of `frontrow/client` over a socket and a clock that the test moves: what it does when nothing is heard,
// and what it carries into a browser.
import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { connect, type Socket } from '../gateway/client/client.ts'

type Listener = (event: { data: string; code: number; reason: string }) => void

/** Opens at once, keeps what it is sent, and says what the test says. */
class FakeSocket implements Socket {
  static all: FakeSocket[] = []
  static onSend: (socket: FakeSocket, message: { readonly id: string }) => void = () => {}
  readonly sent: { id: string; op: string; show: string; epoch?: number; seq?: number }[] = []
  readonly #listeners = new Map<string, Listener>()
  constructor() {
    FakeSocket.all.push(this)
    queueMicrotask(() => this.#tell('open'))
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener)
  }
  send(text: string): void {
    const message = JSON.parse(text)
    this.sent.push(message)
    FakeSocket.onSend(this, message)
  }
  close(code = 1000): void {
    this.#tell('close', { code })
  }
  say(message: object): void {
    this.#tell('message', { data: JSON.stringify(message) })
  }
  #tell(type: string, event: Partial<Parameters<Listener>[0]> = {}): void {
    this.#listeners.get(type)?.({ data: '', code: 1000, reason: '', ...event })
  }
}

beforeEach(() => {
  FakeSocket.all = []
  FakeSocket.onSend = () => {}
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

async function opened(index: number): Promise<FakeSocket> {
  await vi.waitFor(() => expect(FakeSocket.all.length).toBeGreaterThan(index), { timeout: 20_000, interval: 50 })
  await vi.advanceTimersByTimeAsync(0)
  return FakeSocket.all[index]!
}

const HALL = { show: 'hall', epoch: 3, seq: 7 }

it('CLIENT-13: a socket that says nothing for long is asked, and given up when it does not answer', async () => {
  const client = connect({ url: 'ws://hall/ws', WebSocket: FakeSocket })
  client.subscribe('hall', {}, { ...HALL, statuses: new Uint8Array(4) })
  const first = await opened(0)
  first.say({ id: first.sent[0]!.id, ok: true, epoch: 3, seq: 7 })
  await vi.advanceTimersByTimeAsync(50_000)
  expect(first.sent.map(({ op }) => op)).toEqual(['subscribe', 'subscribe'])
  expect(first.sent[1]).toMatchObject(HALL)
  await vi.advanceTimersByTimeAsync(10_000)
  const second = await opened(1)
  expect(second.sent).toMatchObject([{ op: 'subscribe', ...HALL }])
  client.close()
})

it('CLIENT-13: a socket that leaves questions unanswered is given up, also when they were', async () => {
  const client = connect({ url: 'ws://hall/ws', WebSocket: FakeSocket })
  const write = { show: 'hall', seats: ['A-1'] }
  const hasty = client.hold(write, { timeoutMs: 1_000 }).catch((error) => error)
  const first = await opened(0)
  await vi.advanceTimersByTimeAsync(8_000)
  expect(await hasty).toMatchObject({ outcome: 'unknown' })
  const patient = client.hold(write, { key: 'k' })
  const second = await opened(1)
  expect([first, second].map(({ sent }) => sent.length)).toEqual([1, 1])
  await vi.advanceTimersByTimeAsync(7_000)
  const third = await opened(2)
  await vi.waitFor(() => expect(third.sent).toEqual(second.sent))
  third.say({ id: third.sent[0]!.id, ok: true, epoch: 1, hold: { id: '1' } })
  expect(await patient).toEqual({ id: '1' })
  client.close()
})

it('CLIENT-13: a socket that is heard of is left alone', async () => {
  const client = connect({ url: 'ws://hall/ws', WebSocket: FakeSocket })
  client.subscribe('hall', {}, { ...HALL, statuses: new Uint8Array(4) })
  const socket = await opened(0)
  socket.say({ id: socket.sent[0]!.id, ok: true, epoch: 3, seq: 7 })
  for (let seq = 8; seq < 20; seq++) {
    await vi.advanceTimersByTimeAsync(10_000)
    socket.say({ ev: 'diff', show: 'hall', epoch: 3, seq, changes: [] })
  }
  expect(socket.sent).toHaveLength(1)
  expect(FakeSocket.all).toHaveLength(1)
  client.close()
})

it('CLIENT-12: a close code below 4000 is followed by another socket, one from there on is not', async () => {
  const client = connect({ url: 'ws://hall/ws', WebSocket: FakeSocket })
  for (const [index, code] of [1000, 1006, 1012, 1013].entries()) (await opened(index)).close(code)
  const last = await opened(4)
  expect(client.state).toBe('open')
  last.close(4029)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(client.state).toBe('closed')
  expect(FakeSocket.all).toHaveLength(5)
})

it('CLIENT-11: frames of a lower epoch change nothing', async () => {
  const client = connect({ url: 'ws://hall/ws', WebSocket: FakeSocket })
  const { map } = client.subscribe('hall', {}, { ...HALL, statuses: new Uint8Array(4) })
  const socket = await opened(0)
  const snapshot = (epoch: number, seq: number, first: number) =>
    socket.say({ ev: 'snapshot', show: 'hall', epoch, seq, statuses: Buffer.from([first]).toString('base64') })
  snapshot(4, 1, 1)
  snapshot(3, 9, 2)
  socket.say({ ev: 'diff', show: 'hall', epoch: 3, seq: 10, changes: [[1, 3]] })
  expect([...map.statuses]).toEqual([1, 0, 0, 0])
  expect(map.position).toEqual({ epoch: 4, seq: 1 })
  socket.say({ ev: 'diff', show: 'hall', epoch: 4, seq: 2, changes: [[1, 3]] })
  expect([...map.statuses]).toEqual([1, 3, 0, 0])
  client.close()
})

it('CLIENT-5: `busy` is asked again when the server says, and later each time, until the time is up', async () => {
  const client = connect({ url: 'ws://hall/ws', WebSocket: FakeSocket })
  const sentAt: number[] = []
  FakeSocket.onSend = (socket, { id }) => {
    const hint = sentAt.push(performance.now()) === 1 && { retryAfterMs: 3_000 }
    const error = { code: 'busy', detail: 'Full.', retryable: true, ...hint }
    queueMicrotask(() => socket.say({ id, ok: false, error }))
  }
  const failed = client.hold({ show: 'hall', seats: ['A-1'] }, { key: 'k', timeoutMs: 20_000 }).catch((error) => error)
  const socket = await opened(0)
  await vi.advanceTimersByTimeAsync(21_000)
  expect(await failed).toMatchObject({ code: 'busy', detail: 'Full.', outcome: 'not_done', key: 'k', retryable: true })
  expect(new Set(socket.sent.map((message) => JSON.stringify(message))).size).toBe(1)
  const pausesMs = sentAt.slice(1).map((at, i) => at - sentAt[i]!)
  expect(pausesMs[0]).toBeGreaterThanOrEqual(3_000)
  // Half to all of 500 ms, 1 s, 2 s, 4 s, 5 s …
  for (const [i, pauseMs] of pausesMs.slice(1).entries()) {
    expect(pauseMs).toBeGreaterThanOrEqual(Math.min(2_500, 250 * 2 ** i))
    expect(pauseMs).toBeLessThanOrEqual(Math.min(5_000, 500 * 2 ** i) + 1)
  }
  expect(pausesMs.length).toBeGreaterThan(4)
  client.close()
})

it('CLIENT-14: a browser gets nothing that only Node has, and not the NATS library', async () => {
  vi.useRealTimers()
  const entry = fileURLToPath(new URL('../gateway/client/client.ts', import.meta.url))
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry, formats: ['es'] }, rollupOptions: { external: /^[^./]/ } }
  })
  const chunks = (Array.isArray(built) ? built : [built as Rollup.RollupOutput]).flatMap(({ output }) => output)
  expect(chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.imports : []))).toEqual([])
  const code = chunks.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('')
  expect(code).toContain('bearer.')
  expect(code).not.toMatch(/\b(Buffer|process|require|setImmediate)\b|node:/)
})
