// Whose each shard is, as nodes announce it: what is believed of it, and for how long.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Owned, Routes } from '../actors/cluster/routes.ts'

const SHARDS = 8

function routesOf(): { routes: Routes; say: (node: string, ...owned: Owned) => number[] } {
  const routes = new Routes(SHARDS)
  const say = (node: string, ...owned: Owned) => routes.heard({ node, address: `${node}.1`, owned })
  return { routes, say }
}

describe('routes', () => {
  it('CLUSTER-5: are what the owner of the latest epoch says', () => {
    const { routes, say } = routesOf()
    expect(routes.of(3)).toBeNull()
    expect(say('a', [3, 1], [4, 1])).toEqual([3, 4])
    expect(say('b', [3, 2])).toEqual([3])
    expect([routes.of(3), routes.of(4)]).toEqual([
      { address: 'b.1', epoch: 2 },
      { address: 'a.1', epoch: 1 }
    ])
    expect(say('b', [3, 2])).toEqual([])
  })

  it('CLUSTER-5: of a lower epoch are not believed, whatever became of the later one', () => {
    const { routes, say } = routesOf()
    say('a', [3, 5])
    expect(say('b', [3, 4])).toEqual([])
    expect(routes.of(3)?.address).toBe('a.1')
    routes.doubt(3, 5)
    expect(say('b', [3, 4])).toEqual([])
    expect(routes.of(3)).toBeNull()
    routes.ours(3, 9)
    expect(say('a', [3, 8])).toEqual([])
    expect(routes.of(3)).toBeNull()
    expect(say('a', [3, 10])).toEqual([3])
  })

  it('CLUSTER-6: are doubted in their epoch alone, until their owner says so again', () => {
    const { routes, say } = routesOf()
    say('a', [3, 5])
    routes.doubt(3, 4)
    expect(routes.of(3)).toEqual({ address: 'a.1', epoch: 5 })
    routes.doubt(3, 5)
    expect(routes.of(3)).toBeNull()
    expect(say('a', [3, 5])).toEqual([3])
    expect(routes.of(3)).toEqual({ address: 'a.1', epoch: 5 })
  })

  it('CLUSTER-5: end when their owner leaves them out, and no other node’s do', () => {
    const { routes, say } = routesOf()
    say('a', [1, 1], [2, 1])
    say('b', [5, 1])
    expect(say('a', [2, 1])).toEqual([])
    expect([1, 2, 5].map((shard) => routes.of(shard)?.address)).toEqual([undefined, 'a.1', 'b.1'])
    say('b', [2, 2])
    say('a')
    expect(routes.of(2)?.address).toBe('b.1')
  })

  it('CLUSTER-5: do not lead to others from where a shard is ours', () => {
    const { routes, say } = routesOf()
    say('a', [3, 5])
    routes.ours(3, 6)
    expect(routes.of(3)).toBeNull()
    routes.ours(3, 2)
    expect(say('a', [3, 5])).toEqual([])
  })

  it('CLUSTER-5: are of the shards that there are', () => {
    const { routes, say } = routesOf()
    expect(say('a', [SHARDS, 1], [Number.MAX_SAFE_INTEGER, 1], [0, 1])).toEqual([0])
    expect(routes.of(SHARDS)).toBeNull()
  })

  it('CLUSTER-5: lead to the process of a node that spoke last', () => {
    const { routes } = routesOf()
    const say = (address: string) => routes.heard({ node: 'a', address, owned: [] })
    expect(routes.addressOf('a')).toBeUndefined()
    say('a.1')
    say('a.2')
    expect(routes.addressOf('a')).toBe('a.2')
  })

  it('CLUSTER-5: never go back to an epoch that is over, whatever is heard in whatever order', () => {
    const hello = fc.record({
      node: fc.constantFrom('a', 'b', 'c'),
      owned: fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 9 })), { maxLength: 3 })
    })
    const doubt = fc.record({ doubt: fc.nat(2), epoch: fc.integer({ min: 1, max: 9 }) })
    const ours = fc.record({ ours: fc.nat(2), epoch: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(hello, doubt, ours), { maxLength: 40 }), (steps) => {
        const { routes, say } = routesOf()
        const latest = [0, 0, 0]
        for (const step of steps) {
          if ('doubt' in step) routes.doubt(step.doubt, step.epoch)
          else if ('ours' in step) {
            routes.ours(step.ours, step.epoch)
            latest[step.ours] = Math.max(latest[step.ours]!, step.epoch)
            expect(routes.of(step.ours)).toBeNull()
          } else {
            say(step.node, ...step.owned)
            for (const [shard, epoch] of step.owned) latest[shard] = Math.max(latest[shard]!, epoch)
          }
          for (const [shard, epoch] of latest.entries()) {
            const route = routes.of(shard)
            if (route !== null) expect(route.epoch).toBe(epoch)
          }
        }
      })
    )
  })
})
