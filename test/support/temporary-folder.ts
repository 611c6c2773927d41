// Folders that live as long as a test: removed by `dispose`, or when the test process dies.
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onDeath } from './on-death.ts'

export interface TemporaryFolder {
  readonly path: string
  dispose(): Promise<void>
}

export function temporaryFolder(name: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `frontrow-${name}-`))
  // A server that is being killed may write a last file while rm walks the folder: try twice.
  const release = onDeath('rm -rf "$1" || { sleep 1; rm -rf "$1"; }', path)
  const dispose = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 5 })
    release()
  }
  return { path, dispose }
}
