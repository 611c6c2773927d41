// When to stop: SIGTERM or SIGINT asks for an ordered end; a second one, or an end that takes too long,
// makes it a hard one.
import { SHUTDOWN_MS } from '../core/limits.ts'
import type { Log } from './log.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Resolves on the first signal. */
export function stopSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = (signal: NodeJS.Signals) => {
      if (asked) end(log, 'stopped at once: it was asked for twice')
      asked = true
      log.info({ signal }, 'stopping')
      setTimeout(() => end(log, 'stopped: the end took too long'), SHUTDOWN_MS).unref()
      resolve()
    }
    for (const signal of SIGNALS) process.on(signal, stop)
  })
}

function end(log: Log, why: string): never {
  log.fatal(why)
  process.exit(1)
}
