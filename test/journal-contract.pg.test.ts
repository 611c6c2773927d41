// The journal's contract, held by Postgres.
import { journalContract } from './journal-contract.ts'
import { storesOn } from './support/databases.ts'
import { startPostgres } from './support/postgres.ts'

journalContract('in Postgres', async () => {
  const postgres = await startPostgres()
  const stores = await storesOn(await postgres.createDatabase('contract'))
  return {
    ...stores,
    close: async () => {
      await stores.close()
      await postgres.dispose()
    }
  }
})
