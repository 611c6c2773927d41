// A server of its own with a show that a storm may change and one that it may not, and the word on whether it is as it
// should be when the storm is over.
import { execFileSync } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { httpClient, TEST_SECRET } from '../support/http-client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { PRICES, SMALL_PLAN } from '../support/small-show.ts'
import { type StormResult, storm } from './live-storm.ts'

export interface LiveOptions {
  readonly seed: number
  readonly requests: number
  readonly messages: number
  /** Bare connections with spoilt frames. */
  readonly frames: number
}

export interface LiveResult extends StormResult {
  /** What the server's memory grew by, between the first third of the storm, when all is warm, and its end. */
  readonly grownBytes: number
}

const OPEN = 'open'
const GUARDED = 'guarded'
const GROWTH_BYTES_MAX = 192 * 1024 * 1024

type Api = ReturnType<typeof httpClient>

export async function stormOnServer({ seed, requests, messages, frames }: LiveOptions): Promise<LiveResult> {
  const server = await startServer({ env: { DEMO: '0', JWT_SECRET: TEST_SECRET, LOG_LEVEL: 'warn' } })
  try {
    const api = httpClient(server.url)
    const admin = await api.token('admin', 'boss')
    await furnish(api, admin)
    const service = await api.token('service', 'desk')
    const options = { url: server.url, wsUrl: server.wsUrl, admin, service, open: OPEN, guarded: GUARDED }
    const before = await mapOf(api, admin, GUARDED)
    const part = (share: number) => ({
      requests: Math.ceil(requests * share),
      messages: Math.ceil(messages * share),
      frames: Math.ceil(frames * share)
    })
    const warm = await storm({ ...options, ...part(1 / 3), seed })
    const warmBytes = residentBytes(server)
    const rest = await storm({ ...options, ...part(2 / 3), seed: seed + 1 })
    const grownBytes = residentBytes(server) - warmBytes
    const after = await mapOf(api, admin, GUARDED)
    const problems = [...warm.problems, ...rest.problems]
    if (!isDeepStrictEqual(after, before)) problems.push('the guarded show was changed')
    if (grownBytes > GROWTH_BYTES_MAX) problems.push(`the server grew by ${Math.round(grownBytes / 1024)} KB`)
    if ((await api.call('GET', '/readyz')).status !== 200) problems.push('the server is not ready any more')
    const errors = server
      .logs()
      .split('\n')
      .filter((line) => /"level":[56]0/.test(line))
    problems.push(...errors.slice(0, 5).map((line) => `logged: ${line.slice(0, 600)}`))
    problems.push(...(await differencesAfterRestart(server, api, admin, before.statuses)))
    return { answers: sum(warm.answers, rest.answers), problems, grownBytes }
  } finally {
    await server.dispose()
  }
}

/**
 * What the storm did where it may is in the journal, and nothing else is. It also made holds short, so that some of the
 * open show's may have come to their end meanwhile; Ann's on the guarded show last two hours.
 */
async function differencesAfterRestart(server: TestServer, api: Api, admin: string, guarded: readonly string[]) {
  const { statuses } = await mapOf(api, admin, OPEN)
  await server.restart()
  const compare = async (show: string, before: readonly string[]) => {
    const after = (await mapOf(api, admin, show)).statuses
    const isSame = (status: string, seat: number) =>
      status === after[seat] || (show === OPEN && status === 'held' && after[seat] === 'available')
    return before.every(isSame) ? [] : [`after a restart ${show} is ${after}, and was ${before}`]
  }
  return [...(await compare(OPEN, statuses)), ...(await compare(GUARDED, guarded))]
}

/** On the guarded show Ann has B1 and holds A1 and A2; its sale is over, so that nobody takes more. */
async function furnish(api: Api, admin: string): Promise<void> {
  const ann = await api.token('customer', 'ann')
  const call = async (method: string, path: string, token: string, body: object) => {
    const { status, text } = await api.call(method, path, { token, body })
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
  }
  const show = { title: 'Hamlet', startsAt: '2030-05-01T19:30:00Z', currency: 'EUR', plan: SMALL_PLAN, prices: PRICES }
  const policy = { seatsPerUserMax: 100, holdsPerUserMax: 100, holdMs: 7_200_000 }
  for (const id of [OPEN, GUARDED]) await call('POST', '/api/admin/shows', admin, { ...show, id, policy })
  await call('POST', `/api/shows/${GUARDED}/holds`, ann, { seats: ['B1'] })
  await call('POST', `/api/shows/${GUARDED}/bookings`, ann, { holdId: '1' })
  await call('POST', `/api/shows/${GUARDED}/holds`, ann, { seats: ['A1', 'A2'] })
  await call('PATCH', `/api/admin/shows/${GUARDED}`, admin, { policy: { saleEndsAt: '2020-01-01T00:00:00Z' } })
}

async function mapOf(
  api: Api,
  token: string,
  show: string
): Promise<{ tag: string | null; statuses: readonly string[] }> {
  const { headers, json } = await api.call('GET', `/api/shows/${show}/seats`, { token })
  return { tag: headers.get('etag'), statuses: json.seats.map((seat: { status: string }) => seat.status) }
}

function residentBytes({ pid }: TestServer): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
}

function sum(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const all = new Map(one)
  for (const [answer, times] of other) all.set(answer, (all.get(answer) ?? 0) + times)
  return all
}
