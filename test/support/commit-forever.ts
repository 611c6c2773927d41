// Run as a process of its own: commits frames to the embedded database in the folder it is given, two under way,
// and says the seq of each that was acknowledged. It is meant to be killed.

import { startEmbeddedPostgres } from '../../persistence/embedded/embedded-postgres.ts'
import { migrate } from '../../persistence/migrate.ts'
import { createPool } from '../../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../../persistence/postgres/postgres-journal.ts'
import { frame } from './frame.ts'

const { url } = await startEmbeddedPostgres(process.argv[2]!)
await migrate(url)
const journal = createPostgresJournal(url, createPool(url))
const [head] = await journal.claim([1], 'killed', 60_000)
let seq = head!.seq

function commit(): void {
  const own = ++seq
  journal.append([frame(1, own, head!.epoch)], (error, moved) => {
    if (error !== null || !moved.has(1)) throw error ?? new Error('fenced')
    process.stdout.write(`${own}\n`)
    commit()
  })
}
commit()
commit()
