// What the golden files hold: one frame with every kind of event, and one show's state with everything a
// state can have. Never change what an example of a released version says: its bytes are on disks.

import { encodeFrame, type Frame } from '../../core/codec/frame-codec.ts'
import { encodeKeySegment } from '../../core/codec/key-codec.ts'
import { encodeSnapshot } from '../../core/codec/snapshot-codec.ts'
import type { ShowEvent } from '../../core/event.ts'
import type { ShowDefinition } from '../../core/show.ts'
import {
  block,
  book,
  cancel,
  change,
  extend,
  hold,
  MINUTE,
  NOON,
  planJson,
  planOf,
  release,
  Sale,
  unblock
} from '../support/small-show.ts'

const AT = 1_800_000_000_123
const LARGE = Number.MAX_SAFE_INTEGER

const definition: ShowDefinition = {
  id: 'tosca-2027',
  title: 'Tosca – Ñandú 名古屋 👩‍🦽',
  startsAt: 1_802_592_000_000,
  currency: 'IDR',
  planHash: '0123456789abcdef'.repeat(4),
  prices: { Parkett: 12_500, 'Loge |,"': 0, Größe: LARGE },
  policy: {
    holdMs: 600_000,
    extensionsMax: 1,
    seatsPerHoldMax: 10,
    seatsPerUserMax: 100_000,
    holdsPerUserMax: 1,
    orphans: 'lenient',
    saleStartsAt: 1_799_000_000_000,
    saleEndsAt: null
  }
}

const by = (user: string, key = '', fingerprint = 0) => ({ at: AT, user, key, fingerprint })

const events: readonly ShowEvent[] = [
  { kind: 'created', ...by('boss', 'make-1', 1), definition },
  { kind: 'held', ...by('ann', 'k1', LARGE), hold: 1, seats: [0, 1, 99_999], prices: [0, 127, 128], expiresAt: AT },
  { kind: 'extended', ...by('ann'), hold: 1, seats: [0, 1, 99_999], prices: [0, 127, 128], expiresAt: AT + 600_000 },
  { kind: 'released', ...by('boss', 'k2', 2 ** 52), hold: 2 ** 31, seats: [5] },
  { kind: 'expired', ...by('bob'), hold: 2 ** 32, seats: [16_383, 16_384] },
  {
    kind: 'booked',
    ...by('boss', 'k3', 3),
    booking: 1,
    owner: 'ann',
    hold: 1,
    seats: [0, 99_999],
    prices: [LARGE, 1_000_000_000_000],
    freed: [1],
    payment: 'pi_3ÄÖ'
  },
  {
    kind: 'cancelled',
    ...by('ann', 'ключ', 4),
    booking: 1,
    owner: 'ann',
    bookedAt: AT - 1,
    seats: [0],
    left: [99_999],
    leftPrices: [1_000_000_000_000]
  },
  { kind: 'blocked', ...by('boss'), seats: [] },
  { kind: 'unblocked', ...by('boss', 'k5', 5), seats: Array.from({ length: 200 }, (_, seat) => seat * 3) },
  {
    kind: 'changed',
    ...by('boss'),
    definition: { ...definition, policy: { ...definition.policy, orphans: 'strict', saleEndsAt: 0 } }
  }
]

/** Two shows whose events alternate. */
export const FRAME_V1: Frame = {
  stampedAt: AT,
  entries: events.map((event, at) => ({ show: at % 3 === 2 ? 'a-second_show' : 'tosca-2027', event }))
}

const PLAN_V1 = planJson([
  { row: 'A', count: 6, zone: 'Stalls', category: 'Front' },
  { row: 'B', count: 6, zone: 'Stalls', category: 'Middle' },
  { row: 'C', count: 4, zone: 'Balcony', category: 'Cheap' }
])

/** Holds and bookings in every state, blocked seats, keys of two users, a changed show. */
export function saleOfSnapshotV1(): Sale {
  const sale = new Sale({ holdsPerUserMax: 5, extensionsMax: 3, saleStartsAt: NOON }, planOf(PLAN_V1), {
    title: 'Hamlet – Ñandú 名古屋 👩‍🦽'
  })
  sale.done('held', hold('ann', 'A1 A2 A3', { key: 'k1' }))
  sale.done('held', hold('bob', 'B1 B2', { key: 'k1' }), NOON + 1)
  sale.done('held', hold('ann', 'C1'), NOON + 2)
  sale.done('blocked', block('A6 B6', { key: 'k2' }), NOON + 3)
  sale.done('unblocked', unblock('B6'), NOON + 4)
  sale.done('booked', { ...book('ann', 1, 'A1 A3', { key: 'k3' }), payment: 'pi_1' }, NOON + 5)
  sale.done('booked', book('boss', 2, null, { admin: true, key: 'k1' }), NOON + 6)
  sale.done('cancelled', cancel('ann', 1, 'A3', { key: 'k4' }), NOON + 7)
  sale.done('cancelled', cancel('bob', 2), NOON + 8)
  sale.done('changed', change({ prices: { Cheap: 1_500 }, policy: { orphans: 'strict' } }, { key: 'k5' }), NOON + 9)
  sale.done('extended', extend('ann', 3, { key: 'k6' }), NOON + MINUTE)
  sale.done('held', hold('cid', 'B3 B4 B5 B6', { key: 'k7' }), NOON + MINUTE)
  sale.done('held', hold('dan', 'C3 C4'), NOON + MINUTE)
  sale.done('released', release('dan', 5, { key: 'k8' }), NOON + MINUTE)
  return sale
}

/** Name → bytes, as this program writes them now. */
export const GOLDEN: Readonly<Record<string, () => Uint8Array>> = {
  'frame-v1': () => encodeFrame(FRAME_V1),
  'snapshot-v1': () => encodeSnapshot(saleOfSnapshotV1().inventory),
  'keys-v1': () => encodeKeySegment(saleOfSnapshotV1().inventory.keys).events,
  'key-hashes-v1': () => encodeKeySegment(saleOfSnapshotV1().inventory.keys).hashes
}
