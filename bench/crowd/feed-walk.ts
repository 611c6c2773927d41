// Walks a feed record from its first snapshot to its last push: the map it leads to, what changed on the way, and what
// does not fit. Where no viewer was told some diffs, because all of them were skipped, it goes on from a snapshot.
import { DIFF, type EpochRecord, SNAPSHOT } from './feed-record.ts'
import type { Receipts } from './receipts.ts'

const HEAD_BYTES = 10

/** Seats that changed, and who was told. */
export interface Change {
  /** Pairs: seat index, status. */
  readonly changes: readonly number[]
  /** The statuses before, in the order of the pairs. */
  readonly before: readonly number[]
  readonly receipts: Receipts | undefined
}

export interface FeedWalk {
  readonly epoch: number
  readonly seq: number
  readonly statuses: Uint8Array
  readonly changes: readonly Change[]
  readonly faults: readonly string[]
}

export function walkFeed(epochs: readonly EpochRecord[], show: string, seats: number): FeedWalk {
  const walk = new Walk(show, seats)
  for (const record of epochs) walk.epochOf(record)
  return walk
}

class Walk implements FeedWalk {
  epoch = 0
  seq = 0
  readonly statuses: Uint8Array
  readonly changes: Change[] = []
  readonly faults: string[] = []
  private readonly show: string

  constructor(show: string, seats: number) {
    this.show = show
    this.statuses = new Uint8Array(seats)
  }

  epochOf(record: EpochRecord): void {
    for (let seq = record.base; seq <= record.tip; seq++) {
      const snapshot = record.snapshots.get(seq)
      const diff = record.diffs[seq]
      const place = `epoch ${record.epoch}, seq ${seq}`
      const follows = this.epoch === record.epoch && this.seq === seq - 1
      if (diff !== undefined && follows) this.follow(record, seq, diff, place)
      else if (snapshot !== undefined) this.jump(record, seq, snapshot, place)
      else if (diff !== undefined) this.faults.push(`${place}: a diff of which nobody has what it follows`)
      const isThere = this.epoch === record.epoch && this.seq === seq
      if (isThere && snapshot !== undefined) this.compare(snapshot, place)
    }
  }

  private follow(record: EpochRecord, seq: number, diff: Buffer, place: string): void {
    const start = this.payloadOf(diff, DIFF, place)
    const changes: number[] = []
    for (let at = start; at + 4 <= diff.length; at += 4) {
      const word = diff.readUInt32LE(at)
      changes.push(word >>> 2, word & 3)
    }
    if ((diff.length - start) % 4 !== 0) this.faults.push(`${place}: a diff with a part of a change`)
    this.take(record, seq, changes, place)
  }

  private jump(record: EpochRecord, seq: number, snapshot: Buffer, place: string): void {
    const told = this.unpack(snapshot, place)
    const changes: number[] = []
    // Nobody was told anything by the first one that was not so before.
    if (this.epoch === 0) this.statuses.set(told)
    else for (const [seat, status] of told.entries()) if (status !== this.statuses[seat]) changes.push(seat, status)
    this.take(record, seq, changes, place)
  }

  private take({ epoch, receipts }: EpochRecord, seq: number, changes: readonly number[], place: string): void {
    const before: number[] = []
    for (let at = 0; at < changes.length; at += 2) {
      const seat = changes[at]!
      if (seat >= this.statuses.length) this.faults.push(`${place}: seat ${seat}, which there is not`)
      before.push(this.statuses[seat] ?? 0)
      this.statuses[seat] = changes[at + 1]!
    }
    this.epoch = epoch
    this.seq = seq
    if (changes.length > 0) this.changes.push({ changes, before, receipts: receipts[seq] })
  }

  private compare(snapshot: Buffer, place: string): void {
    const told = this.unpack(snapshot, place)
    const differing = told.findIndex((status, seat) => status !== this.statuses[seat])
    if (differing < 0) return
    this.faults.push(`${place}: a snapshot differs from the diffs that lead there, first at seat ${differing}`)
  }

  private unpack(snapshot: Buffer, place: string): Uint8Array {
    const start = this.payloadOf(snapshot, SNAPSHOT, place)
    const { length } = this.statuses
    if (snapshot.length - start !== (length + 3) >> 2) this.faults.push(`${place}: a snapshot of other seats`)
    return Uint8Array.from({ length }, (_, seat) => ((snapshot[start + (seat >> 2)] ?? 0) >> ((seat & 3) * 2)) & 3)
  }

  private payloadOf(push: Buffer, kind: number, place: string): number {
    const start = HEAD_BYTES + push[HEAD_BYTES - 1]!
    const show = push.toString('latin1', HEAD_BYTES, start)
    if (push[0] !== kind || show !== this.show) this.faults.push(`${place}: a push of another kind or show`)
    return start
  }
}
