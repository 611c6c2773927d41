// Numbers that look random and are the same for the same seed: a bench can be repeated.

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 to `below` − 1. */
  below(below: number): number
  shuffle<T>(items: T[]): T[]
}

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    shuffle: (items) => {
      for (let i = items.length - 1; i > 0; i--) {
        const other = below(i + 1)
        const item = items[i]!
        items[i] = items[other]!
        items[other] = item
      }
      return items
    }
  }
}
