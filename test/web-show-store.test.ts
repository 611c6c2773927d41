// The page's copy of a show's statuses, held against a feed that loses, repeats and shuffles.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShowStore, unpackStatuses } from '../gateway/client/show-store.ts'

const SEATS = 9

function storeOf(statuses: readonly number[], epoch = 1, seq = 0): ShowStore {
  return new ShowStore({ epoch, seq, statuses: Uint8Array.from(statuses) })
}

function pack(statuses: readonly number[]): string {
  const bytes = Buffer.alloc(Math.ceil(statuses.length / 4))
  for (const [seat, status] of statuses.entries()) bytes[seat >> 2]! |= status << ((seat & 3) * 2)
  return bytes.toString('base64')
}

function countOf(statuses: Iterable<number>): number[] {
  const counts = [0, 0, 0, 0]
  for (const status of statuses) counts[status]!++
  return counts
}

describe('a snapshot', () => {
  it('PAGE-1: has two bits a seat, the first seat in the lowest bits of the first byte', () => {
    const statuses = new Uint8Array(5)
    unpackStatuses(Buffer.from([0b11_10_01_00, 0b01]).toString('base64'), statuses)
    expect([...statuses]).toEqual([0, 1, 2, 3, 1])
  })

  it('PAGE-1: replaces every status, and the counts follow', () => {
    const store = storeOf([0, 0, 0, 0, 0])
    const told: unknown[] = []
    store.onChange((seats) => told.push(seats))
    expect(store.applySnapshot({ epoch: 1, seq: 7, statuses: pack([3, 2, 1, 0, 1]) })).toBe('applied')
    expect([...store.statuses]).toEqual([3, 2, 1, 0, 1])
    expect([...store.counts]).toEqual([1, 2, 1, 1])
    expect(store.position).toEqual({ epoch: 1, seq: 7 })
    expect(told).toEqual([null])
  })
})

describe('a diff', () => {
  it('PAGE-2: is applied when it is the next one, and says which seats changed', () => {
    const store = storeOf([0, 0, 0], 4, 10)
    const told: unknown[] = []
    store.onChange((seats) => told.push(seats))
    expect(
      store.applyDiff({
        epoch: 4,
        seq: 11,
        changes: [
          [2, 1],
          [0, 0]
        ]
      })
    ).toBe('applied')
    expect([...store.statuses]).toEqual([0, 0, 1])
    expect([...store.counts]).toEqual([2, 1, 0, 0])
    expect(store.position).toEqual({ epoch: 4, seq: 11 })
    expect(told).toEqual([[2]])
  })

  it('PAGE-2: that names a seat the page does not know changes the others', () => {
    const store = storeOf([0, 0])
    const changes = [
      [99, 2],
      [1, 2]
    ] as const
    expect(store.applyDiff({ epoch: 1, seq: 1, changes })).toBe('applied')
    expect([...store.statuses]).toEqual([0, 2])
    expect([...store.counts]).toEqual([1, 0, 1, 0])
  })

  it.each([
    ['leaves some out', { epoch: 1, seq: 3 }],
    ['is of a newer epoch, even with the next number', { epoch: 2, seq: 2 }]
  ])('PAGE-3: that %s is a gap and changes nothing', (_, position) => {
    const store = storeOf([0, 1], 1, 1)
    expect(store.applyDiff({ ...position, changes: [[0, 2]] })).toBe('gap')
    expect([...store.statuses]).toEqual([0, 1])
    expect(store.position).toEqual({ epoch: 1, seq: 1 })
  })
})

describe('what is older', () => {
  const older = [
    { epoch: 2, seq: 4 },
    { epoch: 2, seq: 5 },
    { epoch: 1, seq: 99 }
  ]

  it.each(older)('PAGE-4: diffs of %o change nothing', (position) => {
    const store = storeOf([0], 2, 4)
    store.applyDiff({ epoch: 2, seq: 5, changes: [] })
    expect(store.applyDiff({ ...position, changes: [[0, 2]] })).toBe('old')
    expect([...store.statuses]).toEqual([0])
    expect(store.position).toEqual({ epoch: 2, seq: 5 })
  })

  it('PAGE-4: a snapshot on the same socket changes nothing', () => {
    const store = storeOf([0], 2, 4)
    store.applyDiff({ epoch: 2, seq: 5, changes: [[0, 1]] })
    expect(store.applySnapshot({ epoch: 2, seq: 4, statuses: pack([2]) })).toBe('old')
    expect([...store.statuses]).toEqual([1])
  })

  it('PAGE-4: on a new socket the server is believed, and asked when its diffs are older', () => {
    const store = storeOf([0], 2, 4)
    store.applyDiff({ epoch: 2, seq: 5, changes: [[0, 1]] })
    store.reconnected()
    expect(store.applyDiff({ epoch: 1, seq: 3, changes: [[0, 2]] })).toBe('gap')
    expect(store.applySnapshot({ epoch: 1, seq: 3, statuses: pack([2]) })).toBe('applied')
    expect([...store.statuses]).toEqual([2])
    expect(store.position).toEqual({ epoch: 1, seq: 3 })
  })
})

/** A show as the server has it: every state it ever had, and the diffs of its epoch. */
class PlainFeed {
  epoch = 1
  seq = 0
  statuses: number[] = Array.from({ length: SEATS }, () => 0)
  readonly states = new Map([[`1.0`, this.statuses.slice()]])
  #ring: { epoch: number; seq: number; changes: [number, number][] }[] = []

  change(changes: [number, number][]) {
    this.seq++
    for (const [seat, status] of changes) this.statuses[seat] = status
    this.states.set(`${this.epoch}.${this.seq}`, this.statuses.slice())
    const diff = { epoch: this.epoch, seq: this.seq, changes }
    this.#ring.push(diff)
    return diff
  }

  /** Another owner: a new epoch, whose numbers may begin anywhere, and no diffs from before. */
  restart(seq: number) {
    this.epoch++
    this.seq = seq
    this.#ring = []
    this.states.set(`${this.epoch}.${this.seq}`, this.statuses.slice())
  }

  snapshot() {
    return { epoch: this.epoch, seq: this.seq, statuses: pack(this.statuses) }
  }

  since({ epoch, seq }: { epoch: number; seq: number }) {
    const missing = this.#ring.filter((diff) => diff.seq > seq)
    return epoch === this.epoch && missing.length === this.seq - seq ? missing : null
  }
}

const change = fc.record({
  do: fc.constant('change' as const),
  changes: fc.array(fc.tuple(fc.nat(SEATS - 1), fc.nat(3)), { maxLength: 3 })
})
const step = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('deliver', 'repeat', 'lose'), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), seq: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) }
)

it('PAGE-5: whatever a feed loses, repeats and shuffles, the page shows a state the server had, and ends with its last', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const feed = new PlainFeed()
      const store = storeOf(feed.statuses)
      const way: (() => string)[] = []
      const isTrue = () => {
        const { epoch, seq } = store.position
        expect([...store.statuses]).toEqual(feed.states.get(`${epoch}.${seq}`))
        expect([...store.counts]).toEqual(countOf(store.statuses))
      }
      for (const action of steps) {
        if (action.do === 'change') {
          const diff = feed.change(action.changes)
          way.push(() => store.applyDiff(diff))
        } else if (action.do === 'snapshot') {
          const snapshot = feed.snapshot()
          way.push(() => store.applySnapshot(snapshot))
        } else if (action.do === 'restart') {
          feed.restart(action.seq)
          store.reconnected()
        } else if (way.length > 0) {
          const at = action.at % way.length
          if (action.do !== 'lose') way[at]!()
          if (action.do !== 'repeat') way.splice(at, 1)
        }
        isTrue()
      }
      // Subscribing again from where the page is brings it up to date.
      const missing = feed.since(store.position)
      if (missing === null) store.reconnected()
      if (missing === null) expect(store.applySnapshot(feed.snapshot())).toBe('applied')
      else for (const diff of missing) expect(store.applyDiff(diff)).toBe('applied')
      expect([...store.statuses]).toEqual(feed.statuses)
      isTrue()
    })
  )
})
