// Snapshots of shows in memory, for the simulator and for tests.
import type { KeyHashes, SnapshotRow, SnapshotStore } from '../../actors/ports.ts'
import type { KeySegment } from '../../core/codec/key-codec.ts'

export function createMemorySnapshots(): SnapshotStore {
  const stored = new Map<string, SnapshotRow>()
  const segments = new Map<string, Map<number, KeySegment & { readonly shard: number }>>()
  const segmentsOf = (show: string) => {
    const known = segments.get(show) ?? new Map<number, KeySegment & { readonly shard: number }>()
    segments.set(show, known)
    return known
  }

  return {
    load: async (show) => stored.get(show) ?? null,
    loadWithHolds: async (shard) => [...stored.values()].filter((row) => row.shard === shard && row.nextExpiry > 0),
    save: async (rows) => {
      const saved = new Set<string>()
      for (const { keys, ...row } of rows) {
        const before = stored.get(row.show)
        if (before !== undefined && row.seq < before.seq) continue
        stored.set(row.show, { ...row, bytes: row.bytes.slice() })
        saved.add(row.show)
        const known = segmentsOf(row.show)
        const other = known.get(row.seq)?.events.length ?? 0
        if (keys === null || keys.events.length <= other) continue
        const { shard } = row
        known.set(row.seq, { ...keys, shard, hashes: keys.hashes.slice(), events: keys.events.slice() })
      }
      return saved
    },
    loadKeyHashes: async (show) => {
      const all = [...segmentsOf(show)].map(([seq, { newestAt, hashes }]): KeyHashes => ({ seq, newestAt, hashes }))
      return all.sort((a, b) => a.seq - b.seq)
    },
    loadKeys: async (show, seqs) => {
      return seqs.flatMap((seq) => segmentsOf(show).get(seq)?.events ?? [])
    },
    forgetKeys: async (of, time) => {
      for (const known of segments.values()) {
        for (const [seq, { shard, newestAt }] of known) if (shard === of && newestAt < time) known.delete(seq)
      }
    }
  }
}
