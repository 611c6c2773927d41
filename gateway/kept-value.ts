// What the server makes for itself once and keeps in its data folder: the secret that signs tokens, the
// node's id. Processes that start at the same time end up with the same value.
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SECRET_BYTES_MIN } from '../core/limits.ts'
import type { Settings } from './config.ts'

/** The secret that signs tokens: given, or kept in the data folder. */
export async function secretOf(settings: Pick<Settings, 'jwtSecret' | 'dataDir'>): Promise<Uint8Array> {
  const text = settings.jwtSecret ?? (await keptValue(settings.dataDir, 'jwt-secret', newSecret))
  const secret = Buffer.from(text)
  if (secret.length >= SECRET_BYTES_MIN) return secret
  throw new Error(
    `${join(settings.dataDir, 'jwt-secret')} is too short to be a secret: remove it, and a new one is made`
  )
}

/** What this node is called: given, or kept in the data folder. */
export interface NodeIdentity {
  readonly node: string
  /**
   * What the journal knows as owner. Its own data folder is part of it: an owner claims what is its own at once, and
   * two processes that were given one name must not, as each still shows what it believes to own.
   */
  readonly owner: string
}

export async function identityOf({ nodeId, dataDir }: Pick<Settings, 'nodeId' | 'dataDir'>): Promise<NodeIdentity> {
  const kept = await keptValue(dataDir, 'node-id', randomUUID)
  return nodeId === null ? { node: kept, owner: kept } : { node: nodeId, owner: `${nodeId}.${kept}` }
}

function newSecret(): string {
  return randomBytes(48).toString('base64url')
}

async function keptValue(folder: string, name: string, make: () => string): Promise<string> {
  const path = join(folder, name)
  const known = await readIfThere(path)
  if (known !== null) return known
  await mkdir(folder, { recursive: true })
  // Written aside and linked into place: whoever comes second finds the whole of what the first one made.
  const aside = `${path}.${randomUUID()}`
  try {
    await writeFile(aside, `${make()}\n`, { mode: 0o600, flag: 'wx' })
    await link(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
  return (await readFile(path, 'utf8')).trim()
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
