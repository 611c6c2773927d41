// Calls of the HTTP API in tests: one line each, with tokens signed by the secret that the server was given.
import { createAuth } from '../../gateway/auth.ts'
import type { Role } from '../../gateway/roles.ts'

export const TEST_SECRET = 'a secret that only tests of frontrow use'

export interface CallOptions {
  readonly token?: string
  /** JSON; a string or bytes go as they are. */
  readonly body?: unknown
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Called {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what came back is judged by the test
  readonly json: any
  readonly text: string
}

export interface HttpClient {
  call(method: string, path: string, options?: CallOptions): Promise<Called>
  token(role: Role, user: string, lifeMs?: number): Promise<string>
}

export function httpClient(url: string): HttpClient {
  const auth = createAuth(Buffer.from(TEST_SECRET), Date.now)
  return {
    async call(method, path, { token, body, key, headers } = {}) {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
          ...headers
        },
        ...(body !== undefined && { body: bodyOf(body) })
      })
      const text = await response.text()
      const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '')
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
    },
    async token(role, user, lifeMs = 3_600_000) {
      return (await auth.signToken(user, role, lifeMs)).token
    }
  }
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}
