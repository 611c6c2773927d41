// Messages of events: what fits in one, and what is left where it does not.
import { describe, expect, it } from 'vitest'
import type { ShowEvent } from '../core/event.ts'
import { eventBytes, eventId, eventSubject, parseEventId } from '../gateway/nats/event-json.ts'
import { decoderOf } from '../gateway/schema/decode.ts'
import { NATS_EVENTS } from '../gateway/schema/schema-nats.ts'
import { houseOf } from './support/small-plan.ts'

const show = { definition: { id: 'hall', currency: 'EUR' }, plan: houseOf('AAAAAAAA\nAAAAAAAA') }
const place = { shard: 12, epoch: 3, seq: 345, index: 6 }
const event: ShowEvent = {
  kind: 'blocked',
  at: Date.parse('2030-05-01T19:30:00Z'),
  user: 'boss "the" \u00e9',
  key: 'secret-key',
  fingerprint: 7,
  seats: Array.from({ length: 16 }, (_, seat) => seat)
}

describe('a message', () => {
  it('EVENTS-8: that would be longer than NATS takes has its position only', () => {
    const whole = JSON.parse(Buffer.from(eventBytes(place, event, show, 10_000)).toString())
    expect(whole).toMatchObject({ id: '12.345.6', event: 'blocked', at: '2030-05-01T19:30:00.000Z', user: event.user })
    expect(whole.seats).toHaveLength(16)
    const bytes = eventBytes(place, event, show, 200)
    const { seats, ...rest } = whole
    const short = JSON.parse(Buffer.from(bytes).toString())
    expect(short).toEqual({ ...rest, truncated: true })
    expect(decoderOf<unknown>(NATS_EVENTS.blocked)({ ...short, user: 'boss' }).ok).toBe(true)
    expect(seats[0]).toBe('1-1-1')
  })

  it('EVENTS-8: has an id that says where it stands', () => {
    expect(eventId(place)).toBe('12.345.6')
    expect(parseEventId('12.345.6')).toEqual({ shard: 12, seq: 345, index: 6 })
    for (const id of ['', '1.2', '1.2.3.4', 'a.b.c', '1.2.-3', '1.2.3 ']) expect(parseEventId(id)).toBeNull()
    expect(eventSubject('hall', event)).toBe('frontrow.v1.events.hall.blocked')
  })
})
