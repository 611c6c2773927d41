// The HTTP API as OpenAPI 3.1, written from the table that routes requests and the schemas that decode them.
import { KEY_MAX, PAGE_DEFAULT, PAGE_MAX } from '../../core/limits.ts'
import { REFUSAL_CODES, type RefusalCode } from '../../core/refusal.ts'
import { ENDPOINTS, type Endpoint } from '../http/http-api.ts'
import { VERSION } from '../version.ts'
import { createSchemaComponents, type SchemaComponents } from './schema-components.ts'
import { Problem } from './schema-http.ts'
import { BookingId, HoldId, Key, ShowId } from './schema-parts.ts'

type Json = Record<string, unknown>

/** What every call may be refused with. */
const ALWAYS: readonly RefusalCode[] = ['invalid_request', 'rate_limited', 'unavailable']
const WITH_TOKEN: readonly RefusalCode[] = ['unauthenticated']

export function openApi(): Json {
  const components = createSchemaComponents()
  components.use(Problem)
  const paths: Record<string, Json> = {}
  for (const [operationId, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    const { path, method } = endpoint
    paths[path] = { ...paths[path], [method]: operation(operationId, endpoint, components) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Frontrow',
      version: VERSION,
      description:
        'Who gets this seat? Money is in minor units of an ISO 4217 currency, times are RFC 3339 in UTC, ids are ' +
        'opaque. Seat changes are pushed over WebSocket: see /asyncapi.json.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components.schemas,
      parameters: parameters(components),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From POST /api/sessions, or from `frontrow token`. Admin calls need the role admin.'
        }
      }
    }
  }
}

function operation(operationId: string, endpoint: Endpoint, components: SchemaComponents): Json {
  const { path, method, summary, access, body, answer, paged } = endpoint
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name as string)
  if (paged) names.push('limit', 'cursor')
  if (method !== 'get' && access !== 'anyone') names.push('key')
  return {
    operationId,
    summary,
    tags: [access === 'admin' ? 'admin' : 'sale'],
    ...(access !== 'anyone' && { security: [{ token: [] }] }),
    parameters: names.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ...(body && {
      requestBody: {
        required: !body.optional,
        content: { 'application/json': { schema: components.use(body.schema) } }
      }
    }),
    responses: {
      [answer.status]: {
        description: answer.description,
        headers: answerHeaders(endpoint),
        ...(answer.schema && { content: { 'application/json': { schema: components.use(answer.schema) } } })
      },
      ...(path.endsWith('/seats') && { 304: { description: 'The map that If-None-Match names is still the one' } }),
      ...refusals(endpoint)
    }
  }
}

function answerHeaders({ path }: Endpoint): Json {
  const text = (description: string) => ({ description, schema: { type: 'string' } })
  return {
    'X-Request-Id': text('What the request is called in the log; a sane one that was sent is kept.'),
    ...(path.includes('{show}') && { 'Frontrow-Epoch': text('Grows by one when the show gets another owner.') }),
    ...(path.endsWith('/seats') && { ETag: text('`"<epoch>-<seq>"`') })
  }
}

/** Codes with the same status share a response. */
function refusals({ access, refusals: own }: Endpoint): Json {
  const codes = new Set([...ALWAYS, ...(access === 'anyone' ? [] : WITH_TOKEN), ...own])
  const byStatus = Map.groupBy(codes, (code) => REFUSAL_CODES[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${REFUSAL_CODES[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
      }
    ])
  )
}

function parameters(components: SchemaComponents): Json {
  const inPath = (name: string, schema: Json) => ({ name, in: 'path', required: true, schema })
  const inQuery = (name: string, description: string, schema: Json) => ({ name, in: 'query', description, schema })
  return {
    show: inPath('show', components.use(ShowId)),
    hold: inPath('hold', components.use(HoldId)),
    booking: inPath('booking', components.use(BookingId)),
    limit: inQuery('limit', 'Items of a page', {
      type: 'integer',
      minimum: 1,
      maximum: PAGE_MAX,
      default: PAGE_DEFAULT
    }),
    cursor: inQuery('cursor', '`next` of the page before', { type: 'string' }),
    key: {
      name: 'Idempotency-Key',
      in: 'header',
      description:
        `Makes the call happen once, however often it is sent: 1 to ${KEY_MAX} characters that are used for nothing ` +
        'else. The same key with the same request gets the first answer again.',
      schema: components.use(Key)
    }
  }
}
