// The rules alone, without journal and doors: decide and apply a second on one thread, with idempotency and policy
// on. Every command has a user and a key of its own, and comes fresh from JSON in batches, as a door makes them; the
// clock runs only while a batch is decided and applied. Variants take turns, so that what the machine does meanwhile
// falls on all of them.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FrameWriter } from '../core/codec/frame-codec.ts'
import { apply } from '../core/rules/apply.ts'
import { decide, happens } from '../core/rules/decide.ts'
import { type Bench, numberSetting } from './bench.ts'
import {
  bestSteps,
  createCoreTrace,
  halfSold,
  holdSteps,
  mixedSteps,
  openShows,
  type Step,
  type Trace
} from './core-trace.ts'
import type { Progress } from './progress.ts'
import { median, spreadPercent } from './statistics.ts'
import type { Table } from './table.ts'

const BATCH = 256
const START_MS = 1_900_000_000_000

interface Variant {
  readonly name: string
  /** What of `counted` a second it is about. */
  readonly counted: string
  readonly steps: (trace: Trace) => readonly string[]
  /** Makes the state; what it answers is what is measured. */
  readonly open: (trace: Trace) => (batch: readonly Step[], now: number) => void
}

const VARIANTS: readonly Variant[] = [
  { name: 'bare bitmap: four bytes looked at and set', counted: 'holds', steps: holdSteps, open: openBitmaps },
  { name: 'hold: decide + apply', counted: 'holds', steps: holdSteps, open: openCore },
  { name: 'hold: decide + apply + frame', counted: 'holds', steps: holdSteps, open: openCoreWithFrames },
  { name: 'hold, 60 % booked, 20 % released', counted: 'commands', steps: mixedSteps, open: openCore },
  { name: 'best available: 4 of a half-sold arena', counted: 'holds', steps: bestSteps, open: openHalfSold }
]

export const core: Bench = {
  what: 'decide and apply a second, with idempotency and policy on',
  options: {
    holds: { preset: '100000', what: 'holds of four seats in each run' },
    best: { preset: '1000', what: 'best-available holds in each run' },
    seats: { preset: '20000', what: 'seats of each show' },
    runs: { preset: '5', what: 'runs of each variant' }
  },
  run: async (settings, progress) => {
    const runs = numberSetting(settings, 'runs')
    const size = {
      holds: numberSetting(settings, 'holds'),
      best: numberSetting(settings, 'best'),
      seats: numberSetting(settings, 'seats')
    }
    const rates = VARIANTS.map((): number[] => [])
    progress.say(`core: ${size.holds} holds of 4 seats on shows of ${size.seats} seats, ${runs} runs after a warm-up`)
    for (let run = 0; run <= runs; run++) {
      const trace = createCoreTrace({ seed: run, ...size })
      for (const [at, variant] of VARIANTS.entries()) {
        const rate = measure(variant, trace)
        sayRate(progress, run === 0 ? 'warm-up' : `run ${run}/${runs}`, variant, rate)
        if (run > 0) rates[at]!.push(rate)
      }
    }
    return { tables: [tableOf(rates)], failures: [] }
  }
}

function measure(variant: Variant, trace: Trace): number {
  const texts = variant.steps(trace)
  const go = variant.open(trace)
  collectGarbage()
  let ms = 0
  for (let first = 0; first < texts.length; first += BATCH) {
    const batch = texts.slice(first, first + BATCH).map((text): Step => JSON.parse(text))
    const startedAt = performance.now()
    go(batch, START_MS + first / BATCH)
    ms += performance.now() - startedAt
  }
  return (texts.length / ms) * 1000
}

function sayRate(progress: Progress, run: string, variant: Variant, rate: number): void {
  const text = Math.round(rate).toLocaleString('en-US').padStart(12)
  progress.say(`  ${run.padEnd(9)} ${variant.name.padEnd(44)} ${text} ${variant.counted}/s`)
}

function tableOf(rates: readonly (readonly number[])[]): Table {
  return {
    title: 'core: on one thread, median of the runs',
    columns: ['variant', 'a second', 'of', 'ns each', 'lowest', 'highest', 'spread %'],
    rows: VARIANTS.map(({ name, counted }, at) => {
      const all = rates[at]!
      const middle = median(all)
      const [lowest, highest] = [Math.min(...all), Math.max(...all)].map(Math.round) as [number, number]
      return [name, Math.round(middle), counted, 1e9 / middle, lowest, highest, spreadPercent(all)]
    })
  }
}

let gc: (() => void) | null = null

/** So that a run does not pay for what the one before left behind. */
function collectGarbage(): void {
  if (gc === null) {
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as () => void
  }
  gc()
}

/** What a hold costs at the least: the figure that bare spikes are quoted with. */
function openBitmaps(trace: Trace) {
  const maps = Array.from({ length: trace.shows }, () => new Uint8Array(trace.plan.seatCount))
  return (batch: readonly Step[]) => {
    for (let i = 0; i < batch.length; i++) {
      const { show, seats } = batch[i]!
      const map = maps[show]!
      let taken = 0
      for (let at = 0; at < seats.length; at++) taken |= map[seats[at]!]!
      if (taken !== 0) throw new Error('the trace takes a seat twice')
      for (let at = 0; at < seats.length; at++) map[seats[at]!] = 1
    }
  }
}

function openCore(trace: Trace, inventories = openShows(trace)) {
  return (batch: readonly Step[], now: number) => {
    for (let i = 0; i < batch.length; i++) {
      const { show, command } = batch[i]!
      const inventory = inventories[show]!
      const event = decide(inventory, command, now)
      if (!happens(event)) throw unexpected(event.kind)
      apply(inventory, event)
    }
  }
}

function openHalfSold(trace: Trace) {
  return openCore(trace, [halfSold(trace)])
}

function openCoreWithFrames(trace: Trace) {
  const inventories = openShows(trace)
  const writer = new FrameWriter()
  return (batch: readonly Step[], now: number) => {
    writer.begin(now)
    for (let i = 0; i < batch.length; i++) {
      const { show, command } = batch[i]!
      const inventory = inventories[show]!
      const event = decide(inventory, command, now)
      if (!happens(event)) throw unexpected(event.kind)
      apply(inventory, event)
      writer.add(command.show, event)
    }
    writer.end()
  }
}

function unexpected(kind: string): Error {
  return new Error(`a command of the trace was answered ${kind}`)
}
