// Holds the stream of events against the journal: each event once, those of a shard in its order. Asked while the nodes
// run and nothing happens any more: what was committed last may still be on its way.
import { setTimeout as delay } from 'node:timers/promises'
import { AckPolicy, connect, type NatsConnection } from 'nats'
import type { Check } from '../../../bench/sellout/checker.ts'
import { readDatabase } from '../../../bench/sellout/database.ts'
import { byShard, STREAM } from '../../support/event-reader.ts'

const CATCH_UP_MS_MAX = 60_000
const AT_ONCE = 1_000
const FETCH_MS_MAX = 5_000

export async function checkEvents(natsUrl: string, databaseUrl: string): Promise<Check> {
  const client = await connect({ servers: natsUrl })
  try {
    const { frames } = await readDatabase(databaseUrl)
    const journaled = frames.flatMap(({ shard, seq, frame }) =>
      frame.entries.map((_entry, index) => `${shard}.${seq}.${index}`)
    )
    let published = await publishedIds(client)
    for (const until = performance.now() + CATCH_UP_MS_MAX; published.length < journaled.length; await delay(500)) {
      if (performance.now() > until) break
      published = await publishedIds(client)
    }
    return compareEvents(journaled, published)
  } finally {
    await client.close()
  }
}

/** Both as ids of messages, `<shard>.<seq>.<index>`. */
export function compareEvents(journaled: readonly string[], published: readonly string[]): Check {
  const wanted = byShard(journaled)
  const found = byShard(published)
  const faults: string[] = []
  for (const shard of new Set([...wanted.keys(), ...found.keys()])) {
    const [ids, others] = [wanted.get(shard) ?? [], found.get(shard) ?? []]
    const at = Array.from({ length: Math.max(ids.length, others.length) }, (_, nth) => nth)
    const wrong = at.find((nth) => ids[nth] !== others[nth])
    if (wrong !== undefined)
      faults.push(`shard ${shard}: ${others[wrong] ?? 'nothing'} instead of ${ids[wrong] ?? 'nothing'}`)
  }
  return { name: 'events on the stream, each once and in order', checked: published.length, faults }
}

async function publishedIds(client: NatsConnection): Promise<readonly string[]> {
  const manager = await client.jetstreamManager()
  const config = { ack_policy: AckPolicy.None, headers_only: true, mem_storage: true }
  const { name, num_pending } = await manager.consumers.add(STREAM, config)
  const consumer = await client.jetstream().consumers.get(STREAM, name)
  const ids: string[] = []
  while (ids.length < num_pending) {
    const before = ids.length
    const messages = await consumer.fetch({
      max_messages: Math.min(num_pending - before, AT_ONCE),
      expires: FETCH_MS_MAX
    })
    for await (const message of messages) ids.push(message.headers?.get('Nats-Msg-Id') ?? '')
    if (ids.length === before) throw new Error(`the stream does not give its last ${num_pending - before} messages`)
  }
  await manager.consumers.delete(STREAM, name)
  return ids
}
