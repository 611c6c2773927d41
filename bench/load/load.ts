// What the load generator, a process of its own, is told and tells: one load on one running system, and what came of it.
// All of it plain data, for the wire between the processes and for reports.
import type { PeerAddress, PeerSettings } from '../peers/peer.ts'
import type { TracePlan } from './trace.ts'

/** From `second` on, counted from the start of the warm-up; between two of them the rate changes evenly. */
export interface RateAt {
  readonly second: number
  readonly perSecond: number
}

export type Loop =
  /** So many under way; an answer makes room for the next. Finds the peak, and hides the queue before it. */
  | { readonly kind: 'closed'; readonly outstanding: number }
  /** Arrivals come when they come (Poisson), whether or not the last ones were answered. */
  | { readonly kind: 'open'; readonly curve: readonly RateAt[] }

export interface LoadPlan {
  /** Name of the system, as in systems.ts. */
  readonly system: string
  readonly address: PeerAddress
  readonly settings: PeerSettings
  readonly trace: TracePlan
  readonly loop: Loop
  readonly warmUpMs: number
  readonly measureMs: number
  /** Asks again, with the same key, whatever failed or was refused for now, until it is answered. */
  readonly persistent: boolean
  /** Instead of single holds: buyers who think and then book, or walk away. */
  readonly journey?: JourneyPlan
}

export interface JourneyPlan {
  /** Between the answer to a hold and what is done with it, on average. */
  readonly thinkMs: number
  /** Of all holds, those that nobody comes back for. */
  readonly abandonShare: number
  /** Of all buyers, those who want one of the hot shows, and how many of the shows are hot. */
  readonly hotShare: number
  readonly hotShows: number
}

export interface LatencySummary {
  readonly count: number
  readonly msP50: number
  readonly msP90: number
  readonly msP99: number
  readonly msP999: number
  readonly msMax: number
}

/** One interval of the measured time. */
export interface SeriesPoint {
  /** When it ended, from the start of the measured time; negative during the warm-up. */
  readonly second: number
  readonly grantedPerSecond: number
  readonly refusedPerSecond: number
  readonly failedPerSecond: number
  /** Of grants; NaN where there were none. */
  readonly msP50: number
  readonly msP99: number
  readonly underWay: number
}

/** A time without a single grant. */
export interface Gap {
  readonly second: number
  readonly ms: number
}

export interface LoadResult {
  readonly kind: 'result'
  /** Of the measured time alone, as is everything below. */
  readonly seconds: number
  readonly granted: number
  /** By code. */
  readonly refused: Readonly<Record<string, number>>
  readonly failed: number
  /** Asked again because it had failed or was refused for now. */
  readonly repeated: number
  /** Of grants: closed loop from the send, open loop from the moment it should have been sent. */
  readonly latency: LatencySummary
  readonly refusalLatency: LatencySummary
  /** By step of a journey; empty where there are none. */
  readonly steps: Readonly<Record<string, LatencySummary>>
  /** Open loop: how late the generator itself was. */
  readonly lateness: LatencySummary
  /** HdrHistograms in microseconds, V2 compressed, base64: of grants, and what any HDR tool reads. */
  readonly histogram: string
  readonly series: readonly SeriesPoint[]
  /** Longest first, those over a tenth of a second. */
  readonly gaps: readonly Gap[]
  /** Not answered within ten seconds of the end. */
  readonly unanswered: number
  /** Every seat was asked for before the time was over. */
  readonly ranOut: boolean
}

export type FromGenerator =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measuring' }
  | { readonly kind: 'point'; readonly point: SeriesPoint }
  | { readonly kind: 'measured' }
  | LoadResult

export type ToGenerator = { readonly kind: 'prepare'; readonly plan: LoadPlan } | { readonly kind: 'go' }
