// Many rows with bytes in one statement: arrays of columns, and all bytes one after another in one parameter.
// An array of bytea would go as hex text: twice the size, to be written here and parsed there.

export interface PackedBytes {
  readonly bytes: Buffer
  /** Array literals for `substring(bytes from start for length)`; SQL counts from 1. */
  readonly starts: string
  readonly lengths: string
}

export function packBytes(rows: readonly { readonly bytes: Uint8Array }[]): PackedBytes {
  let total = 0
  for (const row of rows) total += row.bytes.length
  const bytes = Buffer.allocUnsafe(total)
  const starts: number[] = []
  const lengths: number[] = []
  let at = 0
  for (const row of rows) {
    bytes.set(row.bytes, at)
    starts.push(at + 1)
    lengths.push(row.bytes.length)
    at += row.bytes.length
  }
  return { bytes, starts: arrayLiteral(starts), lengths: arrayLiteral(lengths) }
}

export function arrayLiteral(numbers: readonly number[]): string {
  return `{${numbers.join()}}`
}
