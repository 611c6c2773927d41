// The descriptions: that they are whole, and that they describe what is served.
import { describe, expect, it } from 'vitest'
import { REFUSAL_CODES } from '../core/refusal.ts'
import { BINARY_ANSWERS } from '../gateway/binary/binary-answer.ts'
import { BINARY_OPERATIONS } from '../gateway/binary/binary-command.ts'
import { ENDPOINTS } from '../gateway/http/http-api.ts'
import { asyncApi } from '../gateway/schema/asyncapi.ts'
import { openApi } from '../gateway/schema/openapi.ts'
import { NATS_EVENTS, NATS_REQUESTS } from '../gateway/schema/schema-nats.ts'
import { CLIENT_MESSAGES } from '../gateway/schema/schema-websocket.ts'

// biome-ignore lint/suspicious/noExplicitAny: a JSON document of foreign shape is walked by hand
type Json = any

function references(node: Json, found: string[] = []): string[] {
  if (typeof node !== 'object' || node === null) return found
  if (typeof node.$ref === 'string') found.push(node.$ref)
  for (const member of Object.values(node)) references(member, found)
  return found
}

function follow(document: Json, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((node, part) => node?.[part], document)
}

/** As it goes over the wire. */
const wire = (document: unknown): Json => JSON.parse(JSON.stringify(document))

describe('/openapi.json', () => {
  const document = wire(openApi())

  it('DOC-1: describes every call of the API, and nothing else', () => {
    const described = Object.entries<Json>(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`)
    )
    expect(described.sort()).toEqual(
      Object.values(ENDPOINTS)
        .map(({ method, path }) => `${method} ${path}`)
        .sort()
    )
  })

  it('DOC-1: says for each call who may make it, what it takes, what it answers, and how it is refused', () => {
    for (const [id, { method, path, access, answer, ...endpoint }] of Object.entries(ENDPOINTS)) {
      const operation = document.paths[path][method]
      expect(operation.operationId).toBe(id)
      expect(operation.security).toEqual(access === 'anyone' ? undefined : [{ token: [] }])
      expect(operation.requestBody === undefined).toBe(!('body' in endpoint))
      expect(Object.keys(operation.responses)).toContain(String(answer.status))
      const statuses = endpoint.refusals.map((code) => String(REFUSAL_CODES[code].status))
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '429', '503', ...statuses]))
      for (const name of Array.from(path.matchAll(/\{(\w+)\}/g), ([, parameter]) => parameter)) {
        expect(operation.parameters).toContainEqual({ $ref: `#/components/parameters/${name}` })
      }
    }
  })

  it('DOC-2: has every part that it refers to', () => {
    for (const reference of references(document)) expect(follow(document, reference), reference).toBeDefined()
  })

  it('DOC-3: bounds what the decoders bound', () => {
    const { HoldBody, Best, ShowBody, PolicyBody } = document.components.schemas
    expect(HoldBody.properties.seats).toMatchObject({ minItems: 1, maxItems: 100, uniqueItems: true })
    expect(HoldBody.allOf[0].oneOf).toEqual([{ required: ['seats'] }, { required: ['best'] }])
    expect(Best).toMatchObject({ required: ['count'], properties: { count: { minimum: 1, maximum: 100 } } })
    expect(ShowBody.required).toEqual(['title', 'startsAt', 'currency', 'plan', 'prices'])
    expect(PolicyBody.properties.holdMs).toMatchObject({ type: 'integer', minimum: 1_000 })
  })
})

describe('/asyncapi.json', () => {
  const document = wire(asyncApi())

  it('DOC-4: describes every operation of the WebSocket with its answers, and every push', () => {
    const overNats = Object.keys(NATS_REQUESTS).map((op) => `nats${op[0]!.toUpperCase()}${op.slice(1)}`)
    expect(Object.keys(document.operations).sort()).toEqual(
      [...Object.keys(CLIENT_MESSAGES), 'binary', 'push', ...overNats, 'natsEvents'].sort()
    )
    for (const op of Object.keys(CLIENT_MESSAGES)) {
      const { action, messages, reply } = document.operations[op]
      expect(action).toBe('receive')
      expect(messages).toHaveLength(1)
      expect(reply.messages).toContainEqual({ $ref: '#/channels/socket/messages/replyError' })
    }
    const events = document.operations.push.messages.map(({ $ref }: Json) => {
      const message = follow(document, (follow(document, $ref) as Json).$ref) as Json
      const schema = follow(document, message.payload.$ref) as Json
      return schema.properties.ev.enum?.[0] ?? schema.properties.ev.const
    })
    expect(events).toEqual(['snapshot', 'diff', 'hold_expired'])
  })

  it('NATS-1: describes every request over NATS with its reply, and every event of the stream', () => {
    for (const op of Object.keys(NATS_REQUESTS)) {
      const { action, channel, reply } = document.operations[`nats${op[0]!.toUpperCase()}${op.slice(1)}`]
      expect(action).toBe('receive')
      expect((follow(document, channel.$ref) as Json).address).toBe(`frontrow.v1.shows.{showId}.${op}`)
      expect((follow(document, reply.channel.$ref) as Json).address).toBeNull()
    }
    const { address, messages, parameters } = document.channels.natsEvents
    expect(address).toBe('frontrow.v1.events.{showId}.{event}')
    expect(Object.keys(messages)).toHaveLength(Object.keys(NATS_EVENTS).length)
    expect(parameters.event.enum).toEqual(Object.keys(NATS_EVENTS))
  })

  it('BIN-7: has the layouts of binary commands and answers, with all their numbers', () => {
    const { askBinary, replyBinary } = document.components.messages
    for (const { contentType, payload } of [askBinary, replyBinary]) {
      expect([contentType, payload.format]).toEqual(['application/octet-stream', 'binary'])
    }
    for (const [number, op] of BINARY_OPERATIONS.entries()) {
      if (op !== null) expect(askBinary.description).toContain(`${number} ${op}`)
    }
    for (const [number, code] of Object.keys(REFUSAL_CODES).entries()) {
      expect(replyBinary.description).toContain(`${number} ${code}`)
    }
    for (const [kind, number] of Object.entries(BINARY_ANSWERS)) {
      expect(replyBinary.description).toMatch(new RegExp(`^ +${kind} +u8 ${number} `, 'm'))
    }
    expect(follow(document, document.operations.binary.messages[0].$ref)).toBeDefined()
  })

  it('DOC-2: has every part that it refers to', () => {
    for (const reference of references(document)) expect(follow(document, reference), reference).toBeDefined()
  })
})
