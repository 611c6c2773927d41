// Deadlines, earliest first. Entries are never removed from the middle: whoever pops one checks whether
// it still means anything. Ties come out by item, so that the order is the same on every replay.

/** A binary min-heap of (deadline, item) on two plain arrays; pushing in ascending order costs O(1). */
export class DeadlineHeap {
  private readonly deadlines: number[] = []
  private readonly items: number[] = []

  get size(): number {
    return this.items.length
  }

  /** The earliest deadline, or Infinity. */
  get next(): number {
    return this.deadlines.length === 0 ? Number.POSITIVE_INFINITY : this.deadlines[0]!
  }

  push(deadline: number, item: number): void {
    const { deadlines, items } = this
    let at = items.length
    deadlines.push(deadline)
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(deadline, item, parent)) break
      deadlines[at] = deadlines[parent]!
      items[at] = items[parent]!
      at = parent
    }
    deadlines[at] = deadline
    items[at] = item
  }

  /** Takes the earliest entry out and gives its item. The heap must not be empty. */
  pop(): number {
    const { deadlines, items } = this
    const top = items[0]!
    const deadline = deadlines.pop()!
    const item = items.pop()!
    const size = items.length
    if (size === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && this.before(deadlines[child + 1]!, items[child + 1]!, child)) child++
      if (this.before(deadline, item, child)) break
      deadlines[at] = deadlines[child]!
      items[at] = items[child]!
      at = child
    }
    deadlines[at] = deadline
    items[at] = item
    return top
  }

  clear(): void {
    this.deadlines.length = 0
    this.items.length = 0
  }

  private before(deadline: number, item: number, other: number): boolean {
    const otherDeadline = this.deadlines[other]!
    return deadline < otherDeadline || (deadline === otherDeadline && item < this.items[other]!)
  }
}
