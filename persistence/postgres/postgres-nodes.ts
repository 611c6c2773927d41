// The cluster as its operator sees it: which nodes are there, whose each shard is, and the switch that empties a node.
// Changes nothing but `draining`: whose a shard is, nodes settle among themselves.
import type { Pool } from 'pg'
import { LEASE_MS } from '../../core/limits.ts'

export interface NodeRow {
  readonly node: string
  readonly connected: boolean
  readonly draining: boolean
  /** Its lease runs. */
  readonly isThere: boolean
  /** Since it said last that it is there. */
  readonly silentMs: number
}

export interface HeadRow {
  readonly shard: number
  /** The node; null where nobody has it, or its lease is over. */
  readonly owner: string | null
  readonly epoch: number
  readonly seq: number
}

export interface ClusterLook {
  /** By name; nodes that are gone stay for a while. */
  readonly nodes: readonly NodeRow[]
  /** By shard. */
  readonly heads: readonly HeadRow[]
}

export interface PostgresNodes {
  look(): Promise<ClusterLook>
  /** `node` is to own nothing. */
  drain(node: string): Promise<void>
  /** Ends the draining of all that are there; answers whose. Those that are about to end set it again. */
  endDrains(): Promise<readonly string[]>
}

const NODES = `
  select node, connected, draining, expires > clock_timestamp() as "isThere",
    greatest(0, $1 - extract(epoch from expires - clock_timestamp()) * 1000)::int8 as "silentMs"
  from frontrow.node order by node`
/** Who owns is a process: the name of its node, and behind a dot what is its own. */
const HEADS = `
  select shard, case when expires > clock_timestamp() then split_part(owner, '.', 1) end as owner, epoch, seq
  from frontrow.shard_head order by shard`
const DRAIN = 'update frontrow.node set draining = true where node = $1 and expires > clock_timestamp()'
const END_DRAINS = `
  update frontrow.node set draining = false where draining and expires > clock_timestamp() returning node`

export function createPostgresNodes(pool: Pool): PostgresNodes {
  return {
    look: async () => {
      const { rows: nodes } = await pool.query<NodeRow>(NODES, [LEASE_MS])
      const { rows: heads } = await pool.query<HeadRow>(HEADS)
      return { nodes, heads }
    },
    drain: async (node) => {
      await pool.query(DRAIN, [node])
    },
    endDrains: async () => {
      const { rows } = await pool.query<{ node: string }>(END_DRAINS)
      return rows.map(({ node }) => node).sort()
    }
  }
}
