// Anything that nodes say to each other, for round trips: commands, what became of them, packets, hellos and feeds.
import fc from 'fast-check'
import type { Ended } from '../../actors/cluster/feed-message.ts'
import type { LookNeeds, PacketReceiver, PacketWriter } from '../../actors/cluster/packet.ts'
import type { Hello } from '../../actors/cluster/routes.ts'
import type { Diff } from '../../actors/outcome.ts'
import type { BestRequest, Command, ShowChange } from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import { REFUSAL_CODES, type Refusal, type RefusalCode } from '../../core/refusal.ts'
import { anyDefinition, anyEvent, anyText, anyTime } from './arbitrary-events.ts'
import { PRICES, planOf, SMALL_PLAN } from './small-show.ts'

const number = fc.oneof(fc.nat(300), fc.maxSafeNat())
const texts = fc.array(anyText, { maxLength: 12 })
const seats = fc.oneof(texts, fc.array(number, { minLength: 1, maxLength: 12 }))
const needs = fc.constantFrom<LookNeeds>('position', 'whole', 'pushed')
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

/** Without the members that it does not have. */
function present<T>(value: object): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}

const best: fc.Arbitrary<BestRequest> = fc
  .record({
    count: number,
    category: optional(anyText),
    zone: optional(anyText),
    accessible: fc.constantFrom(true, undefined)
  })
  .map((request) => present<BestRequest>(request))

const asked = { show: anyText, user: anyText, admin: fc.boolean(), key: anyText }
const change = fc
  .record({ title: optional(anyText), startsAt: optional(anyTime), prices: optional(fc.constant(PRICES)) })
  .map((members) => present<ShowChange>(members))

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ op: fc.constant('hold' as const), ...asked, seats, best: fc.constant(null) }),
  fc.record({ op: fc.constant('hold' as const), ...asked, seats: fc.constant(null), best }),
  fc.record({ op: fc.constantFrom('extend' as const, 'release' as const), ...asked, hold: anyText }),
  fc.record({ op: fc.constant('book' as const), ...asked, hold: anyText, seats: fc.option(seats), payment: anyText }),
  fc.record({ op: fc.constant('cancel' as const), ...asked, booking: anyText, seats: fc.option(seats) }),
  fc.record({ op: fc.constantFrom('block' as const, 'unblock' as const), ...asked, seats: texts }),
  fc.record({ op: fc.constant('create' as const), ...asked, definition: anyDefinition }),
  fc.record({ op: fc.constant('change' as const), ...asked, change })
)

const anyRefusal: fc.Arbitrary<Refusal> = fc
  .record({
    kind: fc.constant('refused' as const),
    code: fc.constantFrom(...(Object.keys(REFUSAL_CODES) as RefusalCode[])),
    detail: anyText,
    seats: optional(fc.array(number, { maxLength: 20 })),
    seatIds: optional(texts),
    retryAfterMs: optional(number),
    expiresAt: optional(anyTime)
  })
  .map((refusal) => present<Refusal>(refusal))

export const anyOutcome: fc.Arbitrary<ShowEvent | Refusal> = fc.oneof(anyTime.chain(anyEvent), anyRefusal)

export const anyHello: fc.Arbitrary<Hello> = fc.record({
  node: anyText,
  address: anyText,
  asks: fc.boolean(),
  behind: fc.boolean(),
  owned: fc.array(fc.tuple(number, number), { maxLength: 70 })
})

/** Of seats as there can be. */
export const anyDiff: fc.Arbitrary<Diff> = fc
  .record({ epoch: number, seq: number, changes: fc.array(fc.tuple(fc.nat(99_999), fc.nat(3)), { maxLength: 40 }) })
  .map(({ changes, ...at }) => ({ ...at, changes: Uint32Array.from(changes.flat()) }))

export const anyEnded: fc.Arbitrary<Ended> = fc.record({ from: anyText, show: anyText, user: anyText, hold: number })

/** An entry of a packet: how it is written, and what its receiver is to be told. */
export interface Entry {
  readonly write: (packet: PacketWriter) => void
  readonly told: unknown
}

const plan = planOf(SMALL_PLAN)
const position = fc.record({ epoch: number, seq: number })
const statuses = fc.uint8Array({ max: 3, maxLength: 60 })
const anyView = fc
  .record({ definition: anyDefinition, position, statuses })
  .map(({ position: at, ...view }) => ({ ...view, ...at, plan }))

const looked: fc.Arbitrary<Entry> = fc
  .record({
    id: number,
    shard: number,
    seq: number,
    isWhole: fc.boolean(),
    view: fc.oneof(anyView, anyRefusal, fc.constant(null))
  })
  .map(({ id, shard, seq, isWhole, view }) => {
    const at = { shard, seq }
    const write = (packet: PacketWriter) => packet.looked(id, at, view, isWhole)
    if (view === null || 'kind' in view) return { write, told: ['looked', { id, ...at, face: view }] }
    const { plan: _plan, definition, statuses: seats, ...stands } = view
    const face = isWhole ? { kind: 'whole', ...stands, definition, statuses: seats } : { kind: 'position', ...stands }
    return { write, told: ['looked', { id, ...at, face }] }
  })

/** Any entry of a packet that `from` writes. */
export function anyEntry(from: string): fc.Arbitrary<Entry> {
  return fc.oneof(
    fc.record({ id: number, epoch: number, command: anyCommand }).map((ask) => ({
      write: (packet: PacketWriter) => packet.ask(ask),
      told: ['ask', from, ask]
    })),
    fc.record({ id: number, epoch: number, shard: number, seq: number, outcome: anyOutcome }).map((answer) => ({
      write: (packet: PacketWriter) => packet.answer(answer),
      told: ['answer', answer]
    })),
    fc.tuple(number, number).map(([id, epoch]) => ({
      write: (packet: PacketWriter) => packet.elsewhere(id, epoch),
      told: ['elsewhere', id, epoch]
    })),
    fc.record({ id: number, show: anyText, isFollowing: fc.boolean(), needs }).map((look) => ({
      write: (packet: PacketWriter) => packet.look(look),
      told: ['look', from, look]
    })),
    looked,
    number.map((shard) => ({ write: (packet: PacketWriter) => packet.yours(shard), told: ['yours', shard] })),
    number.map((shard) => ({ write: (packet: PacketWriter) => packet.prepared(shard), told: ['prepared', shard] })),
    fc.record({ shard: number, seq: number, snapshotSeq: number }).map((position) => ({
      write: (packet: PacketWriter) => packet.coming(position),
      told: ['coming', from, position]
    }))
  )
}

/** A receiver that writes down what it is told. */
export function noting(told: unknown[]): PacketReceiver {
  const note =
    (kind: string) =>
    (...what: unknown[]) => {
      told.push([kind, ...what])
    }
  return {
    ask: note('ask'),
    answer: note('answer'),
    elsewhere: note('elsewhere'),
    look: note('look'),
    looked: note('looked'),
    coming: note('coming'),
    prepared: note('prepared'),
    yours: note('yours')
  }
}
