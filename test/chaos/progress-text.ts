// What a run says of itself every second.
import type { Customer } from './customer.ts'
import type { Nemesis } from './nemesis.ts'
import type { Recorder } from './recorder.ts'

/** Answers a function that gives the line as of now. */
export function progressText(recorder: Recorder, nemesis: Nemesis, customers: readonly Customer[]): () => string {
  const startedMs = performance.now()
  let lastMs = startedMs
  let lastWrites = 0
  return () => {
    const now = performance.now()
    const writes = recorder.records.length
    const rate = ((writes - lastWrites) / (now - lastMs)) * 1000
    lastMs = now
    lastWrites = writes
    const open = customers.filter(({ client }) => client.isOpen).length
    const columns = [
      clock(now - startedMs).padStart(6),
      `${writes.toLocaleString('en-US')} writes`.padStart(15),
      `${Math.round(rate).toLocaleString('en-US')}/s`.padStart(7),
      ...outcomeColumns(recorder.outcomes),
      `sockets ${open}/${customers.length}`,
      `faults ${nemesis.incidents.length}`,
      nemesis.current
    ]
    return columns.join('  ').trimEnd()
  }
}

function outcomeColumns(outcomes: ReadonlyMap<string, number>): readonly string[] {
  let [ok, later, refused] = [0, 0, 0]
  for (const [name, count] of outcomes) {
    if (name.endsWith(' ok')) ok += count
    else if (/ (unavailable|busy|rate_limited)$/.test(name)) later += count
    else refused += count
  }
  return [`ok ${ok}`, `refused ${refused}`, `not now ${later}`]
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
