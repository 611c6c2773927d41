// What stands on disk: frames, snapshots, and the events in both, damaged in front of and behind the checksum.
// Damaged bytes are Damaged; all others are what they say, and say it again when they are written again.
import { isDeepStrictEqual } from 'node:util'
import type { Random } from '../../../bench/random.ts'
import { ByteReader, ByteWriter, Damaged } from '../../../core/codec/bytes.ts'
import { checksum } from '../../../core/codec/checksum.ts'
import { readEvent, writeEvent } from '../../../core/codec/event-codec.ts'
import { decodeFrame, encodeFrame, type Frame } from '../../../core/codec/frame-codec.ts'
import { decodeKeyHashes, encodeKeySegment, findInSegment } from '../../../core/codec/key-codec.ts'
import { decodeSnapshot, encodeSnapshot, snapshotDefinition } from '../../../core/codec/snapshot-codec.ts'
import type { ShowEvent } from '../../../core/event.ts'
import type { Inventory } from '../../../core/inventory.ts'
import { SealedKeys } from '../../../core/sealed-keys.ts'
import { FRAME_V1, saleOfSnapshotV1 } from '../../golden/examples.ts'
import { book, hold, NOON, Sale } from '../../support/small-show.ts'
import { ACCEPTED, insist, type Target } from '../fuzz-target.ts'
import { join, mutateBytes } from '../mutate-bytes.ts'

const CHECKSUM_BYTES = 4

/** What `read` gives, or null where it says Damaged; all else it throws is thrown. */
export function orDamaged<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Damaged) return null
    throw error
  }
}

/** Lists made in advance, while `read` runs, have no more places than there are bytes: no claim is believed. */
export function allocatingWithin<T>(bytes: number, read: () => T): T {
  const real = globalThis.Array
  let largest = 0
  globalThis.Array = new Proxy(real, {
    construct(target, [length, ...rest], newTarget) {
      if (rest.length === 0 && typeof length === 'number') largest = Math.max(largest, length)
      return Reflect.construct(target, length === undefined ? [] : [length, ...rest], newTarget)
    }
  })
  try {
    return read()
  } finally {
    globalThis.Array = real
    insist(largest <= bytes, `room for ${largest} items out of ${bytes} bytes`)
  }
}

/** Spoils the bytes behind the right checksum, so that decoders see them; one time in sixteen that too. */
function mutateSealed(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  if (random.below(16) === 0) return mutateBytes(random, input, other)
  const body = mutateBytes(random, input.subarray(0, -CHECKSUM_BYTES), other.subarray(0, -CHECKSUM_BYTES))
  // The version is right, or nothing behind it is read.
  if (body.length > 0 && random.below(16) > 0) body[0] = 1
  return sealed(body)
}

/** A smaller input keeps a right checksum. */
function reseal(input: Uint8Array): Uint8Array {
  return sealed(input.subarray(0, -CHECKSUM_BYTES))
}

function sealed(body: Uint8Array): Uint8Array {
  const seal = new Uint8Array(CHECKSUM_BYTES)
  new DataView(seal.buffer).setUint32(0, checksum(body, body.length), true)
  return join(body, seal)
}

/** Every list of a decoded value took its bytes: no claim was believed. */
export function insistSize(value: unknown, bytes: number): void {
  if (Array.isArray(value)) insist(value.length <= bytes, `a list of ${value.length} out of ${bytes} bytes`)
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) insistSize(part, bytes)
}

const frames: Target = {
  name: 'frame',
  async corpus() {
    const entriesOf = (sale: Sale) => sale.events.map((event) => ({ show: 'hamlet', event }))
    const each: Frame[] = FRAME_V1.entries.map((entry) => ({ stampedAt: FRAME_V1.stampedAt, entries: [entry] }))
    const sold = { stampedAt: NOON, entries: entriesOf(smallSale()).map((entry) => ({ ...entry, ...at(entry.event) })) }
    return [FRAME_V1, sold, { stampedAt: 0, entries: [] }, ...each].map(encodeFrame)
  },
  mutate: mutateSealed,
  repair: reseal,
  judge(input) {
    const frame = allocatingWithin(input.length, () => orDamaged(() => decodeFrame(input)))
    if (frame === null) return 'Damaged'
    insistSize(frame, input.length)
    const written = encodeFrame(frame)
    insist(isDeepStrictEqual(decodeFrame(written), frame), 'a frame that was written again says something else')
    insist(written.length <= input.length, 'a frame that was written again is longer')
    return ACCEPTED
  }
}

/** A frame has one time. */
function at(event: ShowEvent): { event: ShowEvent } {
  return { event: { ...event, at: NOON } }
}

const events: Target = {
  name: 'event',
  async corpus() {
    return FRAME_V1.entries.map(({ event }) => {
      const writer = new ByteWriter()
      writeEvent(writer, event)
      return writer.copy()
    })
  },
  mutate: mutateBytes,
  judge(input) {
    const reader = new ByteReader(input)
    const event = allocatingWithin(input.length, () => orDamaged(() => readEvent(reader, FRAME_V1.stampedAt)))
    insist(reader.at <= input.length, 'read beyond the end')
    if (event === null) return 'Damaged'
    insistSize(event, input.length)
    const writer = new ByteWriter()
    writeEvent(writer, event)
    const again = readEvent(new ByteReader(writer.copy()), FRAME_V1.stampedAt)
    insist(isDeepStrictEqual(again, event), 'an event that was written again is another one')
    return ACCEPTED
  }
}

const golden = saleOfSnapshotV1()

const snapshots: Target = {
  name: 'snapshot',
  async corpus() {
    const fresh = new Sale({}, golden.plan, { prices: golden.inventory.definition.prices })
    return [golden.inventory, fresh.inventory].map((inventory) => encodeSnapshot(inventory))
  },
  mutate: mutateSealed,
  repair: reseal,
  judge(input) {
    const definition = orDamaged(() => snapshotDefinition(input))
    const state = allocatingWithin(input.length, () => orDamaged(() => decodeSnapshot(input, golden.plan)))
    if (state === null) return 'Damaged'
    insist(isDeepStrictEqual(state.definition, definition), 'the definition is another one when it is read alone')
    insistSize(definition, input.length)
    insistSound(state)
    const written = encodeSnapshot(state)
    const again = decodeSnapshot(written, golden.plan)
    insist(isDeepStrictEqual(comparable(again), comparable(state)), 'a state that was written again is another one')
    insist(Buffer.from(encodeSnapshot(again)).equals(written), 'the same state is written in two ways')
    insist(written.length <= input.length, 'a state that was written again is longer')
    return ACCEPTED
  }
}

/** Statuses, counts and tallies are those of the holds and bookings. */
function insistSound({ plan, status, counts, holds, bookings }: Inventory): void {
  const counted = [0, 0, 0, 0]
  for (const one of status) counted[one]!++
  insist(isDeepStrictEqual(counted, [...counts]), 'counts are not those of the statuses')
  insist(status.length === plan.seatCount, 'a status more or less than seats')
  const listed = (kept: Iterable<{ seats: readonly number[] }>) =>
    [...kept].reduce((n, { seats }) => n + seats.length, 0)
  insist(counted[1] === listed(holds.values()), 'a held seat is in no hold')
  insist(counted[2] === listed(bookings.values()), 'a booked seat is in no booking')
}

function comparable({ plan: _plan, deadlines: _deadlines, keys, ...rest }: Inventory): unknown {
  return { ...rest, keys: [...keys.events()] }
}

function smallSale(): Sale {
  const sale = new Sale()
  sale.ask(hold('ann', 'A1 A2', { key: 'k1' }))
  sale.ask(hold('bob', 'B1 B2 B3'))
  sale.ask(book('ann', 1, 'A1', { key: 'k2' }))
  return sale
}

/** A segment of sealed keys: every key of it is found as what was written of it. */
const segments: Target = {
  name: 'keys',
  async corpus() {
    return [golden.inventory, smallSale().inventory].map(({ keys }) => encodeKeySegment(keys).events)
  },
  mutate: mutateSealed,
  repair: reseal,
  judge(input) {
    const some = golden.events.find(({ key }) => key !== '')!
    const find = () => ({ event: findInSegment(input, some.user, some.key) })
    const found = allocatingWithin(input.length, () => orDamaged(find))
    if (found === null) return 'Damaged'
    insistSize(found.event, input.length)
    if (found.event !== null) {
      const { user, key } = found.event
      insist(user === some.user && key === some.key, 'another key was found')
    }
    return ACCEPTED
  }
}

const hashes: Target = {
  name: 'key-hashes',
  async corpus() {
    return [golden.inventory, smallSale().inventory].map(({ keys }) => encodeKeySegment(keys).hashes)
  },
  mutate: mutateSealed,
  repair: reseal,
  judge(input) {
    const read = orDamaged(() => decodeKeyHashes(input))
    if (read === null) return 'Damaged'
    insist(read.length * 4 + 1 + CHECKSUM_BYTES === input.length, 'more or fewer hashes than there are bytes for')
    const known = new SealedKeys()
    known.add([{ seq: 1, newestAt: NOON, hashes: read }], 7)
    for (const hash of read) insist(known.find(hash, NOON).includes(1), 'a hash is not found')
    return ACCEPTED
  }
}

export const codecTargets: readonly Target[] = [frames, events, snapshots, segments, hashes]
