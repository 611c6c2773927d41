// What operators and tools ask for: is it alive, is it ready, how is it doing, what does it speak.
import { refuse } from '../../core/refusal.ts'
import type { Metrics } from '../metrics.ts'
import { problemOf } from '../problem.ts'
import { asyncApi } from '../schema/asyncapi.ts'
import { openApi } from '../schema/openapi.ts'
import type { TemplatedApp } from '../uws.ts'
import { createExchange, type Exchange, type Headers } from './http-exchange.ts'
import { answered, type Reply, refused, troubled } from './http-reply.ts'

export interface OperationsParts {
  /** Whether commands are taken. */
  readonly ready: () => boolean
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
}

const NOT_READY = refuse('unavailable', 'Not ready: starting, stopping, or without its journal.', {
  retryAfterMs: 1_000
})
/** Tools on other sites may read what the server speaks. */
const OPEN_TO_ALL: Headers = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' }

export function operationsDoor(app: TemplatedApp, { ready, metrics }: OperationsParts): void {
  const openApiText = JSON.stringify(openApi())
  const asyncApiText = JSON.stringify(asyncApi())
  serve(app, '/healthz', () => answered(200, '{"ok":true}'))
  serve(app, '/readyz', () => (ready() ? answered(200, '{"ok":true}') : refused(NOT_READY)))
  serve(app, '/openapi.json', () => answered(200, openApiText, OPEN_TO_ALL))
  serve(app, '/asyncapi.json', () => answered(200, asyncApiText, OPEN_TO_ALL))
  serve(app, '/metrics', async () => answered(200, await metrics.text(), { 'Content-Type': metrics.contentType }))
  serve(app, '/ws', () => {
    const problem = problemOf(refuse('invalid_request', 'This path speaks WebSocket: see /asyncapi.json.'), null)
    return troubled({ ...problem, status: 426 }, { Upgrade: 'websocket' })
  })
}

/** A path that is only read. */
export function serve(app: TemplatedApp, path: string, reply: (exchange: Exchange) => Reply | Promise<Reply>): void {
  app.any(path, (res, req) => {
    const exchange = createExchange(res, req)
    void replyTo(exchange, reply).then(({ status, headers, body }) => exchange.send(status, headers, body))
  })
}

async function replyTo(exchange: Exchange, reply: (exchange: Exchange) => Reply | Promise<Reply>): Promise<Reply> {
  if (exchange.method === 'get' || exchange.method === 'head') return await reply(exchange)
  const problem = problemOf(refuse('invalid_request', 'This path takes GET, HEAD.'), null)
  return troubled({ ...problem, status: 405 }, { Allow: 'GET, HEAD' })
}
