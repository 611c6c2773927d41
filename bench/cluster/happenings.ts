// Lines of what happened. Things of one kind that come together are one line that grows: twenty shards that go the same
// way in a moment are not twenty lines.
import { type Moves, newMoves } from './moves.ts'

export interface Happening {
  readonly atMs: number
  readonly text: string
  /** Nothing will be added to it. */
  readonly isDone: boolean
}

export interface Happenings {
  /** The oldest first. */
  readonly all: readonly Happening[]
  /** A line by itself. */
  note(text: string): void
  /** One more of `kind`, with what it took. */
  add(kind: string, value: number, text: (all: Moves) => string): void
}

interface Group {
  readonly kind: string
  readonly atMs: number
  lastMs: number
  readonly values: ReturnType<typeof newMoves>
  readonly text: (all: Moves) => string
}

/** What comes within this of the last of its kind belongs to it. */
const TOGETHER_MS = 1_500
const KEPT = 500

/** `now` gives milliseconds, which never run backwards. */
export function createHappenings(now: () => number): Happenings {
  const groups: Group[] = []
  const push = (group: Group) => {
    groups.push(group)
    if (groups.length > KEPT) groups.shift()
  }
  return {
    get all() {
      return groups.map(({ atMs, lastMs, values, text }) => ({
        atMs,
        text: text(values),
        isDone: now() - lastMs >= TOGETHER_MS
      }))
    },
    note: (text) => push({ kind: '', atMs: now(), lastMs: -TOGETHER_MS, values: newMoves(), text: () => text }),
    add: (kind, value, text) => {
      const atMs = now()
      let group = groups.findLast((one) => one.kind === kind)
      if (group === undefined || atMs - group.lastMs >= TOGETHER_MS) {
        group = { kind, atMs, lastMs: atMs, values: newMoves(), text }
        push(group)
      }
      group.lastMs = atMs
      group.values.add(value)
    }
  }
}
