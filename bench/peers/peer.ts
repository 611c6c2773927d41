// The meeting point of the load harness and the systems Frontrow is compared with: what every such system is asked,
// and how it is started, emptied and reached from the load generator's own process.

/** One thing asked of a system that sells seats, in the trace that all systems get. */
export interface HoldRequest {
  /** 0-based, below the house's `shows`. */
  readonly show: number
  /** Indexes within that show, 0-based, ascending and adjacent, 1 to 32 of them. */
  readonly seats: readonly number[]
  /** Who asks. */
  readonly user: number
  /** Unique per request: the idempotency key where a system has one. */
  readonly key: number
}

/** Failed: the system did not answer as it should (an error, a lost connection), so that nothing is known. */
export type HoldResult = 'granted' | 'refused' | 'failed'

/** In the load generator's process: how that system is asked. Many requests may be under way. */
export interface Driver {
  /** `done` is called once, never before `hold` has returned. `code`: why it was refused, where the system says. */
  hold(request: HoldRequest, done: (result: HoldResult, code?: string) => void): void
  /** Several at once, in as few messages as the settings say; `done` is called once for each, by its place. */
  holdMany(requests: readonly HoldRequest[], done: (at: number, result: HoldResult, code?: string) => void): void
  /** When nothing is under way any more. */
  close(): Promise<void>
}

/** How a driver asks. Every peer names in `sweep` what is worth trying; all of it is plain data, for reports too. */
export interface PeerSettings {
  /** Sockets of this driver. Redis takes them in turn; in Postgres each has one statement under way. */
  readonly connections: number
  /**
   * Redis only. `plain` is made by hand, on the socket that Frontrow's own drivers use, and takes about a quarter of the
   * processor time that ioredis takes: on a small machine that is what decides.
   */
  readonly client?: 'plain' | 'ioredis' | 'ioredis auto pipeline'
  /** Redis only. What `holdMany` sends: a pipeline of single holds, or one command that decides all of them. */
  readonly many?: 'one command' | 'pipeline'
  /** Postgres, batched peers only: most requests in one statement. */
  readonly batchMax?: number
  /** Postgres only: how long a commit waits for others to share its sync (`commit_delay`, microseconds). */
  readonly commitDelayMicros?: number
}

/** All that another process needs to open a driver: plain data, sent between processes. */
export interface PeerAddress {
  readonly url: string
}

export interface House {
  readonly shows: number
  readonly seatsPerShow: number
}

export interface RunningPeer {
  /** E.g. 'Redis 7.0.15'. */
  readonly version: string
  /** Processes whose CPU and memory belong to the system; their children count too. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[]
  readonly address: PeerAddress
  /** Back to the empty house, with nothing under way; drivers stay open and go on working. */
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface Peer {
  /** E.g. 'redis bitmap, AOF always'. */
  readonly name: string
  /** One honest sentence: what it does and what it does not do (idempotency, expiry, feed). */
  readonly what: string
  /** Always: on disk before anyone is told. Everysec: a crash of the machine loses up to a second. None: all of it. */
  readonly durable: 'always' | 'everysec' | 'none'
  /** The best first, as found on a small machine. */
  readonly sweep: readonly PeerSettings[]
  start(house: House): Promise<RunningPeer>
  /** In whatever process; `address` is that of the running peer of the same name. */
  openDriver(address: PeerAddress, settings: PeerSettings): Promise<Driver>
}
