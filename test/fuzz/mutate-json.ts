// Spoils JSON as somebody would who knows what it means: members dropped, doubled, renamed, of other types and sizes.
// Works on a tree that can hold what no JavaScript value can: a member twice, 1e400, −0, half of a surrogate pair.
import type { Random } from '../../bench/random.ts'
import { bytesOf, textOf } from './fuzz-target.ts'
import { BYTES_MAX, mutateBytes, pick } from './mutate-bytes.ts'

export type Json =
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Json])[] }
  | { readonly kind: 'list'; readonly items: readonly Json[] }
  /** A text that stands as it is; a JSON value, mostly. */
  | { readonly kind: 'raw'; readonly text: string }

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'toJSON',
  'length',
  '',
  '0',
  'id',
  'seats',
  '\ud800',
  'x'.repeat(300)
]
const VALUES = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1',
    '-1',
    '1.5',
    '1e3',
    '1e400',
    '-1e400',
    '5e-324',
    '2147483648',
    '4294967296'
  ],
  ...[
    '9007199254740991',
    '9007199254740993',
    '1e21',
    '0.1e-7',
    'NaN',
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '""',
    '" "',
    '"0"'
  ],
  ...[
    '"\\ud800"',
    '"\\udc00x"',
    '"\\u0000"',
    '"\\u2028"',
    '"\\ufeff"',
    '"👩‍🦽"',
    '"__proto__"',
    '"true"',
    '"1"',
    '"-1"'
  ],
  ...[
    '{"__proto__":{"x":1}}',
    '{"length":3}',
    '{"toString":1,"valueOf":2}',
    '"0000-01-01T00:00:00+23:59"',
    '"0000-01-01T00:00:00Z"'
  ],
  ...[
    '"9999-12-31T23:59:59-23:59"',
    '"2030-02-30T00:00:00Z"',
    '"2030-01-01T24:00:00Z"',
    '"2030-05-01T19:30:00.123456789Z"'
  ]
]
const LONG = [199, 200, 201, 4_096, 70_000]
const DEEP = [3, 100, 5_000, 20_000]

const parsed = new WeakMap<Uint8Array, Json | 'no JSON'>()

/** Spoils the JSON in `input`; bytes of what is no JSON. `other` gives parts to splice in. */
export function mutateJson(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  const tree = treeOf(input)
  if (tree === 'no JSON') return mutateBytes(random, input, other)
  const donor = treeOf(other)
  let spoilt = tree
  for (let left = 1 + Math.floor(random.next() ** 2 * 5); left > 0; left--) {
    spoilt = mutateTree(random, spoilt, donor === 'no JSON' ? tree : donor)
  }
  const bytes = bytesOf(write(spoilt))
  // Much of much takes long and shows nothing new.
  if (bytes.length > BYTES_MAX) return mutateBytes(random, input, other)
  return random.below(8) === 0 ? mutateBytes(random, bytes, other) : bytes
}

/** The same JSON with one member, item or value less, largest parts first. */
export function* smallerJson(input: Uint8Array): Generator<Uint8Array> {
  const tree = treeOf(input)
  if (tree === 'no JSON') return
  for (const smaller of smallerTrees(tree)) yield bytesOf(write(smaller))
}

/** The tree of a JSON text; kept for inputs that come again and again. */
function treeOf(input: Uint8Array): Json | 'no JSON' {
  const known = parsed.get(input)
  if (known !== undefined) return known
  let tree: Json | 'no JSON' = 'no JSON'
  try {
    tree = fromValue(JSON.parse(textOf(input)))
  } catch {
    // Neither JSON nor shallow enough to be taken apart: bytes are spoilt instead.
  }
  parsed.set(input, tree)
  return tree
}

function fromValue(value: unknown): Json {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(fromValue) }
  if (typeof value !== 'object' || value === null) return { kind: 'raw', text: JSON.stringify(value) }
  return { kind: 'object', members: Object.entries(value).map(([name, member]) => [name, fromValue(member)]) }
}

function write(json: Json): string {
  if (json.kind === 'raw') return json.text
  if (json.kind === 'list') return `[${json.items.map(write).join()}]`
  return `{${json.members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join()}}`
}

/** Goes down to some place and changes what stands there. */
function mutateTree(random: Random, json: Json, donor: Json): Json {
  const children = json.kind === 'list' ? json.items.length : json.kind === 'object' ? json.members.length : 0
  if (children === 0 || random.below(5) === 0) return mutateHere(random, json, donor)
  const at = random.below(children)
  if (json.kind === 'list') return { ...json, items: json.items.with(at, mutateTree(random, json.items[at]!, donor)) }
  if (json.kind !== 'object') return json
  const [name, member] = json.members[at]!
  return { ...json, members: json.members.with(at, [name, mutateTree(random, member, donor)]) }
}

function mutateHere(random: Random, json: Json, donor: Json): Json {
  if (random.below(3) === 0 || json.kind === 'raw') return otherValue(random, json, donor)
  if (json.kind === 'list') return { ...json, items: changed(random, json.items, () => someOf(random, donor)) }
  const stranger = (): readonly [string, Json] => [pick(random, NAMES), someOf(random, donor)]
  if (json.members.length === 0 || random.below(3) > 0) {
    return { ...json, members: changed(random, json.members, stranger) }
  }
  const at = random.below(json.members.length)
  const [name, member] = json.members[at]!
  const renamed = pick(random, [...NAMES, name.toUpperCase(), `${name} `, json.members[0]![0]])
  return { ...json, members: json.members.with(at, [renamed, member]) }
}

/** One left out, one twice, two exchanged, a new one, very many of one, or none at all. */
function changed<T>(random: Random, items: readonly T[], stranger: () => T): readonly T[] {
  const at = random.below(items.length)
  const item = items[at]
  switch (item === undefined ? 5 : random.below(7)) {
    case 0:
      return items.toSpliced(at, 1)
    case 1:
      return items.toSpliced(random.below(items.length + 1), 0, item!)
    case 2:
      return items.with(at, items[0]!).with(0, item!)
    case 3:
      return random.below(20) === 0 ? Array<T>(pick(random, [30, 101, 101, 1_001])).fill(item!) : items.slice(0, at)
    case 4:
      return random.below(4) === 0 ? [] : items.toReversed()
    default:
      return items.toSpliced(random.below(items.length + 1), 0, stranger())
  }
}

function otherValue(random: Random, json: Json, donor: Json): Json {
  switch (random.below(9)) {
    case 0:
      return someOf(random, donor)
    case 1:
      return { kind: 'list', items: [json] }
    case 2:
      return { kind: 'object', members: [[pick(random, NAMES), json]] }
    case 3: {
      if (random.below(10) > 0) return { kind: 'raw', text: JSON.stringify(write(json).slice(0, 1_000)) }
      const depth = pick(random, DEEP)
      const [open, close] = pick(random, [['[', ']'] as const, ['{"x":', '}'] as const])
      return { kind: 'raw', text: `${open.repeat(depth)}1${close.repeat(depth)}` }
    }
    case 4:
      if (random.below(10) > 0) return { kind: 'raw', text: String(random.below(1_000) - 10) }
      return { kind: 'raw', text: JSON.stringify(pick(random, ['x', '9', '🎭', '\u0001']).repeat(pick(random, LONG))) }
    case 5:
      if (json.kind === 'raw') return { kind: 'raw', text: spoiltText(random, json.text) }
      return { kind: 'raw', text: pick(random, VALUES) }
    default:
      return { kind: 'raw', text: pick(random, VALUES) }
  }
}

/** A string or number that is nearly the same. */
function spoiltText(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const more = pick(random, ['0', '9', '-', '.', 'e', ' ', 'x', 'Z', '\\u0000', 'é', '"'])
  return text.slice(0, at) + more + text.slice(at + random.below(2))
}

/** Some part of `json`. */
function someOf(random: Random, json: Json): Json {
  const parts = json.kind === 'list' ? json.items : json.kind === 'object' ? json.members.map(([, part]) => part) : []
  return parts.length === 0 || random.below(4) === 0 ? json : someOf(random, pick(random, parts))
}

function* smallerTrees(json: Json): Generator<Json> {
  if (json.kind === 'raw') return
  if (json.kind === 'list') {
    for (const at of json.items.keys()) yield { ...json, items: json.items.toSpliced(at, 1) }
    for (const [at, item] of json.items.entries()) {
      for (const less of smallerTrees(item)) yield { ...json, items: json.items.with(at, less) }
    }
    return
  }
  for (const at of json.members.keys()) yield { ...json, members: json.members.toSpliced(at, 1) }
  for (const [at, [name, member]] of json.members.entries()) {
    for (const less of smallerTrees(member)) yield { ...json, members: json.members.with(at, [name, less]) }
  }
}
