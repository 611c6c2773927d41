// Pushes to many sockets: in rooms, one after another, each in a turn of its own.
import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { PUSHED_AT_ONCE_MAX } from '../core/limits.ts'
import type { TemplatedApp, WebSocket } from '../gateway/uws.ts'
import { createFeedPush, type FeedPush } from '../gateway/websocket/feed-push.ts'
import { type Client, newClient, type SocketData } from '../gateway/websocket/websocket-client.ts'

const SHOW = 'hamlet'

/** The topics of the sockets library: who is in which, and what each client was pushed. */
let topics: Map<string, Set<string[]>>
let feed: FeedPush

beforeEach(() => {
  topics = new Map()
  feed = createFeedPush()
  feed.attach({
    numSubscribers: (topic: string) => topics.get(topic)?.size ?? 0,
    publish: (topic: string, message: string) => {
      for (const got of topics.get(topic) ?? []) got.push(message)
      return true
    }
  } as unknown as TemplatedApp)
})

interface Looker {
  readonly client: Client
  readonly got: string[]
}

function lookers(count: number): Looker[] {
  return Array.from({ length: count }, () => {
    const client = newClient(null, false, 0)
    const got: string[] = []
    client.socket = {
      subscribe: (topic: string) => !!topics.set(topic, (topics.get(topic) ?? new Set()).add(got)),
      unsubscribe: (topic: string) => topics.get(topic)?.delete(got) ?? false
    } as unknown as WebSocket<SocketData>
    feed.join(client, SHOW)
    return { client, got }
  })
}

const push = (seq: number) => feed.diff(SHOW, { epoch: 1, seq, changes: Uint32Array.of(0, 1) })
const seqs = ({ got }: Looker) => got.map((text) => (JSON.parse(text) as { seq: number }).seq)

async function untilAll(all: readonly Looker[], count: number): Promise<number> {
  let turns = 0
  for (; all.some(({ got }) => got.length < count) && turns < 1_000; turns++) await turn()
  return turns
}

describe('a push', () => {
  it('FEED-11: goes to many in several turns, to each in order and once', async () => {
    const all = lookers(3 * PUSHED_AT_ONCE_MAX + 1)
    push(1)
    push(2)
    await turn()
    const early = all.filter(({ got }) => got.length > 0).length
    expect(early).toBeGreaterThan(0)
    expect(early).toBeLessThan(all.length)
    expect(await untilAll(all, 2)).toBeGreaterThan(2)
    for (const one of all) expect(seqs(one)).toEqual([1, 2])
  })

  it('FEED-11: reaches nobody who comes after it, and all who were there before', async () => {
    const all = lookers(2 * PUSHED_AT_ONCE_MAX - 1)
    push(1)
    const [late] = lookers(1) as [Looker]
    const [first, last] = [all[0]!, all.at(-1)!]
    feed.settle(last.client, SHOW)
    expect(seqs(last)).toEqual([1])
    feed.leave(first.client, SHOW)
    await untilAll([...all.slice(1)], 1)
    push(2)
    await untilAll([...all.slice(1), late], 1)
    await untilAll(all.slice(1), 2)
    for (const one of all.slice(1)) expect(seqs(one)).toEqual([1, 2])
    expect([seqs(late), seqs(first)]).toEqual([[2], []])
  })

  it('FEED-11: is behind from its first turn to its last, where it takes several', async () => {
    const said: boolean[] = []
    feed.onBehind((isBehind) => said.push(isBehind))
    const all = lookers(PUSHED_AT_ONCE_MAX)
    push(1)
    await untilAll(all, 1)
    for (let turns = 0; turns < 4; turns++) await turn()
    expect(said).toEqual([])
    all.push(...lookers(2 * PUSHED_AT_ONCE_MAX))
    push(2)
    await turn()
    expect([...said, feed.isBehind(SHOW), feed.isBehind('another')]).toEqual([true, true, false])
    await untilAll(all.slice(0, PUSHED_AT_ONCE_MAX), 2)
    for (let turns = 0; turns < 20 && feed.isBehind(SHOW); turns++) await turn()
    expect(said).toEqual([true, false])
    expect(all.map(({ got }) => got.length)).toEqual(all.map((_, at) => (at < PUSHED_AT_ONCE_MAX ? 2 : 1)))
  })
})
