// A server of its own with a small show or two: what the tests of the HTTP door stand on.

import type * as Schema from 'effect/Schema'
import { expect } from 'vitest'
import { ENDPOINTS, type OperationId } from '../../gateway/http/http-api.ts'
import { decoderOf } from '../../gateway/schema/decode.ts'
import { type HttpClient, httpClient, TEST_SECRET } from './http-client.ts'
import { startServer, type TestServer } from './server.ts'
import { drawnPlan } from './small-plan.ts'

/** 22 seats: zone 1 has rows of 8 A and 6 B with two for wheelchairs, zone 2 a row of 6 A. */
export const PLAN = drawnPlan('AAAA AAAA\nBBBB BBWW\n\nAAAAAA')
export const PRICES = { A: 5_000, B: 3_000, Wheelchair: 3_000 }
export const SHOW = { title: 'Faust', startsAt: '2030-05-01T19:30:00Z', currency: 'EUR', plan: PLAN, prices: PRICES }

export interface HttpStage {
  readonly server: TestServer
  readonly api: HttpClient
  /** A token of an admin. */
  readonly admin: string
  /** Answers the id of a new show of `PLAN`. */
  newShow(more?: object): Promise<string>
  /** Answers the token of a new customer. */
  newUser(): Promise<string>
  /** Every seat's status by its id. */
  statuses(show: string): Promise<Record<string, string>>
}

export async function startStage(env: Readonly<Record<string, string>> = {}): Promise<HttpStage> {
  const server = await startServer({ env: { DEMO: '0', JWT_SECRET: TEST_SECRET, LOG_LEVEL: 'warn', ...env } })
  const api = httpClient(server.url)
  const admin = await api.token('admin', 'boss')
  let shows = 0
  let users = 0
  return {
    server,
    api,
    admin,
    async newShow(more = {}) {
      const id = `show-${++shows}`
      const made = await api.call('POST', '/api/admin/shows', { token: admin, body: { ...SHOW, id, ...more } })
      expect(made.status, made.text).toBe(201)
      return id
    },
    newUser: () => api.token('customer', `user-${++users}`),
    async statuses(show) {
      const { json } = await api.call('GET', `/api/shows/${show}/seats`)
      return Object.fromEntries(json.seats.map((seat: { id: string; status: string }) => [seat.id, seat.status]))
    }
  }
}

/** An answer has the shape that its description says. */
export function expectShape(operation: OperationId, json: unknown): void {
  const { answer } = ENDPOINTS[operation]
  if (!('schema' in answer)) throw new Error(`${operation} answers nothing`)
  const schema: Schema.ConstraintDecoder<unknown> = answer.schema
  expect(decoderOf(schema)(json)).toEqual({ ok: true, value: json })
}
