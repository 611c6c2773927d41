// The machine's time, for everything that takes a Clock.
import type { Clock } from '../actors/ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  // After the poll phase: every socket that had data has delivered it by then.
  soon(run) {
    setImmediate(run)
  }
}
