// When to ask the next: as soon as an answer makes room (closed loop), or when its time has come, whatever became of
// the others (open loop; latency counts from that time, so a stall is told by everyone who came meanwhile).
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../random.ts'
import { createArrivals } from './arrivals.ts'
import { type AskerOptions, createAsker } from './asker.ts'
import type { RateAt } from './load.ts'
import type { Recorder } from './recorder.ts'

/** Asks until it is stopped. */
export interface Running {
  readonly underWay: number
  readonly ranOut: boolean
  stop(): void
}

type Options = Omit<AskerOptions, 'answered'>

/** Timers are good to a millisecond; what is late for it is told by the recorder. */
const TURN_MS = 1

export function startClosedLoop(options: Options, messages: number): Running {
  let stopped = false
  const asker = createAsker({
    ...options,
    answered: (now) => {
      if (!stopped) asker.ask(now)
    }
  })
  for (let at = 0; at < messages; at++) asker.ask(performance.now())
  return runningOf(asker, () => {
    stopped = true
  })
}

export function startOpenLoop(options: Options, curve: readonly RateAt[], seed: number): Running {
  const asker = createAsker({ ...options, answered: () => {} })
  return runningOf(asker, atArrivals(curve, seed, options.recorder, asker.ask))
}

/** Calls `arrive` with the time that each arrival should have had; answers how to stop. */
export function atArrivals(
  curve: readonly RateAt[],
  seed: number,
  recorder: Pick<Recorder, 'late'>,
  arrive: (since: number) => void
): () => void {
  const next = createArrivals(curve, createRandom(seed))
  const startedAt = performance.now()
  let stopped = false
  const go = async () => {
    for (let due = startedAt + next(); !stopped; await delay(TURN_MS)) {
      for (let now = performance.now(); due <= now; due = startedAt + next()) {
        recorder.late(now - due)
        arrive(due)
      }
    }
  }
  void go()
  return () => {
    stopped = true
  }
}

function runningOf(asker: { readonly underWay: number; readonly ranOut: boolean }, stop: () => void): Running {
  return {
    get underWay() {
      return asker.underWay
    },
    get ranOut() {
      return asker.ranOut
    },
    stop
  }
}
