// Shows that cannot be: what an admin gets wrong when making and changing them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PLAN_BYTES_MAX } from '../core/limits.ts'
import { expectProblem, type HostileStage, startHostileStage } from './support/hostile-stage.ts'
import { PLAN, PRICES, SHOW } from './support/http-stage.ts'
import { drawnPlan, type PlanJson } from './support/small-plan.ts'

let stage: HostileStage

beforeAll(async () => {
  stage = await startHostileStage()
})
afterEach(() => stage.expectUntouched())
afterAll(() => stage.dispose())

const SHOWS = '/api/admin/shows'
const HALL = '/api/admin/shows/hall'
const admin = (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  stage.send({
    name: '',
    as: 'admin',
    method,
    path,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
    status: 0,
    code: 'busy'
  })

/** Members of a show's definition that are wrong in both calls that take them. */
const WRONG_PARTS: readonly (readonly [string, object])[] = [
  ...['', 7, null, [], 'x'.repeat(301), 'a\0b', 'two\nlines', '\ud800'].map((title) => ['title', { title }] as const),
  ...[
    'tomorrow',
    '2030-05-01',
    '2030-05-01T19:30:00',
    '2030-02-30T19:30:00Z',
    '2030-13-01T19:30:00Z',
    '2030-05-01T25:00:00Z',
    '2030-05-01 19:30:00Z',
    1_900_000_000_000,
    null,
    ''
  ].map((startsAt) => ['startsAt', { startsAt }] as const),
  ...[
    7,
    null,
    [],
    'free',
    { ...PRICES, A: '50' },
    { ...PRICES, A: -1 },
    { ...PRICES, A: 0.5 },
    { ...PRICES, A: 1e13 },
    { ...PRICES, A: null },
    { ...PRICES, Balcony: 1 },
    { ...PRICES, ['x'.repeat(201)]: 1 }
  ].map((prices) => ['prices', { prices }] as const),
  ...[
    7,
    null,
    [],
    { holdMs: 999 },
    { holdMs: 7_200_001 },
    { holdMs: 1_500.5 },
    { holdMs: '60000' },
    { extensionsMax: -1 },
    { extensionsMax: 101 },
    { seatsPerHoldMax: 0 },
    { seatsPerHoldMax: 101 },
    { seatsPerUserMax: 0 },
    { seatsPerUserMax: 100_001 },
    { holdsPerUserMax: 0 },
    { holdsPerUserMax: 10_001 },
    { holdsPerUserMax: 1e21 },
    { orphans: 'on' },
    { orphans: true },
    { saleStartsAt: 'soon' },
    { saleEndsAt: 0 }
  ].map((policy) => ['policy', { policy }] as const)
]
const named = (rows: typeof WRONG_PARTS) =>
  rows.map(([what, part]) => [`${what}: ${JSON.stringify(Object.values(part)[0]).slice(0, 60)}`, part] as const)

describe('a new show', () => {
  it.each(named(WRONG_PARTS))('BAD-18: %s', async (_name, part) => {
    expectProblem(await admin('POST', SHOWS, { ...SHOW, id: 'new', ...part }), 400, 'invalid_request')
  })

  it.each<[string, object]>([
    ['id with a space', { id: 'a b' }],
    ['id with a dot', { id: 'a.b' }],
    ['id with a slash', { id: '../hall' }],
    ['id of 65 characters', { id: 'x'.repeat(65) }],
    ['empty id', { id: '' }],
    ['id that is a number', { id: 7 }],
    ['currency in small letters', { currency: 'eur' }],
    ['currency that nobody has', { currency: 'XQZ' }],
    ['currency of four letters', { currency: 'EURO' }],
    ['no currency', { currency: undefined }],
    ['no title', { title: undefined }],
    ['no start', { startsAt: undefined }],
    ['no prices', { prices: undefined }],
    ['no price for one category', { prices: { A: 1, Wheelchair: 1 } }],
    ['no prices in an empty list', { prices: {} }],
    ['no plan', { plan: undefined }],
    [
      'a sale that ends before it starts',
      {
        policy: { saleStartsAt: '2030-01-02T00:00:00Z', saleEndsAt: '2030-01-01T00:00:00Z' }
      }
    ]
  ])('BAD-18: %s', async (_name, part) => {
    expectProblem(await admin('POST', SHOWS, { ...SHOW, id: 'new', ...part }), 400, 'invalid_request')
  })

  it('BAD-18: prices that do not fit a plan nobody has seen before leave no plan behind', async () => {
    const plan = drawnPlan('AABB')
    expectProblem(await admin('POST', SHOWS, { ...SHOW, id: 'new', plan, prices: { A: 1 } }), 400, 'invalid_request')
  })

  it.each<[string, string, number]>([
    ['no JSON', '{"title":', 400],
    ['a list', '[]', 400],
    ['arrays 10^5 deep', '['.repeat(100_000) + ']'.repeat(100_000), 400],
    [
      'a plan nested 10^5 deep',
      JSON.stringify({ ...SHOW, plan: 0 }).replace(
        '"plan":0',
        `"plan":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
      ),
      400
    ]
  ])('BAD-18: %s for a body', async (_name, body, status) => {
    expectProblem(await admin('POST', SHOWS, body), status, 'invalid_request')
  })

  it('BAD-18: more bytes than a plan may have', async () => {
    const headers = { 'Content-Length': String(PLAN_BYTES_MAX + 1) }
    expectProblem(await admin('POST', SHOWS, '', headers), 413, 'invalid_request')
  })

  it('BAD-18: an id that is taken', async () => {
    expectProblem(await admin('POST', SHOWS, { ...SHOW, id: 'hall' }), 409, 'idempotency_conflict')
  })
})

describe('a plan', () => {
  const changed = (change: (plan: PlanJson) => void): PlanJson => {
    const plan = structuredClone(PLAN)
    change(plan)
    return plan
  }
  const firstSeat = (plan: PlanJson) => plan.zones[0]!.rows[0]!.seats[0]!
  const faulty: readonly (readonly [string, unknown, RegExp])[] = [
    ['that has nothing', {}, /./],
    [
      'without seats',
      changed((plan) => {
        plan.zones = []
      }),
      /./
    ],
    ['with zones that are no list', { ...PLAN, zones: { 0: 'x' } }, /zones/],
    [
      'with an id that occurs twice',
      changed((plan) => {
        firstSeat(plan).seat_guid = '1-1-2'
      }),
      /zones\[0\]\.rows\[0\]\.seats\[1\]/
    ],
    [
      'with a category nobody has',
      changed((plan) => {
        firstSeat(plan).category = 'Moon'
      }),
      /seats\[0\]/
    ],
    [
      'with a category named __proto__',
      changed((plan) => {
        firstSeat(plan).category = '__proto__'
      }),
      /seats\[0\]/
    ],
    [
      'with a position that is a word',
      changed((plan) => {
        Object.assign(firstSeat(plan), { position: 'left' })
      }),
      /seats\[0\]/
    ],
    [
      'with a seat at 1e300',
      changed((plan) => {
        firstSeat(plan).position.x = 1e300
      }),
      /seats\[0\]/
    ],
    [
      'with a seat that is null',
      changed((plan) => {
        plan.zones[0]!.rows[0]!.seats[0] = null as never
      }),
      /seats\[0\]/
    ],
    [
      'with an empty id',
      changed((plan) => {
        firstSeat(plan).seat_guid = ''
      }),
      /seats\[0\]/
    ],
    [
      'with a NUL in an id',
      changed((plan) => {
        firstSeat(plan).seat_guid = 'a\0'
      }),
      /seats\[0\]/
    ],
    [
      'with half of a surrogate pair in an id',
      changed((plan) => {
        firstSeat(plan).seat_guid = '\ud800'
      }),
      /seats\[0\]/
    ]
  ]
  it.each(faulty)('BAD-19: a plan %s', async (_name, plan, place) => {
    const answer = await admin('POST', SHOWS, { ...SHOW, id: 'new', plan })
    expectProblem(answer, 400, 'invalid_request')
    const places = answer!.json.faults.map((fault: { place: string }) => fault.place)
    expect(places.some((one: string) => place.test(one) || one === '')).toBe(true)
  })

  it.each([[7], ['{}'], [null], [[]], [true]])('BAD-19: %j for a plan', async (plan) => {
    expectProblem(await admin('POST', SHOWS, { ...SHOW, id: 'new', plan }), 400, 'invalid_request')
  })

  it('BAD-19: faults are all listed, up to a thousand', async () => {
    const plan = changed((one) => {
      one.zones[0]!.rows[0]!.seats = Array.from({ length: 3_000 }, () => ({ ...firstSeat(PLAN), category: 'Moon' }))
    })
    const answer = await admin('POST', SHOWS, { ...SHOW, id: 'new', plan })
    expectProblem(answer, 400, 'invalid_request')
    expect(answer!.json.faults.length).toBeGreaterThanOrEqual(1_000)
    expect(answer!.json.faults.length).toBeLessThanOrEqual(1_001)
  })
})

describe('a change', () => {
  it.each(named(WRONG_PARTS))('BAD-20: %s', async (_name, part) => {
    expectProblem(await admin('PATCH', HALL, part), 400, 'invalid_request')
  })

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{"title"', 400, HALL],
    ['null', 'null', 400, HALL],
    ['a show nobody has', { title: 'x' }, 404, `${SHOWS}/nope`]
  ])('BAD-20: %s', async (_name, body, status, path) => {
    expectProblem(await admin('PATCH', path, body), status, status === 404 ? 'not_found' : 'invalid_request')
  })

  it('BAD-20: a sale that would end before it starts', async () => {
    const policy = { saleStartsAt: '2030-01-02T00:00:00Z', saleEndsAt: '2030-01-01T00:00:00Z' }
    expectProblem(await admin('PATCH', HALL, { policy }), 400, 'invalid_request')
  })

  it.each<[string, string, unknown, number, 'invalid_request' | 'not_found' | 'seats_unavailable']>([
    ['no seats', 'block', {}, 400, 'invalid_request'],
    ['an empty list', 'block', { seats: [] }, 400, 'invalid_request'],
    ['one word', 'block', { seats: '1-2-4' }, 400, 'invalid_request'],
    ['a seat twice', 'block', { seats: ['1-2-4', '1-2-4'] }, 400, 'invalid_request'],
    [
      '10^5 and one seats',
      'block',
      { seats: Array.from({ length: 100_001 }, (_, i) => `n${i}`) },
      400,
      'invalid_request'
    ],
    ['10^5 seats nobody has', 'block', { seats: Array.from({ length: 100_000 }, (_, i) => `n${i}`) }, 404, 'not_found'],
    ['a seat that is held', 'block', { seats: ['1-2-4', '1-1-3'] }, 409, 'seats_unavailable'],
    ['a seat that is booked', 'block', { seats: ['1-1-1'] }, 409, 'seats_unavailable'],
    ['a seat that is blocked already', 'block', { seats: ['2-1-1'] }, 409, 'seats_unavailable'],
    ['a seat that is not blocked', 'unblock', { seats: ['1-2-4'] }, 409, 'seats_unavailable']
  ])('BAD-21: %s to %s', async (_name, op, body, status, code) => {
    expectProblem(await admin('POST', `${HALL}/${op}`, body), status, code)
  })
})
