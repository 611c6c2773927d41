// The files of deploy/, read as the tools read them that they are written for: what a test says of them is said of
// what would be built and run.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const ROOT = join(import.meta.dirname, '..')
export const DEPLOY = join(ROOT, 'deploy')

export interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, unknown>>
  readonly volumes: Readonly<Record<string, unknown>>
}

export interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: string
  readonly environment?: Readonly<Record<string, string | number>>
  readonly volumes?: readonly string[]
  readonly networks: readonly string[] | Readonly<Record<string, unknown>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
}

export interface Instruction {
  readonly name: string
  readonly rest: string
}

/** What a query reads. */
export interface Selector {
  readonly metric: string
  readonly labels: readonly string[]
}

/** `${NAME:?what to do}` or `${NAME:-default}`. */
const VARIABLE = /\$\{(\w+):([?-])([^}]*)\}/g

export function readDeploy(path: string): string {
  return readFileSync(join(DEPLOY, path), 'utf8')
}

export function parseYaml<T>(text: string): T {
  return parse(text, { merge: true, strict: true }) as T
}

/** The compose file with the variables of an .env file put in; throws where one is missing that has to be there. */
export function readCompose(variables: Readonly<Record<string, string>>): Compose {
  const text = readDeploy('compose.yaml').replaceAll(VARIABLE, (_, name: string, kind: string, rest: string) => {
    const value = variables[name] ?? ''
    if (value !== '') return value
    if (kind === '?') throw new Error(`${name}: ${rest}`)
    return rest
  })
  if (text.includes('${')) throw new Error('A variable of compose.yaml is in no form that this understands.')
  return parseYaml<Compose>(text)
}

/** The variables that the compose file takes. */
export function composeVariables(): readonly string[] {
  return [...new Set([...readDeploy('compose.yaml').matchAll(VARIABLE)].map(([, name]) => name!))]
}

/** Services that have a name with a number: `node`, `nats`. */
export function numbered({ services }: Compose, name: string): readonly (readonly [string, Service])[] {
  return Object.entries(services).filter(([key]) => new RegExp(`^${name}-\\d+$`).test(key))
}

/** An .env file. */
export function parseEnv(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

/** The stages of the container file, each from its FROM on. */
export function readContainerfile(): readonly (readonly Instruction[])[] {
  const text = readDeploy('Containerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
  const stages: Instruction[][] = []
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line)!
    if (name === 'FROM') stages.push([])
    stages.at(-1)!.push({ name: name!, rest: rest! })
  }
  return stages
}

/** What follows the one instruction of this name. */
export function restOf(stage: readonly Instruction[], name: string): string {
  const found = stage.filter((instruction) => instruction.name === name)
  if (found.length !== 1) throw new Error(`There are ${found.length} ${name} in a stage of the container file`)
  return found[0]!.rest
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

export function readDashboard(): readonly Panel[] {
  return (JSON.parse(readDeploy('grafana/dashboard.json')) as { readonly panels: readonly Panel[] }).panels
}

export function dashboardQueries(): readonly string[] {
  return readDashboard().flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

export function alertQueries(): readonly string[] {
  interface Rules {
    readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[]
  }
  const files = readdirSync(join(DEPLOY, 'prometheus')).filter((name) => name.startsWith('alerts'))
  return files.flatMap((name) => {
    const { groups } = parseYaml<Rules>(readDeploy(join('prometheus', name)))
    return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))
  })
}

/**
 * The series that a PromQL query reads, with the labels it wants of them: those it picks by, and those it groups by.
 * Knows no more of the language than our queries use; a word it does not know comes out as a metric that nobody has.
 */
export function selectorsOf(query: string): readonly Selector[] {
  const grouped: string[] = []
  const plain = query
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/ (and|or|unless) /g, ' ')
    .replaceAll(/\bby\s*\(([^)]*)\)/g, (_, labels: string) => {
      grouped.push(...labels.split(',').map((label) => label.trim()))
      return ' '
    })
  const selectors = plain.matchAll(/\b([a-z_:][a-z0-9_:]*)\b(?!\s*\()(?:\{([^}]*)\})?/gi)
  return [...selectors].map(([, metric, matchers = '']) => {
    const picked = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!)
    return { metric: metric!, labels: [...new Set([...picked, ...grouped])] }
  })
}
