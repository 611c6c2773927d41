// Nodes of a cluster over memory stores, a roster, a wire and one clock that a test moves.
import { Cluster } from '../../actors/cluster/cluster.ts'
import { shardOf } from '../../core/shard.ts'
import { createMemoryRoster, type MemoryRoster } from '../../persistence/memory/memory-roster.ts'
import { MemoryNode, newWorld, type World } from './memory-node.ts'
import { PlainHub } from './plain-hub.ts'

/** So many that every node has some. */
const CLUSTER_SHARDS = 16
/** After this all know of all, and have their shards. */
const SETTLED_MS = 6_000

export interface ClusterNode extends MemoryNode {
  /** Its name; what the journal knows as owner is of its process alone. */
  readonly name: string
  readonly address: string
  readonly cluster: Cluster
  /** Another process has its name. */
  readonly replaced: () => boolean
}

export class MemoryCluster {
  readonly world: World
  readonly hub = new PlainHub()
  readonly roster: MemoryRoster
  readonly shards: number
  nodes: ClusterNode[] = []
  private processes = 0

  constructor(world: World, shards: number) {
    this.world = world
    this.shards = shards
    this.roster = createMemoryRoster(() => world.clock.time)
  }

  /** A process of the node `name`. */
  async add(name: string): Promise<ClusterNode> {
    const { hub, roster, shards, world } = this
    let cluster: Cluster | null = null
    let address = ''
    let replaced = false
    const node = new MemoryNode(world, `${name}.${++this.processes}`, shards, (options) => {
      const wire = hub.join(name, options.clock)
      address = wire.address
      cluster = new Cluster({ ...options, node: name, roster, wire, replaced: () => (replaced = true) })
      return { shows: cluster, region: cluster.region }
    })
    await node.start()
    const added = Object.assign(node, { name, address, cluster: cluster!, replaced: () => replaced })
    this.nodes.push(added)
    return added
  }

  /** Lets the nodes find each other, and settle what is whose. */
  async settle(): Promise<void> {
    await this.world.clock.pass(SETTLED_MS)
  }

  /** `node` is no more, from one instant to the next. */
  kill(node: ClusterNode): void {
    node.kill()
    this.hub.leave(node.address)
    this.nodes = this.nodes.filter((one) => one !== node)
  }

  /** The node that has the shard of `show`; fails where there is none, or more than one. */
  ownerOf(show: string): ClusterNode {
    const shard = shardOf(show, this.shards)
    const owners = this.nodes.filter((node) => node.region.epochOf(shard) > 0)
    if (owners.length === 1) return owners[0]!
    throw new Error(`shard ${shard} is owned by ${owners.map(({ name }) => name).join(' and ') || 'nobody'}`)
  }

  /** The others. */
  notOwning(show: string): ClusterNode[] {
    const owner = this.ownerOf(show)
    return this.nodes.filter((node) => node !== owner)
  }

  /** Ids of `count` shows whose shards `node` has. */
  showsOf(node: ClusterNode, count: number): string[] {
    const ids: string[] = []
    for (let number = 1; ids.length < count; number++) {
      if (node.region.epochOf(shardOf(`show-${number}`, this.shards)) > 0) ids.push(`show-${number}`)
    }
    return ids
  }
}

/** Nodes `a`, `b`, `c` … that know each other, each with its shards. */
export async function startCluster(count: number, shards = CLUSTER_SHARDS): Promise<MemoryCluster> {
  const cluster = new MemoryCluster(await newWorld(), shards)
  for (let at = 0; at < count; at++) await cluster.add('abcdef'[at]!)
  await cluster.settle()
  return cluster
}
