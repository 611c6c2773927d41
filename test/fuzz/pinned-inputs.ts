// Inputs that once broke a rule, kept so that they never do again: a file each, as text where they are text.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesOf } from './fuzz-target.ts'

export interface PinnedInput {
  /** The file's name. */
  readonly name: string
  readonly target: string
  /** What was wrong when it was found. */
  readonly found: string
  readonly input: Uint8Array
  /** How the target has to answer; null where any of its answers will do. */
  readonly answer: string | null
}

interface PinnedFile {
  readonly answer?: string
  readonly target: string
  readonly found: string
  readonly text?: string
  readonly hex?: string
}

const FOLDER = join(import.meta.dirname, 'pinned')

export function pinnedInputs(folder = FOLDER): readonly PinnedInput[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => {
    const {
      target,
      found,
      answer = null,
      text,
      hex
    } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as PinnedFile
    return {
      name,
      target,
      found,
      answer,
      input: text === undefined ? new Uint8Array(Buffer.from(hex ?? '', 'hex')) : bytesOf(text)
    }
  })
}

/** Answers the file's path. */
export function pin(target: string, found: string, input: Uint8Array, folder = FOLDER): string {
  const text = Buffer.from(input).toString()
  const isText = text.isWellFormed() && Buffer.from(text).equals(input) && !/[^\P{Cc}\r\n]/u.test(text)
  const file: PinnedFile = { target, found, ...(isText ? { text } : { hex: Buffer.from(input).toString('hex') }) }
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${target}-${createHash('sha256').update(input).digest('hex').slice(0, 8)}.json`)
  writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`)
  return path
}
