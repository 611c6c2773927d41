// `npm run simulate`: runs seeds, or the mutants, and says what it did. Ends with 1 when a rule was broken, having
// found the shortest run that still breaks it and kept that as a regression.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createProgress } from '../../bench/progress.ts'
import { formatTable } from '../../bench/table.ts'
import { Crew, type RunReport } from './crew.ts'
import { runMutants } from './mutant-run.ts'
import { shrink } from './shrink.ts'
import { Counts } from './verdict.ts'

const USAGE = `npm run simulate -- [options]
  --seed N        one seed
  --seeds N..M    seeds from N to M
  --minutes M     fresh seeds for so long (default 1)
  --nodes N       nodes of each run, or N..M: from N to M of them (default: the seed decides)
  --ops N         operations of each run (default: the seed decides)
  --workers N     processes (default: one a core)
  --mutants       every seeded defect must be caught, with seeds from 1 up
  --mutant NAME   only this one
  --seed N        … with seeds from N up
  --report FILE   writes the summary as Markdown`

const REGRESSIONS = join(import.meta.dirname, 'regressions')
const progress = createProgress(process.stdout)

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    ops: { type: 'string' },
    nodes: { type: 'string' },
    workers: { type: 'string' },
    mutants: { type: 'boolean' },
    mutant: { type: 'string' },
    report: { type: 'string' },
    help: { type: 'boolean' }
  }
})
const workers = numberOf('workers') ?? cpus().length

if (values.help) progress.say(USAGE)
else if (values.mutants || values.mutant !== undefined) {
  process.exitCode = await runMutants(progress, { workers, only: values.mutant, from: numberOf('seed') ?? 1 })
} else process.exitCode = await runSeeds()

async function runSeeds(): Promise<number> {
  const { from, to, until } = extent()
  const ops = numberOf('ops')
  const nodesOf = nodesBySeed()
  const crew = new Crew(workers)
  const startedAt = performance.now()
  const total = { runs: 0, ops: 0, simulatedMs: 0, steps: 0, faults: new Counts(), answers: new Counts() }
  let failed: RunReport | null = null
  let broken: unknown = null
  const seconds = () => (performance.now() - startedAt) / 1000
  progress.say(`seeds from ${from}${to === Number.POSITIVE_INFINITY ? '' : ` to ${to}`}, ${workers} processes`)
  const stop = progress.watch(
    () =>
      `${seconds().toFixed(0)} s  ${total.runs} runs  ${total.ops.toLocaleString('en-US')} operations ` +
      `(${Math.round(total.ops / seconds()).toLocaleString('en-US')}/s)  ${total.faults.total.toLocaleString('en-US')} faults`
  )
  let seed = from
  const lane = async () => {
    while (failed === null && broken === null && seed <= to && performance.now() < until) {
      try {
        const next = seed++
        const report = await crew.run({ seed: next, ...(ops !== undefined && { ops }), ...nodesOf(next) })
        total.runs++
        total.ops += report.ops
        total.steps += report.steps
        total.simulatedMs += report.simulatedMs
        total.faults.include(report.faults)
        total.answers.include(report.answers)
        if (report.violation !== null) failed ??= report
      } catch (error) {
        broken ??= error
      }
    }
  }
  await Promise.all(Array.from({ length: workers }, lane))
  stop()
  crew.dismiss()
  summarize({ ...total, from, to: seed - 1, seconds: seconds() })
  if (broken !== null) progress.say(String(broken))
  if (failed !== null) await pin(failed)
  return failed === null && broken === null ? 0 : 1
}

function extent(): { from: number; to: number; until: number } {
  if (values.seed !== undefined) {
    const seed = numberOf('seed')!
    return { from: seed, to: seed, until: Number.POSITIVE_INFINITY }
  }
  const minutes = numberOf('minutes')
  const until = performance.now() + (minutes ?? 1) * 60_000
  if (values.seeds === undefined)
    // Of a millisecond each: who starts again some seconds later shares no seed with this run.
    return { from: Date.now() % 1_000_000_000, to: Number.POSITIVE_INFINITY, until }
  const [from, to] = boundsOf('seeds', values.seeds)
  return { from, to: to ?? Number.POSITIVE_INFINITY, until: minutes === undefined ? Number.POSITIVE_INFINITY : until }
}

interface Total {
  readonly runs: number
  readonly ops: number
  readonly steps: number
  readonly simulatedMs: number
  readonly faults: Counts
  readonly answers: Counts
  readonly from: number
  readonly to: number
  readonly seconds: number
}

function summarize(total: Total): void {
  const { runs, ops, seconds, faults, answers, simulatedMs } = total
  const rows: [string, number][] = [
    ['runs', runs],
    ['operations', ops],
    ['operations per second', Math.round(ops / seconds)],
    ['faults', faults.total],
    ['faults per second', Math.round(faults.total / seconds)],
    ['steps of simulated time', total.steps],
    ['simulated days', Math.round(simulatedMs / 86_400_000)],
    ['seconds', Math.round(seconds)]
  ]
  const byCount = (counts: Counts) => [...counts.by].sort((one, other) => other[1] - one[1])
  const tables = [
    formatTable({ title: `simulate, seeds ${total.from} to ${total.to}`, columns: ['what', 'count'], rows }),
    formatTable({ title: 'faults', columns: ['kind', 'count'], rows: byCount(faults) }),
    formatTable({ title: 'answers', columns: ['code', 'count'], rows: byCount(answers) })
  ]
  for (const table of tables) progress.say(`\n${table}`)
  if (values.report === undefined) return
  const text = ['```', ...tables.flatMap((table) => [table, '']), '```', ''].join('\n')
  writeFileSync(values.report, text)
}

/** The shortest prefix that still fails, kept for ever. */
async function pin(failed: RunReport): Promise<void> {
  const { seed, violation } = failed
  progress.say(`\nseed ${seed} breaks ${violation!.rule} after ${violation!.ops} operations: ${violation!.what}`)
  const ops = numberOf('ops')
  const order = { seed, ...(ops !== undefined && { ops }), ...nodesBySeed()(seed) }
  const shortest = await shrink(order, violation!, (text) => progress.say(text))
  const file = join(REGRESSIONS, `${shortest.violation.rule.toLowerCase()}-${seed}.json`)
  mkdirSync(REGRESSIONS, { recursive: true })
  const { rule, what } = shortest.violation
  writeFileSync(file, `${JSON.stringify({ ...shortest.order, rule, what }, null, 2)}\n`)
  const given = Object.entries(shortest.order).map(([name, value]) => ` --${name} ${value}`)
  progress.say(`the shortest run that fails: npm run simulate --${given.join('')}`)
  progress.say(`kept as ${file}`)
}

function nodesBySeed(): (seed: number) => { readonly nodes?: number } {
  if (values.nodes === undefined) return () => ({})
  const [from, to = from] = boundsOf('nodes', values.nodes)
  return (seed) => ({ nodes: from + (seed % (to - from + 1)) })
}

/** `N` or `N..M`. */
function boundsOf(name: 'seeds' | 'nodes', text: string): [number, number?] {
  const [from, to] = text.split('..').map(Number)
  const isRange = from !== undefined && from >= 0 && (to === undefined || to >= from)
  return isRange ? (to === undefined ? [from] : [from, to]) : usage(`--${name} wants N..M`)
}

function numberOf(name: 'seed' | 'minutes' | 'ops' | 'workers'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  return Number.isFinite(value) && value >= 0 ? value : usage(`--${name} wants a number`)
}

function usage(why: string): never {
  progress.say(`${why}\n\n${USAGE}`)
  process.exit(2)
}
