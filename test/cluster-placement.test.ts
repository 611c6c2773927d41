// Which node each shard belongs to: held to what consistent hashing with a bound promises, for many sets of names.
import { describe, expect, it } from 'vitest'
import { eligible } from '../actors/cluster/membership.ts'
import { placeShards } from '../actors/cluster/placement.ts'

const SHARD_COUNTS = [1, 5, 64, 1_024]
const NODES_MAX = 8
/** Sets of names; what holds on average may be off for one of them. */
const SETS = 20

/** Names as operators give them, other ones in every set. */
function names(set: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `node-${set}-${at + 1}`)
}

function sharesOf(placed: readonly string[], nodes: readonly string[]): number[] {
  return nodes.map((node) => placed.filter((one) => one === node).length)
}

function movesBetween(before: readonly string[], after: readonly string[]): number {
  return after.filter((node, shard) => node !== before[shard]).length
}

describe('the placement of shards', () => {
  it.each(SHARD_COUNTS)(
    'CLUSTER-1: %i shards all have a node, and shares differ by what cannot be shared',
    (shards) => {
      for (let set = 0; set < SETS; set++) {
        for (let count = 1; count <= NODES_MAX; count++) {
          const nodes = names(set, count)
          const placed = placeShards(nodes, shards)
          expect(placed).toHaveLength(shards)
          const shares = sharesOf(placed, nodes)
          expect(shares.reduce((sum, share) => sum + share)).toBe(shards)
          // Whoever comes first to what is left over may get all of it: fewer than there are nodes.
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(Math.max(1, shards % count))
        }
      }
    }
  )

  it('CLUSTER-1: without nodes there is none, and with one it has all', () => {
    expect(placeShards([], 64)).toEqual([])
    expect(new Set(placeShards(['alone'], 64))).toEqual(new Set(['alone']))
  })

  it('CLUSTER-2: does not depend on the order of the nodes', () => {
    for (let set = 0; set < SETS; set++) {
      const nodes = names(set, 5)
      const placed = placeShards(nodes, 64)
      expect(placeShards(nodes.toReversed(), 64)).toEqual(placed)
      expect(placeShards([...nodes.slice(2), ...nodes.slice(0, 2)], 64)).toEqual(placed)
    }
  })

  // The newcomer takes its share from all. What it takes of those that were full makes room there for shards that had
  // been turned away before: they move too, half a share of them and not more on average.
  it.each([1, 2, 3, 4, 5])('CLUSTER-3: one who joins %i or leaves them moves little more than its share', (count) => {
    for (const shards of [64, 1_024]) {
      const share = shards / (count + 1)
      let moved = 0
      for (let set = 0; set < SETS; set++) {
        const nodes = names(set, count + 1)
        // Whoever it is, and whichever way: a leave is a join backwards.
        const moves = movesBetween(placeShards(nodes.slice(1), shards), placeShards(nodes, shards))
        expect(moves).toBeGreaterThanOrEqual(Math.floor(share))
        expect(moves).toBeLessThanOrEqual(2 * share)
        moved += moves
      }
      expect(moved / SETS).toBeLessThanOrEqual(1.5 * share)
    }
  })
})

describe('who may own shards', () => {
  const member = (node: string, connected: boolean, draining = false) => ({ node, connected, draining })
  const namesOf = (...members: Parameters<typeof eligible>[0]) => eligible(members).map(({ node }) => node)

  it('CLUSTER-4: whoever can be reached and is to stay', () => {
    expect(namesOf(member('a', true), member('b', true))).toEqual(['a', 'b'])
    expect(namesOf(member('a', true), member('b', false))).toEqual(['a'])
    expect(namesOf(member('a', true), member('b', true, true))).toEqual(['a'])
    expect(namesOf(member('a', false), member('b', true, true), member('c', true))).toEqual(['c'])
  })

  it('CLUSTER-4: all, where nobody can be reached; and where all are to be emptied, none is', () => {
    expect(namesOf(member('a', false), member('b', false))).toEqual(['a', 'b'])
    expect(namesOf(member('a', false, true), member('b', false))).toEqual(['b'])
    expect(namesOf(member('a', true, true), member('b', true, true))).toEqual(['a', 'b'])
    expect(namesOf(member('a', false), member('b', true, true))).toEqual(['b'])
    expect(namesOf()).toEqual([])
  })
})
