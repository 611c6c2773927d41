// The shows as this node serves them: alone, or as one node of a cluster.
import { Cluster, type ClusterOptions, type ClusterStats } from '../actors/cluster/cluster.ts'
import type { Shows } from '../actors/outcome.ts'
import { type RegionOptions, ShardRegion } from '../actors/shard-region.ts'

export type NodeStats = ClusterStats

export interface NodeShows {
  readonly shows: Shows
  readonly region: ShardRegion
  readonly ready: boolean
  start(): Promise<void>
  /** Gives all it can to other nodes, while everything goes on. */
  drain(): Promise<void>
  stop(): Promise<void>
  stats(): NodeStats
}

export function createNodeShows(
  options: Omit<RegionOptions, 'cluster'>,
  others: Pick<ClusterOptions, 'node' | 'roster' | 'wire' | 'replaced'> | null
): NodeShows {
  if (others !== null) {
    const cluster = new Cluster({ ...options, ...others })
    return {
      shows: cluster,
      region: cluster.region,
      get ready() {
        return cluster.ready
      },
      start: () => cluster.start(),
      drain: () => cluster.drain(),
      stop: () => cluster.stop(),
      stats: () => cluster.stats()
    }
  }
  const region = new ShardRegion(options)
  const alone = { members: 1, handovers: 0, remoteCommands: 0 }
  return {
    shows: region,
    region,
    get ready() {
      return region.ready
    },
    start: () => region.start(),
    drain: async () => {},
    stop: () => region.stop(),
    stats: () => ({ ...region.stats(), ...alone, ownedShards: region.shardStats().length })
  }
}
