// What the ws bench and its load generator, a process of its own, tell each other.
import type { BlockShape } from '../bench-plan.ts'
import type { Latencies } from '../statistics.ts'

export interface LoadPlan {
  readonly kind: 'prepare'
  readonly shape: BlockShape
  readonly shows: number
  readonly sockets: number
  readonly outstanding: number
  readonly tokens: readonly string[]
  readonly seed: number
}

export interface LoadRun {
  readonly kind: 'run'
  readonly port: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Begins again with the first seats when all were asked for: for a server that keeps nothing. */
  readonly again: boolean
}

export interface LoadResult {
  readonly kind: 'result'
  /** Of the measured time alone. */
  readonly ms: number
  readonly granted: number
  /** By code. */
  readonly refused: Readonly<Record<string, number>>
  readonly latencies: Latencies
  /** Holds that were not answered within ten seconds of the end. */
  readonly unanswered: number
  /** Sockets that the server closed. */
  readonly closed: number
  /** Every seat was asked for before the time was over. */
  readonly ranOut: boolean
}

export type ToLoad = LoadPlan | LoadRun
export type FromLoad =
  | { readonly kind: 'prepared'; readonly holds: number; readonly requestBytes: number }
  /** The warm-up is over, and the measured time. */
  | { readonly kind: 'measuring' }
  | { readonly kind: 'measured' }
  | LoadResult

export function wsShowId(show: number): string {
  return `ws-${show + 1}`
}
