// Seating plans as admins send them: read, mended, and taken in with a show around them.

import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as Schema from 'effect/Schema'
import { type Plan, STATUS_NAMES } from '../../../core/plan/plan.ts'
import { fixPlan, type PlanReading, readPlan } from '../../../core/plan/plan-import.ts'
import { intake } from '../../../gateway/catalogue/show-intake.ts'
import { showJson, showSummaryJson } from '../../../gateway/catalogue/show-json.ts'
import { decoderOf, parseJson } from '../../../gateway/schema/decode.ts'
import { Problem, Show, ShowSummary } from '../../../gateway/schema/schema-http.ts'
import { drawnPlan, fixturePlan } from '../../support/small-plan.ts'
import { ACCEPTED, bytesOf, insist, type Target, textOf } from '../fuzz-target.ts'
import { mutateJson, smallerJson } from '../mutate-json.ts'

const PICTURES = ['AAAA AAAA\nBBBB BBWW\n\nAAAAAA', 'A', 'AAA AAA\nAAAAAAA\nWWW']

const plans: Target = {
  name: 'plan',
  async corpus() {
    return [fixturePlan('chamber'), ...PICTURES.map(drawnPlan), ringPlan()].map((plan) => bytesOf(JSON.stringify(plan)))
  },
  mutate: mutateJson,
  smaller: smallerJson,
  judge(input) {
    const parsed = parseJson(textOf(input))
    if (!parsed.ok) return 'no JSON'
    const before = isShallow(input) ? JSON.stringify(parsed.value) : ''
    const reading = readPlan(parsed.value)
    const { fixed, changes } = fixPlan(parsed.value)
    if (before !== '') insist(JSON.stringify(parsed.value) === before, 'reading or mending changed what was given')
    insist(fixPlan(fixed).changes.length === 0, 'what was mended is mended again')
    for (const { place } of [...reading.faults, ...changes]) insist(/^[\w.[\]]*$/.test(place), `a place ${place}`)
    for (const { place } of reading.faults) insist(isPlace(parsed.value, place), `there is no place ${place}`)
    const after = readPlan(fixed)
    insist(after.faults.length <= reading.faults.length, 'mending made faults')
    if (reading.plan === null) return after.plan === null ? 'faults' : 'mended'
    insist(changes.length === 0, 'a plan without faults was mended')
    insistSound(reading.plan)
    return ACCEPTED
  }
}

/** A row that bends round and parts of a row that line up: the long way through the walk. */
function ringPlan(): unknown {
  const plan = drawnPlan('AAAAAAAAAAAA\nAAA   AAA')
  for (const [at, seat] of plan.zones[0]!.rows[0]!.seats.entries()) {
    seat.position = { x: 200 - 150 * Math.cos(at / 2), y: 200 - 150 * Math.sin(at / 2) }
  }
  const [first, second] = plan.zones[0]!.rows
  plan.zones[0]!.rows.push({ ...second!, seats: second!.seats.splice(3) })
  first!.row_number = '7'
  return plan
}

/** Writing JSON recurses; what is nested deeply is not written. */
function isShallow(input: Uint8Array): boolean {
  let depth = 0
  for (const byte of input) {
    if (byte === 0x5b || byte === 0x7b) depth++
    else if (byte === 0x5d || byte === 0x7d) depth--
    if (depth > 500) return false
  }
  return true
}

/** `zones[0].rows[3]` leads to something; what is missing is told by its parent's place, or by its own name. */
function isPlace(json: unknown, place: string): boolean {
  const steps = place.match(/\w+/g) ?? []
  const inner = steps.length === 1 ? [] : steps
  let at: unknown = json
  for (const step of inner) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return false
    at = (at as Record<string, unknown>)[step]
  }
  return true
}

/** What the rest of the product counts on. */
function insistSound(plan: Plan): void {
  const { seatCount, left, right, sight, rows, rowOf, ids, indexOf, categories, categoryOf, zones, zoneOf } = plan
  insist(seatCount > 0 && new Set(ids).size === seatCount && indexOf.size === seatCount, 'seats are not told apart')
  const ranks = new Uint8Array(seatCount)
  for (let seat = 0; seat < seatCount; seat++) {
    insist(right[seat] === -1 || (right[seat] === seat + 1 && left[seat + 1] === seat), `the neighbour of seat ${seat}`)
    insist(left[seat] === -1 || right[left[seat]!] === seat, `the neighbour of seat ${seat}`)
    insist(categoryOf[seat]! < categories.length && zoneOf[seat]! < zones.length, `category or zone of seat ${seat}`)
    insist(rowOf[seat]! < rows.length, `the row of seat ${seat}`)
    insist(Number.isFinite(plan.x[seat]!) && Number.isFinite(plan.y[seat]!), `the place of seat ${seat}`)
    ranks[sight[seat]!]!++
  }
  insist(
    ranks.every((times) => times === 1),
    'sight is no ranking'
  )
  insist(
    isDeepStrictEqual(
      rows.flatMap(({ seats }) => [...seats]),
      [...ids.keys()]
    ),
    'rows have gaps'
  )
}

const SHOW = {
  title: 'Faust – Ñ',
  startsAt: '2030-05-01T19:30:00Z',
  currency: 'EUR',
  prices: { A: 5_000, B: 3_000, Wheelchair: 0 }
}
const POLICY = {
  holdMs: 60_000,
  seatsPerHoldMax: 4,
  orphans: 'strict',
  saleStartsAt: null,
  saleEndsAt: '2030-05-01T19:30:00+02:00'
}
const okFaults = decoderOf(Schema.Struct({ faults: Problem.fields.faults }))
const okShow = decoderOf(Show)
const okSummary = decoderOf(ShowSummary)

const shows: Target = {
  name: 'show',
  async corpus() {
    const plan = drawnPlan(PICTURES[0]!)
    const bodies = [
      { ...SHOW, plan },
      { ...SHOW, id: 'faust', policy: POLICY, plan },
      { ...SHOW, plan: ringPlan() }
    ]
    return bodies.map((body) => bytesOf(JSON.stringify(body)))
  },
  mutate: mutateJson,
  smaller: smallerJson,
  judge(input) {
    const taken = intake(input)
    if (!taken.ok) {
      insist(taken.detail.length > 0, 'a refusal without a word')
      const { faults } = taken
      if (faults !== undefined) insist(okFaults({ faults }).ok, 'faults are not as they are described')
      return faults === undefined ? 'refused' : 'faults'
    }
    const { definition, planJson } = taken
    insist(createHash('sha256').update(planJson).digest('hex') === definition.planHash, 'the hash of another plan')
    const stored = readPlan(JSON.parse(Buffer.from(planJson).toString()))
    const sent = readPlan((JSON.parse(textOf(input)) as { plan: unknown }).plan)
    insist(isDeepStrictEqual(plain(stored), plain(sent)), 'the plan that is stored is another one')
    const json = { ...showJson(definition, stored.plan!), id: definition.id || 'x' }
    const described = okShow(json)
    insist(described.ok, `the show cannot be shown: ${described.ok ? '' : described.detail}`)
    insist(okSummary(showSummaryJson({ ...definition, id: 'x', seatCount: 1 })).ok, 'the show cannot be listed')
    return ACCEPTED
  }
}

/** −0 is written as 0. */
function plain({ plan, faults }: PlanReading): unknown {
  if (plan === null) return faults
  return JSON.parse(JSON.stringify({ ...plan, indexOf: [...plan.indexOf], statuses: STATUS_NAMES.length }))
}

export const planTargets: readonly Target[] = [plans, shows]
