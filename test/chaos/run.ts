// `npm run chaos -- [--minutes N | --seconds N] [--seed S] [--clients N] [--shows N] [--only fault,fault] [--json FILE]`:
// a real server on a real Postgres under load, a nemesis, and a judge. Exits with 1 when anything was wrong.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type ChaosOptions, DEFAULTS, runChaos, UsageError } from './chaos.ts'
import { isFine, reportText } from './chaos-report.ts'
import { FAULTS } from './faults.ts'

const NAMES = ['minutes', 'seconds', 'seed', 'clients', 'shows', 'only', 'json', 'rounds'] as const
const HELP = `npm run chaos -- [--option value …]

  --minutes, --seconds  how long the nemesis goes on (${DEFAULTS.seconds} s)
  --seed                of the nemesis and of all that clients do (by the clock)
  --clients             buyers, each with a WebSocket of its own (${DEFAULTS.clients})
  --shows               on sale at a time (${DEFAULTS.shows})
  --only                parts of names of faults, with commas; all unless given
  --rounds              ends after each fault was done so often
  --json                a file for the results

faults:
${FAULTS.map(({ name }) => `  ${name}`).join('\n')}`

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(HELP)
    return 0
  }
  try {
    const { json, ...options } = readOptions(args)
    console.log(`chaos: seed ${options.seed}, ${options.seconds} s, ${options.clients} clients, ${options.shows} shows`)
    const result = await runChaos(options, (line) => console.log(line))
    console.log(`\n${reportText(result)}`)
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
    return isFine(result) ? 0 : 1
  } catch (error) {
    console.log(`chaos: ${error instanceof UsageError ? error.message : String((error as Error).stack ?? error)}`)
    return 2
  }
}

export function readOptions(args: readonly string[]): ChaosOptions & { readonly json: string | undefined } {
  const given = parse(args)
  const number = (name: (typeof NAMES)[number], preset: number, least: number): number => {
    const text = given[name]
    const value = text === undefined ? preset : Number(text)
    if (value >= least) return value
    throw new UsageError(`--${name} is a number from ${least} on, not '${text}'`)
  }
  const minutes = number('minutes', DEFAULTS.seconds / 60, 0)
  return {
    ...DEFAULTS,
    seconds: number('seconds', minutes * 60, 1),
    seed: Math.floor(number('seed', Date.now() % 1_000_000, 0)),
    clients: number('clients', DEFAULTS.clients, 1),
    shows: number('shows', DEFAULTS.shows, 1),
    rounds: number('rounds', DEFAULTS.rounds, 1),
    only: given.only?.split(',').map((word) => word.trim()) ?? [],
    json: given.json
  }
}

function parse(args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
