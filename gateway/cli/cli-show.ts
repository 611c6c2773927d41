// `frontrow show create`: a show from a plan file, through the HTTP API of a running server, with a token
// signed with that server's own secret.
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import type { Problem } from '../problem.ts'
import { done, settingsOrThrow } from './cli-done.ts'
import { counted, readJson } from './cli-plan.ts'

const ADMIN_LIFE_MS = 5 * 60_000
/** A plan of 100,000 seats takes seconds to read. */
const ANSWER_MS = 60_000

const flags = {
  plan: Flag.String('plan').pipe(Flag.withDescription("A seating plan in pretix's JSON format")),
  title: Flag.String('title').pipe(Flag.withDescription('What is shown')),
  startsAt: Flag.String('starts-at').pipe(Flag.withDescription('When, such as 2030-05-01T19:30:00Z')),
  currency: Flag.String('currency').pipe(Flag.withDescription('Of the prices, such as EUR')),
  price: Flag.KeyValuePair('price').pipe(
    Flag.withDescription('CATEGORY=AMOUNT in minor units, once for each; *=AMOUNT for all others')
  ),
  id: Flag.String('id').pipe(Flag.withDescription('The id of the show; made up where left out'), Flag.optional),
  url: Flag.String('url').pipe(Flag.withDescription('The server'), Flag.withDefault('http://127.0.0.1:8080'))
}

const createCommand = Command.make('create', flags, ({ plan, title, startsAt, currency, price, id, url }) =>
  done(async () => {
    const json = await readJson(plan)
    const prices = await pricesFor(plan, json, price)
    const body = { ...(Option.isSome(id) && { id: id.value }), title, startsAt, currency, plan: json, prices }
    const show = await post(new URL('/api/admin/shows', url), body)
    console.log(`Created ${show.id}: ${show.title}, ${counted(show.seatCount, 'seat')}. See ${new URL('/', url)}`)
  })
).pipe(
  Command.withDescription('Create a show on a running server'),
  Command.withExamples([
    {
      command:
        "frontrow show create --plan theatre.json --title 'Faust' --starts-at 2030-05-01T19:30:00Z --currency EUR --price Stalls=5000 --price '*=3500'",
      description: 'Stalls at 50.00, all other categories at 35.00'
    }
  ])
)

export const showCommand = Command.make('show').pipe(
  Command.withDescription('Shows'),
  Command.withSubcommands([createCommand])
)

/** A price for every category of the plan, from `CATEGORY=AMOUNT` and `*=AMOUNT`. */
async function pricesFor(
  file: string,
  json: unknown,
  given: Readonly<Record<string, string>>
): Promise<Record<string, number>> {
  const { readPlan } = await import('../../core/plan/plan-import.ts')
  const { plan, faults } = readPlan(json)
  if (plan === null) throw new Error(`${file} has ${counted(faults.length, 'fault')}: see frontrow plan check ${file}`)
  const { '*': others, ...named } = given
  const names = plan.categories.map(({ name }) => name)
  const prices: [string, number][] = []
  const missing: string[] = []
  for (const name of names) {
    const amount = Object.hasOwn(named, name) ? named[name] : others
    if (amount === undefined) missing.push(name)
    else prices.push([name, minorUnits(name, amount)])
  }
  const unknown = Object.keys(named).filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`--price: the plan has no ${unknown.join(', ')}; it has ${names.join(', ')}.`)
  if (missing.length > 0) throw new Error(`--price is missing for ${missing.join(', ')}; '*=AMOUNT' sets all others.`)
  return Object.fromEntries(prices)
}

function minorUnits(name: string, amount: string): number {
  if (/^\d{1,13}$/.test(amount)) return Number(amount)
  throw new Error(`--price ${name}=${amount}: expected a whole number of minor units, such as 5000 for 50.00.`)
}

async function post(url: URL, body: unknown): Promise<{ id: string; title: string; seatCount: number }> {
  const [{ createAuth }, { secretOf }] = await Promise.all([import('../auth.ts'), import('../kept-value.ts')])
  const auth = createAuth(await secretOf(settingsOrThrow(process.env)), Date.now)
  const { token } = await auth.signToken('command-line', 'admin', ADMIN_LIFE_MS)
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS)
  }).catch((cause: unknown) => {
    throw new Error(`No server answers at ${url.origin}: start one with npm start, or name it with --url.`, { cause })
  })
  const answer = (await response.json()) as { show: { id: string; title: string; seatCount: number } } & Problem
  if (response.ok) return answer.show
  for (const { place, message } of answer.faults ?? []) console.error(`${place}: ${message}`)
  const hint = answer.code === 'unauthenticated' ? ' Does it have the same DATA_DIR or JWT_SECRET?' : ''
  throw new Error(`The server said no: ${answer.detail}${hint}`)
}
