// The tree keeps its style, and the tools that watch over it do see what they are there for.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { childEnvironment } from './support/child-environment.ts'
import { STYLE_RULES } from './support/style-rules.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..')
const folder = temporaryFolder('style')

afterAll(() => folder.dispose())

describe('the tree', () => {
  it.each(STYLE_RULES)('STYLE-1: $name', ({ violations }) => {
    expect(violations(ROOT)).toEqual([])
  })
})

describe('a tree with faults', () => {
  it('STYLE-1: every fault is found at its place', () => {
    const root = plant({
      'test/SPEC.md': ['- **A-1** Cited.', '- **A-2** Not cited.', '- **A-1** Again.'],
      'test/a.test.ts': ["it('A-1: fine', f)", "it('A-9: unknown', f)", "it('A-1 without a colon', f)", 'it(name, f)'],
      'test/b.test.ts': [
        "it.each([1])('A-1: fine', f)",
        "it.each([1])('cites nothing', f)",
        'it.skipIf(x)(`A-1: fine`, f)'
      ],
      'core/a.ts': [
        '// TO' + 'DO: more',
        "const home = '/ho" + "me/someone'",
        "const url = 'https://regis" + "try.example.org/x'"
      ]
    })
    expect(STYLE_RULES.flatMap(({ violations }) => violations(root))).toEqual([
      'core/a.ts:1 left to do: TO' + 'DO',
      'core/a.ts:2 a place that only one machine has: /ho' + 'me/s',
      'core/a.ts:3 a place that only one machine has: https://regis' + 'try.',
      'test/SPEC.md:3 A-1 is already rule of line 1',
      'test/a.test.ts:2 cites A-9, which test/SPEC.md does not have',
      'test/a.test.ts:3 cites no rule: A-1 without a colon',
      'test/a.test.ts:4 cites no rule: the title is no literal',
      'test/b.test.ts:2 cites no rule: cites nothing',
      'test/SPEC.md:2 no test cites A-2'
    ])
  })

  it('STYLE-2: every import against the arrows is found', () => {
    const root = plant({
      'core/a.ts': ["import type { P } from '../actors/a.ts'", 'export type { P }'],
      'core/b.ts': ["export { join } from 'node:path'"],
      'actors/a.ts': ["import '../persistence/a.ts'", 'export interface P { readonly a: number }'],
      'actors/b.ts': ["import { Pool } from 'pg'", 'export const pool = new Pool()'],
      'persistence/a.ts': ["export const gateway = () => import('../gateway/b.ts')"],
      'persistence/b.ts': ["import { c } from './c.ts'", 'export const b = () => c'],
      'persistence/c.ts': ["import type { b } from './b.ts'", 'export const c: typeof b | null = null'],
      'gateway/a.ts': ["import '../persistence/a.ts'", "import '../test/a.ts'", "import 'uWebSockets.js'"],
      'gateway/serve.ts': ["import '../persistence/a.ts'"],
      'gateway/uws.ts': ["import 'uWebSockets.js'"],
      'gateway/web/a.tsx': ["import '../serve.ts'", "import 'preact'", 'export const a = <p>import what</p>'],
      'gateway/b.ts': ["import './nowhere.ts'", "import 'vitest'"],
      'test/a.ts': ["import '../gateway/serve.ts'"]
    })
    const said = complaints(root, 'depcruise', [
      '--config',
      '.dependency-cruiser.mjs',
      'core',
      'actors',
      'persistence',
      'gateway',
      'test'
    ])
    const found = [...said.matchAll(/error (\S+): (\S+) → ?(\S*)/g)].map(([, ...parts]) => parts.join(' ').trim())
    expect(found.map((line) => line.replace(/\S*node_modules\/([^/]+)\S*/, '$1')).sort()).toEqual([
      'actors-inward actors/a.ts persistence/a.ts',
      'actors-inward actors/b.ts pg',
      'core-alone core/a.ts actors/a.ts',
      'core-alone core/b.ts path',
      'found gateway/b.ts ./nowhere.ts',
      'gateway-apart gateway/a.ts persistence/a.ts',
      'no-cycles persistence/b.ts',
      'one-door-to-sockets gateway/a.ts uWebSockets.js',
      'persistence-apart persistence/a.ts gateway/b.ts',
      'product-without-tests gateway/a.ts test/a.ts',
      'ships-what-it-uses gateway/b.ts vitest',
      'web-apart gateway/web/a.tsx gateway/serve.ts'
    ])
  })

  it('STYLE-3: every way for core to be more than a function is found', () => {
    const root = plant({
      'core/a.ts': [
        'export const now = () => Date.now()',
        'export const dice = () => Math.random()',
        'export const environment = () => process.env',
        'export const later = () => setTimeout(now, 1)',
        'export async function wait() {}',
        'export const arrow = async () => {}',
        'export const made = { async method() {} }',
        'export const promised = (): Promise<void> | null => null',
        'export const global = () => globalThis',
        'await wait()',
        'export const fine = Math.max(1, 2)'
      ]
    })
    const lines = [
      ...complaints(root, 'biome', ['lint', '--colors=off', '--max-diagnostics=100', 'core']).matchAll(
        /core\/a\.ts:(\d+)/g
      )
    ]
    expect([...new Set(lines.map(([, line]) => Number(line)))].sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ])
  })

  it('STYLE-4: files and functions that are too long, other names, tests left out and promises let go are found', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `  console.log(${i})`)
    const root = plant({
      'gateway/long.ts': ['export function long() {', ...lines(71), '}'],
      'gateway/float.ts': [
        'async function fails(): Promise<void> {}',
        'export function start(): void {',
        'fails()',
        '}'
      ],
      'gateway/LongFile.ts': ['export function a() {', ...lines(60), '}', ...lines(300)],
      'test/c.test.ts': ["it.only('A-1: x', () => {})", "it.skip('A-1: y', () => {})"]
    })
    const said = complaints(root, 'biome', [
      'lint',
      '--colors=off',
      '--max-diagnostics=100',
      'gateway',
      'test/c.test.ts'
    ])
    for (const [path, rule] of [
      ['gateway/long.ts', 'noExcessiveLinesPerFunction'],
      ['gateway/float.ts', 'noFloatingPromises'],
      ['gateway/LongFile.ts', 'noExcessiveLinesPerFile'],
      ['gateway/LongFile.ts', 'useFilenamingConvention'],
      ['test/c.test.ts', 'noFocusedTests'],
      ['test/c.test.ts', 'noSkippedTests']
    ]) {
      expect(said).toMatch(new RegExp(`^${path}(:\\d+:\\d+)? lint/\\w+/${rule}`, 'm'))
    }
  })
})

/** Writes a small tree with our settings, and answers its root. */
function plant(files: Readonly<Record<string, readonly string[]>>): string {
  const root = mkdtempSync(join(folder.path, 'tree-'))
  for (const name of ['.dependency-cruiser.mjs', 'biome.json', 'core-is-a-function.grit', 'package.json']) {
    copyFileSync(join(ROOT, name), join(root, name))
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  for (const [path, lines] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), `${lines.join('\n')}\n`)
  }
  return root
}

/** What a tool says that is expected to complain. */
function complaints(root: string, command: string, flags: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, flags, { cwd: root, env: childEnvironment(), encoding: 'utf8' })
  expect(status, stdout + stderr).not.toBe(0)
  return stdout + stderr
}
