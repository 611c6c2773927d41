// The roster's contract, held in memory and by the embedded database: both need nothing.
import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.ts'
import { createMemoryRoster } from '../persistence/memory/memory-roster.ts'
import { rosterContract } from './roster-contract.ts'
import { rostersOn } from './support/databases.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

rosterContract('in memory', async () => {
  let now = 1_000
  const roster = createMemoryRoster(() => now)
  return {
    roster,
    other: roster,
    drain: async (node) => roster.drain(node),
    pass: async (ms) => {
      now += ms
    },
    close: async () => {}
  }
})

rosterContract('embedded', async () => {
  const folder = temporaryFolder('embedded')
  const embedded = await startEmbeddedPostgres(folder.path)
  const rosters = await rostersOn(embedded.url)
  return {
    ...rosters,
    close: async () => {
      await rosters.close()
      await embedded.stop()
      await folder.dispose()
    }
  }
})
