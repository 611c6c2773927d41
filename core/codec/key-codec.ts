// What a show's keys did, as bytes: in its snapshot, and of those that are sealed in segments. A segment of version 1:
//   u8 version · u32 count · (u32 hash · u32 offset behind them) …, ascending · (varint at · event) … · u32 xxHash32
// so that one key is found without reading the others. Beside it the hashes stand, each once, for recovery reads them alone:
//   u8 version · u32 hash … · u32 xxHash32
import type { ShowEvent } from '../event.ts'
import type { IdempotencyMemory } from '../idempotency-memory.ts'
import { keyHash } from '../sealed-keys.ts'
import { ByteReader, ByteWriter, Damaged } from './bytes.ts'
import { checksum } from './checksum.ts'
import { readEvent, writeEvent } from './event-codec.ts'
import { verifiedEnd } from './frame-codec.ts'

const VERSION = 1
const HASH_BYTES = 4
const HEADER_BYTES = 5
const ENTRY_BYTES = 8

const writer = new ByteWriter(64 * 1024)
const eventWriter = new ByteWriter(64 * 1024)

/** Keys that leave memory together. */
export interface KeySegment {
  /** When the youngest of them was used, epoch milliseconds. */
  readonly newestAt: number
  readonly hashes: Uint8Array
  readonly events: Uint8Array
}

/** All of `keys` that are not sealed, of which there is one at least. */
export function encodeKeySegment(keys: IdempotencyMemory): KeySegment {
  const { entries, newestAt } = entriesOf(keys)
  const hashes = sealed(() => {
    let before = -1
    for (const { hash } of entries) {
      if (hash !== before) writer.u32(hash)
      before = hash
    }
  })
  const events = sealed(() => {
    writer.u32(entries.length)
    for (const { hash, offset } of entries) {
      writer.u32(hash)
      writer.u32(offset)
    }
    writer.raw(eventWriter.bytes.subarray(0, eventWriter.length))
  })
  return { newestAt, hashes, events }
}

interface Entry {
  readonly hash: number
  /** Where its event begins in `eventWriter`, which holds them in their order. */
  readonly offset: number
}

/** By hash; of one hash in the order they happened. */
function entriesOf(keys: IdempotencyMemory): { entries: readonly Entry[]; newestAt: number } {
  const entries: Entry[] = []
  let newestAt = 0
  eventWriter.reset()
  for (const event of keys.events()) {
    entries.push({ hash: keyHash(event.user, event.key), offset: eventWriter.length })
    eventWriter.varint(event.at)
    writeEvent(eventWriter, event)
    newestAt = Math.max(newestAt, event.at)
  }
  entries.sort((a, b) => a.hash - b.hash || a.offset - b.offset)
  return { entries, newestAt }
}

/** The hashes of a segment's keys. Throws `Damaged`. */
export function decodeKeyHashes(bytes: Uint8Array): Uint32Array {
  const end = verifiedEnd(bytes, VERSION, 1)
  if ((end - 1) % HASH_BYTES !== 0) throw new Damaged(`${end - 1} bytes of hashes`)
  const hashes = new Uint32Array((end - 1) / HASH_BYTES)
  let before = 0
  for (let i = 0, at = 1; i < hashes.length; i++, at += HASH_BYTES) {
    const hash = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    if (hash <= before) throw new Damaged(`hash ${i} is not above the one before`)
    hashes[i] = hash
    before = hash
  }
  return hashes
}

/** What `user` did last with `key` in a segment; null: nothing. Throws `Damaged`. */
export function findInSegment(bytes: Uint8Array, user: string, key: string): ShowEvent | null {
  const end = verifiedEnd(bytes, VERSION, HEADER_BYTES)
  const reader = new ByteReader(bytes, 1, end)
  const count = reader.u32()
  const start = HEADER_BYTES + count * ENTRY_BYTES
  if (start > end) throw new Damaged(`claims ${count} keys`)
  const hash = keyHash(user, key)
  let found: ShowEvent | null = null
  for (let entry = firstNotBelow(reader, count, hash); entry < count; entry++) {
    reader.at = HEADER_BYTES + entry * ENTRY_BYTES
    if (reader.u32() !== hash) break
    reader.at = start + reader.u32()
    const event = readEvent(reader, reader.varint())
    if (event.key === key && event.user === user) found = event
  }
  return found
}

/** The first of `count` entries whose hash is not below `hash`. */
function firstNotBelow(reader: ByteReader, count: number, hash: number): number {
  let from = 0
  let to = count
  while (from < to) {
    const middle = (from + to) >>> 1
    reader.at = HEADER_BYTES + middle * ENTRY_BYTES
    if (reader.u32() < hash) from = middle + 1
    else to = middle
  }
  return from
}

export function writeKeys(to: ByteWriter, keys: IdempotencyMemory): void {
  to.varint(keys.unsealed)
  for (const event of keys.events()) {
    to.varint(event.at)
    writeEvent(to, event)
  }
}

export function* readKeys(reader: ByteReader): Generator<ShowEvent> {
  for (let left = reader.count(); left > 0; left--) yield readEvent(reader, reader.varint())
}

function sealed(write: () => void): Uint8Array {
  writer.reset()
  writer.u8(VERSION)
  write()
  writer.u32(checksum(writer.bytes, writer.length))
  return writer.copy()
}
