// Seating plans in memory, for the simulator and for tests.
import type { PlanStore } from '../../actors/ports.ts'

export function createMemoryPlans(): PlanStore {
  const stored = new Map<string, Uint8Array>()
  return {
    load: async (hash) => stored.get(hash) ?? null,
    save: async (hash, json) => {
      if (!stored.has(hash)) stored.set(hash, json.slice())
    }
  }
}
