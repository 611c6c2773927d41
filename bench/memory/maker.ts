// Creates many shows in a database, fast: in a process of its own, through the actors' region as the admin API does it,
// but without HTTP and without reading the same plan a hundred thousand times.
import { createHash } from 'node:crypto'
import { ShardRegion } from '../../actors/shard-region.ts'
import type { CreateCommand } from '../../core/command.ts'
import { DEFAULT_POLICY, type Policy } from '../../core/policy.ts'
import { systemClock } from '../../gateway/system-clock.ts'
import { migrate } from '../../persistence/migrate.ts'
import { createPool } from '../../persistence/postgres/postgres.ts'
import { createPostgresJournal } from '../../persistence/postgres/postgres-journal.ts'
import { createPostgresPlans } from '../../persistence/postgres/postgres-plans.ts'
import { createPostgresSnapshots } from '../../persistence/postgres/postgres-snapshots.ts'
import { BENCH_PRICES, blockPlan } from '../bench-plan.ts'
import { parentOf } from '../child.ts'
import type { FromMaker, MakeShows } from './protocol.ts'

const UNDERWAY = 1_000

const parent = parentOf<FromMaker, MakeShows>((message) => void make(message))

async function make({ url, shards, ids, shape, policy }: MakeShows): Promise<void> {
  await migrate(url)
  const pool = createPool(url)
  const plans = createPostgresPlans(pool)
  const planJson = Buffer.from(JSON.stringify(blockPlan('Studio', shape)))
  const planHash = createHash('sha256').update(planJson).digest('hex')
  await plans.save(planHash, planJson)
  const journal = createPostgresJournal(url, pool)
  const quiet = () => {}
  const region = new ShardRegion({
    ...{ shards, owner: 'maker', journal, plans, clock: systemClock },
    snapshots: createPostgresSnapshots(pool),
    observer: {
      answered: quiet,
      committed: quiet,
      pushed: quiet,
      incident: (level, what, facts) => console.log(level, what, facts)
    },
    feed: { isBehind: () => false, onBehind: quiet, diff: quiet, snapshot: quiet, holdExpired: quiet }
  })
  await region.start()
  await createAll(region, ids, { ...DEFAULT_POLICY, ...policy }, planHash)
  await region.stop()
  await journal.close()
  await pool.end()
  parent.send({ kind: 'made' })
}

function createAll(region: ShardRegion, ids: readonly string[], policy: Policy, planHash: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0
    let created = 0
    const create = () => {
      if (next < ids.length) region.submit(commandOf(ids[next++]!, policy, planHash), { reply }, 0)
    }
    const reply = (_: unknown, outcome: { readonly kind: string }) => {
      if (outcome.kind !== 'created') return reject(new Error(`a show was not created: ${JSON.stringify(outcome)}`))
      created++
      if (created % UNDERWAY === 0) parent.send({ kind: 'created', count: created })
      if (created === ids.length) return resolve()
      create()
    }
    for (let i = 0; i < UNDERWAY; i++) create()
  })
}

function commandOf(id: string, policy: Policy, planHash: string): CreateCommand {
  const sale = { currency: 'EUR', prices: BENCH_PRICES, policy }
  const definition = { id, title: `Show ${id}`, startsAt: 2_000_000_000_000, planHash, ...sale }
  return { op: 'create', show: id, user: 'bench', admin: true, key: id, definition }
}
