// A disk so small that it can be filled: a tmpfs of its own, for the log of a database. Mounting needs root; where
// that is not permitted there is none, and the reason is said.
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onDeath } from '../support/on-death.ts'

export interface SmallDisk {
  readonly path: string
  /** Takes all that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
  dispose(): void
}

/** Answers why not where it cannot be had. */
export function mountSmallDisk(megabytes: number): SmallDisk | string {
  const path = mkdtempSync(join(tmpdir(), 'frontrow-disk-'))
  const { status, stderr, error } = shell('mount -t tmpfs -o size="$1" tmpfs "$2"', `${megabytes}m`, path)
  if (status !== 0) {
    rmdirSync(path)
    return error?.message ?? stderr.toString().trim()
  }
  const release = onDeath('umount -l "$1"; rmdir "$1"', path)
  chmodSync(path, 0o777)
  const filler = join(path, 'filler')
  return {
    path,
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    dispose: () => {
      shell('umount -l "$1"', path)
      rmdirSync(path)
      release()
    }
  }
}

function shell(script: string, ...args: readonly string[]) {
  return spawnSync('sh', ['-c', script, 'small-disk', ...args])
}

function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    // In large pieces, and what is left in small ones.
    for (const size of [1024 * 1024, 4096, 1]) writeUntilFull(file, Buffer.alloc(size, 1))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, piece: Buffer): void {
  try {
    for (;;) if (writeSync(file, piece) < piece.length) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
