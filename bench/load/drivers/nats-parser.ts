// The NATS protocol as its server speaks it, byte by byte, for the one thing a load generator hears: messages to its own
// inbox. Copies nothing that is whole.

export interface NatsEvents {
  /** What came to `inbox.<slot>`; the payload is from `start` to `end`. */
  message(slot: number, bytes: Buffer, start: number, end: number): void
  /** Nobody listens there: status 503. */
  noResponders(slot: number): void
  ping(): void
  pong(): void
  failed(line: string): void
}

const SPACE = 32
const NEWLINE = 10
const ZERO = 48
const [LETTER_M, LETTER_H, LETTER_P, MINUS, LETTER_I] = [...Buffer.from('MHP-I')] as [number, ...number[]]
const NO_RESPONDERS = Buffer.from('NATS/1.0 503')

/** Answers a function that takes the next bytes in; `inbox` is what subjects begin with, up to the slot. */
export function createNatsParser(inbox: string, events: NatsEvents): (bytes: Buffer) => void {
  let rest: Buffer | null = null
  /** Where a number ends that was read last. */
  let at = 0

  function number(bytes: Buffer): number {
    let value = 0
    for (; bytes[at]! >= ZERO; at++) value = value * 10 + bytes[at]! - ZERO
    return value
  }

  /** Where the message that begins at `from`, with its first line up to `line`, ends; -1 where it is not all there. */
  function read(bytes: Buffer, from: number, line: number): number {
    const headed = bytes[from] === LETTER_H
    at = from + (headed ? 5 : 4) + inbox.length
    const slot = number(bytes)
    at = bytes.indexOf(SPACE, at + 1) + 1
    const first = number(bytes)
    at++
    const length = headed ? number(bytes) : first
    const start = line + 1
    const end = start + length
    if (end + 2 > bytes.length) return -1
    if (headed && bytes.compare(NO_RESPONDERS, 0, NO_RESPONDERS.length, start, start + NO_RESPONDERS.length) === 0) {
      events.noResponders(slot)
    } else events.message(slot, bytes, headed ? start + first : start, end)
    return end + 2
  }

  function other(bytes: Buffer, from: number, line: number): void {
    if (bytes[from] === LETTER_P) {
      if (bytes[from + 1] === LETTER_I) events.ping()
      else events.pong()
    } else if (bytes[from] === MINUS) events.failed(bytes.toString('latin1', from, line))
  }

  return (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk])
    rest = null
    for (let from = 0; from < bytes.length; ) {
      const line = bytes.indexOf(NEWLINE, from)
      const isMessage = bytes[from] === LETTER_M || bytes[from] === LETTER_H
      const next = line === -1 ? -1 : isMessage ? read(bytes, from, line) : line + 1
      if (next === -1) {
        // The chunk's memory is used again for the next one.
        rest = Buffer.from(bytes.subarray(from))
        return
      }
      if (!isMessage) other(bytes, from, line)
      from = next
    }
  }
}
