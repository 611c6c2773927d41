// The NATS door as parts of /asyncapi.json, written from the schemas that decode its requests.
import { EVENTS_DUPLICATES_MS, NATS_COMMANDS_PER_REQUEST_MAX } from '../../core/limits.ts'
import type { SchemaComponents } from './schema-components.ts'
import { NATS_ANSWERS, NATS_EVENTS, NATS_REQUESTS, type NatsOperation, oneOrMany } from './schema-nats.ts'

type Json = Record<string, unknown>

const ANSWERS: Readonly<Record<NatsOperation, keyof typeof NATS_ANSWERS>> = {
  hold: 'hold',
  extend: 'hold',
  release: 'done',
  book: 'booking',
  cancel: 'booking'
}
const SERVERS = [{ $ref: '#/servers/nats' }]
const SHOW = { showId: { description: 'The id of a show.' } }
const REQUEST_HEADERS = {
  type: 'object',
  properties: {
    'Frontrow-Deadline': {
      type: 'string',
      description: 'RFC 3339 or epoch milliseconds: what comes later is refused as `unavailable`, and not done.'
    }
  }
}
const EVENT_HEADERS = {
  type: 'object',
  properties: {
    'Nats-Msg-Id': {
      type: 'string',
      description: '`<shard>.<seq>.<index>`, as in the body; what has none is not ours.'
    }
  }
}

interface Parts {
  readonly channels: Json
  readonly operations: Json
  readonly messages: Json
}

export function describeNats(components: SchemaComponents): Parts & { readonly servers: Json } {
  const parts: Parts = { channels: {}, operations: {}, messages: {} }
  for (const op of Object.keys(NATS_REQUESTS) as NatsOperation[]) describeRequest(parts, op, components)
  describeEvents(parts, components)
  return { servers: { nats: describeServer() }, ...parts }
}

function describeServer(): Json {
  return {
    host: '{host}',
    protocol: 'nats',
    variables: { host: { default: '127.0.0.1:4222', description: 'The server of NATS_URL' } },
    description:
      'For booking services: requests on `frontrow.v1.shows.<showId>.<op>`, registered with the NATS services ' +
      'protocol as `frontrow`; the answer comes after the commit. Requests without a reply subject, or with one ' +
      'below `frontrow.` or `$`, are not heard.'
  }
}

function describeRequest({ channels, operations, messages }: Parts, op: NatsOperation, use: SchemaComponents): void {
  const ask = `nats${capital(op)}`
  const reply = `${ask}Reply`
  messages[ask] = { headers: REQUEST_HEADERS, payload: use.use(oneOrMany(NATS_REQUESTS[op])) }
  messages[reply] = {
    payload: {
      anyOf: [use.use(oneOrMany(NATS_ANSWERS[ANSWERS[op]])), use.use(oneOrMany(NATS_ANSWERS.refusal))]
    }
  }
  channels[ask] = {
    address: `frontrow.v1.shows.{showId}.${op}`,
    description:
      `One command, or an array of up to ${NATS_COMMANDS_PER_REQUEST_MAX} that is answered by an array in its order, ` +
      'each command for itself. What is refused as a whole (no JSON, too long, too late, too much at once) gets one ' +
      'refusal. The commands may come in binary, and are answered in binary: the layouts are those of `askBinary` and ' +
      '`replyBinary`.',
    servers: SERVERS,
    parameters: SHOW,
    messages: { [ask]: { $ref: `#/components/messages/${ask}` } }
  }
  channels[reply] = {
    address: null,
    description: "The request's reply subject.",
    servers: SERVERS,
    messages: { [reply]: { $ref: `#/components/messages/${reply}` } }
  }
  operations[ask] = {
    action: 'receive',
    channel: { $ref: `#/channels/${ask}` },
    messages: [{ $ref: `#/channels/${ask}/messages/${ask}` }],
    reply: { channel: { $ref: `#/channels/${reply}` }, messages: [{ $ref: `#/channels/${reply}/messages/${reply}` }] }
  }
}

function describeEvents({ channels, operations, messages }: Parts, use: SchemaComponents): void {
  const refer: Json[] = []
  const own: Json = {}
  for (const [event, schema] of Object.entries(NATS_EVENTS)) {
    const name = `event${capital(event)}`
    messages[name] = { headers: EVENT_HEADERS, payload: use.use(schema) }
    own[name] = { $ref: `#/components/messages/${name}` }
    refer.push({ $ref: `#/channels/natsEvents/messages/${name}` })
  }
  channels.natsEvents = {
    address: 'frontrow.v1.events.{showId}.{event}',
    description:
      'The JetStream stream `FRONTROW_EVENTS`: what was committed, each event once, those of a shard in order. ' +
      `JetStream knows ids for ${EVENTS_DUPLICATES_MS / 60_000} minutes; Frontrow adds nothing twice after that either.`,
    servers: SERVERS,
    parameters: { ...SHOW, event: { enum: Object.keys(NATS_EVENTS) } },
    messages: own
  }
  operations.natsEvents = { action: 'send', channel: { $ref: '#/channels/natsEvents' }, messages: refer }
}

function capital(name: string): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}`
}
