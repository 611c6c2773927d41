// The stream of events on JetStream. Keeps true: a message is taken only behind the one its publisher saw last, so
// that whoever publishes at the same time, or again, or comes back from a long sleep, adds nothing twice and leaves
// nothing out, long after the server has forgotten the ids of its messages.
import {
  AckPolicy,
  type ConsumerConfig,
  createInbox,
  DeliverPolicy,
  DiscardPolicy,
  headers,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig
} from 'nats'
import { EVENTS_DUPLICATES_MS } from '../../core/limits.ts'
import type { NatsSettings } from '../config.ts'
import { EVENTS_SUBJECT } from './event-json.ts'
import { INBOX_PREFIX } from './nats-link.ts'

const EVENTS_STREAM = 'FRONTROW_EVENTS'

export interface EventMessage {
  readonly subject: string
  readonly id: string
  readonly bytes: Uint8Array
}

export interface EventStream {
  /** Bytes that one message may have. */
  readonly bytesMax: number
  /** Makes the stream, or changes it to what is set; answers where it ends. */
  open(): Promise<number>
  /**
   * Appends messages behind `after`, where the stream has to end. False where it ended elsewhere, or where it is not known
   * what became of them: then open it again, and see.
   */
  append(after: number, messages: readonly EventMessage[]): Promise<boolean>
  /** Tells the ids of the messages behind `after`, in order; '' where one has none. */
  tail(after: number, each: (id: string) => void): Promise<void>
}

type EventSettings = Pick<NatsSettings, 'eventsBytesMax' | 'eventsReplicas'>

const API_MS_MAX = 5_000
/** How long a tail stays readable for one who stopped reading. */
const TAIL_MS = 30_000
const TAIL_AT_ONCE = 1_000
/** Headers, subject, and room to spare. */
const BESIDE_BYTES = 1_024

export function createEventStream(connection: NatsConnection, settings: EventSettings): EventStream {
  const managing = () => connection.jetstreamManager({ timeout: API_MS_MAX, checkAPI: false })
  const acknowledged = receiveAcks(connection)
  return {
    get bytesMax() {
      return (connection.info?.max_payload ?? BESIDE_BYTES) - BESIDE_BYTES
    },
    open: async () => ensureStream(await managing(), settings),
    append: (after, messages) => {
      const last = after + messages.length
      const { subject, answer } = acknowledged()
      for (let i = 0; i < messages.length; i++) {
        const { subject: to, id, bytes } = messages[i]!
        const head = headers()
        head.set('Nats-Msg-Id', id)
        head.set('Nats-Expected-Last-Sequence', String(after + i))
        // The last is taken behind all others, or not at all: its answer is the answer for all.
        const isLast = i === messages.length - 1
        connection.publish(to, bytes, isLast ? { headers: head, reply: subject } : { headers: head })
      }
      return answer.then((sequence) => sequence === last)
    },
    tail: async (after, each) => readTail(connection, await managing(), after, each)
  }
}

/** A subject of its own for each acknowledgement; the answer is the sequence it names, or null. */
function receiveAcks(connection: NatsConnection): () => { subject: string; answer: Promise<number | null> } {
  const inbox = createInbox(INBOX_PREFIX)
  const waiting = new Map<string, (sequence: number | null) => void>()
  let count = 0
  const tellAll = () => {
    for (const done of [...waiting.values()]) done(null)
  }
  connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) tellAll()
      else waiting.get(message.subject)?.(sequenceOf(message.string()))
    }
  })
  void connection.closed().then(tellAll)
  return () => {
    const subject = `${inbox}.${++count}`
    const answer = new Promise<number | null>((resolve) => {
      const done = (sequence: number | null) => {
        clearTimeout(timer)
        waiting.delete(subject)
        resolve(sequence)
      }
      const timer = setTimeout(done, API_MS_MAX, null)
      waiting.set(subject, done)
    })
    return { subject, answer }
  }
}

function sequenceOf(text: string): number | null {
  try {
    const { seq, error, duplicate } = JSON.parse(text) as { seq?: number; error?: unknown; duplicate?: boolean }
    return error === undefined && duplicate !== true ? (seq ?? null) : null
  } catch {
    return null
  }
}

async function ensureStream(manager: JetStreamManager, settings: EventSettings): Promise<number> {
  const wanted: Partial<StreamConfig> & { name: string } = {
    name: EVENTS_STREAM,
    description: 'What happened to shows, each event once. Message ids are <shard>.<seq>.<index> of the journal.',
    subjects: [`${EVENTS_SUBJECT}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: settings.eventsBytesMax,
    num_replicas: settings.eventsReplicas,
    duplicate_window: nanos(EVENTS_DUPLICATES_MS)
  }
  const found = await manager.streams.info(EVENTS_STREAM).catch((error: unknown) => {
    if (error instanceof NatsError && error.api_error?.code === 404) return null
    throw error
  })
  if (found === null) return (await manager.streams.add(wanted)).state.last_seq
  const { config, state } = found
  const isAsWanted =
    config.max_bytes === wanted.max_bytes &&
    config.num_replicas === wanted.num_replicas &&
    config.duplicate_window >= nanos(EVENTS_DUPLICATES_MS)
  if (isAsWanted) return state.last_seq
  return (await manager.streams.update(EVENTS_STREAM, { ...config, ...wanted })).state.last_seq
}

async function readTail(
  connection: NatsConnection,
  manager: JetStreamManager,
  after: number,
  each: (id: string) => void
): Promise<void> {
  const config: Partial<ConsumerConfig> = {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    ack_policy: AckPolicy.None,
    headers_only: true,
    mem_storage: true,
    inactive_threshold: nanos(TAIL_MS)
  }
  const { name, num_pending } = await manager.consumers.add(EVENTS_STREAM, config)
  const consumer = await connection.jetstream().consumers.get(EVENTS_STREAM, name)
  for (let left = num_pending; left > 0; ) {
    const before = left
    const messages = await consumer.fetch({ max_messages: Math.min(left, TAIL_AT_ONCE), expires: API_MS_MAX })
    for await (const message of messages) {
      each(message.headers?.get('Nats-Msg-Id') ?? '')
      left--
    }
    if (left === before) throw new Error(`The stream ${EVENTS_STREAM} does not give its last ${left} messages`)
  }
  await manager.consumers.delete(EVENTS_STREAM, name)
}
