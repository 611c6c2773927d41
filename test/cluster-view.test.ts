// What an operator is told of a cluster, from what its database says.
import { describe, expect, it } from 'vitest'
import { statusText } from '../gateway/cli/cluster-status.ts'
import { isSpared, rangesOf, viewOf } from '../gateway/cli/cluster-view.ts'
import type { ClusterLook, NodeRow } from '../persistence/postgres/postgres-nodes.ts'

const there = (node: string, more: Partial<NodeRow> = {}): NodeRow => {
  return { node, connected: true, draining: false, isThere: true, silentMs: 400, ...more }
}

function look(nodes: readonly NodeRow[], owners: readonly (string | null)[]): ClusterLook {
  return { nodes, heads: owners.map((owner, shard) => ({ shard, owner, epoch: 1, seq: 10 })) }
}

describe('what is seen of a cluster', () => {
  it('OPER-6: the plan is that of the nodes: who is gone, cut off or draining is to have nothing', () => {
    const nodes = [
      there('a'),
      there('b', { draining: true }),
      there('c', { connected: false }),
      there('d', { isThere: false })
    ]
    const { nodes: seen, misplaced, ownerless, frames } = viewOf(look(nodes, ['a', 'b', null, 'a']))
    expect(seen.map(({ node, owned, planned }) => ({ node, owned, planned }))).toEqual([
      { node: 'a', owned: [0, 3], planned: [0, 1, 2, 3] },
      { node: 'b', owned: [1], planned: [] },
      { node: 'c', owned: [], planned: [] },
      { node: 'd', owned: [], planned: [] }
    ])
    expect({ misplaced, ownerless, frames }).toEqual({ misplaced: [1], ownerless: [2], frames: 40 })
  })

  it('OPER-6: an owner that is no member is seen all the same, and what is his is not where it is to be', () => {
    const text = statusText(look([there('a')], ['a', 'alone', 'alone', 'a']))
    expect(text).toMatch(/^alone +not a member +– +2 +0 +–$/m)
    expect(text).toContain('Not where they are to be: 1–2.')
    expect(statusText(look([], [null, null]))).toBe('No node is there.')
  })

  it('OPER-3: a node is spared when somebody is left that is reached and stays', () => {
    expect(isSpared(look([there('a')], []), 'a')).toBe(false)
    expect(isSpared(look([there('a'), there('b')], []), 'a')).toBe(true)
    expect(isSpared(look([there('a'), there('b', { draining: true })], []), 'a')).toBe(false)
    expect(isSpared(look([there('a'), there('b', { connected: false })], []), 'a')).toBe(false)
    expect(isSpared(look([there('a'), there('b', { isThere: false })], []), 'a')).toBe(false)
    expect(isSpared(look([there('a', { draining: true }), there('b')], []), 'a')).toBe(true)
  })

  it('OPER-6: shards are told as ranges', () => {
    expect(rangesOf([])).toBe('')
    expect(rangesOf([3])).toBe('3')
    expect(rangesOf([0, 1, 2, 5, 7, 8])).toBe('0–2, 5, 7–8')
  })
})
