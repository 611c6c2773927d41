// What one client knows of a show from pushes alone, and whether they came as DESIGN promises: diffs of one epoch
// numbered without gaps, never backwards. It believes nothing it was not sent.
import type { Diff, Snapshot } from '../../gateway/client/protocol.ts'

export interface ShowViewer {
  readonly statuses: Uint8Array
  readonly epoch: number
  readonly seq: number
  /** False until the first snapshot. */
  readonly known: boolean
  /** What came out of order, a sentence each. */
  readonly disorder: readonly string[]
  diff(diff: Diff): void
  snapshot(snapshot: Snapshot): void
}

export function createShowViewer(seatCount: number): ShowViewer {
  const statuses = new Uint8Array(seatCount)
  const disorder: string[] = []
  let epoch = -1
  let seq = -1
  const position = () => `(${epoch}, ${seq})`
  return {
    statuses,
    disorder,
    get epoch() {
      return epoch
    },
    get seq() {
      return seq
    },
    get known() {
      return epoch >= 0
    },
    diff: (diff) => {
      if (diff.epoch !== epoch || diff.seq !== seq + 1) {
        disorder.push(`diff (${diff.epoch}, ${diff.seq}) after ${position()}`)
        return
      }
      seq = diff.seq
      for (const [seat, status] of diff.changes) statuses[seat] = status
    },
    snapshot: (snapshot) => {
      if (snapshot.epoch < epoch || (snapshot.epoch === epoch && snapshot.seq < seq)) {
        disorder.push(`snapshot (${snapshot.epoch}, ${snapshot.seq}) after ${position()}`)
        return
      }
      epoch = snapshot.epoch
      seq = snapshot.seq
      statuses.set(unpackStatuses(snapshot.statuses, seatCount))
    }
  }
}

/** Base64 of two bits a seat, the first seat in the lowest bits of the first byte. */
function unpackStatuses(packed: string, seatCount: number): Uint8Array {
  const bytes = Buffer.from(packed, 'base64')
  return Uint8Array.from({ length: seatCount }, (_, seat) => (bytes[seat >> 2]! >> ((seat & 3) * 2)) & 3)
}
