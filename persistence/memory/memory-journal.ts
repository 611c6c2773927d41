// A journal in memory, for the simulator and for tests: nothing in it depends on anything but the calls.
// An append takes effect when it is called and is answered later, so a claim never misses one.
import type { FrameRow, Journal, ShardHead } from '../../actors/ports.ts'
import { JOURNAL_READ_BYTES_MAX } from '../../core/limits.ts'

export interface MemoryJournalOptions {
  /** The clock that leases run on, epoch milliseconds. */
  readonly now: () => number
  /** When appends are answered; by default as soon as the caller is done. */
  readonly defer?: (run: () => void) => void
  /** How far the projections have read; by default everything. */
  readonly projectedSeq?: (shard: number) => number
}

export interface MemoryJournal extends Journal {
  /** Frames of `shard` that were moved behind snapshots. */
  history(shard: number): readonly FrameRow[]
}

interface Shard {
  epoch: number
  seq: number
  stampedAt: number
  snapshotSeq: number
  owner: string | null
  expires: number
  frames: FrameRow[]
  readonly history: FrameRow[]
}

export function createMemoryJournal(options: MemoryJournalOptions): MemoryJournal {
  const { now, defer = queueMicrotask, projectedSeq = () => Number.POSITIVE_INFINITY } = options
  const shards = new Map<number, Shard>()
  const ownedBy = (wanted: readonly number[], owner: string) =>
    wanted.flatMap((number) => {
      const shard = shards.get(number)
      return shard?.owner === owner ? [{ number, shard }] : []
    })

  return {
    claim: async (wanted, owner, leaseMs) => {
      const heads: ShardHead[] = []
      for (const number of wanted) {
        const shard = shards.get(number) ?? emptyShard()
        const isFree = shard.owner === null || shard.owner === owner || shard.expires < now()
        if (!isFree) continue
        shards.set(number, shard)
        shard.epoch++
        shard.owner = owner
        shard.expires = now() + leaseMs
        const { epoch, seq, snapshotSeq, stampedAt } = shard
        heads.push({ shard: number, epoch, seq, snapshotSeq, stampedAt })
      }
      return heads
    },
    renew: async (wanted, owner, leaseMs) => {
      const owned = ownedBy(wanted, owner)
      for (const { shard } of owned) shard.expires = now() + leaseMs
      return owned.map(({ number, shard: { epoch } }) => ({ shard: number, epoch }))
    },
    release: async (leases) => {
      for (const lease of leases) {
        const shard = shards.get(lease.shard)
        if (shard?.epoch === lease.epoch) shard.owner = null
      }
    },
    append: (frames, done) => {
      const moved = new Set<number>()
      for (const frame of frames) {
        const shard = shards.get(frame.shard)
        if (shard === undefined || shard.epoch !== frame.epoch || shard.seq !== frame.seq - 1) continue
        shard.seq = frame.seq
        shard.stampedAt = frame.stampedAt
        shard.frames.push({ ...frame, bytes: frame.bytes.slice() })
        moved.add(frame.shard)
      }
      defer(() => done(null, moved))
    },
    read: async (number, after, limit) => {
      const frames = shards.get(number)?.frames ?? []
      // Frames have no gaps, so their place follows from their seq.
      const first = Math.max(0, after + 1 - (frames[0]?.seq ?? 0))
      let end = first
      for (let bytes = 0; end < Math.min(frames.length, first + limit) && bytes < JOURNAL_READ_BYTES_MAX; end++) {
        bytes += frames[end]!.bytes.length
      }
      return frames.slice(first, end)
    },
    checkpoint: async (number, epoch, seq) => {
      const shard = shards.get(number)
      if (shard === undefined || shard.epoch !== epoch || seq > shard.seq) return
      shard.snapshotSeq = Math.max(shard.snapshotSeq, seq)
      const upTo = Math.min(shard.snapshotSeq, projectedSeq(number))
      shard.history.push(...shard.frames.filter((frame) => frame.seq <= upTo))
      shard.frames = shard.frames.filter((frame) => frame.seq > upTo)
    },
    history: (number) => shards.get(number)?.history ?? []
  }
}

function emptyShard(): Shard {
  return { epoch: 0, seq: 0, stampedAt: 0, snapshotSeq: 0, owner: null, expires: 0, frames: [], history: [] }
}
