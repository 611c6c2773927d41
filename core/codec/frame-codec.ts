// A frame: what one commit appends for one shard. Layout of version 1:
//   u8 version · f64 stampedAt · entries … · u32 xxHash32 of all before it
// An entry is a show reference, then an event. Show ids stand once: a reference equal to the number of
// shows seen so far introduces the next one, whose id follows.

import type { ShowEvent } from '../event.ts'
import { ByteReader, ByteWriter, Damaged } from './bytes.ts'
import { checksum } from './checksum.ts'
import { readEvent, writeEvent } from './event-codec.ts'

const VERSION = 1
const HEADER_BYTES = 9
const CHECKSUM_BYTES = 4

export interface FrameEntry {
  readonly show: string
  readonly event: ShowEvent
}

export interface Frame {
  readonly stampedAt: number
  readonly entries: readonly FrameEntry[]
}

/** Builds one frame after another in the same memory. */
export class FrameWriter {
  private readonly writer = new ByteWriter()
  private readonly shows = new Map<string, number>()
  events = 0

  begin(stampedAt: number): void {
    this.writer.reset()
    this.shows.clear()
    this.events = 0
    this.writer.u8(VERSION)
    this.writer.f64(stampedAt)
  }

  add(show: string, event: ShowEvent): void {
    const known = this.shows.get(show)
    if (known === undefined) {
      this.writer.varint(this.shows.size)
      this.writer.text(show)
      this.shows.set(show, this.shows.size)
    } else {
      this.writer.varint(known)
    }
    writeEvent(this.writer, event)
    this.events++
  }

  /** The finished frame: a view that the next `begin` overwrites. */
  end(): Uint8Array {
    this.writer.u32(checksum(this.writer.bytes, this.writer.length))
    return this.writer.bytes.subarray(0, this.writer.length)
  }
}

/** The bytes of a frame with `entries`, for tests and tools. */
export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new FrameWriter()
  writer.begin(frame.stampedAt)
  for (const { show, event } of frame.entries) writer.add(show, event)
  return writer.end().slice()
}

/** Throws `Damaged` where the bytes are not a frame. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const end = verifiedEnd(bytes, VERSION, HEADER_BYTES)
  const reader = new ByteReader(bytes, 1, end)
  const stampedAt = reader.whole()
  const shows: string[] = []
  const entries: FrameEntry[] = []
  while (!reader.done) {
    const reference = reader.varint()
    if (reference === shows.length) shows.push(reader.text())
    const show = shows[reference]
    if (show === undefined) throw new Damaged(`refers to show ${reference} of ${shows.length}`)
    entries.push({ show, event: readEvent(reader, stampedAt) })
  }
  return { stampedAt, entries }
}

/** Where the content of `bytes` ends, once its version and checksum are seen to be right. */
export function verifiedEnd(bytes: Uint8Array, version: number, headerBytes: number): number {
  const end = bytes.length - CHECKSUM_BYTES
  if (end < headerBytes) throw new Damaged(`only ${bytes.length} bytes`)
  const stated = new ByteReader(bytes, end).u32()
  const actual = checksum(bytes, end)
  if (stated !== actual) throw new Damaged(`checksum ${actual.toString(16)}, but ${stated.toString(16)} is stated`)
  if (bytes[0] !== version) throw new Damaged(`version ${bytes[0]}, but this program reads version ${version}`)
  return end
}
