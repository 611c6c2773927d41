// What `npm run cluster` may be told, and what it says when it is told something else.
import { parseArgs } from 'node:util'

/** What may be done to nodes: by a key on a terminal, by `--do` without one. */
const DEEDS = ['add', 'kill', 'stop', 'pause', 'resume', 'drain', 'rebalance'] as const
export type Deed = (typeof DEEDS)[number]

interface Step {
  readonly deed: Deed
  readonly atMs: number
}

export interface ClusterOptions {
  readonly nodes: number
  /** Null: until it is told to stop. */
  readonly seconds: number | null
  /** Holds a second; 0 sells nothing. */
  readonly load: number
  /** Of the first node; 0 for any. */
  readonly port: number
  readonly steps: readonly Step[]
}

export class UsageError extends Error {}

const NODES_MAX = 16
const LOAD_MAX = 5_000

export const HELP = `npm run cluster -- [--option value …]

  --nodes    how many to begin with (3)
  --seconds  ends by itself after so long, with a summary; until it is stopped unless given
  --load     sells seats at so many holds a second, to buyers spread over the nodes (0)
  --port     of the first node, the others follow (8080); 0 for any that are free
  --do       what is done to nodes and when, in seconds: kill@5,add@10,pause@15,resume@20
             of ${DEEDS.join(', ')}; the first node that runs is meant

A Postgres and a NATS are started for it unless DATABASE_URL and NATS_URL are set. On a terminal keys do the rest.`

const NAMES = ['nodes', 'seconds', 'load', 'port', 'do'] as const

export function readClusterOptions(args: readonly string[]): ClusterOptions {
  const given = parse(args)
  const number = (name: (typeof NAMES)[number], preset: number, least: number, most: number): number => {
    const text = given[name]
    const value = text === undefined ? preset : Number(text)
    if (Number.isInteger(value) && value >= least && value <= most && text !== '') return value
    throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not '${text}'`)
  }
  return {
    nodes: number('nodes', 3, 1, NODES_MAX),
    seconds: given.seconds === undefined ? null : number('seconds', 0, 1, 86_400),
    load: number('load', 0, 0, LOAD_MAX),
    port: number('port', 8080, 0, 65_000),
    steps: stepsOf(given.do ?? '')
  }
}

function stepsOf(text: string): readonly Step[] {
  const words = text.split(',').map((word) => word.trim())
  const steps = words.filter((word) => word !== '').map(stepOf)
  return steps.sort((a, b) => a.atMs - b.atMs)
}

function stepOf(word: string): Step {
  const [name, at, more] = word.split('@')
  const deed = DEEDS.find((one) => one === name)
  if (deed === undefined || !/^\d{1,5}(\.\d+)?$/.test(at ?? '') || more !== undefined) {
    throw new UsageError(`--do has steps such as kill@5, of ${DEEDS.join(', ')}, not '${word}'`)
  }
  return { deed, atMs: Number(at) * 1000 }
}

function parse(args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
