// Somebody who wants to know whether there is service, and asks every 20 ms: holds a seat of a show of its own and
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

const ASK_MS = 20
const PATIENCE_MS = 1_000

export function startProbe(
  show: string,
  options: Omit<ChaosClientOptions, 'patienceMs' | 'insistMs' | 'granted'>
): Probe {
  const services: Service[] = []
  let isStopping = false
  const granted = (sentMs: number) => void services.push({ sentMs, atMs: performance.now() })
  const client = createChaosClient({ ...options, patienceMs: PATIENCE_MS, insistMs: ASK_MS, granted })

  async function live(): Promise<void> {
    while (!isStopping) {
      const held = await client.ask({ show, asked: { op: 'hold', seats: null, count: 1 } })
      await delay(ASK_MS)
      if (held.kind !== 'granted' || held.told.kind !== 'held') continue
      await client.ask({ show, asked: { op: 'release', hold: held.told.hold } })
      await delay(ASK_MS)
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
