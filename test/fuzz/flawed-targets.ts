// Decoders with one flaw each, which the fuzz has to find: what its own tests stand on.
import { parseJson } from '../../gateway/schema/decode.ts'
import { ACCEPTED, bytesOf, insist, type Target, textOf } from './fuzz-target.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateJson, smallerJson } from './mutate-json.ts'

const kept: Uint8Array[] = []

function flawed(name: string, judge: Target['judge']): Target {
  return { name, corpus: async () => [bytesOf('a valid input'), bytesOf('another one')], mutate: mutateBytes, judge }
}

export const targets: readonly Target[] = [
  flawed('sound', (input) => (input.includes(0x20) ? ACCEPTED : 'refused')),
  flawed('throws', (input) => {
    if (input.includes(0xff)) throw new RangeError('out of range')
    return ACCEPTED
  }),
  flawed('refuses', () => 'refused'),
  flawed('hangs', (input) => {
    while (input.includes(0xff)) input = input.slice()
    return ACCEPTED
  }),
  flawed('leaks', (input) => {
    kept.push(new Uint8Array(input.length + 2_000))
    return ACCEPTED
  }),
  flawed('devours', (input) => {
    const all: number[][] = []
    while (input.includes(0xff)) all.push(new Array<number>(100_000).fill(all.length))
    return ACCEPTED
  }),
  flawed('crashes', (input) => {
    if (input.includes(0xff)) setImmediate(() => insist(false, 'later'))
    return ACCEPTED
  }),
  {
    ...flawed('picky', (input) => {
      const { ok, value } = parseJson(textOf(input)) as { ok: boolean; value?: { d?: { size?: unknown } } | null }
      insist((value?.d?.size ?? 3) === 3, 'another size')
      return ok ? ACCEPTED : 'no JSON'
    }),
    corpus: async () => [bytesOf('{"a":[1,2,{"b":null}],"c":"x","d":{"e":true,"size":3}}')],
    mutate: mutateJson,
    smaller: smallerJson
  }
]
