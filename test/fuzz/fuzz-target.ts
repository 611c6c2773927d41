// What is fuzzed: a decoder that reads bytes from outside, with valid inputs to start from, a way to spoil them,
// and a judge that knows every answer the decoder may give.
import { createRandom, type Random } from '../../bench/random.ts'
import { fnv1a } from '../../core/shard.ts'

export interface Target {
  /** As `--target` names it. */
  readonly name: string
  /** Valid inputs: the judge accepts all of them. */
  corpus(): Promise<readonly Uint8Array[]>
  /** A spoilt copy of `input`; `other` is another valid one, to splice with. */
  mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array
  /** Answers ACCEPTED or the kind of refusal; throws for anything that must not be. */
  judge(input: Uint8Array): string | Promise<string>
  /** Smaller inputs than one that fails, most promising first; bytes are cut away in any case. */
  smaller?(input: Uint8Array): Iterable<Uint8Array>
  /** Makes an input that was cut fit again: its checksum, its length. */
  repair?(input: Uint8Array): Uint8Array
}

export const ACCEPTED = 'accepted'

/** A rule that an input broke. */
export class Finding extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Finding'
  }
}

export function insist(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Finding(message)
}

/** Input `index` of a run: the same for the same seed, target and index, whatever was run before it. */
export function inputOf(target: Target, corpus: readonly Uint8Array[], seed: number, index: number): Uint8Array {
  if (index < corpus.length) return corpus[index]!
  const random = createRandom(fnv1a(`${seed}/${target.name}/${index}`))
  return target.mutate(random, corpus[random.below(corpus.length)]!, corpus[random.below(corpus.length)]!)
}

/** What an error says, in one line. */
export function summaryOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`
  return text.replaceAll(/\s+/g, ' ').slice(0, 400)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text)
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
