// Reads wait for what their own user wrote, and for nothing else.
import { beforeEach, describe, expect, it } from 'vitest'
import { RECENT_WRITES_MAX } from '../core/limits.ts'
import { createRecentWrites, type RecentWrites } from '../gateway/recent-writes.ts'

/** Where each show's journal stands; its number is its shard. */
let positions: Map<string, number>
/** What was waited for, `shard.seq`. */
let waited: string[]
let recent: RecentWrites

beforeEach(() => {
  positions = new Map()
  waited = []
  recent = createRecentWrites(
    { position: (show) => ({ shard: Number(show), seq: positions.get(show) ?? 1 }) },
    {
      caughtUp: async (shard, seq) => {
        waited.push(`${shard}.${seq}`)
        return true
      }
    }
  )
})

function write(user: string, shard: number, seq: number): void {
  positions.set(String(shard), seq)
  recent.note(user, String(shard))
}

async function waitedBy(user: string): Promise<readonly string[]> {
  waited = []
  await recent.settled(user)
  return waited.toSorted()
}

describe('read your writes', () => {
  it('RECENT-1: a read waits for the last write of its user on each shard, and for nobody else’s', async () => {
    write('ann', 0, 4)
    write('ann', 3, 7)
    write('bob', 3, 8)
    write('ann', 0, 5)
    expect(await waitedBy('ann')).toEqual(['0.5', '3.7'])
    expect(await waitedBy('bob')).toEqual(['3.8'])
    expect(await waitedBy('cid')).toEqual([])
  })

  it('RECENT-1: however many write, the last few thousand are remembered, also where they wrote before', async () => {
    for (let at = 0; at < RECENT_WRITES_MAX; at++) write(`early-${at}`, at % 64, at + 1)
    write('ann', 1, 3)
    write('early-0', 0, 9)
    for (let at = 0; at < 10_000; at++) write(`late-${at}`, at % 64, at + 1)
    expect(await waitedBy('ann')).toEqual(['1.3'])
    expect(await waitedBy('early-0')).toEqual(['0.9'])
    for (let at = 0; at < 10_000; at += 97) expect(await waitedBy(`late-${at}`)).toEqual([`${at % 64}.${at + 1}`])
  })
})
