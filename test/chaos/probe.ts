// Somebody who wants to know whether there is service, and asks every few milliseconds: holds a seat of a show of its own and
// gives it back, again and again, each question repeated under its key until it is answered.
import { setTimeout as delay } from 'node:timers/promises'
import { type ChaosClientOptions, createChaosClient } from './chaos-client.ts'

/** A write was granted that had been sent at `sentMs`; milliseconds of performance.now(). */
export interface Service {
  readonly sentMs: number
  readonly atMs: number
}

export interface Probe {
  readonly services: readonly Service[]
  /** Resolves when something asked after `ms` was granted, or with false when that took too long. */
  servedSince(ms: number, patienceMs: number): Promise<boolean>
  stop(): void
}

const PATIENCE_MS = 1_000

/** `askMs`: how long it waits before it asks something else, or again. */
export function startProbe(
  show: string,
  askMs: number,
  options: Omit<ChaosClientOptions, 'patienceMs' | 'insistMs' | 'granted'>
): Probe {
  const services: Service[] = []
  let isStopping = false
  const granted = (sentMs: number) => void services.push({ sentMs, atMs: performance.now() })
  const client = createChaosClient({ ...options, patienceMs: PATIENCE_MS, insistMs: askMs, granted })

  async function live(): Promise<void> {
    while (!isStopping) {
      const held = await client.ask({ show, asked: { op: 'hold', seats: null, count: 1 } })
      await delay(askMs)
      if (held.kind !== 'granted' || held.told.kind !== 'held') continue
      await client.ask({ show, asked: { op: 'release', hold: held.told.hold } })
      await delay(askMs)
    }
  }

  void live()
  return {
    services,
    servedSince: async (ms, patienceMs) => {
      for (const until = performance.now() + patienceMs; performance.now() < until; await delay(5)) {
        if ((services.at(-1)?.sentMs ?? 0) > ms) return true
      }
      return false
    },
    stop: () => {
      isStopping = true
      client.close()
    }
  }
}
