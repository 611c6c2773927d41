// Spoils bytes without knowing what they mean: flips, cuts, repeats, splices, and the numbers that hurt.
import type { Random } from '../../bench/random.ts'

const BYTES = [0, 1, 0x20, 0x22, 0x2c, 0x5b, 0x7b, 0x7f, 0x80, 0xc0, 0xfe, 0xff]
/** LEB128 of 2^53 − 1, of far too much, one that never ends, zero in more bytes than it needs, and claims. */
const LEB128 = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  Array<number>(20).fill(0x80),
  [0x80, 0x80, 0x00],
  [0xff, 0xff, 0x03],
  [0x80, 0x80, 0x80, 0x08]
]
const WORDS = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000, 0xffff]

type Change = (random: Random, input: Uint8Array, other: Uint8Array) => Uint8Array

const CHANGES: readonly Change[] = [
  (random, input) => with1(input, random.below(input.length), (byte) => byte ^ (1 << random.below(8))),
  (random, input) => with1(input, random.below(input.length), () => random.below(256)),
  (random, input) => with1(input, random.below(input.length), () => pick(random, BYTES)),
  (random, input) => with1(input, random.below(input.length), (byte) => byte + (random.below(2) === 0 ? 1 : 255)),
  (random, input) => put(input, random.below(input.length + 1), 0, someBytes(random)),
  (random, input) => put(input, random.below(input.length + 1), 0, Uint8Array.from(pick(random, LEB128))),
  (random, input) => {
    const leb = Uint8Array.from(pick(random, LEB128))
    return put(input, random.below(input.length), 1, leb)
  },
  (random, input) => {
    const [from, to] = range(random, input)
    return put(input, from, to - from, new Uint8Array(0))
  },
  (random, input) => {
    const [from, to] = range(random, input)
    return put(input, random.below(input.length + 1), 0, input.slice(from, to))
  },
  (random, input) => input.slice(0, random.below(input.length + 1)),
  (random, input, other) => {
    const [from, to] = range(random, other)
    return put(input, random.below(input.length + 1), random.below(8), other.slice(from, to))
  },
  (random, input, other) =>
    join(input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length + 1))),
  (random, input) => {
    const at = random.below(Math.max(1, input.length - 3))
    const word = new Uint8Array(4)
    new DataView(word.buffer).setUint32(0, pick(random, WORDS), random.below(2) === 0)
    return put(input, at, 4, word)
  }
]

/** Longest input that is made: what is longer is cut. */
export const BYTES_MAX = 256 * 1024

/** `input` after one to six changes; never `input` itself. */
export function mutateBytes(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = input.slice()
  for (let left = 1 + Math.floor(random.next() ** 3 * 6); left > 0; left--) {
    bytes = pick(random, CHANGES)(random, bytes, other).slice(0, BYTES_MAX)
  }
  return bytes
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!
}

function with1(input: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const bytes = input.slice()
  if (at < bytes.length) bytes[at] = change(bytes[at]!)
  return bytes
}

/** `input` with `count` bytes from `at` on replaced by `more`. */
function put(input: Uint8Array, at: number, count: number, more: Uint8Array): Uint8Array {
  const tail = input.subarray(Math.min(input.length, at + count))
  return join(join(input.subarray(0, at), more), tail)
}

export function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length)
  bytes.set(one)
  bytes.set(other, one.length)
  return bytes
}

function range(random: Random, { length }: Uint8Array): [number, number] {
  const from = random.below(length + 1)
  return [from, Math.min(length, from + 1 + random.below(random.below(4) === 0 ? length + 1 : 16))]
}

function someBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(random.below(20) === 0 ? 5_000 : 8) }, () => random.below(256))
}
