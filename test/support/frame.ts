// A frame of the journal whose content and time follow from its seq.
import type { FrameRow } from '../../actors/ports.ts'

export function frame(shard: number, seq: number, epoch: number, bytes: Uint8Array = Buffer.from(`${seq}`)): FrameRow {
  return { shard, seq, epoch, stampedAt: 1_700_000_000_000 + seq, bytes }
}
