// How many shards changed hands, and how long that took: the least and the most.

export interface Moves {
  readonly count: number
  readonly least: number
  readonly most: number
}

export function newMoves(): Moves & { add(value: number): void } {
  let [count, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return {
    get count() {
      return count
    },
    get least() {
      return least
    },
    get most() {
      return most
    },
    add: (value) => {
      count++
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
  }
}

export function rangeOf({ least, most }: Moves, unit: 'ms' | 's'): string {
  const text = (value: number) => (unit === 's' ? value.toFixed(1) : String(Math.round(value)))
  return text(least) === text(most) ? `${text(least)} ${unit}` : `${text(least)} to ${text(most)} ${unit}`
}

export function shardsOf({ count }: Pick<Moves, 'count'>): string {
  return `${count} ${count === 1 ? 'shard' : 'shards'}`
}
