// Builds the seat map page when what is built is not what the sources say, so that a fresh clone needs no
// second command and a prebuilt container needs no build. A build is a folder named after the digest of its
// sources: processes that start at the same time may all build, and the first puts its own in place.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = fileURLToPath(new URL('./web', import.meta.url))
/** What the page imports from outside its folder. */
const CLIENT = fileURLToPath(new URL('./client', import.meta.url))
const PLAN = fileURLToPath(new URL('../core/plan/plan.ts', import.meta.url))
const DIST = join(SOURCES, 'dist')
const YOUNG_MS = 10 * 60_000

/** Answers the folder with the built page; rejects with Vite's error when the sources do not build. */
export async function buildWeb(log: (line: string) => void): Promise<string> {
  const digest = await digestSources()
  const built = join(DIST, digest)
  if (existsSync(built)) return built
  log('Building the seat map page …')
  const startedAt = performance.now()
  const [{ build }, { default: config }] = await Promise.all([import('vite'), import('./web/vite.config.ts')])
  const fresh = `${built}.${process.pid}`
  try {
    await build({ ...config, build: { ...config.build, outDir: fresh, emptyOutDir: true } })
    await rename(fresh, built)
    await removeOthers(digest)
  } catch (error) {
    // Another process was faster: its build is of the same sources.
    if (!existsSync(built)) throw error
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  log(`Built the seat map page in ${Math.round(performance.now() - startedAt)} ms`)
  return built
}

/** A digest of contents, not of times: copying and checking out change the times of files. */
async function digestSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of [...(await filesBelow(SOURCES)), ...(await filesBelow(CLIENT)), PLAN]) {
    hash.update(relative(SOURCES, file)).update('\0')
    hash.update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 16)
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const below = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (path === DIST) return []
      return entry.isDirectory() ? filesBelow(path) : [path]
    })
  )
  return below.flat().sort()
}

/**
 * Earlier builds. One that another process is still writing keeps its `.pid` and is left alone, and so is one so young
 * that a process may be about to read it.
 */
async function removeOthers(digest: string): Promise<void> {
  for (const name of await readdir(DIST)) {
    if (name === digest || name.includes('.')) continue
    const { mtimeMs } = await stat(join(DIST, name))
    if (mtimeMs < Date.now() - YOUNG_MS) await rm(join(DIST, name), { recursive: true, force: true })
  }
}
