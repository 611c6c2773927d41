// A TCP socket for much small traffic: what is sent in one turn leaves in one write, and what comes is read into one
// buffer that is used again and again.
import { connect, type Socket } from 'node:net'

export interface FastSocket {
  /** One-byte characters. Leaves at the end of this turn, or sooner. */
  send(text: string): void
  close(): void
}

export interface SocketEvents {
  /** Valid until it returns. */
  read(bytes: Buffer): void
  closed(error: Error | null): void
}

const RECEIVE_BYTES = 256 * 1024
const SEND_CHARACTERS = 64 * 1024

export function openSocket(host: string, port: number, events: SocketEvents): Promise<FastSocket> {
  let pending = ''
  let failure: Error | null = null
  const buffer = Buffer.allocUnsafe(RECEIVE_BYTES)
  const socket: Socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer,
      callback: (count: number) => {
        events.read(buffer.subarray(0, count))
        flush()
        return true
      }
    }
  })

  function flush(): void {
    if (pending === '') return
    socket.write(pending, 'latin1')
    pending = ''
  }

  function send(text: string): void {
    if (pending === '') queueMicrotask(flush)
    pending += text
    if (pending.length > SEND_CHARACTERS) flush()
  }

  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve({ send, close: () => void socket.destroy() }))
    socket.on('error', (error) => {
      failure = error
      reject(error)
    })
    socket.once('close', () => events.closed(failure))
  })
}
