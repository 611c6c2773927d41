// Which node each shard belongs to: consistent hashing with a bound, so that every node gets its share and a join or a
// leave moves few shards. The same members give the same answer everywhere, whatever order they come in.
import * as HashRing from 'effect/HashRing'
import * as PrimaryKey from 'effect/PrimaryKey'

class Named implements PrimaryKey.PrimaryKey {
  readonly node: string

  constructor(node: string) {
    this.node = node
  }

  [PrimaryKey.symbol](): string {
    return this.node
  }
}

/** By shard, the node; empty where there are no nodes. */
export function placeShards(nodes: readonly string[], shards: number): readonly string[] {
  const ring = HashRing.make<Named>()
  HashRing.addMany(
    ring,
    nodes.toSorted().map((node) => new Named(node))
  )
  return HashRing.getShards(ring, shards)?.map(({ node }) => node) ?? []
}
