// What holds for every answer of the HTTP door, what operators ask for, and the page.

import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WRITE_RATE } from '../core/limits.ts'
import { type HttpStage, startStage } from './support/http-stage.ts'
import { startServer } from './support/server.ts'

let stage: HttpStage
let api: HttpStage['api']

beforeAll(async () => {
  stage = await startStage()
  api = stage.api
}, 60_000)
afterAll(() => stage.server.dispose())

describe('every answer', () => {
  it('HTTP-10: names its request, is not kept by caches, and gives browsers nothing to guess', async () => {
    const { headers } = await api.call('GET', '/api/shows', { headers: { 'x-request-id': 'trace-7.a' } })
    expect(headers.get('x-request-id')).toBe('trace-7.a')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    const unsafe = await api.call('GET', '/api/shows', { headers: { 'x-request-id': 'a b"<c>' } })
    expect(unsafe.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('HTTP-10: to HEAD has the headers of GET and no body', async () => {
    const show = await stage.newShow()
    const get = await api.call('GET', `/api/shows/${show}`)
    const head = await api.call('HEAD', `/api/shows/${show}`)
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  })

  it('HTTP-11: is 429 with a time to wait for who asks too often, and services are let through', async () => {
    const token = await stage.newUser()
    const tries = WRITE_RATE.burst + 20
    const path = '/api/shows/none/holds/1/extend'
    const codes = await Promise.all(Array.from({ length: tries }, () => api.call('POST', path, { token })))
    const limited = codes.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(0)
    expect(limited[0]!.json).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(limited[0]!.json.retryAfterMs).toBeGreaterThan(0)
    expect(limited[0]!.headers.get('retry-after')).toBe('1')
    const desk = await api.token('service', 'desk')
    const unhindered = await Promise.all(Array.from({ length: tries }, () => api.call('POST', path, { token: desk })))
    expect(unhindered.every(({ status }) => status === 404)).toBe(true)
  })
})

describe('what operators ask for', () => {
  it('HTTP-12: is answered: health, readiness, metrics, descriptions', async () => {
    expect(await api.call('GET', '/healthz')).toMatchObject({ status: 200 })
    expect(await api.call('GET', '/readyz')).toMatchObject({ status: 200 })
    expect((await api.call('GET', '/openapi.json')).json.openapi).toBe('3.1.0')
    expect((await api.call('GET', '/asyncapi.json')).json.asyncapi).toBe('3.0.0')
    const { text, headers } = await api.call('GET', '/metrics')
    expect(headers.get('content-type')).toContain('text/plain')
    expect(text).toMatch(/^frontrow_commands_total\{op="create",outcome="ok"\} [1-9]/m)
    for (const name of [
      'commit_events_bucket',
      'commit_seconds_bucket',
      'feed_lag_seconds_bucket',
      'sockets',
      'live_holds',
      'mailbox_depth',
      'http_request_seconds_bucket'
    ]) {
      expect(text).toMatch(new RegExp(`^frontrow_${name}`, 'm'))
    }
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
  })

  it('HTTP-13: the page comes with its files, and nothing else of the machine does', async () => {
    const page = await api.call('GET', '/')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const again = await api.call('GET', '/', { headers: { 'if-none-match': page.headers.get('etag')! } })
    expect(again.status).toBe(304)
    const [, script] = /src="([^"]+\.js)"/.exec(page.text) ?? []
    const file = await api.call('GET', script!)
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(file.headers.get('cache-control')).toContain('immutable')
    for (const path of ['/package.json', '/..%2f..%2fpackage.json', '/assets/', '/index.html/x', '/%2e%2e/README.md']) {
      expect(await api.call('GET', path)).toMatchObject({ status: 404, json: { code: 'not_found' } })
    }
  })

  it('HTTP-14: two servers do not share a port', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const env = { DEMO: '0', PORT: String(port) }
    await expect(startServer({ env })).rejects.toThrow(`127.0.0.1:${port} is taken`)
    taken.close()
  }, 60_000)
})
