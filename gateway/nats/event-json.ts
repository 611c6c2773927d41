// An event of the journal → its message on the stream: where it stands in the journal, and what happened in the words
// of the other doors. Idempotency keys stay inside.
import { holdId, type ShowEvent } from '../../core/event.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { showJson, timeJson } from '../catalogue/show-json.ts'
import { type RenderedShow, renderEvent } from '../render.ts'

export const EVENTS_SUBJECT = 'frontrow.v1.events'

/** Where an event stands: the frame of a shard, and its place in there. */
export interface EventPlace {
  readonly shard: number
  readonly epoch: number
  readonly seq: number
  readonly index: number
}

/** The message's id: whoever has seen it need not look at it again. */
export function eventId({ shard, seq, index }: EventPlace): string {
  return `${shard}.${seq}.${index}`
}

const EVENT_ID = /^(\d+)\.(\d+)\.(\d+)$/

/** Null for what is no id of ours. */
export function parseEventId(id: string): Omit<EventPlace, 'epoch'> | null {
  const match = EVENT_ID.exec(id)
  return match === null ? null : { shard: Number(match[1]), seq: Number(match[2]), index: Number(match[3]) }
}

export function eventSubject(show: string, event: ShowEvent): string {
  return `${EVENTS_SUBJECT}.${show}.${event.kind}`
}

/** Of more than `bytesMax` bytes only what every event has is left: a list of seats may be longer than a message. */
export function eventBytes(place: EventPlace, event: ShowEvent, show: RenderedShow, bytesMax: number): Uint8Array {
  const { shard, epoch, seq, index } = place
  const at = timeJson(event.at)
  const head =
    `{"id":"${eventId(place)}","event":"${event.kind}","showId":"${show.definition.id}","shard":${shard},` +
    `"epoch":${epoch},"seq":${seq},"index":${index},"at":"${at}","user":${JSON.stringify(event.user)}`
  const bytes = Buffer.from(`${head},${membersOf(event, show)}}`)
  return bytes.length <= bytesMax ? bytes : Buffer.from(`${head},"truncated":true}`)
}

function membersOf(event: ShowEvent, show: RenderedShow): string {
  switch (event.kind) {
    case 'held':
    case 'extended':
    case 'blocked':
    case 'unblocked':
      return renderEvent(event, show)
    case 'released':
    case 'expired':
      return `"holdId":"${holdId(event.hold)}","seats":${seatIds(event.seats, show.plan)}`
    case 'booked': {
      const payment = event.payment === '' ? '' : `,"payment":{"reference":${JSON.stringify(event.payment)}}`
      const freed = seatIds(event.freed, show.plan)
      return `${renderEvent(event, show)},"holdId":"${holdId(event.hold)}","freed":${freed}${payment}`
    }
    case 'cancelled':
      return `${renderEvent(event, show)},"seats":${seatIds(event.seats, show.plan)}`
    case 'created':
    case 'changed': {
      // Without categories and areas: a plan may be longer than a message.
      const { id, title, startsAt, currency, seatCount, prices, policy } = showJson(event.definition, show.plan)
      return `"show":${JSON.stringify({ id, title, startsAt, currency, seatCount, prices, policy })}`
    }
  }
}

function seatIds(seats: readonly number[], plan: Plan): string {
  return JSON.stringify(seats.map((seat) => plan.ids[seat]))
}
