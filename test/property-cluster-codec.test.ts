// What nodes say to each other: it comes back as it was, and what was cut off, turned or made up is `Damaged` or
// something that could have been said, and never ends otherwise.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDiff, decodeEnded, encodeDiff, encodeEnded, encodeRestart } from '../actors/cluster/feed-message.ts'
import { PacketWriter, readPacket, WIRE_VERSION } from '../actors/cluster/packet.ts'
import { decodeHello, encodeHello } from '../actors/cluster/routes.ts'
import { ByteReader, ByteWriter, Damaged } from '../core/codec/bytes.ts'
import { readCommand, writeCommand } from '../core/codec/command-codec.ts'
import { readOutcome, writeOutcome } from '../core/codec/outcome-codec.ts'
import type { Command } from '../core/command.ts'
import { fingerprint } from '../core/rules/fingerprint.ts'
import { anyText } from './support/arbitrary-events.ts'
import { anyCommand, anyDiff, anyEnded, anyEntry, anyHello, anyOutcome, noting } from './support/arbitrary-messages.ts'
import { definitionOf, holdBest } from './support/small-show.ts'

const FROM = 'node-1.0123'

function written<T>(write: (writer: ByteWriter, value: T) => void, value: T): Uint8Array {
  const writer = new ByteWriter(1)
  write(writer, value)
  return writer.copy()
}

/** Reads all of `bytes`. */
function readAll<T>(read: (reader: ByteReader) => T, bytes: Uint8Array): T {
  const reader = new ByteReader(bytes)
  const value = read(reader)
  expect(reader.done).toBe(true)
  return value
}

function packetOf(entries: readonly { readonly write: (packet: PacketWriter) => void }[]): Uint8Array {
  const packet = new PacketWriter(FROM)
  for (const { write } of entries) write(packet)
  return packet.take()
}

function toldOf(bytes: Uint8Array): unknown[] {
  const told: unknown[] = []
  readPacket(bytes, noting(told))
  return told
}

const printOf = (command: Command) => fingerprint(command, { ids: [] })

describe('what nodes say comes back as it was', () => {
  it('CODEC-16: any command, and it asks for the same thing', () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        const back = readAll(readCommand, written(writeCommand, command))
        expect(back).toEqual(command)
        expect(printOf(back)).toBe(printOf(command))
      }),
      { numRuns: 500 }
    )
  })

  it('CODEC-16: a party that needs no accessible seats asks for the same, whether it says so or not', () => {
    const command = holdBest('ann', { count: 2, accessible: false })
    const back = readAll(readCommand, written(writeCommand, command))
    expect(back).toEqual(holdBest('ann', { count: 2 }))
    expect(printOf(back)).toBe(printOf(command))
  })

  it('CODEC-17: any outcome, with its time', () => {
    fc.assert(
      fc.property(anyOutcome, (outcome) => {
        expect(readAll(readOutcome, written(writeOutcome, outcome))).toEqual(outcome)
      }),
      { numRuns: 500 }
    )
  })

  it('CODEC-18: any packet, in its order, and a writer used again leaves nothing of the one before', () => {
    const packet = new PacketWriter(FROM)
    fc.assert(
      fc.property(fc.array(anyEntry(FROM), { maxLength: 8 }), (entries) => {
        for (const { write } of entries) write(packet)
        expect(toldOf(packet.take())).toEqual(entries.map(({ told }) => told))
        expect(toldOf(packet.take())).toEqual([])
      }),
      { numRuns: 300 }
    )
  })

  it('CODEC-19: any hello, diff, restart and end of a hold', () => {
    fc.assert(
      fc.property(anyHello, fc.tuple(anyText, anyDiff), anyEnded, (hello, [show, diff], ended) => {
        expect(decodeHello(encodeHello(hello))).toEqual(hello)
        expect(decodeDiff(encodeDiff(show, diff))).toEqual({ show, ...diff })
        expect(decodeEnded(encodeEnded(ended))).toEqual(ended)
      })
    )
    fc.assert(
      fc.property(anyText, fc.maxSafeNat(), (show, epoch) => {
        const { changes, ...restart } = decodeDiff(encodeRestart(show, epoch))
        expect([restart, changes.length]).toEqual([{ show, epoch, seq: 0 }, 0])
      })
    )
  })
})

/** Every message by its name, as bytes, and how it is read. */
const MESSAGES = {
  packet: [fc.array(anyEntry(FROM), { minLength: 1, maxLength: 3 }).map(packetOf), toldOf],
  hello: [anyHello.map(encodeHello), decodeHello],
  diff: [fc.tuple(anyText, anyDiff).map(([show, diff]) => encodeDiff(show, diff)), decodeDiff],
  'end of a hold': [anyEnded.map(encodeEnded), decodeEnded]
} as const satisfies Record<string, readonly [fc.Arbitrary<Uint8Array>, (bytes: Uint8Array) => unknown]>
const EACH = Object.entries(MESSAGES).map(([name, [bytes, read]]) => [name, bytes, read] as const)

/** Whether `bytes` are none; anything but `Damaged` is thrown on. */
function isDamaged(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    read(bytes)
    return false
  } catch (error) {
    if (error instanceof Damaged) return true
    throw error
  }
}

describe('what was not said like that', () => {
  it.each(EACH)('CODEC-20: a %s cut off anywhere is Damaged, or ends between two entries', (name, message, read) => {
    fc.assert(
      fc.property(message, (bytes) => {
        const whole = name === 'packet' ? toldOf(bytes).length : 1
        let readable = 0
        for (let end = 0; end < bytes.length; end++) if (!isDamaged(read, bytes.subarray(0, end))) readable++
        // Of a packet everything up to an entry's end is one too; nothing else is whole before its end.
        expect(readable).toBe(name === 'packet' ? whole : 0)
      }),
      { numRuns: 40 }
    )
  })

  it.each(EACH)('CODEC-20: a %s with a bit turned is read as something, or Damaged', (_name, message, read) => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(7), (bytes, at, bit) => {
        if (bytes.length === 0) return
        const turned = bytes.slice()
        turned[at % turned.length]! ^= 1 << bit
        isDamaged(read, turned)
      }),
      { numRuns: 500 }
    )
  })

  it.each(EACH)('CODEC-20: nonsense instead of a %s is read as something, or Damaged', (_name, _message, read) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        isDamaged(read, bytes)
        isDamaged(read, Uint8Array.from([WIRE_VERSION, ...bytes]))
      }),
      { numRuns: 500 }
    )
  })

  it.each(EACH)('CODEC-20: a %s of another version is Damaged, and the error names both', (_name, message, read) => {
    const [bytes] = fc.sample(message, 1)
    const other = Uint8Array.from(bytes!)
    other[0] = WIRE_VERSION + 1
    expect(() => read(other)).toThrow(
      new Damaged(`version ${WIRE_VERSION + 1}, but this program speaks version ${WIRE_VERSION}`)
    )
  })

  it.each([
    ['null', false],
    ['[]', false],
    ['{', true],
    ["{'id': 1}", true],
    ['', true]
  ])('CODEC-20: a show that is made of %j is read, or Damaged', (json, damaged) => {
    const definition = definitionOf()
    const command = { op: 'create' as const, show: definition.id, user: 'boss', admin: true, key: 'k', definition }
    const whole = written(writeCommand, command)
    const asText = (text: string) => written((writer, value) => writer.text(value), text)
    const start = whole.subarray(0, -asText(JSON.stringify(definition)).length)
    const made = Uint8Array.from([...start, ...asText(json)])
    expect(isDamaged((bytes) => readCommand(new ByteReader(bytes)), made)).toBe(damaged)
  })
})
