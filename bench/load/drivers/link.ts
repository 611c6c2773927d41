// One way to ask Frontrow, whatever the door: commands go out as a wording has them, answers come back as bytes that
// nobody parses unless they want to.

export type Operation = 'hold' | 'book' | 'release'

/** `bytes` from `start` to `end` is one answer, or a list of them; null where there was none. */
type Heard = (bytes: Buffer | null, start: number, end: number) => void

export interface Question {
  readonly user: number
  /** What the message has beside its user, show and operation, in its wording. */
  readonly members: string
}

export interface Link {
  ask(op: Operation, show: number, question: Question, heard: Heard): void
  /** Where the door takes lists: many in one message, and one answer with all of theirs. */
  askList?(op: Operation, show: number, questions: readonly Question[], heard: Heard): void
  close(): Promise<void>
}

/** Questions that wait for their answers, by a number that goes out and comes back. */
export interface Waiting {
  take(heard: Heard): number
  answered(slot: number, bytes: Buffer, start: number, end: number): void
  /** The connection is lost: all of them get none. Or `slot` alone does. */
  failed(slot?: number): void
}

interface Asked {
  readonly heard: Heard
  readonly at: number
}

const SWEEP_MS = 250

/** Whoever is not answered within `answerMsMax` is told that there is no answer; a late one is not heard any more. */
export function createWaiting(answerMsMax: number): Waiting & { stop(): void } {
  const asked = new Map<number, Asked>()
  let last = 0
  const settle = (slot: number, bytes: Buffer | null, start: number, end: number) => {
    const found = asked.get(slot)
    if (found === undefined) return
    asked.delete(slot)
    found.heard(bytes, start, end)
  }
  const sweep = setInterval(() => {
    const before = performance.now() - answerMsMax
    // In the order they were asked in.
    for (const [slot, { at }] of asked) {
      if (at > before) break
      settle(slot, null, 0, 0)
    }
  }, SWEEP_MS)
  return {
    take: (heard) => {
      asked.set(++last, { heard, at: performance.now() })
      return last
    },
    answered: settle,
    failed: (slot) => {
      if (slot !== undefined) settle(slot, null, 0, 0)
      else for (const waiting of [...asked.keys()]) settle(waiting, null, 0, 0)
    },
    stop: () => clearInterval(sweep)
  }
}
