// A house that is half sold, and all that can be known of it from outside: what bad input must not change.
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { expect, vi } from 'vitest'
import { REFUSAL_CODES, type RefusalCode } from '../../core/refusal.ts'
import { decoderOf } from '../../gateway/schema/decode.ts'
import { Problem } from '../../gateway/schema/schema-http.ts'
import { type RawAnswer, type RawRequest, request } from './hostile-http.ts'
import { TEST_SECRET } from './http-client.ts'
import { type HttpStage, startStage } from './http-stage.ts'
import { startPostgres } from './postgres.ts'

/**
 * The show `hall` as it stands (22 seats; see PLAN): Alice has booked 1-1-1 and 1-1-2 (booking hall.1, once hold
 * 1) and holds 1-1-3 and 1-1-4 (hold 2, under the key `alice-2`); Bob holds 1-2-1 (hold 3); hold 4 was released;
 * Carol's booking hall.2 (1-2-2) was cancelled; 2-1-1 is blocked. `annex` is all free and has one hold of Bob's.
 * `closed` is not on sale any more, `strict` lets no single seats be left.
 */
export interface HostileStage extends HttpStage {
  readonly tokens: Readonly<Record<'alice' | 'bob' | 'carol' | 'admin' | 'desk', string>>
  /** Sends `bad` as whom it names; a customer of its own by default. Waits where that was too much at once. */
  send(bad: HttpCase): Promise<RawAnswer | null>
  /** Everything there is: statuses and ETag, journal positions, bookings, holds, shows, plans, live holds. */
  standing(): Promise<unknown>
  /** Compares with what stood when this was last asked, or at first; the server has to answer for that. */
  expectUntouched(): Promise<void>
  dispose(): Promise<void>
}

export interface HttpCase extends RawRequest {
  readonly name: string
  /** A user of the stage, `nobody` for no token, or a token; a new customer where it is left out. */
  readonly as?: string
  readonly status: number
  readonly code: RefusalCode
}

const ROOMY = { seatsPerUserMax: 8, seatsPerHoldMax: 4 }

export async function startHostileStage(env: Readonly<Record<string, string>> = {}): Promise<HostileStage> {
  const postgres = await startPostgres()
  const stage = await startStage({ DATABASE_URL: postgres.url, JWT_SECRET: TEST_SECRET, ...env })
  const { api } = stage
  const users = ['alice', 'bob', 'carol'] as const
  const [alice, bob, carol] = await Promise.all(users.map((user) => api.token('customer', user)))
  const desk = await api.token('service', 'desk')
  const tokens: Record<string, string> = { alice: alice!, bob: bob!, carol: carol!, admin: stage.admin, desk }
  await furnish(stage, tokens)
  const sql = new Client({ connectionString: postgres.url })
  await sql.connect()
  const standing = () => standingOf(stage, sql)
  let last = await settled(standing)
  return {
    ...stage,
    tokens: tokens as HostileStage['tokens'],
    async send({ as, headers, ...rest }) {
      const token = as === 'nobody' ? '' : as === undefined ? await stage.newUser() : (tokens[as] ?? as)
      const authorization = token === '' ? '' : `Bearer ${token}`
      for (;;) {
        const answer = await request(stage.server.url, {
          ...rest,
          headers: { Authorization: authorization, ...headers }
        })
        if (answer?.json?.code !== 'rate_limited') return answer
        await delay(answer.json.retryAfterMs)
      }
    },
    standing,
    async expectUntouched() {
      const before = last
      // What one case breaks is not held against the next.
      last = await standing()
      expect(last).toEqual(before)
    },
    async dispose() {
      await sql.end()
      await stage.server.dispose()
      await postgres.dispose()
    }
  }
}

/** A refusal as DESIGN has it, and nothing of the inside with it. */
export function expectProblem(answer: RawAnswer | null, status: number, code: RefusalCode): void {
  expect(answer, 'an answer').not.toBeNull()
  const { json, headers, text } = answer!
  expect({ status: answer!.status, code: json?.code }, text).toEqual({ status, code })
  expect(headers['content-type']).toBe('application/problem+json')
  expectProblemBody(json, code)
  expect(json.status).toBe(status)
}

export function expectProblemBody(problem: unknown, code: RefusalCode): void {
  expect(decoderOf(Problem)(problem)).toEqual({ ok: true, value: problem })
  const { title, retryable } = REFUSAL_CODES[code]
  expect(problem).toMatchObject({ code, title, retryable, type: `urn:frontrow:problem:${code}` })
  expect(JSON.stringify(problem)).not.toMatch(INSIDES)
}

/** Stack traces, places in our sources, SQL, other people's error names. */
const INSIDES =
  /\bat [\w.<>]+ \(|\.[cm]?[jt]s\b|node_modules|\b\w+Error\b|frontrow\.[a-z]+_|\bselect \w|undefined|\[object/

async function furnish(stage: HttpStage, tokens: Readonly<Record<string, string>>): Promise<void> {
  const call = async (method: string, path: string, who: string, body?: object, key?: string) => {
    const more = { ...(body !== undefined && { body }), ...(key !== undefined && { key }) }
    const { status, text, json } = await stage.api.call(method, path, { token: tokens[who]!, ...more })
    expect(status, text).toBeLessThan(300)
    return json
  }
  await stage.newShow({ id: 'hall', policy: ROOMY })
  await stage.newShow({ id: 'annex', policy: ROOMY })
  await stage.newShow({ id: 'closed', policy: { saleEndsAt: '2020-01-01T00:00:00Z' } })
  await stage.newShow({ id: 'strict', policy: { orphans: 'strict' } })
  const hold = (who: string, ...seats: string[]) =>
    call(
      'POST',
      '/api/shows/hall/holds',
      who,
      { seats },
      who === 'alice' ? `alice-${seats[0] === '1-1-1' ? 1 : 2}` : ''
    )
  await hold('alice', '1-1-1', '1-1-2')
  await call('POST', '/api/shows/hall/bookings', 'alice', { holdId: '1' }, 'alice-book')
  await hold('alice', '1-1-3', '1-1-4')
  await hold('bob', '1-2-1')
  await hold('carol', '1-2-3')
  await call('DELETE', '/api/shows/hall/holds/4', 'carol')
  await hold('carol', '1-2-2')
  await call('POST', '/api/shows/hall/bookings', 'carol', { holdId: '5' })
  await call('POST', '/api/bookings/hall.2/cancel', 'carol')
  await call('POST', '/api/admin/shows/hall/block', 'admin', { seats: ['2-1-1'] })
  await call('POST', '/api/shows/annex/holds', 'bob', { seats: ['1-1-1'] })
}

async function standingOf({ api, admin }: HttpStage, sql: Client): Promise<Record<string, unknown>> {
  const maps = await Promise.all(
    ['hall', 'annex', 'closed', 'strict'].map((show) => api.call('GET', `/api/shows/${show}/seats`, { token: admin }))
  )
  const { text } = await api.call('GET', '/metrics')
  const rows = async (query: string) => (await sql.query(query)).rows
  return {
    // Before what they are the positions of: what is read after is at least as new.
    positions: await rows('select shard, seq from frontrow.projection_position where seq > 0 order by shard'),
    maps: maps.map(({ status, headers, json }) => ({
      status,
      tag: headers.get('etag'),
      statuses: json.seats.map((seat: { status: string }) => seat.status)
    })),
    liveHolds: /^frontrow_live_holds (\d+)/m.exec(text)?.[1],
    heads: await rows('select shard, epoch, seq from frontrow.shard_head where seq > 0 order by shard'),
    bookings: await rows('select booking_id, user_id, status, total from frontrow.bookings order by 1'),
    bookingSeats: await rows('select booking_id, seat_id, status from frontrow.booking_seats order by 1, 2'),
    holds: await rows('select show_id, hold, outcome, expires_at from frontrow.holds order by 1, 2'),
    shows: await rows('select show_id, title, prices, policy from frontrow.shows order by 1'),
    plans: await rows('select hash from frontrow.plan order by 1')
  }
}

/** What stands once the projections have all of it. */
function settled(standing: () => Promise<Record<string, unknown>>): Promise<Record<string, unknown>> {
  return vi.waitFor(
    async () => {
      const now = await standing()
      const heads = (now.heads as { shard: number; seq: string }[]).map(({ shard, seq }) => ({ shard, seq }))
      expect(now.positions).toEqual(heads)
      return now
    },
    { timeout: 10_000, interval: 20 }
  )
}
