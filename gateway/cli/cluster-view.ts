// What there is to see of a cluster, beside what its nodes plan by the same look: whose each shard is, and whose it is
// to be.
import { eligible } from '../../actors/cluster/membership.ts'
import { placeShards } from '../../actors/cluster/placement.ts'
import type { ClusterLook, HeadRow, NodeRow } from '../../persistence/postgres/postgres-nodes.ts'

export interface NodeView {
  readonly node: string
  /** Null for one that has shards, and is not in the roster: it runs without NATS, or is long gone. */
  readonly row: NodeRow | null
  readonly owned: readonly number[]
  readonly planned: readonly number[]
}

export interface ClusterView {
  readonly nodes: readonly NodeView[]
  readonly heads: readonly HeadRow[]
  /** By position in `heads`, the node that is to have the shard; empty where there is none. */
  readonly plan: readonly string[]
  readonly ownerless: readonly number[]
  /** Shards that have an owner, and are to have another. */
  readonly misplaced: readonly number[]
  /** Frames in the journal, of all shards. */
  readonly frames: number
}

export function viewOf({ nodes: rows, heads }: ClusterLook): ClusterView {
  const members = eligible(rows.filter(({ isThere }) => isThere))
  const plan = placeShards(
    members.map(({ node }) => node),
    heads.length
  )
  const owners = heads.flatMap(({ owner }) => (owner === null ? [] : [owner]))
  const names = [...new Set([...rows.map(({ node }) => node), ...owners])].sort()
  const shardsThat = (test: (head: HeadRow, at: number) => boolean) => heads.filter(test).map(({ shard }) => shard)
  return {
    nodes: names.map((node) => ({
      node,
      row: rows.find((row) => row.node === node) ?? null,
      owned: shardsThat(({ owner }) => owner === node),
      planned: shardsThat((_, at) => plan[at] === node)
    })),
    heads,
    plan,
    ownerless: shardsThat(({ owner }) => owner === null),
    misplaced: shardsThat(({ owner }, at) => owner !== null && plan[at] !== undefined && plan[at] !== owner),
    frames: heads.reduce((sum, { seq }) => sum + seq, 0)
  }
}

/** There is somebody to take what `node` has, should it be drained. */
export function isSpared({ nodes }: ClusterLook, node: string): boolean {
  const members = nodes.filter(({ isThere }) => isThere)
  const after = members.map((member) => (member.node === node ? { ...member, draining: true } : member))
  return !eligible(after).some((member) => member.node === node)
}

/** `1, 4–7, 9` */
export function rangesOf(shards: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const shard of shards) {
    const last = ranges.at(-1)
    if (last?.[1] === shard - 1) last[1] = shard
    else ranges.push([shard, shard])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}
