// Where this machine keeps the servers that tests start: first on PATH, then where packages put them without
// telling PATH. Answers null for what is not installed; `npm test` installs it or says how.
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface PostgresBinaries {
  readonly postgres: string
  readonly initdb: string
}

export function findPostgres(): PostgresBinaries | null {
  for (const folder of [...pathFolders(), ...versionedFolders('/usr/lib/postgresql'), '/usr/local/bin']) {
    const postgres = executable(join(folder, 'postgres'))
    const initdb = executable(join(folder, 'initdb'))
    if (postgres && initdb) return { postgres, initdb }
  }
  return null
}

export function findChromium(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  for (const name of names) {
    for (const folder of [...pathFolders(), '/usr/lib/chromium', '/opt/google/chrome']) {
      const found = executable(join(folder, name))
      if (found) return found
    }
  }
  return null
}

export function findNatsServer(): string | null {
  for (const folder of [...pathFolders(), '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']) {
    const found = executable(join(folder, 'nats-server'))
    if (found) return found
  }
  return null
}

export function findRedis(): string | null {
  for (const folder of [...pathFolders(), '/usr/local/bin']) {
    const found = executable(join(folder, 'redis-server'))
    if (found) return found
  }
  return null
}

function pathFolders(): readonly string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

/** Debian keeps one folder per major version; the newest first. */
function versionedFolders(root: string): readonly string[] {
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(root, version, 'bin'))
  } catch {
    return []
  }
}

function executable(path: string): string | null {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return null
  }
}
