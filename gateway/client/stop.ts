// What ends all that is under way at once: the client was closed, or told to stop. As an AbortSignal, but for
// thousands that wait: leaving a signal takes a walk through all its listeners (4,096 at once: a third of the pace).

export class Stop {
  /** Why; null while things go on. */
  reason: Error | null = null
  readonly #waiting = new Set<(reason: Error) => void>()

  /** Calls `end` once, when it is stopped or is already; the answer leaves. */
  onStop(end: (reason: Error) => void): () => void {
    if (this.reason !== null) end(this.reason)
    else this.#waiting.add(end)
    return () => this.#waiting.delete(end)
  }

  stop(reason: Error): void {
    this.reason = reason
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const end of waiting) end(reason)
  }

  /** Whoever comes from now on is not stopped. */
  resume(): void {
    this.reason = null
  }
}
