// `npm run chaos -- [--minutes N | --seconds N] [--seed S] [--clients N] [--shows N] [--only fault,fault] [--json FILE]`:
// a real server on a real Postgres under load, a nemesis, and a judge; with `--cluster [--nodes N]` several of them, on
// a NATS too. Exits with 1 when anything was wrong.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DEFAULTS, runChaos, UsageError } from './chaos.ts'
import { isFine, reportText } from './chaos-report.ts'
import { CLUSTER_DEFAULTS, type ClusterOptions, runClusterChaos } from './cluster/cluster-chaos.ts'
import { CLUSTER_FAULTS } from './cluster/cluster-faults.ts'
import { clusterReportText } from './cluster/cluster-report.ts'
import { FAULTS } from './faults.ts'

const NAMES = ['minutes', 'seconds', 'seed', 'clients', 'shows', 'only', 'json', 'rounds', 'nodes'] as const
const HELP = `npm run chaos -- [--cluster] [--option value …]

  --cluster             several nodes on one Postgres and one NATS
  --nodes               how many (${CLUSTER_DEFAULTS.nodes})
  --minutes, --seconds  how long the nemesis goes on (${DEFAULTS.seconds} s; ${CLUSTER_DEFAULTS.seconds} s)
  --seed                of the nemesis and of all that clients do (by the clock)
  --clients             buyers, each with a WebSocket of its own (${DEFAULTS.clients}; ${CLUSTER_DEFAULTS.clients})
  --shows               on sale at a time (${DEFAULTS.shows}; ${CLUSTER_DEFAULTS.shows})
  --only                parts of names of faults, with commas; all unless given
  --rounds              ends after each fault was done so often
  --json                a file for the results

faults:
${FAULTS.map(({ name }) => `  ${name}`).join('\n')}

faults of a cluster:
${CLUSTER_FAULTS.map(({ name }) => `  ${name}`).join('\n')}`

type RunOptions = ClusterOptions & { readonly cluster: boolean; readonly json: string | undefined }

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(HELP)
    return 0
  }
  try {
    const options = readOptions(args)
    const { cluster, json, seed, seconds, clients, shows, nodes } = options
    const where = cluster ? `, ${nodes} nodes` : ''
    console.log(`chaos: seed ${seed}, ${seconds} s, ${clients} clients, ${shows} shows${where}`)
    const { result, text } = await runAndTell(options)
    console.log(`\n${text}`)
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
    return isFine(result) ? 0 : 1
  } catch (error) {
    console.log(`chaos: ${error instanceof UsageError ? error.message : String((error as Error).stack ?? error)}`)
    return 2
  }
}

async function runAndTell(options: RunOptions) {
  const say = (line: string) => console.log(line)
  if (options.cluster) {
    const result = await runClusterChaos(options, say)
    return { result, text: clusterReportText(result) }
  }
  const result = await runChaos(options, say)
  return { result, text: reportText(result) }
}

export function readOptions(args: readonly string[]): RunOptions {
  const { cluster, ...given } = parse(args)
  const presets = cluster ? CLUSTER_DEFAULTS : { ...DEFAULTS, nodes: 1 }
  const number = (name: (typeof NAMES)[number], preset: number, least: number): number => {
    const text = given[name]
    const value = text === undefined ? preset : Number(text)
    if (value >= least) return value
    throw new UsageError(`--${name} is a number from ${least} on, not '${text}'`)
  }
  if (!cluster && given.nodes !== undefined) throw new UsageError('--nodes is for --cluster')
  const minutes = number('minutes', presets.seconds / 60, 0)
  return {
    ...presets,
    cluster,
    nodes: number('nodes', presets.nodes, cluster ? 2 : 1),
    seconds: number('seconds', minutes * 60, 1),
    seed: Math.floor(number('seed', Date.now() % 1_000_000, 0)),
    clients: number('clients', presets.clients, 1),
    shows: number('shows', presets.shows, 1),
    rounds: number('rounds', presets.rounds, 1),
    only: given.only?.split(',').map((word) => word.trim()) ?? [],
    json: given.json
  }
}

function parse(args: readonly string[]): Partial<Record<(typeof NAMES)[number], string>> & { cluster: boolean } {
  const named = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options: { ...named, cluster: { type: 'boolean', default: false } } }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
