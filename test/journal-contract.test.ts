// The journal's contract, held in memory and by the embedded database: both need nothing.

import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.ts'
import { createMemoryJournal } from '../persistence/memory/memory-journal.ts'
import { createMemoryPlans } from '../persistence/memory/memory-plans.ts'
import { createMemorySnapshots } from '../persistence/memory/memory-snapshots.ts'
import { journalContract } from './journal-contract.ts'
import { storesOn } from './support/databases.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

journalContract('in memory', async () => {
  const projected = new Map<number, number>()
  const journal = createMemoryJournal({ now: Date.now, projectedSeq: (shard) => projected.get(shard) ?? 0 })
  return {
    journal,
    other: journal,
    snapshots: createMemorySnapshots(),
    plans: createMemoryPlans(),
    project: async (shard, seq) => void projected.set(shard, seq),
    history: async (shard) => journal.history(shard),
    all: async (shard) => [...journal.history(shard), ...(await journal.read(shard, 0, 10_000))],
    close: async () => {}
  }
})

journalContract('embedded', async () => {
  const folder = temporaryFolder('embedded')
  const embedded = await startEmbeddedPostgres(folder.path)
  const stores = await storesOn(embedded.url)
  return {
    ...stores,
    close: async () => {
      await stores.close()
      await embedded.stop()
      await folder.dispose()
    }
  }
})
