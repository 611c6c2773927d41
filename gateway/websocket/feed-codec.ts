// Pushes as text (subprotocol frontrow.v1) and as bytes (frontrow.v1.bin). A binary push is, little-endian:
//   u8 kind (1 snapshot, 2 diff) · u32 epoch · u32 seq · u8 length of the show id · show id · payload
// with the packed statuses as a snapshot's payload, and u32 (seat index × 4 + status) each as a diff's.
import type { Diff, ShowView } from '../../actors/outcome.ts'

export const TEXT_PROTOCOL = 'frontrow.v1'
export const BINARY_PROTOCOL = 'frontrow.v1.bin'

const SNAPSHOT = 1
const DIFF = 2

/** Two bits a seat, the first seat in the lowest bits of the first byte. */
function packStatuses(statuses: Uint8Array): Uint8Array {
  const packed = new Uint8Array((statuses.length + 3) >> 2)
  for (let i = 0; i < statuses.length; i++) packed[i >> 2]! |= statuses[i]! << ((i & 3) * 2)
  return packed
}

export function snapshotText(show: string, { epoch, seq, statuses }: ShowView): string {
  const packed = Buffer.from(packStatuses(statuses)).toString('base64')
  return `{"ev":"snapshot","show":"${show}","epoch":${epoch},"seq":${seq},"statuses":"${packed}"}`
}

export function diffText(show: string, { epoch, seq, changes }: Diff): string {
  let list = ''
  for (let i = 0; i < changes.length; i += 2) list += `${i === 0 ? '' : ','}[${changes[i]},${changes[i + 1]}]`
  return `{"ev":"diff","show":"${show}","epoch":${epoch},"seq":${seq},"changes":[${list}]}`
}

export function snapshotBytes(show: string, view: ShowView): Uint8Array {
  const packed = packStatuses(view.statuses)
  const { bytes, at } = begin(SNAPSHOT, show, view, packed.length)
  bytes.set(packed, at)
  return bytes
}

export function diffBytes(show: string, diff: Diff): Uint8Array {
  const { changes } = diff
  const { bytes, view, at } = begin(DIFF, show, diff, changes.length * 2)
  for (let i = 0; i < changes.length; i += 2) view.setUint32(at + i * 2, changes[i]! * 4 + changes[i + 1]!, true)
  return bytes
}

function begin(kind: number, show: string, { epoch, seq }: { epoch: number; seq: number }, payloadBytes: number) {
  const at = 10 + show.length
  const bytes = new Uint8Array(at + payloadBytes)
  const view = new DataView(bytes.buffer)
  bytes[0] = kind
  view.setUint32(1, epoch, true)
  view.setUint32(5, seq, true)
  bytes[9] = show.length
  for (let i = 0; i < show.length; i++) bytes[10 + i] = show.charCodeAt(i)
  return { bytes, view, at }
}
