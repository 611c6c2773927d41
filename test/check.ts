// `npm run check`: what a reader of the code would have to complain of, found by tools. Reads, never writes.
// One line per step as it ends; what a step says is shown only where it failed.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { childEnvironment } from './support/child-environment.ts'
import { STYLE_RULES } from './support/style-rules.ts'

interface Step {
  readonly name: string
  readonly what: string
  /** Answers what is wrong, '' for nothing. */
  readonly run: () => Promise<string>
}

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = ['core', 'actors', 'persistence', 'gateway', 'bench', 'test']

const STEPS: readonly Step[] = [
  tool('types', 'tsc', ['-p', '.', '--pretty', 'false']),
  tool('format and lint', 'biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '--colors=off', '.']),
  tool('import arrows', 'depcruise', ['--config', '.dependency-cruiser.mjs', ...FOLDERS], sawNoTypeScript),
  tool('nothing unused', 'knip', ['--no-progress', '--no-config-hints']),
  ...STYLE_RULES.map(({ name, violations }) => ({
    name,
    what: 'test/support/style-rules.ts',
    run: async () => violations(ROOT).join('\n')
  }))
]

console.log(`check: ${STEPS.length} steps`)
const results = await Promise.all(STEPS.map(report))
const failed = results.filter((isFine) => !isFine).length
console.log(failed === 0 ? 'check: all is well' : `check: ${failed} of ${STEPS.length} steps failed`)
process.exitCode = failed === 0 ? 0 : 1

async function report(step: Step): Promise<boolean> {
  const startedAt = performance.now()
  const wrong = await step.run()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`  ${wrong === '' ? 'ok    ' : 'FAILED'} ${step.name.padEnd(24)} ${seconds.padStart(5)} s   ${step.what}`)
  if (wrong !== '') console.log(wrong.replace(/^\n+/, '').trimEnd().replaceAll(/^/gm, '         '))
  return wrong === ''
}

/** A command of node_modules/.bin. `objection` judges what it says when it is content. */
function tool(name: string, command: string, flags: readonly string[], objection?: (said: string) => string): Step {
  const run = async () => {
    const child = spawn(command, flags, { cwd: ROOT, env: childEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
    if (code === 0) return objection?.(stdout) ?? ''
    return `${stdout}${stderr}`.trim() || `exit code ${code}`
  }
  return { name, what: [command, ...flags].join(' '), run }
}

/** dependency-cruiser passes over files it has no parser for: then it would be content with anything. */
function sawNoTypeScript(said: string): string {
  const modules = Number(/\((\d+) modules/.exec(said)?.[1] ?? 0)
  return modules >= FOLDERS.length
    ? ''
    : `It saw ${modules} modules. Does it find TypeScript 6 as 'typescript'?\n${said}`
}
