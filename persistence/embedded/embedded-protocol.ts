// The few words of Postgres's wire protocol that the embedded database's doorkeeper has to understand itself:
// where messages end, how a connection starts, and how to say no.

/** A plan's JSON is at most 48 MB; nothing we send is larger than twice that. */
const MESSAGE_BYTES_MAX = 128 * 1024 * 1024
/** Before the password nobody has more to say. */
const STARTUP_BYTES_MAX = 10_000

/**
 * Cuts what arrives into whole messages. The first ones have no type byte, until `isStarting` is unset; large ones are
 * taken from who `isTrusted`, for they are kept until they are whole.
 */
export class MessageReader {
  isStarting = true
  isTrusted = false
  private chunks: Buffer[] = []
  private size = 0
  private needed = 0

  read(chunk: Buffer, take: (message: Buffer) => void): void {
    this.chunks.push(chunk)
    this.size += chunk.length
    // A message of many chunks is put together once.
    if (this.size < this.needed) return
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks)
    let at = 0
    for (;;) {
      const end = this.endOf(bytes, at)
      this.needed = end - at
      if (end > bytes.length) break
      take(bytes.subarray(at, end))
      at = end
    }
    this.chunks = at === bytes.length ? [] : [bytes.subarray(at)]
    this.size = bytes.length - at
  }

  private endOf(bytes: Buffer, at: number): number {
    const header = this.isStarting ? 4 : 5
    if (bytes.length - at < header) return at + header
    const length = bytes.readUInt32BE(at + header - 4)
    if (length < 4 || length > (this.isTrusted ? MESSAGE_BYTES_MAX : STARTUP_BYTES_MAX)) {
      throw new Error(`a message of ${length} bytes`)
    }
    return at + header - 4 + length
  }
}

const ENCRYPTION_CODES = [80_877_103, 80_877_104]

export function startupKind(message: Buffer): 'startup' | 'encryption' | 'other' {
  const code = message.length < 8 ? 0 : message.readUInt32BE(4)
  if (ENCRYPTION_CODES.includes(code)) return 'encryption'
  return code >>> 16 === 3 ? 'startup' : 'other'
}

/** The first text of a message, '' where the message is of another type. */
export function messageText(message: Buffer, type: string): string {
  if (message[0] !== type.charCodeAt(0)) return ''
  const end = message.indexOf(0, 5)
  return message.toString('utf8', 5, end < 0 ? message.length : end)
}

export const AUTHENTICATION_OK_NEEDS_PASSWORD = frame('R', Buffer.from([0, 0, 0, 3]))
export const SYNC = frame('S', Buffer.alloc(0))
export const SIMPLE_ROLLBACK = frame('Q', Buffer.from('rollback\0'))

export function closeStatements(names: Iterable<string>): Buffer {
  const closing = Array.from(names, (name) => frame('C', Buffer.from(`S${name}\0`)))
  return Buffer.concat([...closing, SYNC])
}

export function errorMessage(code: string, message: string): Buffer {
  return frame('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`))
}

function frame(type: string, body: Buffer): Buffer {
  const header = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0])
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}
