// Bytes on disk: what is written is read again, what is damaged is seen, and what an earlier version wrote
// is still understood.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, ByteWriter, Damaged } from '../core/codec/bytes.ts'
import { checksum } from '../core/codec/checksum.ts'
import { readDefinition, writeDefinition } from '../core/codec/event-codec.ts'
import { decodeFrame, encodeFrame, FrameWriter } from '../core/codec/frame-codec.ts'
import { decodeSnapshot, encodeSnapshot, snapshotDefinition } from '../core/codec/snapshot-codec.ts'
import { fnv1a, shardOf } from '../core/shard.ts'
import { FRAME_V1, GOLDEN, saleOfSnapshotV1 } from './golden/examples.ts'
import { anyDefinition, anyEvent, anyText, anyTime } from './support/arbitrary-events.ts'
import { definitionOf, planJson, planOf } from './support/small-show.ts'
import { golden, sealed } from './support/stored-bytes.ts'

const text = (value: string) => new TextEncoder().encode(value)

describe('numbers and texts', () => {
  it('CODEC-1: every integer from 0 to 2^53 − 1 comes back', () => {
    const edges = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 49 - 1, 2 ** 49]
    const writer = new ByteWriter(1)
    for (const value of [...edges, Number.MAX_SAFE_INTEGER]) writer.varint(value)
    const reader = new ByteReader(writer.copy())
    expect([...edges, Number.MAX_SAFE_INTEGER].map(() => reader.varint())).toEqual([...edges, Number.MAX_SAFE_INTEGER])
    expect(reader.done).toBe(true)
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const one = new ByteWriter(1)
        one.varint(value)
        expect(new ByteReader(one.copy()).varint()).toBe(value)
      })
    )
  })

  it('CODEC-2: every well-formed text comes back, byte order marks too', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const writer = new ByteWriter(1)
        writer.text(value)
        const reader = new ByteReader(writer.copy())
        expect(reader.text()).toBe(value)
        expect(reader.done).toBe(true)
      }),
      { examples: [['\ufeffVIP'], [`${'a'.repeat(127)}ä`], ['a'.repeat(128)]] }
    )
  })

  it('CODEC-3: no bytes make a reader do anything but read or throw Damaged', () => {
    const reads = ['u8', 'u32', 'f64', 'varint', 'text', 'count', 'list', 'ascending'] as const
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.constantFrom(...reads), { maxLength: 10 }),
        (bytes, ops) => {
          const reader = new ByteReader(bytes)
          orDamaged(() => {
            for (const op of ops) reader[op]()
          })
          expect(reader.at).toBeLessThanOrEqual(bytes.length)
        }
      ),
      { numRuns: 1_000 }
    )
  })

  it('CODEC-3: an integer beyond 2^53 − 1, one that does not end, and a huge claim are damage', () => {
    const beyond = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f])
    expect(() => new ByteReader(beyond).varint()).toThrow(Damaged)
    expect(() => new ByteReader(new Uint8Array(9).fill(0x80)).varint()).toThrow(Damaged)
    for (const op of ['list', 'ascending', 'text'] as const) {
      const claim = new ByteWriter(16)
      claim.varint(Number.MAX_SAFE_INTEGER)
      expect(() => new ByteReader(claim.copy())[op]()).toThrow(Damaged)
    }
  })
})

describe('the checksum', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f]
  ])('CODEC-4: is xxHash32: %j', (value, expected) => {
    expect(checksum(text(value), text(value).length)).toBe(expected)
    const padded = new Uint8Array(100)
    padded.set(text(value), 3)
    expect(checksum(padded.subarray(3), text(value).length)).toBe(expected)
  })
})

describe('frames', () => {
  const anyFrame = anyTime.chain((stampedAt) =>
    fc.record({
      stampedAt: fc.constant(stampedAt),
      entries: fc.array(fc.record({ show: fc.constantFrom('a', 'b', 'c_3', 'd-4'), event: anyEvent(stampedAt) }), {
        maxLength: 12
      })
    })
  )

  it('CODEC-5: any events of any shows come back as they were', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame)
        expect(decodeFrame(bytes)).toEqual(frame)
        expect(encodeFrame(decodeFrame(bytes))).toEqual(bytes)
      }),
      { numRuns: 300 }
    )
  })

  it('CODEC-5: any show comes back as it was', () => {
    fc.assert(
      fc.property(anyDefinition, (definition) => {
        const writer = new ByteWriter(1)
        writeDefinition(writer, definition)
        const reader = new ByteReader(writer.copy())
        expect(readDefinition(reader)).toEqual(definition)
        expect(reader.done).toBe(true)
      })
    )
  })

  it('CODEC-6: a writer used again leaves nothing of the frame before', () => {
    const writer = new FrameWriter()
    for (const { show, event } of FRAME_V1.entries) writer.add(show, event)
    writer.begin(7)
    expect(writer.events).toBe(0)
    writer.add('x', { kind: 'blocked', at: 7, user: 'u', key: '', fingerprint: 0, seats: [1] })
    expect(decodeFrame(writer.end())).toMatchObject({ stampedAt: 7, entries: [{ show: 'x', event: { seats: [1] } }] })
    writer.begin(8)
    expect(decodeFrame(writer.end())).toEqual({ stampedAt: 8, entries: [] })
  })

  it('CODEC-7: cut off anywhere, it is Damaged', () => {
    const bytes = encodeFrame(FRAME_V1)
    for (let end = 0; end < bytes.length; end++) expect(() => decodeFrame(bytes.subarray(0, end))).toThrow(Damaged)
  })

  it('CODEC-8: with any one bit turned, it is Damaged', () => {
    const bytes = encodeFrame(FRAME_V1)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => decodeFrame(bytes)).toThrow(Damaged)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
    }
    expect(decodeFrame(bytes)).toEqual(FRAME_V1)
  })

  it('CODEC-9: nonsense under a right checksum is Damaged, or a frame, and never another error', () => {
    const body = encodeFrame(FRAME_V1).subarray(0, -4)
    const changes = fc.array(fc.tuple(fc.nat(body.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4
    })
    fc.assert(
      fc.property(changes, (list) => {
        const forged = body.slice()
        for (const [at, byte] of list) forged[at] = byte
        orDamaged(() => decodeFrame(sealed(forged)))
      }),
      { numRuns: 2_000 }
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => orDamaged(() => decodeFrame(sealed(bytes)))))
  })

  it('CODEC-10: another version is Damaged, and says which', () => {
    const body = encodeFrame(FRAME_V1).subarray(0, -4)
    body[0] = 2
    expect(() => decodeFrame(sealed(body))).toThrow(/version 2/)
    const snapshot = encodeSnapshot(saleOfSnapshotV1().inventory).subarray(0, -4)
    snapshot[0] = 2
    expect(() => snapshotDefinition(sealed(snapshot))).toThrow(/version 2/)
  })
})

describe('snapshots', () => {
  const { inventory, plan } = saleOfSnapshotV1()
  const bytes = encodeSnapshot(inventory)

  it('CODEC-11: come back with all that follows from them', () => {
    const back = decodeSnapshot(bytes, plan)
    expect(back.definition).toEqual(inventory.definition)
    expect(back.prices).toEqual(inventory.prices)
    expect(back.status).toEqual(inventory.status)
    expect(back.counts).toEqual(inventory.counts)
    expect(back.holds).toEqual(inventory.holds)
    expect(back.bookings).toEqual(inventory.bookings)
    expect(back.tallies).toEqual(inventory.tallies)
    expect([back.nextHold, back.nextBooking]).toEqual([inventory.nextHold, inventory.nextBooking])
    expect([...back.keys.events()]).toEqual([...inventory.keys.events()])
    expect(snapshotDefinition(bytes)).toEqual(inventory.definition)
    expect(encodeSnapshot(back)).toEqual(bytes)
  })

  it('CODEC-12: cut off, or with a bit turned, are Damaged', () => {
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeSnapshot(bytes.subarray(0, end), plan)).toThrow(Damaged)
    }
    const turned = bytes.slice()
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      turned[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => decodeSnapshot(turned, plan)).toThrow(Damaged)
      turned[bit >> 3]! ^= 1 << (bit & 7)
    }
  })

  it('CODEC-13: nonsense under a right checksum is Damaged, or a state, and never another error', () => {
    const body = bytes.subarray(0, -4)
    const changes = fc.array(fc.tuple(fc.nat(body.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4
    })
    fc.assert(
      fc.property(changes, (list) => {
        const forged = body.slice()
        for (const [at, byte] of list) forged[at] = byte
        orDamaged(() => decodeSnapshot(sealed(forged), plan))
      }),
      { numRuns: 2_000 }
    )
  })

  it('CODEC-13: of another plan are Damaged', () => {
    const smaller = planOf(planJson([{ row: 'A', count: 6, zone: 'Stalls', category: 'Front' }]))
    expect(() => decodeSnapshot(bytes, smaller)).toThrow(Damaged)
    const others = planOf(planJson([{ row: 'A', count: plan.seatCount, zone: 'Stalls', category: 'Royal' }]))
    expect(() => decodeSnapshot(bytes, others)).toThrow(Damaged)
  })
})

describe('golden files', () => {
  it.each(Object.keys(GOLDEN))('CODEC-14: %s is written as it ever was', (name) => {
    expect(Buffer.from(GOLDEN[name]!()).toString('hex')).toBe(Buffer.from(golden(name)).toString('hex'))
  })

  it('CODEC-14: frame-v1 is read as what it was, and written again the same', () => {
    expect(decodeFrame(golden('frame-v1'))).toEqual(FRAME_V1)
    expect(encodeFrame(decodeFrame(golden('frame-v1')))).toEqual(golden('frame-v1'))
  })

  it('CODEC-14: snapshot-v1 is read as what it was, and written again the same', () => {
    const { inventory, plan } = saleOfSnapshotV1()
    const back = decodeSnapshot(golden('snapshot-v1'), plan)
    expect({ ...back, plan: null, deadlines: null }).toEqual({ ...inventory, plan: null, deadlines: null })
    expect(encodeSnapshot(back)).toEqual(golden('snapshot-v1'))
  })
})

describe('the shard of a show', () => {
  it('SHARD-1: comes from FNV-1a as published', () => {
    expect(fnv1a('')).toBe(0x811c9dc5)
    expect(fnv1a('a')).toBe(0xe40c292c)
    expect(fnv1a('foobar')).toBe(0xbf9cf968)
    expect(shardOf('foobar', 64)).toBe(0xbf9cf968 % 64)
    expect(shardOf('a', 1)).toBe(0)
  })

  it('SHARD-2: is one of them, the same every time, and spread evenly', () => {
    const counts = new Array<number>(64).fill(0)
    for (let show = 0; show < 6_400; show++) counts[shardOf(`show-${show}`, 64)]!++
    expect(Math.min(...counts)).toBeGreaterThan(50)
    expect(Math.max(...counts)).toBeLessThan(150)
    expect(shardOf(definitionOf().id, 64)).toBe(shardOf('hamlet', 64))
  })
})

/** `run` may end well or with Damaged. */
function orDamaged(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
}
