// Keys that have left memory: that they were used is still known, and what they did is found where they went.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeKeyHashes, encodeKeySegment, findInSegment, type KeySegment } from '../core/codec/key-codec.ts'
import { decodeSnapshot, encodeSnapshot } from '../core/codec/snapshot-codec.ts'
import type { ShowEvent } from '../core/event.ts'
import { IdempotencyMemory, type SealedKey } from '../core/idempotency-memory.ts'
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_MS, KEYS_SEALED_AT, RECALLED_KEYS_MAX } from '../core/limits.ts'
import { keyHash, SealedKeys, type SealedSegment } from '../core/sealed-keys.ts'
import { Tallies } from '../core/tally.ts'
import { book, hold, MINUTE, NOON, release, Sale } from './support/small-show.ts'

const SCATTER = 0x9e3779b1

function sealedOf(seq: number, { newestAt, hashes }: KeySegment): SealedSegment {
  return { seq, newestAt, hashes: decodeKeyHashes(hashes) }
}

/** A memory, and the segments it has sealed as the store would keep them. */
class Remembering {
  keys = new IdempotencyMemory(new Tallies())
  readonly segments = new Map<number, KeySegment>()

  used(user: string, key: string, at: number, fingerprint = 1): ShowEvent {
    const event: ShowEvent = { kind: 'blocked', user, key, at, fingerprint, seats: [] }
    this.keys.remember(event)
    return event
  }

  seal(seq: number): void {
    const segment = encodeKeySegment(this.keys)
    this.segments.set(seq, segment)
    this.keys.seal(this.keys.end, sealedOf(seq, segment), SCATTER)
  }

  /** A new process: the hashes are all it knows. */
  restart(): void {
    const { keys } = this
    this.keys = new IdempotencyMemory(new Tallies())
    this.keys.sealed.add(
      [...this.segments].map(([seq, segment]) => sealedOf(seq, segment)),
      SCATTER
    )
    for (const event of keys.events()) this.keys.remember(event)
  }

  /** What the key did, wherever that stands; null: nothing. */
  lookUp(user: string, key: string, now: number): ShowEvent | null {
    const asked = this.keys.sealedKey(user, key, now)
    const known = this.keys.find(user, key, now)
    if (known !== undefined || asked === null) return known ?? null
    this.keys.reveal(asked, this.read(asked))
    expect(this.keys.sealedKey(user, key, now)).toBeNull()
    return this.keys.find(user, key, now) ?? null
  }

  private read({ user, key, segments }: SealedKey): ShowEvent | null {
    const found = segments.map((seq) => findInSegment(this.segments.get(seq)!.events, user, key))
    return found.findLast((event) => event !== null) ?? null
  }
}

/** Two keys of one user that have the same hash: a birthday finds them soon. */
function twins(): [string, string] {
  const seen = new Map<number, string>()
  for (let i = 0; ; i++) {
    const key = `${i * 2_654_435_761}`
    const hash = keyHash('ann', key)
    const other = seen.get(hash)
    if (other !== undefined) return [other, key]
    seen.set(hash, key)
  }
}

describe('sealed keys', () => {
  it('SEALED-1: give their first answer again, also to a process that knows their hashes alone', () => {
    const memory = new Remembering()
    const first = memory.used('ann', 'one', NOON, 11)
    const second = memory.used('bob', 'one', NOON + 1, 12)
    memory.seal(5)
    const third = memory.used('ann', 'two', NOON + 2, 13)
    expect(memory.keys.unsealed).toBe(1)
    expect(memory.keys.size).toBe(3)
    for (const restarted of [false, true]) {
      if (restarted) memory.restart()
      expect(memory.keys.find('ann', 'one', NOON + 3)).toBeUndefined()
      expect(memory.lookUp('ann', 'one', NOON + 3)).toEqual(first)
      expect(memory.lookUp('bob', 'one', NOON + 3)).toEqual(second)
      expect(memory.lookUp('ann', 'two', NOON + 3)).toEqual(third)
      expect(memory.keys.sealedKey('cid', 'one', NOON + 3)).toBeNull()
    }
  })

  it('SEALED-2: are looked up before anything is decided: the same request, another one, and one that only seems so', () => {
    const sale = new Sale({ holdsPerUserMax: 9 })
    const [key, twin] = twins()
    const first = sale.done('held', hold('ann', 'A1 A2', { key }))
    const segment = encodeKeySegment(sale.inventory.keys)
    sale.inventory.keys.seal(sale.inventory.keys.end, sealedOf(7, segment), SCATTER)
    sale.done('released', release('ann', first.hold))
    const before = encodeSnapshot(sale.inventory)
    for (const command of [hold('ann', 'A1 A2', { key }), hold('ann', 'A3', { key: twin })]) {
      const asked = { user: 'ann', key: command.key, segments: [7], at: NOON + 1 }
      expect(sale.ask(command, NOON + 1)).toEqual({ kind: 'sealed', asked })
      sale.inventory.keys.reveal(asked, findInSegment(segment.events, 'ann', command.key))
    }
    expect(encodeSnapshot(sale.inventory)).toEqual(before)
    expect(sale.again(hold('ann', 'A2 A1', { key }), NOON + 1)).toEqual(first)
    expect(sale.refused(hold('ann', 'A3', { key }), NOON + 1).code).toBe('idempotency_conflict')
    expect(sale.done('held', hold('ann', 'A3', { key: twin }), NOON + 1).seats).toHaveLength(1)
  })

  it('SEALED-3: that were sealed while they were looked up are looked up again', () => {
    const memory = new Remembering()
    const [key, twin] = twins()
    memory.used('ann', key, NOON)
    memory.seal(1)
    const asked = memory.keys.sealedKey('ann', twin, NOON)!
    const event = memory.used('ann', twin, NOON + 1)
    memory.keys.reveal(asked, null)
    expect(memory.keys.find('ann', twin, NOON + 2)).toEqual(event)
    memory.keys.reveal(asked, null)
    memory.seal(2)
    expect(memory.keys.sealedKey('ann', twin, NOON + 2)?.segments).toEqual([1, 2])
    memory.keys.reveal(asked, null)
    expect(memory.lookUp('ann', twin, NOON + 2)).toEqual(event)
  })

  it('SEALED-4: are forgotten after a day, and may be used anew', () => {
    const memory = new Remembering()
    memory.used('ann', 'one', NOON)
    memory.used('ann', 'two', NOON + MINUTE)
    memory.seal(1)
    const late = NOON + IDEMPOTENCY_MS
    expect(memory.lookUp('ann', 'one', late - 1)).not.toBeNull()
    expect(memory.lookUp('ann', 'one', late)).toBeNull()
    expect(memory.lookUp('ann', 'two', late)).not.toBeNull()
    const again = memory.used('ann', 'one', late, 2)
    memory.seal(2)
    expect(memory.lookUp('ann', 'one', late)).toEqual(again)
    expect(memory.keys.size).toBe(3)
    expect(memory.keys.sealedKey('ann', 'two', late + MINUTE)).toBeNull()
    memory.used('bob', 'three', late + MINUTE)
    expect(memory.keys.size).toBe(2)
    expect(memory.lookUp('ann', 'one', late + MINUTE)).toEqual(again)
  })

  it('SEALED-5: count among what is remembered at most, until the oldest of them may be forgotten', () => {
    const { keys } = new Remembering()
    const segment = (seq: number, newestAt: number, hashes: Uint32Array) => [{ seq, newestAt, hashes }]
    keys.sealed.add(segment(1, NOON, new Uint32Array([1, 2])), SCATTER)
    keys.sealed.add(
      segment(
        2,
        NOON + 1,
        new Uint32Array(IDEMPOTENCY_KEYS_MAX - 2).map((_, at) => at + 1)
      ),
      SCATTER
    )
    expect(keys.size).toBe(IDEMPOTENCY_KEYS_MAX)
    expect(keys.full(NOON + IDEMPOTENCY_MS - 1)).toBe(true)
    expect(keys.full(NOON + IDEMPOTENCY_MS)).toBe(false)
  })

  it('SEALED-6: of which many come again at once are each answered, though no more than so many answers are kept', () => {
    const memory = new Remembering()
    const count = RECALLED_KEYS_MAX + 100
    for (let i = 0; i < count; i++) memory.used('ann', `k${i}`, NOON + i)
    memory.seal(1)
    const asked = Array.from({ length: count }, (_, i) => memory.keys.sealedKey('ann', `k${i}`, NOON + count)!)
    for (const each of asked) memory.keys.reveal(each, { ...memory.used('bob', each.key, NOON + count) })
    expect(memory.keys.find('ann', `k${count - 1}`, NOON + count)).toBeDefined()
    expect(memory.keys.sealedKey('ann', 'k0', NOON + count)).not.toBeNull()
  })

  it('SEALED-7: whoever does what with which key, and whenever they are sealed, forgotten or read from the store', () => {
    const step = fc.record({
      user: fc.constantFrom('ann', 'bob', 'cid'),
      key: fc.integer({ min: 0, max: 12 }).map(String),
      waitMs: fc.constantFrom(0, 1, MINUTE, IDEMPOTENCY_MS / 3),
      after: fc.constantFrom('nothing', 'nothing', 'seal', 'restart')
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new Remembering()
        const plain = new Map<string, ShowEvent>()
        let now = NOON
        for (const [seq, { user, key, waitMs, after }] of steps.entries()) {
          now += waitMs
          const known = plain.get(`${user} ${key}`)
          const expected = known === undefined || now - known.at >= IDEMPOTENCY_MS ? null : known
          expect(memory.lookUp(user, key, now)).toEqual(expected)
          if (expected === null) plain.set(`${user} ${key}`, memory.used(user, key, now, seq))
          if (after === 'seal' && memory.keys.unsealed > 0) memory.seal(seq + 1)
          if (after === 'restart') memory.restart()
        }
      }),
      { numRuns: 2_000 }
    )
  })

  it('SEALED-8: leave the snapshot, and all else in it is as before', () => {
    const sale = new Sale({ holdsPerUserMax: 2_000, seatsPerUserMax: 2_000 })
    for (let i = 0; i < KEYS_SEALED_AT; i++) {
      const { hold: number } = sale.done('held', hold('ann', 'A1', { key: `hold ${i}` }), NOON + i)
      sale.done('released', release('ann', number), NOON + i)
    }
    sale.done('held', hold('bob', 'A2 A3'), NOON + KEYS_SEALED_AT)
    sale.done('booked', book('bob', KEYS_SEALED_AT + 1, 'A2'), NOON + KEYS_SEALED_AT)
    const all = encodeSnapshot(sale.inventory)
    const without = encodeSnapshot(sale.inventory, false)
    expect(all.length - without.length).toBeGreaterThan(KEYS_SEALED_AT * 10)
    const { keys } = sale.inventory
    keys.seal(keys.end, sealedOf(1, encodeKeySegment(keys)), SCATTER)
    expect(encodeSnapshot(sale.inventory)).toEqual(without)
    expect(encodeSnapshot(decodeSnapshot(without, sale.plan))).toEqual(without)
    expect(sale.inventory.tallies.get('ann')).toBeUndefined()
  })
})

function ascending(hashes: readonly number[]): Uint32Array {
  return Uint32Array.from(new Set(hashes)).sort()
}

describe('the table of sealed keys', () => {
  it('SEALED-9: finds every hash in every segment it was added with, through growth and forgetting', () => {
    const segment = fc.record({
      hashes: fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0xffffffff })), {
        minLength: 1,
        maxLength: 1_500
      }),
      laterMs: fc.constantFrom(0, IDEMPOTENCY_MS / 8, IDEMPOTENCY_MS / 2)
    })
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), fc.nat(), (segments, scatter) => {
        const table = new SealedKeys()
        const kept: { seq: number; newestAt: number; hashes: number[] }[] = []
        let now = NOON
        for (const [seq, { hashes, laterMs }] of segments.entries()) {
          now += laterMs
          const added = { seq, newestAt: now, hashes: ascending(hashes) }
          table.add([added], scatter)
          table.add([added], scatter)
          kept.push({ seq, newestAt: now, hashes })
          table.forget(now)
          const young = kept.filter(({ newestAt }) => now - newestAt < IDEMPOTENCY_MS)
          expect(table.size).toBe(young.reduce((sum, each) => sum + new Set(each.hashes).size, 0))
          for (const hash of new Set(segments.flatMap((other) => other.hashes.slice(0, 20)))) {
            const expected = young.filter((each) => each.hashes.includes(hash)).map((each) => each.seq)
            expect([...table.find(hash, now)].sort((a, b) => a - b)).toEqual(expected)
          }
        }
      }),
      { numRuns: 200 }
    )
  })
})
