// What every journal, snapshot store and plan store must do: one suite for memory, the embedded database and
// Postgres. `open` is called once; each test takes shards of its own.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FrameRow, Journal, JournalError, PlanStore, SnapshotStore } from '../actors/ports.ts'
import { storing } from './snapshot-contract.ts'
import { frame } from './support/frame.ts'

export interface StoreStage {
  readonly journal: Journal
  /** Of another node: the same data through other connections. */
  readonly other: Journal
  readonly snapshots: SnapshotStore
  readonly plans: PlanStore
  /** Says that the projections have read `shard` up to `seq`. */
  project(shard: number, seq: number): Promise<void>
  history(shard: number): Promise<readonly FrameRow[]>
  /** History and journal. */
  all(shard: number): Promise<readonly FrameRow[]>
  close(): Promise<void>
}

export interface Appended {
  readonly error: JournalError | null
  readonly moved: readonly number[]
}

const LEASE_MS = 60_000

export function journalContract(name: string, open: () => Promise<StoreStage>): void {
  describe(name, () => {
    let stage: StoreStage
    let shards = 0
    beforeAll(async () => {
      stage = await open()
    })
    afterAll(() => stage.close())
    const newShard = () => ++shards

    claiming(() => stage, newShard)
    appending(() => stage, newShard)
    reading(() => stage, newShard)
    storing(() => stage, newShard)
  })
}

export function append(journal: Journal, ...frames: readonly FrameRow[]): Promise<Appended> {
  return new Promise((resolve) => {
    journal.append(frames, (error, moved) => resolve({ error, moved: [...moved].sort((a, b) => a - b) }))
  })
}

function claiming(stage: () => StoreStage, newShard: () => number): void {
  it('JOURNAL-1: claims new shards, and each again in a higher epoch', async () => {
    const { journal } = stage()
    const [one, two] = [newShard(), newShard()]
    const head = { epoch: 1, seq: 0, snapshotSeq: 0, stampedAt: 0 }
    const first = await journal.claim([one, two], 'a', LEASE_MS)
    expect([...first].sort((a, b) => a.shard - b.shard)).toEqual([
      { ...head, shard: one },
      { ...head, shard: two }
    ])
    await append(journal, frame(one, 1, 1))
    await append(journal, frame(one, 2, 1))
    const last = frame(one, 2, 1).stampedAt
    expect(await journal.claim([one], 'a', LEASE_MS)).toEqual([
      { shard: one, epoch: 2, seq: 2, snapshotSeq: 0, stampedAt: last }
    ])
  })

  it('JOURNAL-2: leaves shards of a live owner alone, and takes those whose lease is over', async () => {
    const { journal, other } = stage()
    const [held, brief, free] = [newShard(), newShard(), newShard()]
    await journal.claim([held], 'a', LEASE_MS)
    await journal.claim([brief], 'a', 40)
    await delay(80)
    const heads = await other.claim([held, brief, free], 'b', LEASE_MS)
    expect(heads.map(({ shard, epoch }) => [shard, epoch]).sort()).toEqual([
      [brief, 2],
      [free, 1]
    ])
  })

  it('JOURNAL-2: takes what its owner gave up, or did not renew, and nothing that was renewed', async () => {
    const { journal, other } = stage()
    const [released, kept, renewed, left] = [newShard(), newShard(), newShard(), newShard()]
    const all = [released, kept, renewed, left]
    await journal.claim([released, kept], 'gone', LEASE_MS)
    await journal.claim([renewed, left], 'alive', 300)
    expect(await journal.renew([renewed, kept], 'alive', LEASE_MS)).toEqual([{ shard: renewed, epoch: 1 }])
    expect(await journal.renew(all, 'nobody', LEASE_MS)).toEqual([])
    await journal.release([
      { shard: released, epoch: 1 },
      { shard: renewed, epoch: 7 }
    ])
    await delay(350)
    const taken = (await other.claim(all, 'b', LEASE_MS)).map(({ shard }) => shard)
    expect(taken.sort()).toEqual([released, left].sort())
  })

  it('JOURNAL-12: what gives up an epoch that is over says nothing of the one that was claimed since', async () => {
    const { journal, other } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    await journal.claim([shard], 'a', LEASE_MS)
    await journal.release([{ shard, epoch: 1 }])
    expect(await other.claim([shard], 'b', LEASE_MS)).toEqual([])
    await journal.release([{ shard, epoch: 2 }])
    expect(await other.claim([shard], 'b', LEASE_MS)).toMatchObject([{ shard, epoch: 3 }])
  })
}

function appending(stage: () => StoreStage, newShard: () => number): void {
  it('JOURNAL-3: an append that is not the next under its epoch does nothing, beside others that are', async () => {
    const { journal } = stage()
    const [good, late, early, stale] = [newShard(), newShard(), newShard(), newShard()]
    await journal.claim([good, late, early, stale], 'a', LEASE_MS)
    await journal.claim([stale], 'a', LEASE_MS)
    await append(journal, frame(late, 1, 1))
    const tried = [frame(good, 1, 1), frame(late, 1, 1), frame(early, 2, 1), frame(stale, 1, 1)]
    expect(await append(journal, ...tried)).toEqual({ error: null, moved: [good] })
    for (const row of tried.slice(1)) expect(await append(journal, row)).toEqual({ error: null, moved: [] })
    const heads = await journal.claim([good, late, early, stale], 'a', LEASE_MS)
    expect(new Map(heads.map(({ shard, seq }) => [shard, seq]))).toEqual(
      new Map([
        [good, 1],
        [late, 1],
        [early, 0],
        [stale, 0]
      ])
    )
    expect(await journal.read(early, 0, 10)).toEqual([])
  })

  it('JOURNAL-3: whoever lost a shard to another owner is fenced', async () => {
    const { journal, other } = stage()
    const [lost, kept] = [newShard(), newShard()]
    await journal.claim([lost], 'a', 1)
    await journal.claim([kept], 'a', LEASE_MS)
    await append(journal, frame(lost, 1, 1))
    await delay(30)
    expect(await other.claim([lost, kept], 'b', LEASE_MS)).toMatchObject([{ shard: lost, epoch: 2, seq: 1 }])
    expect(await append(journal, frame(lost, 2, 1), frame(kept, 1, 1))).toEqual({ error: null, moved: [kept] })
    expect(await append(other, frame(lost, 2, 2))).toEqual({ error: null, moved: [lost] })
  })

  it('JOURNAL-4: appends take effect and are answered in the order of the calls', async () => {
    const { journal } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    const answered: number[] = []
    const all = Array.from({ length: 100 }, (_, i) => {
      const seq = i + 1
      return append(journal, frame(shard, seq, 1)).then((answer) => {
        answered.push(seq)
        return answer
      })
    })
    expect((await Promise.all(all)).every(({ error, moved }) => error === null && moved.length === 1)).toBe(true)
    expect(answered).toEqual([...answered].sort((a, b) => a - b))
    const frames = await journal.read(shard, 0, 1_000)
    expect(frames.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  it('JOURNAL-5: the bytes may be used again as soon as append returns', async () => {
    const { journal } = stage()
    const [one, two] = [newShard(), newShard()]
    await journal.claim([one, two], 'a', LEASE_MS)
    const bytes = new Uint8Array(4096).fill(1)
    const single = append(journal, frame(one, 1, 1, bytes))
    bytes.fill(2)
    const both = append(journal, frame(one, 2, 1, bytes.subarray(0, 10)), frame(two, 1, 1, bytes.subarray(10, 30)))
    bytes.fill(3)
    await Promise.all([single, both])
    const rows = [...(await journal.read(one, 0, 10)), ...(await journal.read(two, 0, 10))]
    expect(rows.map((row) => [row.bytes.length, row.bytes[0], row.bytes.at(-1)])).toEqual([
      [4096, 1, 1],
      [10, 2, 2],
      [20, 2, 2]
    ])
  })

  it('JOURNAL-5: frames of every size and byte come back as they were', async () => {
    const { journal } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    const sizes = [0, 1, 2_000, 8_000, 9_000, 100_000, 65_536 * 3 - 40]
    const frames = sizes.map((size, i) =>
      frame(
        shard,
        i + 1,
        1,
        new Uint8Array(size).map((_, at) => at * 7 + i)
      )
    )
    await Promise.all(frames.map((row) => append(journal, row)))
    const stored = await journal.read(shard, 0, 10)
    expect(stored.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).toEqual(
      frames.map(({ bytes }) => Buffer.from(bytes).toString('base64'))
    )
    expect(stored.map(({ seq, epoch, stampedAt }) => [seq, epoch, stampedAt])).toEqual(
      frames.map(({ seq, epoch, stampedAt }) => [seq, epoch, stampedAt])
    )
  })
}

function reading(stage: () => StoreStage, newShard: () => number): void {
  it('JOURNAL-6: reads what comes after a position, in order, up to a number of rows', async () => {
    const { journal } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    for (let seq = 1; seq <= 5; seq++) await append(journal, frame(shard, seq, 1))
    const seqs = async (after: number, limit: number) => (await journal.read(shard, after, limit)).map(({ seq }) => seq)
    expect(await seqs(0, 3)).toEqual([1, 2, 3])
    expect(await seqs(3, 3)).toEqual([4, 5])
    expect(await seqs(5, 3)).toEqual([])
    expect(await journal.read(newShard(), 0, 3)).toEqual([])
  })

  it('JOURNAL-6: reads about 8 MB at a time, and always a frame', async () => {
    const { journal } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    const sizes = [3, 3, 3, 3, 9, 1].map((megabytes) => megabytes * 1024 * 1024)
    for (const [i, size] of sizes.entries()) await append(journal, frame(shard, i + 1, 1, new Uint8Array(size)))
    const seqs = async (after: number) => (await journal.read(shard, after, 100)).map(({ seq }) => seq)
    expect(await seqs(0)).toEqual([1, 2, 3])
    expect(await seqs(3)).toEqual([4, 5])
    expect(await seqs(4)).toEqual([5])
    expect(await seqs(5)).toEqual([6])
  })

  it('JOURNAL-7: a checkpoint moves into history what snapshots cover and projections have read', async () => {
    const { journal, history, all, project } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    for (let seq = 1; seq <= 6; seq++) await append(journal, frame(shard, seq, 1))
    const seqs = (rows: readonly FrameRow[]) => rows.map(({ seq }) => seq)
    await project(shard, 2)
    await journal.checkpoint(shard, 1, 4)
    expect(seqs(await history(shard))).toEqual([1, 2])
    expect(seqs(await journal.read(shard, 0, 10))).toEqual([3, 4, 5, 6])
    await project(shard, 6)
    await journal.checkpoint(shard, 1, 3)
    expect(await journal.claim([shard], 'a', LEASE_MS)).toMatchObject([{ snapshotSeq: 4, seq: 6 }])
    expect(seqs(await history(shard))).toEqual([1, 2, 3, 4])
    expect(seqs(await journal.read(shard, 4, 10))).toEqual([5, 6])
    expect(await all(shard)).toEqual([1, 2, 3, 4, 5, 6].map((seq) => frame(shard, seq, 1)))
    expect(await append(journal, frame(shard, 7, 2))).toEqual({ error: null, moved: [shard] })
    // One that comes late, from an epoch that is over, moves nothing under its new owner.
    await project(shard, 7)
    await journal.checkpoint(shard, 1, 6)
    expect(seqs(await journal.read(shard, 4, 10))).toEqual([5, 6, 7])
  })

  it('JOURNAL-7: a checkpoint of more than one chunk, and of none, moves all there is', async () => {
    const { journal, history, project } = stage()
    const shard = newShard()
    await journal.claim([shard], 'a', LEASE_MS)
    for (let seq = 1; seq <= 1_200; seq += 2) {
      const both = [append(journal, frame(shard, seq, 1)), append(journal, frame(shard, seq + 1, 1))]
      for (const { error } of await Promise.all(both)) expect(error).toBeNull()
    }
    await project(shard, 1_200)
    await journal.checkpoint(shard, 1, 1_100)
    await journal.checkpoint(shard, 1, 1_100)
    expect((await history(shard)).map(({ seq }) => seq)).toEqual(Array.from({ length: 1_100 }, (_, i) => i + 1))
    expect(await journal.read(shard, 0, 1_000)).toHaveLength(100)
  })
}
