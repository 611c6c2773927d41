// `npm run bench -- <name> [<name>…] [options]`: runs benches one after another and prints their tables.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Bench, BenchReport } from './bench.ts'
import { createProgress, type Progress } from './progress.ts'
import { formatTable } from './table.ts'

/** Loaded only when asked for: not every machine has what each of them needs. */
const BENCHES = {
  sellout: async () => (await import('./sellout/sellout.ts')).sellout,
  core: async () => (await import('./core.ts')).core,
  journal: async () => (await import('./journal.ts')).journal,
  ws: async () => (await import('./ws/ws.ts')).ws,
  memory: async () => (await import('./memory/memory.ts')).memory
} satisfies Record<string, () => Promise<Bench>>

type BenchName = keyof typeof BENCHES

const NAMES = Object.keys(BENCHES) as BenchName[]

/** The exit code: 0 when every bench ended and nothing it checked was wrong. */
async function main(args: readonly string[]): Promise<number> {
  const progress = createProgress(process.stdout)
  if (args.length === 0 || args.includes('--help')) {
    progress.say(await help())
    return args.length === 0 ? 2 : 0
  }
  try {
    const { reports, json } = await runBenches(args, progress)
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(reports, null, 2)}\n`)
    return Object.values(reports).every(({ failures }) => failures.length === 0) ? 0 : 1
  } catch (error) {
    progress.say(`bench: ${error instanceof UsageError ? error.message : String((error as Error).stack ?? error)}`)
    return 2
  }
}

class UsageError extends Error {}

/** What the command line does, for tests too. */
export async function runBenches(
  args: readonly string[],
  progress: Progress
): Promise<{ reports: Record<string, BenchReport>; json: string | undefined }> {
  const names = args.filter((word, at) => !word.startsWith('--') && !args[at - 1]?.startsWith('--'))
  const unknown = names.find((name) => !NAMES.includes(name as BenchName))
  if (unknown !== undefined) throw new UsageError(`there is no bench ${unknown}; there are ${NAMES.join(', ')}`)
  if (names.length === 0) throw new UsageError(`name one of ${NAMES.join(', ')}`)
  const benches = await Promise.all(names.map((name) => BENCHES[name as BenchName]()))
  const given = parseOptions(args, benches)
  const reports: Record<string, BenchReport> = {}
  for (const [at, bench] of benches.entries()) {
    const presets = Object.entries(bench.options).map(([name, { preset }]) => [name, given[name] ?? preset])
    const report = await bench.run(Object.fromEntries(presets), progress)
    for (const table of report.tables) progress.say(`\n${formatTable(table)}`)
    for (const failure of report.failures) progress.say(`FAILED: ${failure}`)
    reports[names[at]!] = report
  }
  return { reports, json: given.json }
}

function parseOptions(args: readonly string[], benches: readonly Bench[]): Record<string, string | undefined> {
  const names = ['json', ...benches.flatMap(({ options }) => Object.keys(options))]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function help(): Promise<string> {
  const lines = ['npm run bench -- <name> [<name>…] [--option value …] [--json FILE]', '']
  for (const name of NAMES) {
    const bench = await BENCHES[name]()
    lines.push(`${name.padEnd(10)} ${bench.what}`)
    for (const [option, { preset, what }] of Object.entries(bench.options)) {
      lines.push(`  --${option.padEnd(14)} ${what}${preset === '' ? '' : ` (${preset})`}`)
    }
    lines.push('')
  }
  return lines.join('\n').trimEnd()
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
