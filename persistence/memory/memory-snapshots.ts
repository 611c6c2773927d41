// Snapshots of shows in memory, for the simulator and for tests.
import type { SnapshotRow, SnapshotStore } from '../../actors/ports.ts'

export function createMemorySnapshots(): SnapshotStore {
  const stored = new Map<string, SnapshotRow>()
  return {
    load: async (show) => stored.get(show) ?? null,
    loadWithHolds: async (shard) => [...stored.values()].filter((row) => row.shard === shard && row.nextExpiry > 0),
    save: async (rows) => {
      for (const row of rows) {
        const before = stored.get(row.show)
        if (before === undefined || row.seq >= before.seq) stored.set(row.show, { ...row, bytes: row.bytes.slice() })
      }
    }
  }
}
