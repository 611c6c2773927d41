// The HTTP API on uWebSockets.js: finds the call that is meant, has its request checked and its handler
// run, sends what that came to, and says in log and metrics how it went.
import { refuse } from '../../core/refusal.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { problemOf } from '../problem.ts'
import type { HttpRequest, TemplatedApp } from '../uws.ts'
import { ENDPOINTS, type Endpoint, type OperationId } from './http-api.ts'
import { createExchange, type Exchange } from './http-exchange.ts'
import type { Handlers } from './http-handlers.ts'
import { type Reply, refused, troubled } from './http-reply.ts'
import { type AnyRequest, createCheck, type PathIds, type RequestChecks } from './http-request.ts'

export interface HttpDoorParts extends RequestChecks {
  readonly handlers: Handlers
  readonly metrics: Pick<Metrics, 'requested'>
  readonly log: Log
  /** False once the server is going down. */
  readonly open: () => boolean
}

interface Operation {
  readonly id: OperationId
  readonly method: Endpoint['method']
  readonly check: ReturnType<typeof createCheck>
  readonly handle: (request: AnyRequest) => Promise<Reply>
}

/** Serves the API's calls on `app`; other methods on their paths get 405. */
export function httpDoor(app: TemplatedApp, parts: HttpDoorParts): void {
  for (const [path, operations] of operationsByPath(parts)) {
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name as keyof PathIds)
    app.any(path.replaceAll(/\{(\w+)\}/g, ':$1'), (res, req) => {
      const startedAt = performance.now()
      const exchange = createExchange(res, req)
      const method = exchange.method === 'head' ? 'get' : exchange.method
      const operation = operations.find((one) => one.method === method)
      const finish = (reply: Reply) => send(exchange, reply, operation?.id ?? 'none', startedAt, parts)
      if (operation === undefined) return finish(wrongMethod(operations))
      if (!parts.open()) return finish(refused(refuse('unavailable', 'This server is going down: try again.')))
      void serve(operation, exchange, idsOf(names, req), parts.log).then((reply) => reply && finish(reply))
    })
  }
}

function operationsByPath(parts: HttpDoorParts): Map<string, Operation[]> {
  const byPath = new Map<string, Operation[]>()
  for (const [name, endpoint] of Object.entries(ENDPOINTS)) {
    const id = name as OperationId
    const operation: Operation = {
      id,
      method: endpoint.method,
      check: createCheck(endpoint, parts),
      // Each handler takes what its own endpoint's check makes: the table keeps the two together.
      handle: parts.handlers[id] as Operation['handle']
    }
    const others = byPath.get(endpoint.path)
    if (others === undefined) byPath.set(endpoint.path, [operation])
    else others.push(operation)
  }
  return byPath
}

function idsOf(names: readonly (keyof PathIds)[], req: HttpRequest): PathIds {
  const ids: Partial<Record<keyof PathIds, string>> = {}
  names.forEach((name, i) => {
    ids[name] = req.getParameter(i) ?? ''
  })
  return ids
}

/** Null where the client has gone. Never rejects: what nobody foresaw is logged and answered `unavailable`. */
async function serve(operation: Operation, exchange: Exchange, ids: PathIds, log: Log): Promise<Reply | null> {
  try {
    const checked = await operation.check(exchange, ids)
    if (checked === 'aborted') return null
    return 'reply' in checked ? checked.reply : await operation.handle(checked.request)
  } catch (err) {
    log.error({ err, requestId: exchange.requestId, operation: operation.id }, 'a request failed')
    return refused(refuse('unavailable', 'This could not be answered: try again.', { retryAfterMs: 1_000 }))
  }
}

function wrongMethod(operations: readonly Operation[]): Reply {
  const methods = operations.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
  const allowed = methods.join(', ')
  const problem = problemOf(refuse('invalid_request', `This path takes ${allowed}.`), null)
  return troubled({ ...problem, status: 405 }, { Allow: allowed })
}

function send(exchange: Exchange, reply: Reply, operation: string, startedAt: number, parts: HttpDoorParts): void {
  exchange.send(reply.status, reply.headers, reply.body)
  const ms = performance.now() - startedAt
  parts.metrics.requested(operation, reply.status, ms)
  const { requestId, method, path, address } = exchange
  const facts = { requestId, method, path, address, status: reply.status, ms: Math.round(ms * 10) / 10 }
  const { problem } = reply
  if (problem === null) parts.log.debug(facts, 'answered')
  else if (problem.status >= 500)
    parts.log.info({ ...facts, code: problem.code, detail: problem.detail }, 'not answered')
  else parts.log.debug({ ...facts, code: problem.code, detail: problem.detail }, 'refused')
}
