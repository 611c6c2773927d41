// One request's bytes on a connection of their own, and the first answer, whatever it is: to HEAD, compressed, an
// upgrade, or none. Leaves no connection behind that waits to be forgotten, so that thousands a second can be made.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** '' to HEAD, and what is compressed as it came. */
  readonly body: string
}

const ANSWER_MS_MAX = 20_000

/** `isWhole`: an answer must come. Otherwise nothing more is to come from here, and the server may just hang up. */
export async function sendRequest(url: string, input: Uint8Array, isWhole: boolean): Promise<RawAnswer | null> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (isWhole) socket.write(input)
  else socket.end(input)
  try {
    return await firstAnswer(socket, Buffer.from(input.subarray(0, 5)).toString() === 'HEAD ', isWhole)
  } finally {
    socket.resetAndDestroy()
  }
}

function firstAnswer(socket: Socket, isHead: boolean, isWhole: boolean): Promise<RawAnswer | null> {
  let bytes = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    const late = () => (isWhole ? reject(new Error(`no whole answer in ${ANSWER_MS_MAX} ms`)) : resolve(null))
    const timer = setTimeout(late, ANSWER_MS_MAX)
    const settle = (answer: RawAnswer | null) => {
      clearTimeout(timer)
      resolve(answer)
    }
    socket.on('data', (part: Buffer) => {
      bytes = Buffer.concat([bytes, part])
      const answer = parseAnswer(bytes, isHead)
      if (answer !== null) settle(answer)
    })
    socket.on('close', () => settle(null))
  })
}

/** Null while it is not whole. */
function parseAnswer(bytes: Buffer, isHead: boolean): RawAnswer | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
  )
  const status = Number(first.split(' ')[1])
  if (isHead || status < 200 || status === 204 || status === 304) return { status, headers, body: '' }
  const length = Number(headers.get('content-length') ?? 0)
  if (bytes.length < end + 4 + length) return null
  return { status, headers, body: bytes.toString('utf8', end + 4, end + 4 + length) }
}
