// What is counted, for Prometheus. Implements the actors' Observer, which is told of every command: that
// part is plain adding up, and prom-client sees the sums when it is asked for them.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from '../actors/ports.ts'
import type { Log } from './log.ts'

export interface Metrics extends Observer {
  /** An HTTP request was answered. */
  requested(operation: string, status: number, ms: number): void
  /** `read` is asked for a number at each scrape. */
  watch(name: string, help: string, read: () => number): void
  /** The same of what only grows. */
  watchTotal(name: string, help: string, read: () => number): void
  /** The same for several at once, told apart by `label`. */
  watchEach(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void
  /** All of it, in Prometheus's text format. */
  text(): Promise<string>
  readonly contentType: string
}

const COMMIT_EVENTS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384]
const SHORT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function createMetrics(log: Log): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const commitEvents = new Histogram({
    name: 'frontrow_commit_events',
    help: 'Events in one commit',
    buckets: COMMIT_EVENTS,
    registers
  })
  const commitSeconds = new Histogram({
    name: 'frontrow_commit_seconds',
    help: 'Time the journal took for one commit',
    buckets: SHORT_SECONDS,
    registers
  })
  const committedBytes = new Counter({
    name: 'frontrow_committed_bytes_total',
    help: 'Bytes written to the journal',
    registers
  })
  const feedLagSeconds = new Histogram({
    name: 'frontrow_feed_lag_seconds',
    help: 'Time from a commit to the push of its seat changes',
    buckets: SHORT_SECONDS,
    registers
  })
  const requestSeconds = new Histogram({
    name: 'frontrow_http_request_seconds',
    help: 'Time from an HTTP request to its answer',
    labelNames: ['operation', 'status'],
    buckets: SHORT_SECONDS,
    registers
  })
  const answered = countCommands(registers)

  return {
    answered,
    committed(events, bytes, ms) {
      commitEvents.observe(events)
      commitSeconds.observe(ms / 1000)
      committedBytes.inc(bytes)
    },
    pushed: (lagMs) => feedLagSeconds.observe(lagMs / 1000),
    incident: (level, message, facts) => log[level](facts, message),
    requested: (operation, status, ms) => requestSeconds.observe({ operation, status }, ms / 1000),
    watch(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        }
      })
    },
    watchTotal(name, help, read) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        }
      })
    },
    watchEach(name, help, label, read) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset()
          for (const [of, value] of read()) this.set({ [label]: of }, value)
        }
      })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType
  }
}

/** Counts commands by operation and outcome without touching prom-client: 20 ns a command. */
function countCommands(registers: Registry[]): Observer['answered'] {
  const counts = new Map<string, Map<string, number>>()
  new Counter({
    name: 'frontrow_commands_total',
    help: 'Commands answered, by operation and outcome (ok, or the code of the refusal)',
    labelNames: ['op', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const [op, outcomes] of counts) {
        for (const [outcome, count] of outcomes) this.inc({ op, outcome }, count)
      }
    }
  })
  return (op, code) => {
    let outcomes = counts.get(op)
    if (outcomes === undefined) {
      outcomes = new Map()
      counts.set(op, outcomes)
    }
    outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
  }
}
