// What a consumer of the stream has seen, and what it should have seen: every event of the journal, once.
import { AckPolicy, type NatsConnection } from 'nats'
import type { FrameRow } from '../../actors/ports.ts'
import { decodeFrame } from '../../core/codec/frame-codec.ts'

export const STREAM = 'FRONTROW_EVENTS'

export interface SeenEvent {
  readonly subject: string
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: what came is judged by the test
  readonly body: any
}

/** Acknowledges and answers all that the durable consumer `name` has not seen yet, at most `max`. */
export async function readEvents(client: NatsConnection, name: string, max = 1_000_000): Promise<SeenEvent[]> {
  const manager = await client.jetstreamManager()
  await manager.consumers.add(STREAM, { durable_name: name, ack_policy: AckPolicy.Explicit })
  const consumer = await client.jetstream().consumers.get(STREAM, name)
  const seen: SeenEvent[] = []
  for (;;) {
    const { num_pending, num_ack_pending } = await consumer.info()
    const wanted = Math.min(num_pending, max - seen.length, 500)
    if (wanted === 0 && (num_ack_pending === 0 || seen.length === max)) return seen
    for await (const message of await consumer.fetch({ max_messages: Math.max(1, wanted), expires: 2_000 })) {
      const id = message.headers?.get('Nats-Msg-Id') ?? ''
      seen.push({ subject: message.subject, id, body: message.json() })
      await message.ackAck()
    }
  }
}

/** Ids of all events of these frames, in order. */
export function idsOf(frames: readonly FrameRow[]): string[] {
  return frames.flatMap(({ shard, seq, bytes }) =>
    decodeFrame(bytes).entries.map((_entry, index) => `${shard}.${seq}.${index}`)
  )
}

/** Ids by shard, in the order in which they came. */
export function byShard(ids: readonly string[]): Map<string, string[]> {
  const shards = new Map<string, string[]>()
  for (const id of ids) {
    const shard = id.slice(0, id.indexOf('.'))
    const known = shards.get(shard)
    if (known === undefined) shards.set(shard, [id])
    else known.push(id)
  }
  return new Map([...shards].sort())
}
