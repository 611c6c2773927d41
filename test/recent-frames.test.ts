// Frames of late, at hand for those who read the journal behind it.
import { describe, expect, it } from 'vitest'
import { createRecentFrames } from '../persistence/recent-frames.ts'
import { frame } from './support/frame.ts'

const ROOM = 1_000_000
const seqs = (frames: readonly { readonly seq: number }[]) => frames.map(({ seq }) => seq)

describe('frames of late', () => {
  it('ATHAND-1: are read in order from where somebody is, as many as were asked for', () => {
    const recent = createRecentFrames(ROOM)
    for (const seq of [4, 5, 6, 7]) recent.add(frame(3, seq, 2, new Uint8Array(100)))
    expect(recent.read(3, 4, 10, ROOM)).toEqual([5, 6, 7].map((seq) => frame(3, seq, 2, new Uint8Array(100))))
    expect(seqs(recent.read(3, 3, 2, ROOM))).toEqual([4, 5])
    expect(seqs(recent.read(3, 3, 10, 150))).toEqual([4, 5])
    expect(seqs(recent.read(3, 3, 10, 1))).toEqual([4])
  })

  it('ATHAND-1: where the next one is not here, nothing is: not behind a gap, and not of another shard', () => {
    const recent = createRecentFrames(ROOM)
    for (const seq of [4, 5, 9]) recent.add(frame(3, seq, 2))
    for (const seq of [1, 2, 3]) recent.add(frame(4, seq, 1))
    expect([seqs(recent.read(3, 2, 10, ROOM)), seqs(recent.read(3, 3, 10, ROOM))]).toEqual([[], [4, 5]])
    expect([seqs(recent.read(3, 9, 10, ROOM)), seqs(recent.read(4, 0, 10, ROOM))]).toEqual([[], [1, 2, 3]])
  })

  it('ATHAND-2: take no more memory than they may: the oldest go first, whichever shard they are of', () => {
    const recent = createRecentFrames(100_000)
    const bytes = new Uint8Array(800)
    for (let seq = 1; seq <= 1_000; seq++) for (const shard of [0, 1]) recent.add(frame(shard, seq, 1, bytes))
    for (const shard of [0, 1]) {
      const first = Array.from({ length: 1_000 }, (_, at) => at).find(
        (after) => recent.read(shard, after, 1, 1).length > 0
      )!
      const kept = seqs(recent.read(shard, first, 1_000, ROOM))
      expect([kept[0], kept.at(-1)]).toEqual([first + 1, 1_000])
      expect(kept.length).toBeGreaterThan(40)
      expect(kept.length).toBeLessThanOrEqual(50)
    }
  })
})
