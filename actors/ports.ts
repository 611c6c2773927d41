// What the actors need from outside: a journal, snapshots, plans, a clock. Adapters stand in
// persistence/ (Postgres, and memory for the simulator); one contract suite holds both.

import type { KeySegment } from '../core/codec/key-codec.ts'

/** A shard as its owner takes it over. */
export interface ShardHead {
  readonly shard: number
  readonly epoch: number
  /** Position of the last frame. */
  readonly seq: number
  /** Every show's snapshot covers the journal up to here: recovery replays what comes after. */
  readonly snapshotSeq: number
  /** Latest time stamped on a frame of this shard, epoch milliseconds; 0 when there is none. */
  readonly stampedAt: number
}

/** A shard that is still its owner's. */
export interface ShardLease {
  readonly shard: number
  readonly epoch: number
}

/** One commit of one shard. */
export interface FrameRow {
  readonly shard: number
  readonly epoch: number
  readonly seq: number
  readonly stampedAt: number
  readonly bytes: Uint8Array
}

/**
 * Why a journal call failed. `fenced` is not among them: it is an answer. After `lost` nobody knows
 * whether the statement took effect (DESIGN rule 4): claim the shards again, and the head tells.
 */
export class JournalError extends Error {
  readonly reason: 'lost' | 'damaged'
  constructor(reason: 'lost' | 'damaged', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'JournalError'
    this.reason = reason
  }
}

export interface Journal {
  /**
   * Takes ownership of those of `shards` that are free, expired, or already this owner's; each gets
   * epoch + 1. Waits for any append still running in the database, so that the `seq` it answers is final.
   * Creates heads that do not exist. Shards somebody else owns are missing from the answer.
   */
  claim(shards: readonly number[], owner: string, leaseMs: number): Promise<readonly ShardHead[]>
  /** Prolongs the leases of those of `shards` that are `owner`'s, and answers which those are, each with its epoch. */
  renew(shards: readonly number[], owner: string, leaseMs: number): Promise<readonly ShardLease[]>
  /**
   * Gives up those of `leases` whose epochs still run, so that another node may claim their shards at once. What comes
   * late says nothing of an epoch that was claimed since, by whomever.
   */
  release(leases: readonly ShardLease[]): Promise<void>
  /**
   * Appends frames, at most one per shard, in one statement: each moves its shard's seq from n−1 to n
   * under its epoch, or does nothing. `done` gets the shards that moved; a shard that is missing is
   * fenced. Appends take effect, and are answered, in the order of the calls; once one is lost, so are all
   * behind it until the next claim. Durable when `done` is called without error.
   * `bytes` may be reused by the caller as soon as `append` returns.
   */
  append(frames: readonly FrameRow[], done: (error: JournalError | null, moved: ReadonlySet<number>) => void): void
  /** Frames of `shard` with `seq > after`, ascending, at most `limit` rows and about 8 MB. */
  read(shard: number, after: number, limit: number): Promise<readonly FrameRow[]>
  /**
   * Records that snapshots cover `shard` up to `seq`, and moves those frames into history once the
   * projections have read them. Never deletes. A lower seq than what is recorded changes nothing, nor does an
   * epoch that is over: a new owner recovers from where the head stood when it claimed.
   */
  checkpoint(shard: number, epoch: number, seq: number): Promise<void>
}

/** A node as the roster has it. */
export interface Member {
  readonly node: string
  /** It hears itself over the wire: others can reach it. */
  readonly connected: boolean
  /** An operator wants it empty, or it is about to end. */
  readonly draining: boolean
}

/** What a node says of itself when it attends. */
export interface Attendance {
  readonly node: string
  /** Grows with each start of a node: of two processes under one name, the younger stays. */
  readonly startedAt: number
  readonly connected: boolean
  /** It is about to end: sets `draining`, which only another start takes back. */
  readonly leaving: boolean
}

/**
 * Which nodes are there, on the clock of the database that the leases are on: who may be given shards, and who
 * owns none for long any more. Fails with a `JournalError` when it cannot be asked.
 */
export interface Roster {
  /**
   * Says that `node` is there for another `leaseMs`; answers who is, itself included. Null where a younger process
   * has its name. Its first word after a start ends an operator's `draining`.
   */
  attend(node: Attendance, leaseMs: number): Promise<readonly Member[] | null>
  leave(node: string, startedAt: number): Promise<void>
}

/**
 * How nodes speak to each other: bytes to one of them, or to all that listen to a topic. Messages of one sender come
 * in their order, or get lost; they are never altered. A hint is all they give: whose a shard is, the journal says.
 */
export interface Wire {
  /** This process's own, which none has had before: one that was started again under the name of a node has another. */
  readonly address: string
  /** `undelivered` is called when it is known that nobody was there to get it: at once, later, or never. */
  send(address: string, bytes: Uint8Array, undelivered: () => void): void
  publish(topic: string, bytes: Uint8Array): void
  /** What is sent to this process. */
  receive(heard: (bytes: Uint8Array) => void): void
  /** Hears what is published on `topic`, also by itself, until the answer is called. */
  listen(topic: string, heard: (bytes: Uint8Array) => void): () => void
}

export interface SnapshotRow {
  readonly show: string
  readonly shard: number
  /** The journal position this snapshot covers. */
  readonly seq: number
  /** When its first hold ends, epoch milliseconds; 0 when it has none. */
  readonly nextExpiry: number
  readonly bytes: Uint8Array
}

/** A snapshot, and the keys that are sealed with it: all that the show remembers since the snapshot before. */
export interface SnapshotSave extends SnapshotRow {
  readonly keys: KeySegment | null
}

/** The hashes of a segment of sealed keys, which is named by its show and the `seq` of the snapshot it came with. */
export interface KeyHashes {
  readonly seq: number
  /** When the youngest of its keys was used, epoch milliseconds. */
  readonly newestAt: number
  readonly hashes: Uint8Array
}

export interface SnapshotStore {
  load(show: string): Promise<SnapshotRow | null>
  /** Snapshots of a shard that have live holds: their timers must run though nobody asks. */
  loadWithHolds(shard: number): Promise<readonly SnapshotRow[]>
  /**
   * All rows in one statement; a row with a lower seq than the stored one changes nothing, and its keys are not stored.
   * Answers which shows' were. Of two segments of one name the larger stays.
   */
  save(rows: readonly SnapshotSave[]): Promise<ReadonlySet<string>>
  /** Of all segments of `show`, oldest first. Who reads a snapshot reads it before these, and so misses none. */
  loadKeyHashes(show: string): Promise<readonly KeyHashes[]>
  /** The events of those segments of `show` that are there, in no order. */
  loadKeys(show: string, seqs: readonly number[]): Promise<readonly Uint8Array[]>
  /** Deletes segments of `shard` all of whose keys were used before `time`, epoch milliseconds. */
  forgetKeys(shard: number, time: number): Promise<void>
}

export interface PlanStore {
  /** The plan's JSON, UTF-8. */
  load(hash: string): Promise<Uint8Array | null>
  /** Stores a plan once under its hash. */
  save(hash: string, json: Uint8Array): Promise<void>
}

/** Time as the actors see it. The simulator has its own. */
export interface Clock {
  /** Epoch milliseconds, whole. */
  now(): number
  /** Milliseconds since some start, which never jump and never run backwards: what leases are measured by. */
  elapsed(): number
  /** Calls `run` once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void
  /** Calls `run` once all that has arrived by now has been taken in. */
  soon(run: () => void): void
}

/** What happens inside, for metrics and logs. Called often: must be cheap and must not throw. */
export interface Observer {
  /** A command was answered: its operation, and the refusal's code or `ok`. */
  answered(op: string, code: string): void
  /** A commit ended well: events and bytes in it, and how long the journal took. */
  committed(events: number, bytes: number, ms: number): void
  /** Seat changes were pushed this long after the first of them was committed. */
  pushed(lagMs: number): void
  /** Something an operator should know of. `facts` holds no personal data and no secrets. */
  incident(level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>): void
}
