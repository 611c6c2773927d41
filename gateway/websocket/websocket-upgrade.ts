// From an HTTP request to a WebSocket: the subprotocol, and the token that comes as one (never in the
// URL, where logs would keep it). No token: the socket may look, but not do.
import { refuse } from '../../core/refusal.ts'
import type { Auth, Identity } from '../auth.ts'
import { problemOf } from '../problem.ts'
import type { HttpRequest, HttpResponse, us_socket_context_t } from '../uws.ts'
import { BINARY_PROTOCOL, TEXT_PROTOCOL } from './feed-codec.ts'
import { newClient, type SocketData } from './websocket-client.ts'

const BEARER = 'bearer.'

export function upgradeHandler(auth: Auth, now: () => number) {
  return (response: HttpResponse, request: HttpRequest, context: us_socket_context_t): void => {
    const key = request.getHeader('sec-websocket-key')
    const extensions = request.getHeader('sec-websocket-extensions')
    const offered = request
      .getHeader('sec-websocket-protocol')
      .split(',')
      .map((name) => name.trim())
    const protocol = offered.find((name) => name === TEXT_PROTOCOL || name === BINARY_PROTOCOL)
    const token = offered.find((name) => name.startsWith(BEARER))?.slice(BEARER.length)

    let aborted = false
    response.onAborted(() => {
      aborted = true
    })
    const upgrade = (identity: Identity | null) => {
      if (aborted) return
      const data: SocketData = { client: newClient(identity, protocol === BINARY_PROTOCOL, now()) }
      // Not corked: upgrading may move the socket in memory, and uncorking it where it was closed about one in
      // seven of a fresh process's first sockets right after they had opened.
      response.upgrade(data, key, protocol ?? '', extensions, context)
    }
    if (key === '') return deny(response, 'invalid_request', 'This address speaks WebSocket.')
    if (protocol === undefined) {
      return deny(response, 'invalid_request', `Offer the subprotocol ${TEXT_PROTOCOL} or ${BINARY_PROTOCOL}.`)
    }
    if (token === undefined) return upgrade(null)
    auth.verifyToken(token).then(
      (identity) => {
        if (identity !== null) upgrade(identity)
        else if (!aborted) deny(response, 'unauthenticated', 'The token is not valid, or not any more: get a new one.')
      },
      () => {
        if (!aborted) deny(response, 'unauthenticated', 'The token could not be read.')
      }
    )
  }
}

function deny(response: HttpResponse, code: 'invalid_request' | 'unauthenticated', detail: string): void {
  const problem = problemOf(refuse(code, detail), null)
  response.cork(() => {
    response
      .writeStatus(code === 'unauthenticated' ? '401 Unauthorized' : '400 Bad Request')
      .writeHeader('Content-Type', 'application/problem+json')
      .end(JSON.stringify(problem))
  })
}
