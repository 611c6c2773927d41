// The roster's contract, held by Postgres.
import { rosterContract } from './roster-contract.ts'
import { rostersOn } from './support/databases.ts'
import { startPostgres } from './support/postgres.ts'

rosterContract('in Postgres', async () => {
  const postgres = await startPostgres()
  const rosters = await rostersOn(await postgres.createDatabase('contract'))
  return {
    ...rosters,
    close: async () => {
      await rosters.close()
      await postgres.dispose()
    }
  }
})
