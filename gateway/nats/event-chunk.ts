// Some frames of a shard → the messages that tell of them: as many as go to the stream at once.
import type { FrameRow } from '../../actors/ports.ts'
import { decodeFrame, type FrameEntry } from '../../core/codec/frame-codec.ts'
import { EVENTS_AT_ONCE_MAX, EVENTS_READ_BYTES_MAX } from '../../core/limits.ts'
import type { EventJournal, EventPosition } from '../ports.ts'
import { eventBytes, eventId, eventSubject } from './event-json.ts'
import type { EventShows } from './event-shows.ts'
import type { EventMessage } from './event-stream.ts'

export interface EventChunk {
  /** None where there is nothing to tell, or nobody knows the show of what comes next yet. */
  readonly messages: readonly EventMessage[]
  /** Where the shard is when they are published. */
  readonly to: EventPosition
  /** The frame that cannot be read, now or later. */
  readonly damage: { readonly seq: number; readonly error: unknown } | null
}

const MESSAGES_BYTES_MAX = 1024 * 1024

export async function readChunk(
  journal: Pick<EventJournal, 'frames'>,
  shows: EventShows,
  shard: number,
  from: EventPosition,
  bytesMax: number
): Promise<EventChunk> {
  const messages: EventMessage[] = []
  let bytes = 0
  let to = from
  for (const frame of await journal.frames(shard, from.seq, EVENTS_AT_ONCE_MAX, EVENTS_READ_BYTES_MAX)) {
    const entries = decode(frame, to.seq + 1)
    if (entries instanceof Error) return { messages, to, damage: { seq: to.seq + 1, error: entries } }
    for (let index = to.events; index < entries.length; index++) {
      if (messages.length === EVENTS_AT_ONCE_MAX || bytes > MESSAGES_BYTES_MAX) return { messages, to, damage: null }
      const entry = entries[index]!
      const show = shows.known(entry) ?? (await shows.find(entry))
      if (show === null) return { messages, to, damage: null }
      const place = { shard, epoch: frame.epoch, seq: frame.seq, index }
      const body = eventBytes(place, entry.event, show, bytesMax)
      messages.push({ subject: eventSubject(entry.show, entry.event), id: eventId(place), bytes: body })
      bytes += body.length
      to = { seq: frame.seq - 1, events: index + 1 }
    }
    to = { seq: frame.seq, events: 0 }
  }
  return { messages, to, damage: null }
}

function decode({ seq, bytes }: FrameRow, expected: number): readonly FrameEntry[] | Error {
  if (seq !== expected) return new Error(`the frame after ${expected - 1} is missing`)
  try {
    return decodeFrame(bytes).entries
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
