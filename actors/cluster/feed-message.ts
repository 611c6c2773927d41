// What a show's owner tells the nodes that watch it, as bytes: diffs, that its numbers start anew, and holds that ended.
import { ByteWriter } from '../../core/codec/bytes.ts'
import type { Diff } from '../outcome.ts'
import { readerOf, WIRE_VERSION } from './packet.ts'

/** A hold that is over, and who is told so. */
export interface Ended {
  readonly from: string
  readonly show: string
  readonly user: string
  readonly hold: number
}

const NO_CHANGES = new Uint32Array(0)

/** Where the diffs of `show` are published. */
export function feedTopic(show: string): string {
  return `feed.${show}`
}

/** u8 version · show id · epoch · seq · pairs of seat index and status as index × 4 + status. */
export function encodeDiff(show: string, { epoch, seq, changes }: Diff): Uint8Array {
  const writer = new ByteWriter(32 + show.length + changes.length * 2)
  writer.u8(WIRE_VERSION)
  writer.text(show)
  writer.varint(epoch)
  writer.varint(seq)
  writer.varint(changes.length / 2)
  for (let at = 0; at < changes.length; at += 2) writer.varint(changes[at]! * 4 + changes[at + 1]!)
  return writer.copy()
}

/** Throws `Damaged` where the bytes are none. */
export function decodeDiff(bytes: Uint8Array): Diff & { readonly show: string } {
  const reader = readerOf(bytes)
  const [show, epoch, seq] = [reader.text(), reader.varint(), reader.varint()]
  const changes = new Uint32Array(reader.count() * 2)
  for (let at = 0; at < changes.length; at += 2) {
    const change = reader.varint()
    changes[at] = Math.floor(change / 4)
    changes[at + 1] = change % 4
  }
  return { show, epoch, seq, changes }
}

/** The feed of `show` starts again in `epoch`: a diff with a number that none has. */
export function encodeRestart(show: string, epoch: number): Uint8Array {
  return encodeDiff(show, { epoch, seq: 0, changes: NO_CHANGES })
}

export function encodeEnded({ from, show, user, hold }: Ended): Uint8Array {
  const writer = new ByteWriter(64)
  writer.u8(WIRE_VERSION)
  writer.text(from)
  writer.text(show)
  writer.text(user)
  writer.varint(hold)
  return writer.copy()
}

/** Throws `Damaged` where the bytes are none. */
export function decodeEnded(bytes: Uint8Array): Ended {
  const reader = readerOf(bytes)
  return { from: reader.text(), show: reader.text(), user: reader.text(), hold: reader.varint() }
}
