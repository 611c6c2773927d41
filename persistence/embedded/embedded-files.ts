// The embedded database's files. PGlite as it comes never syncs them: `fsync` is off, and its file system has
// none. Keeps true: a commit that was answered survives a loss of power too. Costs 40 % of the commits.
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** What Emscripten's Node file system gives and takes, as far as it is used here. */
interface NodeFileSystem {
  readonly filesystems: { readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { nfd?: number }) => number } } }
}

class SyncedFiles extends NodeFS {
  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...given)
    emscriptenOpts.preRun?.push(({ FS }) => {
      const { stream_ops } = (FS as unknown as NodeFileSystem).filesystems.NODEFS
      stream_ops.fsync = ({ nfd }) => {
        if (nfd !== undefined) fdatasyncSync(nfd)
        return 0
      }
    })
    return { emscriptenOpts }
  }
}

/** With `-F` PGlite turns syncing off; of all ways to sync the log, only `fsync` reaches the file system. */
const PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'wal_sync_method=fsync', '-c', 'synchronous_commit=on', '-c', 'shared_buffers=32MB']
]

/** Opens the database in `folder`, made new where there is none. */
export async function openDatabase(folder: string): Promise<PGlite> {
  if (!existsSync(folder)) await makeDatabase(folder)
  return PGlite.create({ fs: new SyncedFiles(folder), startParams: PARAMETERS })
}

/** Made aside and renamed when complete: a process killed meanwhile leaves nothing that looks like a database. */
async function makeDatabase(folder: string): Promise<void> {
  const aside = `${folder}.new`
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  const database = await PGlite.create({ fs: new SyncedFiles(aside), startParams: PARAMETERS })
  await database.close()
  for (const entry of readdirSync(aside, { recursive: true, withFileTypes: true })) {
    sync(join(entry.parentPath, entry.name))
  }
  sync(aside)
  renameSync(aside, folder)
  sync(dirname(folder))
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
