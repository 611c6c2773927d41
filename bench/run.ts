// `npm run bench -- <name> [<name>…] [options]`: runs benches one after another, prints their tables, and keeps what
// they found as JSON or as a page. `npm run bench -- diff a.json b.json` compares two of those.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, BenchReport, BenchSettings } from './bench.ts'
import { ALL, BENCHES, type BenchName } from './benches.ts'
import type { Report } from './load/report/report.ts'
import { createProgress, type Progress } from './progress.ts'
import { formatTable } from './table.ts'
import { verdictsOfAll, verdictTable } from './verdict.ts'

const NAMES = Object.keys(BENCHES) as BenchName[]
const REPORT_FILE = join(import.meta.dirname, 'out', 'report.html')

/** The exit code: 0 when every bench ended and nothing it checked was wrong. */
async function main(args: readonly string[]): Promise<number> {
  const progress = createProgress(process.stdout)
  try {
    if (args[0] === 'diff' || args[0] === '--compare') return await diff(args.slice(1), progress)
    const names = namesIn(args)
    if (names.length === 0 || args.includes('--help')) {
      progress.say(await help(names))
      return args.includes('--help') ? 0 : 2
    }
    const { surroundings } = await import('./load/report/report.ts')
    const around = await surroundings(args)
    const { reports, json, report } = await runBenches(args, progress)
    await keep({ ...around, benches: reports }, { json, report }, progress)
    return Object.values(reports).every(({ failures }) => failures.length === 0) ? 0 : 1
  } catch (error) {
    progress.say(`bench: ${error instanceof UsageError ? error.message : String((error as Error).stack ?? error)}`)
    return 2
  }
}

class UsageError extends Error {}

interface Files {
  readonly json: string | undefined
  readonly report: string | undefined
}

/** What the command line does, for tests too. */
export async function runBenches(
  args: readonly string[],
  progress: Progress
): Promise<{ reports: Record<string, BenchReport> } & Files> {
  const names = namesIn(args)
  if (names.length === 0) throw new UsageError(`name one of ${NAMES.join(', ')}`)
  const benches = await Promise.all(names.map((name) => BENCHES[name]()))
  const given = parseOptions(args, benches)
  const reports: Record<string, BenchReport> = {}
  for (const [at, bench] of benches.entries()) {
    const presets = Object.entries(bench.options).map(([name, { preset }]) => [name, given[name] ?? preset])
    const report = await runOne(bench, Object.fromEntries(presets), progress, benches.length > 1)
    for (const table of report.tables) progress.say(`\n${formatTable(table)}`)
    if (report.verdicts !== undefined) progress.say(`\n${formatTable(verdictTable(report.verdicts))}`)
    for (const failure of report.failures) progress.say(`FAILED: ${failure}`)
    reports[names[at]!] = report
  }
  const verdicts = verdictsOfAll(reports)
  if (verdicts.length > 0) progress.say(`\n${formatTable(verdictTable(verdicts))}`)
  return { reports, json: given.json, report: given.report }
}

/** Where there are others to run, one that breaks does not take them with it. */
async function runOne(
  bench: Bench,
  settings: BenchSettings,
  progress: Progress,
  isOneOfMany: boolean
): Promise<BenchReport> {
  try {
    return await bench.run(settings, progress)
  } catch (error) {
    if (!isOneOfMany) throw error
    return { tables: [], failures: [String((error as Error).stack ?? error)] }
  }
}

function namesIn(args: readonly string[]): BenchName[] {
  const names = args
    .filter((word, at) => !word.startsWith('--') && !args[at - 1]?.startsWith('--'))
    .flatMap((name) => (name === 'all' ? ALL : [name]))
  const unknown = names.find((name) => !NAMES.includes(name as BenchName))
  if (unknown !== undefined) throw new UsageError(`there is no bench ${unknown}; there are ${NAMES.join(', ')}`)
  return names as BenchName[]
}

function parseOptions(args: readonly string[], benches: readonly Bench[]): Record<string, string | undefined> {
  const names = ['json', 'report', ...benches.flatMap(({ options }) => Object.keys(options))]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: withReportFile(args), options, allowPositionals: true }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** `--report` without a file has one all the same. */
function withReportFile(args: readonly string[]): string[] {
  return args.flatMap((word, at) => {
    const bare = word === '--report' && (args[at + 1] ?? '--').startsWith('--')
    return bare ? [word, REPORT_FILE] : [word]
  })
}

async function keep(found: Report, { json, report }: Files, progress: Progress): Promise<void> {
  const { renderPage } = await import('./load/report/page.ts')
  const files: readonly (readonly [string | undefined, () => string])[] = [
    [json, () => `${JSON.stringify(found, null, 2)}\n`],
    [report, () => renderPage(found)]
  ]
  for (const [file, text] of files) {
    if (file === undefined) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text())
    progress.say(`\nwritten: ${file}`)
  }
}

async function diff(files: readonly string[], progress: Progress): Promise<number> {
  if (files.length !== 2) throw new UsageError('diff takes two files that --json has written: before and after')
  const { diffTables } = await import('./load/report/diff.ts')
  for (const table of diffTables(files[0]!, files[1]!)) progress.say(`\n${formatTable(table)}`)
  return 0
}

/** All names; the options of those that were named. */
async function help(named: readonly BenchName[]): Promise<string> {
  const lines = [
    'npm run bench -- <name> [<name>…] [--option value …] [--json FILE] [--report [FILE.html]]',
    'npm run bench -- <name> --help                 its options',
    'npm run bench -- all --report                  every figure of this project, beside its goal',
    'npm run bench -- diff before.json after.json   two reports side by side',
    ''
  ]
  for (const name of named.length > 0 ? named : NAMES) {
    const bench = await BENCHES[name]()
    lines.push(`${name.padEnd(16)} ${bench.what}`)
    if (named.length === 0) continue
    for (const [option, { preset, what }] of Object.entries(bench.options)) {
      lines.push(`  --${option.padEnd(14)} ${what}${preset === '' ? '' : ` (${preset})`}`)
    }
  }
  return lines.join('\n').trimEnd()
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
