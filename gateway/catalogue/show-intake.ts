// What an admin sends to create a show → a definition and a stored plan. A large plan takes a second of
// work, so it is read in a worker thread: the shows being sold meanwhile must not notice.
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { INLINE_PLAN_BYTES_MAX } from '../../core/limits.ts'
import type { Plan } from '../../core/plan/plan.ts'
import { readPlan } from '../../core/plan/plan-import.ts'
import { DEFAULT_POLICY, type Policy } from '../../core/policy.ts'
import type { Refusal } from '../../core/refusal.ts'
import { decideCreate } from '../../core/rules/decide-show.ts'
import type { ShowDefinition } from '../../core/show.ts'
import type { Problem } from '../problem.ts'
import { decoderOf, parseJson } from '../schema/decode.ts'
import { type PolicyBody, ShowBody } from '../schema/schema-http.ts'
import { parseTime } from '../schema/schema-parts.ts'

export type Intake =
  | {
      readonly ok: true
      /** `id` is '' where none was asked for. */
      readonly definition: ShowDefinition
      /** Canonical: the same plan has the same bytes, and the hash in the definition is theirs. */
      readonly planJson: Uint8Array
    }
  | { readonly ok: false; readonly detail: string; readonly faults?: Problem['faults'] }

const decodeShow = decoderOf(ShowBody)
const currencies = new Set(Intl.supportedValuesOf('currency'))

/** Reads a request's body here, or in a thread of its own where it is large. */
export function intakeAside(body: Uint8Array): Promise<Intake> {
  if (body.length <= INLINE_PLAN_BYTES_MAX) return Promise.resolve(intake(body))
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./show-intake-worker.ts', import.meta.url), { workerData: body })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the thread that reads plans ended without an answer')))
  })
}

export function intake(body: Uint8Array): Intake {
  const text = decodeUtf8(body)
  if (text === null) return { ok: false, detail: 'The body is not valid UTF-8.' }
  const parsed = parseJson(text)
  if (!parsed.ok) return parsed
  const decoded = decodeShow(parsed.value)
  if (!decoded.ok) return decoded
  const { id, title, startsAt, currency, plan, prices, policy } = decoded.value
  if (!currencies.has(currency)) return { ok: false, detail: `currency: there is no ${currency} in ISO 4217.` }
  const { plan: compiled, faults } = readPlan(plan)
  if (compiled === null) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
    return { ok: false, detail: `The plan has ${count}: mend it, or use frontrow plan check --fix.`, faults }
  }
  const definition: ShowDefinition = {
    id: id ?? '',
    title,
    startsAt: parseTime(startsAt),
    currency,
    planHash: '',
    prices,
    policy: { ...DEFAULT_POLICY, ...policyOf(policy ?? {}) }
  }
  const refusal = wrongDefinition(definition, compiled)
  if (refusal !== null) return { ok: false, detail: refusal.detail }
  const planText = canonicalJson(plan)
  if (planText === null) return { ok: false, detail: 'The plan is nested too deeply.' }
  const planJson = Buffer.from(planText)
  const planHash = createHash('sha256').update(planJson).digest('hex')
  return { ok: true, definition: { ...definition, planHash }, planJson }
}

/** What the show itself will say of its prices and its sale: asked here, so that a plan is not stored for nothing. */
function wrongDefinition(definition: ShowDefinition, plan: Plan): Refusal | null {
  const command = { op: 'create', show: definition.id, user: '', admin: true, key: '', definition } as const
  const decision = decideCreate(command, plan, 0)
  return decision.kind === 'refused' ? decision : null
}

/** A policy's members with times in epoch milliseconds. */
export function policyOf(body: (typeof PolicyBody)['Type']): Partial<Policy> {
  const { saleStartsAt, saleEndsAt, ...rest } = body
  return {
    ...rest,
    ...(saleStartsAt !== undefined && { saleStartsAt: saleStartsAt === null ? null : parseTime(saleStartsAt) }),
    ...(saleEndsAt !== undefined && { saleEndsAt: saleEndsAt === null ? null : parseTime(saleEndsAt) })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Null where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/** JSON with members in the order of their names, whoever wrote it; null when nested beyond all use. */
function canonicalJson(value: unknown): string | null {
  try {
    return JSON.stringify(value, (_name, member: unknown) => {
      if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
      return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
    })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
