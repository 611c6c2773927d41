// Bytes as they are stored: those of golden files, and made up ones under a right checksum.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checksum } from '../../core/codec/checksum.ts'

export function golden(name: string): Uint8Array {
  const hex = readFileSync(join(import.meta.dirname, '..', 'golden', `${name}.hex`), 'utf8')
  return Uint8Array.from(Buffer.from(hex.replaceAll('\n', ''), 'hex'))
}

/** `body` with the right checksum behind it. */
export function sealed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 4)
  bytes.set(body)
  new DataView(bytes.buffer).setUint32(body.length, checksum(body, body.length), true)
  return bytes
}
