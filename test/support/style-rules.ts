// The rules of style that no tool at hand knows, over the whole tree. Each answers its violations as `path:line what`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'vite'

export interface StyleRule {
  readonly name: string
  readonly violations: (root: string) => readonly string[]
}

export const STYLE_RULES: readonly StyleRule[] = [
  { name: 'nothing is left to do', violations: leftovers },
  { name: 'no place of one machine', violations: places },
  { name: 'tests cite rules', violations: uncited }
]

const NOT_OURS = new Set(['node_modules', '.git', 'dist', 'data', 'out', 'coverage'])
const TEXT = /(^|\/)(\.ci\/run|LICENSE|[^/]*\.(ts|tsx|mjs|json|jsonc|sql|css|html|md|yml|yaml|toml|conf|grit|sh))$/
const CODE = /(^|\/)(\.ci\/run|[^/]*\.(ts|tsx|mjs|sql|css|html|yml|yaml|sh))$/
// Written so that they do not find themselves.
const LEFTOVER = /\b(TOD[O]|FIXM[E]|XX[X])\b/
const PLACE =
  /(?<![\w.)}])\/(home|root|work|Users|mnt)\/\w|https?:\/\/[^\s"'`)]*(registry|artifactory|nexus|jfrog|verdaccio|mirror)[.:/]/
const RULE_ID = /[A-Z][A-Z0-9]*-\d+/g
const RULE_LINE = /^- \*\*([A-Z][A-Z0-9]*-\d+)\*\*/

function leftovers(root: string): readonly string[] {
  return grep(root, CODE, LEFTOVER, 'left to do')
}

function places(root: string): readonly string[] {
  return grep(root, TEXT, PLACE, 'a place that only one machine has')
}

/** Every test cites a rule of test/SPEC.md, before the colon in its title, and every rule has a test. */
function uncited(root: string): readonly string[] {
  const found: string[] = []
  const rules = new Map<string, number>()
  for (const [index, line] of linesOf(root, 'test/SPEC.md').entries()) {
    const rule = RULE_LINE.exec(line)?.[1]
    if (rule === undefined) continue
    if (rules.has(rule)) found.push(`test/SPEC.md:${index + 1} ${rule} is already rule of line ${rules.get(rule)}`)
    rules.set(rule, index + 1)
  }
  const cited = new Set<string>()
  for (const path of filesUnder(root, 'test').filter((file) => file.endsWith('.ts'))) {
    for (const { line, title } of testTitles(path, readFileSync(join(root, path), 'utf8'))) {
      const colon = title?.indexOf(':') ?? -1
      const citations = title?.slice(0, Math.max(colon, 0)).match(RULE_ID) ?? []
      if (citations.length === 0) found.push(`${path}:${line} cites no rule: ${title ?? 'the title is no literal'}`)
      for (const rule of citations) {
        cited.add(rule)
        if (!rules.has(rule)) found.push(`${path}:${line} cites ${rule}, which test/SPEC.md does not have`)
      }
    }
  }
  for (const [rule, line] of rules) if (!cited.has(rule)) found.push(`test/SPEC.md:${line} no test cites ${rule}`)
  return found
}

/** Titles of `it(…)`, `it.each(…)(…)` and the like; null where the title is not written out. */
function testTitles(path: string, source: string): readonly { line: number; title: string | null }[] {
  const titles: { line: number; title: string | null }[] = []
  const visitor = new Visitor({
    CallExpression: (call) => {
      if (!isTest(call.callee)) return
      titles.push({ line: source.slice(0, call.start).split('\n').length, title: literal(call.arguments[0]) })
    }
  })
  visitor.visit(parseSync(path, source).program)
  return titles
}

const TEST_NAMES: ReadonlySet<string | null> = new Set(['it', 'test'])
const MAKES_A_TEST = new Set(['each', 'for', 'skipIf', 'runIf'])

/** `it`, `it.concurrent`, `it.each(table)`; not the `it.each` that only makes one of these. */
function isTest(callee: ESTree.Expression): boolean {
  if (callee.type === 'Identifier') return TEST_NAMES.has(callee.name)
  if (callee.type === 'CallExpression')
    return callee.callee.type === 'MemberExpression' && TEST_NAMES.has(rootOf(callee.callee))
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false
  return TEST_NAMES.has(rootOf(callee)) && !MAKES_A_TEST.has(callee.property.name)
}

function rootOf(expression: ESTree.Expression): string | null {
  if (expression.type === 'MemberExpression') return rootOf(expression.object)
  return expression.type === 'Identifier' ? expression.name : null
}

function literal(argument: ESTree.Argument | undefined): string | null {
  if (argument?.type === 'Literal' && typeof argument.value === 'string') return argument.value
  if (argument?.type === 'TemplateLiteral') return argument.quasis[0]?.value.raw ?? null
  return null
}

function grep(root: string, files: RegExp, pattern: RegExp, what: string): readonly string[] {
  const found: string[] = []
  for (const path of filesUnder(root, '.').filter((file) => files.test(file))) {
    for (const [index, line] of linesOf(root, path).entries()) {
      const hit = pattern.exec(line)
      if (hit) found.push(`${path}:${index + 1} ${what}: ${hit[0]}`)
    }
  }
  return found
}

function linesOf(root: string, path: string): readonly string[] {
  return readFileSync(join(root, path), 'utf8').split('\n')
}

/** Paths from the root, whatever git thinks of them: a tree without git is checked as well. */
function filesUnder(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return []
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    return entry.isDirectory() ? filesUnder(root, path) : entry.isFile() ? [path] : []
  })
}
