// A viewer that does not read for a while, at the WebSocket door on a node in memory.
import { beforeEach, expect, it, vi } from 'vitest'
import type { Shows } from '../actors/outcome.ts'
import { UNAVAILABLE } from '../actors/shard-host.ts'
import { createAuth } from '../gateway/auth.ts'
import { createRecentWrites } from '../gateway/recent-writes.ts'
import type { TemplatedApp, WebSocket } from '../gateway/uws.ts'
import { createFeedPush } from '../gateway/websocket/feed-push.ts'
import { webSocketDoor } from '../gateway/websocket/websocket.ts'
import { newClient, type SocketData } from '../gateway/websocket/websocket-client.ts'
import { TEST_SECRET } from './support/http-client.ts'
import { type MemoryNode, newWorld, showsOn, startNode } from './support/memory-node.ts'
import { hold, NOON } from './support/small-show.ts'

type Behavior = Parameters<TemplatedApp['ws']>[1]

const [SHOW] = showsOn(1, 1) as [string]

let node: MemoryNode
/** What the door asked to be called with. */
let behavior: Behavior
let isReachable: boolean
let got: { readonly ev?: string; readonly seq?: number }[]
let rooms: Set<string>
let socket: WebSocket<SocketData>

beforeEach(async () => {
  node = await startNode(await newWorld())
  await node.createShow(SHOW)
  isReachable = true
  got = []
  rooms = new Set()
  const app = {
    ws: (_path: string, asked: Behavior) => {
      behavior = asked
    },
    numSubscribers: () => rooms.size
  } as unknown as TemplatedApp
  const feed = createFeedPush()
  feed.attach(app)
  const shows = Object.create(node.shows, {
    view: {
      value: (show: string, done: Parameters<Shows['view']>[1]) => {
        if (isReachable) node.shows.view(show, done)
        else done(null, UNAVAILABLE)
      }
    }
  }) as Shows
  const auth = createAuth(Buffer.from(TEST_SECRET), () => NOON)
  const recentWrites = createRecentWrites(shows, { caughtUp: async () => true })
  webSocketDoor(app, { shows, feed, auth, recentWrites, now: () => NOON })
  const client = newClient(null, false, NOON)
  socket = {
    getUserData: () => ({ client }),
    getBufferedAmount: () => 0,
    cork: (run: () => void) => run(),
    subscribe: (room: string) => rooms.add(room),
    unsubscribe: (room: string) => rooms.delete(room),
    send: (text: string) => {
      got.push(JSON.parse(text))
      return 1
    }
  } as unknown as WebSocket<SocketData>
  behavior.open!(socket)
})

it('VIEW-10: gets its snapshot as soon as its show can be asked for, and then what is pushed', async () => {
  const message = new TextEncoder().encode(JSON.stringify({ id: 1, op: 'subscribe', show: SHOW }))
  behavior.message!(socket, message.buffer, false)
  const before = got.find(({ ev }) => ev === 'snapshot')!
  expect([before.seq, rooms.size]).toEqual([expect.any(Number), 1])
  await node.done(hold('ann', 'A1', { show: SHOW, key: '' }))
  got = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] })
  try {
    isReachable = false
    behavior.dropped!(socket, new ArrayBuffer(0), false)
    await vi.advanceTimersByTimeAsync(2_500)
    expect([got, rooms.size]).toEqual([[], 0])
    isReachable = true
    await vi.advanceTimersByTimeAsync(1_000)
  } finally {
    vi.useRealTimers()
  }
  expect(got).toMatchObject([{ ev: 'snapshot', show: SHOW }])
  expect(got[0]!.seq).toBeGreaterThan(before.seq!)
  expect(rooms.size).toBe(1)
})
