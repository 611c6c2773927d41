// Redis' answers (RESP 2) as they come in pieces: integers, simple and bulk strings, errors, lists and nothing.

export type Reply = number | string | null | Error | readonly Reply[]

const COLON = ':'.charCodeAt(0)
const PLUS = '+'.charCodeAt(0)
const MINUS = '-'.charCodeAt(0)
const DOLLAR = '$'.charCodeAt(0)
const STAR = '*'.charCodeAt(0)
const RETURN = '\r'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)

/** Calls `answer` for each reply that is complete, and keeps the rest until more comes. */
export function createRespParser(answer: (reply: Reply) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let bytes = rest
  let at = 0

  /** Undefined where the end of it has not come yet. */
  function read(): Reply | undefined {
    const kind = bytes[at]
    if (kind === COLON) return readNumber()
    if (kind === STAR) return readList()
    if (kind === DOLLAR) return readBulk()
    if (kind === PLUS) return readLine()
    if (kind === MINUS) {
      const line = readLine()
      return line === undefined ? undefined : new Error(line)
    }
    if (kind === undefined) return undefined
    throw new Error(`Redis answered what is no RESP 2: byte ${kind}`)
  }

  function readNumber(): number | undefined {
    let number = 0
    let from = at + 1
    const sign = bytes[from] === MINUS ? -1 : 1
    if (sign < 0) from++
    for (; from < bytes.length; from++) {
      const byte = bytes[from]!
      if (byte === RETURN) {
        if (from + 1 >= bytes.length) return undefined
        at = from + 2
        return number * sign
      }
      number = number * 10 + byte - ZERO
    }
    return undefined
  }

  function readList(): Reply | undefined {
    const length = readNumber()
    if (length === undefined || length < 0) return length === undefined ? undefined : null
    const items: Reply[] = []
    for (let count = 0; count < length; count++) {
      const item = read()
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

  function readBulk(): string | null | undefined {
    const length = readNumber()
    if (length === undefined || length < 0) return length === undefined ? undefined : null
    const start = at
    at += length + 2
    return at > bytes.length ? undefined : bytes.toString('utf8', start, start + length)
  }

  function readLine(): string | undefined {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return undefined
    const line = bytes.toString('utf8', at + 1, end)
    at = end + 2
    return line
  }

  return (more) => {
    bytes = rest.length === 0 ? more : Buffer.concat([rest, more])
    at = 0
    let whole = 0
    for (let reply = read(); reply !== undefined; reply = read()) {
      whole = at
      answer(reply)
    }
    // The socket reads into the same memory again.
    rest = Buffer.from(bytes.subarray(whole))
  }
}
