// The load generator's frames, made before the clock starts: every hold of the run as the bytes that go out, so that
// sending the next few is one write. And the little of WebSocket framing that reading answers takes.
import { parties } from '../bench-plan.ts'
import { createRandom } from '../random.ts'
import { type LoadPlan, wsShowId } from './protocol.ts'

/** The frames of one socket, one after another. */
export interface Lane {
  readonly bytes: Buffer
  /** Where each frame starts, and where the last one ends. */
  readonly starts: Uint32Array
  /** Message id of the first frame; the others follow. */
  readonly firstId: number
}

const PARTY = 4
export const TEXT_FRAME = 0x81
export const BINARY_FRAME = 0x82
const MASKED = 0x80
const LENGTH_16 = 126
/** A mask of zeros leaves the payload as it is; the server unmasks it all the same. */
const MASK = [0, 0, 0, 0]

/** All seats of all shows in parties of four, shuffled, a lane for each socket. */
export function buildLanes({ shape, shows, sockets, seed }: LoadPlan): Lane[] {
  const random = createRandom(seed)
  const all = parties(shape, PARTY)
  const takes = random.shuffle(Array.from({ length: shows * all.length }, (_, at) => at))
  const each = Math.floor(takes.length / sockets)
  return Array.from({ length: sockets }, (_, lane): Lane => {
    const frames = takes.slice(lane * each, (lane + 1) * each).map((take, at) => {
      const key = `${random.below(2 ** 32).toString(36)}-${random.below(2 ** 32).toString(36)}`
      const show = wsShowId(Math.floor(take / all.length))
      return frameOf(JSON.stringify({ id: lane * each + at, op: 'hold', show, seats: all[take % all.length], key }))
    })
    const starts = new Uint32Array(frames.length + 1)
    for (const [at, frame] of frames.entries()) starts[at + 1] = starts[at]! + frame.length
    return { bytes: Buffer.concat(frames), starts, firstId: lane * each }
  })
}

function frameOf(text: string): Buffer {
  const payload = Buffer.from(text)
  const length = payload.length < LENGTH_16 ? [payload.length] : [LENGTH_16, payload.length >> 8, payload.length & 0xff]
  length[0]! |= MASKED
  return Buffer.concat([Buffer.from([TEXT_FRAME, ...length, ...MASK]), payload])
}

/**
 * Calls `read` with the place of each whole frame's payload in `bytes` and the frame's first byte, and answers where the
 * first frame starts that is not whole. Frames from servers are not masked.
 */
export function readFrames(
  bytes: Buffer,
  end: number,
  read: (start: number, end: number, kind: number) => void
): number {
  let at = 0
  for (;;) {
    if (at + 2 > end) return at
    const short = bytes[at + 1]!
    const extended = short === LENGTH_16 ? 2 : short === LENGTH_16 + 1 ? 8 : 0
    const start = at + 2 + extended
    if (start > end) return at
    const length =
      extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    if (start + length > end) return at
    read(start, start + length, bytes[at]!)
    at = start + length
  }
}
