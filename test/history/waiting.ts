// The answered operations of one show that have no place in the order yet. Those that may come next are the
// ones invoked before the first of them returned: `window`, which is never longer than there are clients.
import { conflict, type Footprint } from './footprint.ts'
import type { Operation } from './operation.ts'
import type { Answered } from './plain-needs.ts'

export type Known = Operation & Answered & { readonly footprint: Footprint }

export class Waiting {
  /** In order of their returns. */
  readonly all: readonly Known[]
  left: number
  /** The one that must have its place before it returns, which is soonest. */
  first = 0
  private readonly placed: Uint8Array
  /** A ring in order of invocation: what is taken out can be put back, last out first in. */
  private readonly next: Int32Array
  private readonly previous: Int32Array
  /** By key with sign, in order of invocation. */
  private readonly writers = new Map<string, number[]>()

  constructor(operations: readonly Known[]) {
    this.all = operations.toSorted((a, b) => a.returnedAt - b.returnedAt)
    const count = this.all.length
    this.left = count
    this.placed = new Uint8Array(count + 1)
    this.next = new Int32Array(count + 1)
    this.previous = new Int32Array(count + 1)
    const invoked = this.all.map((_, at) => at).sort((a, b) => this.all[a]!.invokedAt - this.all[b]!.invokedAt)
    let last = count
    for (const at of invoked) {
      this.next[last] = at
      this.previous[at] = last
      last = at
      for (const key of this.all[at]!.footprint.writes) {
        const writers = this.writers.get(key)
        if (writers === undefined) this.writers.set(key, [at])
        else writers.push(at)
      }
    }
    this.next[last] = count
    this.previous[count] = last
  }

  /** When the next place must be taken at the latest. */
  get deadline(): number {
    return this.all[this.first]?.returnedAt ?? Number.POSITIVE_INFINITY
  }

  /** Calls `look` with each that may be next; it may take that one out. Stops where `look` answers false. */
  window(look: (at: number, operation: Known) => boolean): boolean {
    const { all, next } = this
    for (let at = next[all.length]!; at < all.length; at = next[at]!) {
      const operation = all[at]!
      if (operation.invokedAt > this.deadline) return true
      if (!look(at, operation)) return false
    }
    return true
  }

  take(at: number): void {
    this.placed[at] = 1
    this.left--
    this.next[this.previous[at]!] = this.next[at]!
    this.previous[this.next[at]!] = this.previous[at]!
    while (this.placed[this.first] === 1) this.first++
  }

  putBack(at: number): void {
    this.placed[at] = 0
    this.left++
    this.next[this.previous[at]!] = at
    this.previous[this.next[at]!] = at
    this.first = Math.min(this.first, at)
  }

  /** Whether any other that waits, and may come before `than` returns, does `key`. */
  mayBeDone(key: string, than: number): boolean {
    const moment = this.all[than]!.returnedAt
    const writers = this.writers.get(key)
    if (writers === undefined) return false
    const earliest = this.all[this.next[this.all.length]!]?.invokedAt ?? Number.POSITIVE_INFINITY
    for (let i = this.since(writers, earliest); i < writers.length; i++) {
      const at = writers[i]!
      if (this.all[at]!.invokedAt > moment) return false
      if (this.placed[at] === 0 && at !== than) return true
    }
    return false
  }

  /** Those of the window that do `key`. */
  doers(key: string): number[] {
    return this.those((operation) => operation.footprint.writes.includes(key))
  }

  /** Those of the window whose order with `footprint` matters. */
  conflicting(footprint: Footprint): number[] {
    return this.those((operation) => conflict(operation.footprint, footprint))
  }

  those(are: (operation: Known) => boolean): number[] {
    const found: number[] = []
    this.window((at, operation) => {
      if (are(operation)) found.push(at)
      return true
    })
    return found
  }

  private since(writers: readonly number[], moment: number): number {
    let [low, high] = [0, writers.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.all[writers[middle]!]!.invokedAt < moment) low = middle + 1
      else high = middle
    }
    return low
  }
}
