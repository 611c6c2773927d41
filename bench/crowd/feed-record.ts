// What all viewers of one process are told, kept once: the first copy of every push, and when how many had it. A viewer's
// own map need not be kept: it is right exactly when each push it got is the one on record, byte by byte, each follows
// what it had before, and the last one is the last; and when what is on record leads to the server's map.
import { Receipts } from './receipts.ts'

export const SNAPSHOT = 1
export const DIFF = 2

/** Where a viewer is. Epoch 0: it has not been told anything. */
export interface Place {
  epoch: number
  seq: number
}

/** `older`: changes nothing. `gap`: does not follow what the viewer has, and changes nothing. `differs`: from others'. */
export type Told = 'next' | 'older' | 'gap' | 'differs'

/** Of one epoch, by seq. */
export interface EpochRecord {
  readonly epoch: number
  /** The lowest and the highest seq on record. */
  base: number
  tip: number
  readonly diffs: (Buffer | undefined)[]
  readonly snapshots: Map<number, Buffer>
  /** Who came to this seq, by the diff that leads there or by a later snapshot. */
  readonly receipts: (Receipts | undefined)[]
}

export class FeedRecord {
  private readonly records = new Map<number, EpochRecord>()
  private latest: EpochRecord | null = null

  /** In the order of their epochs. */
  get epochs(): readonly EpochRecord[] {
    return [...this.records.values()].sort((one, other) => one.epoch - other.epoch)
  }

  /** The push `bytes[start, end)` came to a viewer at `place` at `now`; moves it where the push leads. */
  push(place: Place, bytes: Buffer, start: number, end: number, now: number): Told {
    const epoch = bytes.readUInt32LE(start + 1)
    const seq = bytes.readUInt32LE(start + 5)
    if (epoch < place.epoch || (epoch === place.epoch && seq < place.seq)) return 'older'
    if (bytes[start] === SNAPSHOT) return this.snapshot(place, epoch, seq, bytes.subarray(start, end), now)
    if (epoch === place.epoch && seq === place.seq) return 'older'
    if (epoch > place.epoch || seq > place.seq + 1) return 'gap'
    const record = this.of(epoch, seq)
    const copy = record.diffs[seq]
    if (copy === undefined) record.diffs[seq] = copyOf(bytes.subarray(start, end))
    place.seq = seq
    received(record, seq, seq, now)
    return copy === undefined || bytes.compare(copy, 0, copy.length, start, end) === 0 ? 'next' : 'differs'
  }

  private snapshot(place: Place, epoch: number, seq: number, bytes: Buffer, now: number): Told {
    const record = this.of(epoch, seq)
    const copy = record.snapshots.get(seq)
    if (copy === undefined) record.snapshots.set(seq, copyOf(bytes))
    if (place.epoch === epoch) received(record, place.seq + 1, seq, now)
    else if (place.epoch > 0) {
      const before = this.records.get(place.epoch)!
      received(before, place.seq + 1, before.tip, now)
      received(record, record.base, seq, now)
    }
    place.epoch = epoch
    place.seq = seq
    return copy === undefined || copy.equals(bytes) ? 'next' : 'differs'
  }

  private of(epoch: number, seq: number): EpochRecord {
    let record = this.latest?.epoch === epoch ? this.latest : this.records.get(epoch)
    if (record === undefined) {
      record = { epoch, base: seq, tip: seq, diffs: [], snapshots: new Map(), receipts: [] }
      this.records.set(epoch, record)
    }
    if (seq < record.base) record.base = seq
    if (seq > record.tip) record.tip = seq
    this.latest = record
    return record
  }
}

function received({ receipts }: EpochRecord, from: number, to: number, now: number): void {
  for (let seq = from; seq <= to; seq++) {
    const known = receipts[seq]
    if (known === undefined) receipts[seq] = new Receipts(now)
    else known.add(now)
  }
}

/** The bytes that come in are overwritten by the next ones. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
