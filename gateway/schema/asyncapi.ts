// The WebSocket and the NATS door as AsyncAPI 3, written from the schemas that decode their messages.
import type * as Schema from 'effect/Schema'
import { ANSWER_LAYOUT } from '../binary/binary-answer.ts'
import { COMMAND_LAYOUT } from '../binary/binary-command.ts'
import { VERSION } from '../version.ts'
import { describeNats } from './asyncapi-nats.ts'
import { createSchemaComponents, type SchemaComponents } from './schema-components.ts'
import { CLIENT_MESSAGES, SERVER_PUSHES, SERVER_REPLIES } from './schema-websocket.ts'

type Json = Record<string, unknown>

/** The messages that answer each operation; beside these, any may be answered with an error. */
const ANSWERS: Readonly<Record<keyof typeof CLIENT_MESSAGES, keyof typeof SERVER_REPLIES>> = {
  hold: 'hold',
  extend: 'hold',
  release: 'done',
  book: 'booking',
  cancel: 'booking',
  subscribe: 'subscribed',
  unsubscribe: 'done'
}
const CHANNEL = { $ref: '#/channels/socket' }

export function asyncApi(): Json {
  const components = createSchemaComponents()
  const messages: Record<string, Json> = {
    ...messagesOf(CLIENT_MESSAGES, 'ask', components),
    ...messagesOf(SERVER_REPLIES, 'reply', components),
    ...messagesOf(SERVER_PUSHES, 'push', components),
    askBinary: bytes(COMMAND_LAYOUT),
    replyBinary: bytes(ANSWER_LAYOUT)
  }
  const nats = describeNats(components)
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Frontrow',
      version: VERSION,
      description:
        'Seats and their changes over one WebSocket, and over NATS for booking services. Subprotocols: `frontrow.v1`, and `bearer.<token>` beside it ' +
        'for whoever wants to do more than look; a token never stands in the URL. `frontrow.v1.bin` gets snapshots ' +
        'and diffs in binary, and may send commands in binary: those are answered in binary. Close codes below 4000 mean: connect again and subscribe with the position you have.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' }
    },
    defaultContentType: 'application/json',
    servers: {
      here: {
        host: '{host}',
        protocol: 'ws',
        variables: { host: { default: '127.0.0.1:8080', description: 'Where this description was read' } },
        security: [{ $ref: '#/components/securitySchemes/token' }]
      },
      ...nats.servers
    },
    channels: {
      socket: {
        address: '/ws',
        description: 'Messages of a client are answered once each, and may be answered in another order.',
        servers: [{ $ref: '#/servers/here' }],
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])
        )
      },
      ...nats.channels
    },
    operations: { ...operations(), ...nats.operations },
    components: {
      messages: { ...messages, ...nats.messages },
      schemas: components.schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Offered as the subprotocol `bearer.<token>`. Without it: subscribe and unsubscribe only.'
        }
      }
    }
  }
}

function messagesOf(
  schemas: Readonly<Record<string, Schema.Constraint>>,
  prefix: string,
  components: SchemaComponents
): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [messageName(prefix, name), { payload: components.use(schema) }])
  )
}

/** A binary message, of the layout described. */
function bytes(description: string): Json {
  return { contentType: 'application/octet-stream', description, payload: { type: 'string', format: 'binary' } }
}

function messageName(prefix: string, name: string): string {
  return `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`
}

function operations(): Json {
  const refer = (prefix: string, name: string) => ({ $ref: `#/channels/socket/messages/${messageName(prefix, name)}` })
  const asked = Object.entries(ANSWERS).map(([op, answer]) => [
    op,
    {
      action: 'receive',
      channel: CHANNEL,
      messages: [refer('ask', op)],
      reply: { channel: CHANNEL, messages: [refer('reply', answer), refer('reply', 'error')] }
    }
  ])
  const binary = {
    action: 'receive',
    channel: CHANNEL,
    messages: [refer('ask', 'binary')],
    reply: { channel: CHANNEL, messages: [refer('reply', 'binary')] }
  }
  const pushes = Object.keys(SERVER_PUSHES).map((name) => refer('push', name))
  return { ...Object.fromEntries(asked), binary, push: { action: 'send', channel: CHANNEL, messages: pushes } }
}
