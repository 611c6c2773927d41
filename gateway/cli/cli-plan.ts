// `frontrow plan check`: what is wrong with a seating plan, place by place, and a mended copy.
import { readFile, writeFile } from 'node:fs/promises'
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import type { Plan } from '../../core/plan/plan.ts'
import { done } from './cli-done.ts'

const file = Argument.String('file').pipe(Argument.withDescription("A seating plan in pretix's JSON format"))
const fix = Flag.String('fix').pipe(
  Flag.withDescription('Write a mended copy to this file, and list what was changed'),
  Flag.optional
)

const checkCommand = Command.make('check', { file, fix }, ({ file, fix }) =>
  done(async () => {
    const json = await readJson(file)
    if (Option.isSome(fix)) await mend(file, json, fix.value)
    else await check(file, json)
  })
).pipe(
  Command.withDescription('List the faults of a seating plan; exits with 1 when it has any'),
  Command.withExamples([
    { command: 'frontrow plan check theatre.json', description: 'List what is wrong, by place' },
    { command: 'frontrow plan check theatre.json --fix mended.json', description: 'Write a copy without faults' }
  ])
)

export const planCommand = Command.make('plan').pipe(
  Command.withDescription('Seating plans'),
  Command.withSubcommands([checkCommand])
)

async function check(file: string, json: unknown): Promise<void> {
  const { readPlan } = await import('../../core/plan/plan-import.ts')
  const { plan, faults } = readPlan(json)
  if (plan !== null) return console.log(`${file} is sound: ${describe(plan)}.`)
  printPlaces(faults)
  throw new Error(`${file} has ${counted(faults.length, 'fault')}. Add --fix FILE to write a mended copy.`)
}

async function mend(file: string, json: unknown, target: string): Promise<void> {
  const { fixPlan, readPlan } = await import('../../core/plan/plan-import.ts')
  const { fixed, changes } = fixPlan(json)
  printPlaces(changes)
  const { plan, faults } = readPlan(fixed)
  if (plan === null) {
    console.log('What remains has to be mended by hand:')
    printPlaces(faults)
    throw new Error(`${file} has ${counted(faults.length, 'fault')} that cannot be mended here; nothing was written.`)
  }
  await writeFile(target, `${JSON.stringify(fixed, null, 2)}\n`)
  console.log(`Wrote ${target} with ${counted(changes.length, 'change')}: ${describe(plan)}.`)
}

export async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

function printPlaces(places: readonly { readonly place: string; readonly message: string }[]): void {
  for (const { place, message } of places) console.log(place === '' ? message : `${place}: ${message}`)
}

function describe(plan: Plan): string {
  const seats = counted(plan.seatCount, 'seat')
  const zones = counted(plan.zones.length, 'zone')
  const names = plan.categories.map(({ name }) => name).join(', ')
  return `${seats} in ${zones}, ${plan.categories.length === 1 ? 'category' : 'categories'} ${names}`
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}
