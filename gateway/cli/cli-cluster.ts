// `frontrow cluster status | drain | rebalance`: the nodes on one Postgres, and who has which shards.
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import type { PostgresNodes } from '../../persistence/postgres/postgres-nodes.ts'
import { done, settingsOrThrow } from './cli-done.ts'

const json = Flag.Boolean('json').pipe(Flag.withDescription('As JSON'), Flag.withDefault(false))
const node = Argument.String('node').pipe(Argument.withDescription('Its NODE_ID'))
const wait = Flag.Boolean('wait').pipe(
  Flag.withDescription('Wait until it has no shards any more; --no-wait does not'),
  Flag.withDefault(true)
)

const statusCommand = Command.make('status', { json }, ({ json }) =>
  done(() =>
    withNodes(async (nodes) => {
      const { statusJson, statusText } = await import('./cluster-status.ts')
      const look = await nodes.look()
      console.log(json ? JSON.stringify(statusJson(look)) : statusText(look))
    })
  )
).pipe(Command.withDescription('List the nodes, what they have and what they are to have'))

const drainCommand = Command.make('drain', { node, wait }, ({ node, wait }) =>
  done(() =>
    withNodes(async (nodes) => {
      const { drain } = await import('./cluster-moves.ts')
      await drain(nodes, node, wait)
    })
  )
).pipe(Command.withDescription('Hand all shards of a node to the others, until it is started again or by rebalance'))

const rebalanceCommand = Command.make('rebalance', {}, () =>
  done(() =>
    withNodes(async (nodes) => {
      const { rebalance } = await import('./cluster-moves.ts')
      await rebalance(nodes)
    })
  )
).pipe(Command.withDescription('End all drains, and wait until every shard is where it is to be'))

export const clusterCommand = Command.make('cluster').pipe(
  Command.withDescription('The nodes of a cluster'),
  Command.withSubcommands([statusCommand, drainCommand, rebalanceCommand])
)

const NO_DATABASE =
  'A cluster has a Postgres of its own, never the embedded one: set DATABASE_URL as its nodes have it.'

async function withNodes(work: (nodes: PostgresNodes) => Promise<void>): Promise<void> {
  const { databaseUrl } = settingsOrThrow(process.env)
  if (databaseUrl === null) throw new Error(NO_DATABASE)
  const [{ createPool }, { createPostgresNodes }] = await Promise.all([
    import('../../persistence/postgres/postgres.ts'),
    import('../../persistence/postgres/postgres-nodes.ts')
  ])
  const pool = createPool(databaseUrl)
  try {
    await pool.query('select from frontrow.node limit 1').catch(unusable)
    await work(createPostgresNodes(pool))
  } finally {
    await pool.end()
  }
}

const UNDEFINED_TABLE = '42P01'

function unusable(cause: Error & { readonly code?: string }): never {
  // A name with several addresses fails with an error of errors, which has no message of its own.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  const why = first instanceof Error ? first.message : String(first)
  if (cause.code === UNDEFINED_TABLE) throw new Error('No node of a cluster has ever run on this database.', { cause })
  throw new Error(`The database of DATABASE_URL cannot be used: ${why}`, { cause })
}
