// Segments of keys: each key is found in its bytes, and damage is seen.
import { describe, expect, it } from 'vitest'
import { Damaged } from '../core/codec/bytes.ts'
import { decodeKeyHashes, encodeKeySegment, findInSegment } from '../core/codec/key-codec.ts'
import type { ShowEvent } from '../core/event.ts'
import { keyHash } from '../core/sealed-keys.ts'
import { saleOfSnapshotV1 } from './golden/examples.ts'
import { hold, Sale } from './support/small-show.ts'
import { golden, sealed } from './support/stored-bytes.ts'

function hashesOf(events: readonly ShowEvent[]): number[] {
  return events.map(({ user, key }) => keyHash(user, key)).sort((a, b) => a - b)
}

describe('segments of keys', () => {
  const { inventory } = saleOfSnapshotV1()
  const { newestAt, hashes, events } = encodeKeySegment(inventory.keys)

  it('CODEC-21: give each key as what it did, and no other', () => {
    const all = [...inventory.keys.events()]
    expect(all.length).toBeGreaterThan(5)
    for (const event of all) expect(findInSegment(events, event.user, event.key)).toEqual(event)
    expect(findInSegment(events, 'ann', 'k2')).toBeNull()
    expect(findInSegment(events, 'ann', '')).toBeNull()
    expect([...decodeKeyHashes(hashes)]).toEqual(hashesOf(all))
    expect(newestAt).toBe(Math.max(...all.map(({ at }) => at)))
  })

  it('CODEC-21: give a key that was used again as what it did last', () => {
    const sale = new Sale({ holdsPerUserMax: 9 })
    const { keys } = sale.inventory
    const first = sale.done('held', hold('ann', 'A1', { key: 'k' }))
    keys.remember({ ...first, hold: 2 })
    expect(findInSegment(encodeKeySegment(keys).events, 'ann', 'k')).toMatchObject({ hold: 2 })
  })

  it('CODEC-21: cut off, or with a bit turned, are Damaged', () => {
    const readers = [
      { bytes: hashes, read: (bytes: Uint8Array) => decodeKeyHashes(bytes) },
      { bytes: events, read: (bytes: Uint8Array) => findInSegment(bytes, 'ann', 'k1') }
    ]
    for (const { bytes, read } of readers) {
      for (let end = 0; end < bytes.length; end++) expect(() => read(bytes.subarray(0, end))).toThrow(Damaged)
      const turned = bytes.slice()
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        turned[bit >> 3]! ^= 1 << (bit & 7)
        expect(() => read(turned)).toThrow(Damaged)
        turned[bit >> 3]! ^= 1 << (bit & 7)
      }
      expect(() => read(sealed(Uint8Array.of(1, 1, 2)))).toThrow(Damaged)
      expect(() => read(sealed(Uint8Array.of(2, 0, 0, 0, 0)))).toThrow(/version 2/)
    }
    expect(() => decodeKeyHashes(sealed(Uint8Array.of(1, 7, 0, 0, 0, 7, 0, 0, 0)))).toThrow(/not above/)
  })
})

describe('golden files of them', () => {
  it('CODEC-14: keys-v1 and key-hashes-v1 are read as what they were', () => {
    const all = [...saleOfSnapshotV1().inventory.keys.events()]
    for (const event of all) expect(findInSegment(golden('keys-v1'), event.user, event.key)).toEqual(event)
    expect([...decodeKeyHashes(golden('key-hashes-v1'))]).toEqual(hashesOf(all))
  })
})
