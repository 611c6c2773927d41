// The embedded database's doorkeeper, which cuts Postgres's wire protocol into messages and asks for the password.
// Nothing reaches the database from who did not give it, and what does is whole messages.
import { EventEmitter } from 'node:events'
import { checksum } from '../../../core/codec/checksum.ts'
import { type Engine, serveSessions } from '../../../persistence/embedded/embedded-sessions.ts'
import { ACCEPTED, insist, type Target } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'

const PASSWORD = 'only tests know it'

/** A message of Postgres; without a type the first one of a connection. */
function message(type: string, body: string | readonly number[]): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(`${body}\0`) : Buffer.from(body)
  const head = Buffer.alloc(type.length + 4, type)
  head.writeUInt32BE(bytes.length + 4, type.length)
  return Buffer.concat([head, bytes])
}

const STARTUP = message('', [0, 3, 0, 0, ...Buffer.from('user\0postgres\0database\0postgres\0\0')])
const ENCRYPTION = message('', [4, 210, 22, 47])
const LOGIN = Buffer.concat([STARTUP, message('p', PASSWORD)])
const PREPARED = [message('P', 'a\0select 1\0\0'), message('B', '\0a\0\0\0\0\0\0'), message('E', '\0\0\0\0')]
const SESSIONS = [
  [LOGIN, message('Q', 'select 1'), message('X', [])],
  [ENCRYPTION, LOGIN, ...PREPARED, message('S', [])],
  [LOGIN, message('Q', 'begin'), ...PREPARED, message('H', []), message('S', []), message('Q', 'commit')],
  [ENCRYPTION, ENCRYPTION, LOGIN]
]

/** Sees what reaches the database: whole messages alone. */
class PlainEngine implements Engine {
  runs = 0
  #inTransaction = false

  run(messages: Uint8Array): Buffer {
    this.runs++
    const bytes = Buffer.from(messages)
    // The first one is the startup, which has no type.
    for (let at = this.runs === 1 ? bytes.readUInt32BE(0) : 0; at < bytes.length; ) {
      insist(bytes.length - at >= 5, 'half a message reached the database')
      const length = bytes.readUInt32BE(at + 1)
      insist(length >= 4 && at + 1 + length <= bytes.length, 'half a message reached the database')
      const text = bytes.toString('latin1', at + 5, at + 1 + length)
      if (bytes[at] === 0x51) this.#inTransaction = /^begin/i.test(text)
      at += 1 + length
    }
    return Buffer.from('Z\0\0\0\x05I', 'latin1')
  }

  inTransaction(): boolean {
    return this.#inTransaction
  }
}

class PlainSocket extends EventEmitter {
  written = 0
  isOver = false

  setTimeout(): this {
    return this
  }
  write(bytes: Uint8Array): boolean {
    this.written += bytes.length
    return true
  }
  end(): this {
    return this.destroy()
  }
  destroy(): this {
    this.isOver = true
    return this
  }
}

const doorkeeper: Target = {
  name: 'doorkeeper',
  corpus: async () => SESSIONS.map((parts) => new Uint8Array(Buffer.concat(parts))),
  mutate: mutateBytes,
  judge(input) {
    const engine = new PlainEngine()
    const server = serveSessions(engine, PASSWORD)
    const socket = new PlainSocket()
    server.emit('connection', socket)
    let dice = checksum(input, input.length)
    for (let from = 0; from < input.length && !socket.isOver; ) {
      const size = 1 + (dice & 63)
      dice = (Math.imul(dice, 0x9e3779b1) >>> 3) ^ size
      socket.emit('data', Buffer.from(input.slice(from, from + size)))
      from += size
    }
    const isKnown = Buffer.from(input).includes(PASSWORD)
    insist(isKnown || engine.runs === 0, 'the database ran something without the password')
    const { runs } = engine
    socket.emit('close')
    insist(!engine.inTransaction(), 'a transaction outlived its session')
    if (runs > 0) return ACCEPTED
    return socket.isOver ? 'hung up' : 'waits for more'
  }
}

export const doorkeeperTargets: readonly Target[] = [doorkeeper]
