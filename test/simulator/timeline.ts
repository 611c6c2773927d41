// Simulated time: what is planned, in the order in which it comes due. Nothing happens but through it, so a run
// is a sequence of its steps, the same for the same seed.

export interface Planned {
  readonly at: number
  readonly order: number
  /** Null once it was cancelled. */
  run: (() => void) | null
}

export class Timeline {
  /** Milliseconds; fractions are the time that messages take. */
  now = 0
  private order = 0
  private readonly heap: Planned[] = []

  after(ms: number, run: () => void): Planned {
    return this.at(this.now + Math.max(0, ms), run)
  }

  at(time: number, run: () => void): Planned {
    const planned = { at: Math.max(time, this.now), order: this.order++, run }
    const { heap } = this
    let place = heap.length
    heap.push(planned)
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!before(planned, heap[parent]!)) break
      heap[place] = heap[parent]!
      place = parent
    }
    heap[place] = planned
    return planned
  }

  /** When the next thing happens; Infinity when nothing is planned. */
  get next(): number {
    while (this.heap.length > 0 && this.heap[0]!.run === null) this.pop()
    return this.heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Does what is next; false when nothing is planned. */
  step(): boolean {
    for (;;) {
      const planned = this.pop()
      if (planned === undefined) return false
      if (planned.run === null) continue
      this.now = planned.at
      planned.run()
      return true
    }
  }

  private pop(): Planned | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      let child = place * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = last
    return first
  }
}

function before(one: Planned, other: Planned): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
