// Writing and reading the journal's bytes: little-endian, LEB128 integers, length-prefixed UTF-8.
// A reader never runs past its end: damaged bytes give a `Damaged`, not a crash and not nonsense.

/** Bytes that are not what was written, or not written by a version we know. */
export class Damaged extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Damaged'
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A growing buffer that is used again and again: `reset` keeps its memory. */
export class ByteWriter {
  bytes: Uint8Array
  length = 0
  private view: DataView

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  reset(): void {
    this.length = 0
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  u8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  u32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.length, value, true)
    this.length += 4
  }

  f64(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** An integer from 0 to 2^53 − 1. */
  varint(value: number): void {
    this.reserve(8)
    const bytes = this.bytes
    let rest = value
    while (rest >= 0x80000000) {
      bytes[this.length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest >= 0x80) {
      bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[this.length++] = rest
  }

  text(value: string): void {
    const size = value.length
    if (size < 128) {
      this.reserve(size + 1)
      const bytes = this.bytes
      let at = this.length
      bytes[at++] = size
      for (let i = 0; i < size; i++) {
        const code = value.charCodeAt(i)
        if (code >= 0x80) return this.wideText(value)
        bytes[at++] = code
      }
      this.length = at
      return
    }
    this.wideText(value)
  }

  private wideText(value: string): void {
    const encoded = encoder.encode(value)
    this.varint(encoded.length)
    this.reserve(encoded.length)
    this.bytes.set(encoded, this.length)
    this.length += encoded.length
  }

  /** A list of integers, as they come. */
  list(values: readonly number[]): void {
    this.varint(values.length)
    for (let i = 0; i < values.length; i++) this.varint(values[i]!)
  }

  texts(values: readonly string[]): void {
    this.varint(values.length)
    for (let i = 0; i < values.length; i++) this.text(values[i]!)
  }

  /** Bytes as they are, with their length before them. */
  block(value: Uint8Array): void {
    this.varint(value.length)
    this.raw(value)
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.reserve(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }

  /** A list of ascending integers, as distances: seat indexes of one row take a byte each. */
  ascending(values: readonly number[]): void {
    this.varint(values.length)
    let before = 0
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      this.varint(value - before)
      before = value
    }
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

export class ByteReader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly end: number
  at: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** Passes over `count` bytes; answers where they begin. */
  take(count: number): number {
    const at = this.at
    if (count > this.end - at) throw new Damaged(`ends early at byte ${at}`)
    this.at = at + count
    return at
  }

  u8(): number {
    return this.bytes[this.take(1)]!
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), true)
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw new Damaged(`no integer at byte ${this.at}`)
  }

  /** An integer that comes as its distance from `before`, which is not above it. */
  after(before: number): number {
    const value = before + this.varint()
    if (value > Number.MAX_SAFE_INTEGER) throw new Damaged(`no integer at byte ${this.at}`)
    return value
  }

  /** An integer that takes eight bytes: a time, or any other that may be negative or large. */
  whole(): number {
    const value = this.f64()
    if (!Number.isSafeInteger(value)) throw new Damaged(`no integer at byte ${this.at - 8}`)
    return value
  }

  text(): string {
    const size = this.varint()
    const at = this.take(size)
    try {
      return decoder.decode(this.bytes.subarray(at, at + size))
    } catch {
      throw new Damaged(`no text at byte ${at}`)
    }
  }

  /** How many items follow: each takes a byte at least, so no claim can make us allocate at will. */
  count(): number {
    const count = this.varint()
    if (count > this.end - this.at) throw new Damaged(`claims ${count} items at byte ${this.at}`)
    return count
  }

  list(): number[] {
    const count = this.count()
    const values = new Array<number>(count)
    for (let i = 0; i < count; i++) values[i] = this.varint()
    return values
  }

  texts(): string[] {
    const texts = new Array<string>(this.count())
    for (let i = 0; i < texts.length; i++) texts[i] = this.text()
    return texts
  }

  /** A view of bytes that come with their length. */
  block(): Uint8Array {
    const size = this.varint()
    const at = this.take(size)
    return this.bytes.subarray(at, at + size)
  }

  ascending(): number[] {
    const count = this.count()
    const values = new Array<number>(count)
    let before = 0
    for (let i = 0; i < count; i++) {
      before = this.after(before)
      values[i] = before
    }
    return values
  }
}
