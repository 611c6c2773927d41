// A roster in memory, for the simulator and for tests.
import type { Member, Roster } from '../../actors/ports.ts'

interface Row {
  startedAt: number
  expires: number
  connected: boolean
  draining: boolean
}

export interface MemoryRoster extends Roster {
  /** What an operator's `drain` does. */
  drain(node: string): void
}

/** `now` is the clock that leases run on, epoch milliseconds. */
export function createMemoryRoster(now: () => number): MemoryRoster {
  const rows = new Map<string, Row>()
  return {
    attend: async ({ node, startedAt, connected, leaving }, leaseMs) => {
      const known = rows.get(node)
      if (known !== undefined && known.startedAt > startedAt && known.expires >= now()) return null
      const draining = leaving || (known?.startedAt === startedAt && known.draining)
      rows.set(node, { startedAt, expires: now() + leaseMs, connected, draining })
      const members: Member[] = []
      for (const [name, row] of rows) {
        if (row.expires <= now()) continue
        members.push({ node: name, connected: row.connected, draining: row.draining })
      }
      return members
    },
    leave: async (node, startedAt) => {
      if (rows.get(node)?.startedAt === startedAt) rows.delete(node)
    },
    drain: (node) => {
      const row = rows.get(node)
      if (row !== undefined) row.draining = true
    }
  }
}
