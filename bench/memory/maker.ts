// Creates many shows in a database, fast: in a process of its own, through the actors' region as the admin API does it,
// but without HTTP and without reading the same plan a hundred thousand times.
import { createHash } from 'node:crypto'
import type { ShardRegion } from '../../actors/shard-region.ts'
import type { CreateCommand } from '../../core/command.ts'
import { DEFAULT_POLICY, type Policy } from '../../core/policy.ts'
import { migrate } from '../../persistence/migrate.ts'
import { BENCH_PRICES, blockPlan } from '../bench-plan.ts'
import { parentOf } from '../child.ts'
import { openRegion } from '../region.ts'
import type { FromMaker, MakeShows } from './protocol.ts'

const UNDERWAY = 1_000

const parent = parentOf<FromMaker, MakeShows>((message) => void make(message))

async function make({ url, shards, ids, shape, policy }: MakeShows): Promise<void> {
  await migrate(url)
  const { region, plans, close } = await openRegion(url, shards, () => {})
  const planJson = Buffer.from(JSON.stringify(blockPlan('Studio', shape)))
  const planHash = createHash('sha256').update(planJson).digest('hex')
  await plans.save(planHash, planJson)
  await createAll(region, ids, { ...DEFAULT_POLICY, ...policy }, planHash)
  await close()
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
