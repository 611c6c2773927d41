// One process per data folder: a file names the process that uses it. A process that is gone, or whose number
// went to another one (after a reboot, or in a new container), does not keep anybody out.
import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

export interface FolderLock {
  /** What others may read beside the owner, where they can read the file. */
  note(text: string): void
  release(): void
}

interface Owner {
  readonly pid: number
  /** When that process started, as exactly as the system tells; '' where it does not. */
  readonly start: string
  readonly note: string
}

const held = new Set<string>()

/** Throws when a live process holds `path`. */
export function lockFile(path: string): FolderLock {
  const own: Owner = { pid: process.pid, start: startOf(process.pid), note: '' }
  while (!create(path, own)) {
    const text = read(path)
    const owner = text === null ? null : parse(text)
    if (owner !== null && isAlive(owner, path)) {
      throw new Error(
        `Another process uses this data folder: ${owner.pid}, says ${path}. End it, or choose another DATA_DIR.`
      )
    }
    if (text !== null) removeStale(path, text)
  }
  held.add(path)
  return {
    note: (note) => replace(path, { ...own, note }),
    release: () => {
      if (held.delete(path)) rmSync(path, { force: true })
    }
  }
}

/** The note of the live process that holds `path`; null when there is none. */
export function lockNote(path: string): string | null {
  const text = read(path)
  const owner = text === null ? null : parse(text)
  return owner !== null && owner.note !== '' && isAlive(owner, path) ? owner.note : null
}

/** Written aside and linked into place: nobody ever reads half a file. */
function create(path: string, owner: Owner): boolean {
  const aside = write(path, owner)
  try {
    linkSync(aside, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function replace(path: string, owner: Owner): void {
  renameSync(write(path, owner), path)
}

function write(path: string, owner: Owner): string {
  const aside = `${path}.${randomUUID()}`
  writeFileSync(aside, JSON.stringify(owner), { mode: 0o600, flag: 'wx' })
  return aside
}

/** Moves the file away, and back when it is no longer the stale one: another process was faster. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, path)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function parse(text: string): Owner | null {
  try {
    return JSON.parse(text) as Owner
  } catch {
    return null
  }
}

function isAlive({ pid, start }: Owner, path: string): boolean {
  if (pid === process.pid) return held.has(path)
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return start === startOf(pid)
}

/** Linux: the boot's id and the ticks from boot to the start of the process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}
