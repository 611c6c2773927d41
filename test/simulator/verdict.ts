// What a run is judged by: the first rule that was broken, and a count of what was done to the system.

/** The rules of test/SPEC.md that a run can break. */
export type SimRule =
  | 'SIM-1' // one seat, one holder
  | 'SIM-2' // told what the journal says
  | 'SIM-3' // one key, one effect
  | 'SIM-4' // nothing uncommitted is seen
  | 'SIM-5' // feeds without gaps
  | 'SIM-6' // rebuilt is live, byte by byte
  | 'SIM-7' // money and caps add up
  | 'SIM-8' // time: holds end when they end, stamps never run back
  | 'SIM-9' // everything is answered
  | 'SIM-10' // every hold ends, every feed catches up
  | 'SIM-11' // linearizable
  | 'SIM-12' // nothing in the journal that nobody asked for
  | 'SIM-13' // no bug comes to light

export interface Violation {
  readonly rule: SimRule
  readonly what: string
  /** Operations asked until then. */
  readonly ops: number
  /** Simulated milliseconds. */
  readonly at: number
}

/** Counts by name: faults injected, answers given. */
export class Counts {
  readonly by = new Map<string, number>()

  add(name: string, count = 1): void {
    this.by.set(name, (this.by.get(name) ?? 0) + count)
  }

  get total(): number {
    let sum = 0
    for (const count of this.by.values()) sum += count
    return sum
  }

  include(other: Iterable<readonly [string, number]>): void {
    for (const [name, count] of other) this.add(name, count)
  }
}
