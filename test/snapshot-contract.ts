// What every store of snapshots, keys and plans must do; part of the suite in `journal-contract.ts`.
import { expect, it } from 'vitest'
import type { PlanStore, SnapshotSave, SnapshotStore } from '../actors/ports.ts'

interface SnapshotStage {
  readonly snapshots: SnapshotStore
  readonly plans: PlanStore
}

export function storing(stage: () => SnapshotStage, newShard: () => number): void {
  const row = (show: string, shard: number, seq: number, nextExpiry: number) => {
    return { show, shard, seq, nextExpiry, bytes: Buffer.from(`${show} at ${seq}`) }
  }
  const saved = (...rows: ReturnType<typeof row>[]): SnapshotSave[] => rows.map((each) => ({ ...each, keys: null }))
  const segment = (name: string, newestAt: number) => {
    return { newestAt, hashes: Buffer.from(`hashes ${name}`), events: Buffer.from(`events ${name}`) }
  }

  it('SNAPSHOT-1: what was saved is loaded, and never goes back', async () => {
    const { snapshots } = stage()
    const shard = newShard()
    const [a, b] = [`a-${shard}`, `b-${shard}`]
    expect(await snapshots.load(a)).toBeNull()
    await snapshots.save(saved(row(a, shard, 5, 0), row(b, shard, 5, 0)))
    expect(await snapshots.save(saved(row(a, shard, 4, 7), row(b, shard, 6, 7)))).toEqual(new Set([b]))
    expect(await snapshots.load(a)).toEqual(row(a, shard, 5, 0))
    expect(await snapshots.load(b)).toEqual(row(b, shard, 6, 7))
    const again = { ...row(a, shard, 5, 9), bytes: Buffer.alloc(0) }
    await snapshots.save(saved(again, row(b, shard, 7, 0), row(b, shard, 6, 0)))
    expect(await snapshots.save([])).toEqual(new Set())
    expect(await snapshots.load(a)).toEqual(again)
    expect(await snapshots.load(b)).toEqual(row(b, shard, 7, 0))
  })

  it('SNAPSHOT-2: shows with holds are found by their shard', async () => {
    const { snapshots } = stage()
    const [shard, elsewhere] = [newShard(), newShard()]
    const [held, idle, ended] = [`held-${shard}`, `idle-${shard}`, `ended-${shard}`]
    await snapshots.save(saved(row(held, shard, 1, 99), row(idle, shard, 1, 0), row(ended, shard, 1, 99)))
    await snapshots.save(saved(row(ended, shard, 2, 0), row(`held-${elsewhere}`, elsewhere, 1, 99)))
    expect(await snapshots.loadWithHolds(shard)).toEqual([row(held, shard, 1, 99)])
  })

  it('SNAPSHOT-4: sealed keys are stored with their snapshot, or not at all, and found by its position', async () => {
    const { snapshots } = stage()
    const shard = newShard()
    const [a, b] = [`a-${shard}`, `b-${shard}`]
    expect(await snapshots.loadKeyHashes(a)).toEqual([])
    const first = segment('one', 1_000)
    await snapshots.save([
      { ...row(a, shard, 5, 0), keys: first },
      { ...row(b, shard, 5, 0), keys: null }
    ])
    const before = { ...row(a, shard, 4, 0), keys: segment('of what went before', 1) }
    expect(await snapshots.save([before, ...saved(row(b, shard, 5, 0))])).toEqual(new Set([b]))
    const second = { ...segment('two', 2_000), hashes: Buffer.alloc(0) }
    await snapshots.save([{ ...row(a, shard, 9, 0), keys: second }, ...saved(row(b, shard, 6, 0))])
    const hashesOf = ({ events: _, ...rest }: typeof first) => rest
    expect(await snapshots.loadKeyHashes(a)).toEqual([
      { seq: 5, ...hashesOf(first) },
      { seq: 9, ...hashesOf(second) }
    ])
    expect(await snapshots.loadKeyHashes(b)).toEqual([])
    expect(await snapshots.loadKeys(a, [5])).toEqual([first.events])
    const both = await snapshots.loadKeys(a, [9, 4, 5])
    expect(both.map(String).sort()).toEqual([first.events, second.events].map(String).sort())
    expect(await snapshots.loadKeys(b, [5, 9])).toEqual([])
    // What two nodes sealed at one position ends alike, and begins where each of them had begun.
    const longer = segment('two and more', 2_500)
    await snapshots.save([{ ...row(a, shard, 9, 0), keys: longer }])
    await snapshots.save([{ ...row(a, shard, 9, 0), keys: second }])
    expect(await snapshots.loadKeys(a, [9])).toEqual([longer.events])
    expect(await snapshots.loadKeyHashes(a)).toEqual([
      { seq: 5, ...hashesOf(first) },
      { seq: 9, ...hashesOf(longer) }
    ])
  })

  it('SNAPSHOT-5: sealed keys are deleted once all of a segment are old enough', async () => {
    const { snapshots } = stage()
    const shard = newShard()
    const show = `old-${shard}`
    await snapshots.save([{ ...row(show, shard, 1, 0), keys: segment('one', 1_000) }])
    await snapshots.save([{ ...row(show, shard, 2, 0), keys: segment('two', 2_000) }])
    await snapshots.forgetKeys(shard, 1_000)
    expect((await snapshots.loadKeyHashes(show)).map(({ seq }) => seq)).toEqual([1, 2])
    await snapshots.forgetKeys(newShard(), 1_001)
    expect((await snapshots.loadKeyHashes(show)).map(({ seq }) => seq)).toEqual([1, 2])
    await snapshots.forgetKeys(shard, 1_001)
    expect((await snapshots.loadKeyHashes(show)).map(({ seq }) => seq)).toEqual([2])
    expect(await snapshots.load(show)).toEqual(row(show, shard, 2, 0))
    await snapshots.forgetKeys(shard, 2_001)
    expect(await snapshots.loadKeyHashes(show)).toEqual([])
  })

  it('SNAPSHOT-3: a plan is stored once, byte for byte', async () => {
    const { plans } = stage()
    const json = Buffer.from('{"name":"Großer Saal","zones":[]}')
    expect(await plans.load('hash')).toBeNull()
    await plans.save('hash', new Uint8Array(json))
    await plans.save('hash', Buffer.from('{}'))
    expect(Buffer.from((await plans.load('hash'))!)).toEqual(json)
  })
}
