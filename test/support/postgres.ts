// A real Postgres for tests and benches: its own data folder and port, and everything one does to a server in
// anger (stop, kill, freeze, start again). initdb takes 0.45 s and a start 0.1 s, so every test file has its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { findPostgres } from './binaries.ts'
import { freePort } from './free-port.ts'
import { onDeath } from './on-death.ts'
import { exited, freeze, hasExited, KILL_FAMILY, killFamily, thaw } from './process-family.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface PostgresOptions {
  /** Syncs to disk as in production. Without, commits survive a kill of the server but not of the machine. */
  readonly durable?: boolean
  /** Server settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** More flags of initdb. */
  readonly initdbFlags?: readonly string[]
}

export interface TestPostgres {
  /** Of the database `postgres`. */
  readonly url: string
  readonly port: number
  readonly logPath: string
  /** Of the main process; null while it does not run. */
  readonly pid: number | null
  /** Again, on the same data and port. */
  start(): Promise<void>
  stop(mode: 'fast' | 'immediate'): Promise<void>
  /** SIGKILL to all of its processes. */
  kill(): Promise<void>
  /** Freezes all of its processes: it neither answers nor hangs up. */
  pause(): void
  resume(): void
  /** Answers the URL of a new database, a copy of `template` where one is given. */
  createDatabase(name: string, template?: string): Promise<string>
  dispose(): Promise<void>
}

/** Where one server lives, and as whom. */
interface Site {
  readonly binary: string
  readonly folder: string
  readonly data: string
  readonly log: string
  readonly account: { readonly uid: number; readonly gid: number } | null
  readonly settings: Readonly<Record<string, string>>
}

const START_MS_MAX = 60_000
const PORT_TRIES = 5
const WITHOUT_SYNC = { fsync: 'off', full_page_writes: 'off' }

export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const binaries = findPostgres()
  if (!binaries) throw new Error('Found no PostgreSQL (postgres and initdb): install it, or add its folder to PATH.')
  const folder = temporaryFolder('postgres')
  const site: Site = {
    binary: binaries.postgres,
    folder: folder.path,
    data: join(folder.path, 'data'),
    log: join(folder.path, 'postgres.log'),
    account: serverAccount(),
    settings: { ...(options.durable ? {} : WITHOUT_SYNC), ...options.settings }
  }
  try {
    if (site.account) chownSync(site.folder, site.account.uid, site.account.gid)
    await initialise(site, binaries.initdb, options.initdbFlags ?? [])
    const { child, port } = await launchOnFreePort(site)
    return control(site, port, child, folder.dispose)
  } catch (error) {
    await folder.dispose()
    throw error
  }
}

function control(site: Site, port: number, first: ChildProcess, disposeFolder: () => Promise<void>): TestPostgres {
  let child = first
  const pid = () => (hasExited(child) ? null : (child.pid ?? null))
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`
  const signal = (send: (pid: number) => void) => {
    const running = pid()
    if (running !== null) send(running)
  }
  const stop = async (mode: 'fast' | 'immediate') => {
    signal(thaw)
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await exited(child)
  }
  return {
    url: url('postgres'),
    port,
    logPath: site.log,
    get pid() {
      return pid()
    },
    start: async () => {
      if (pid() === null) child = await launch(site, port)
    },
    stop,
    kill: async () => {
      const running = pid()
      if (running !== null) await killFamily(running)
      await exited(child)
    },
    pause: () => signal(freeze),
    resume: () => signal(thaw),
    createDatabase: async (name, template) => {
      await query(url('postgres'), `create database "${name}"${template ? ` template "${template}"` : ''}`)
      return url(name)
    },
    dispose: async () => {
      await stop('immediate')
      await disposeFolder()
    }
  }
}

/** Postgres refuses to run as root: then it runs as `postgres`, or as nobody. */
function serverAccount(): Site['account'] {
  if (process.getuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const found = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  if (!found) throw new Error('Postgres does not run as root, and there is neither a user postgres nor nobody.')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

async function initialise(site: Site, initdb: string, more: readonly string[]): Promise<void> {
  const how = ['--no-sync', '--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C']
  const child = run(site, initdb, [`--pgdata=${site.data}`, ...how, ...more])
  await exited(child)
  if (child.exitCode !== 0) throw new Error(`initdb failed:\n${logTail(site)}`)
}

async function launchOnFreePort(site: Site): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return { child: await launch(site, port), port }
    } catch (error) {
      if (tries === PORT_TRIES || !logTail(site).includes('Address already in use')) throw error
    }
  }
}

async function launch(site: Site, port: number): Promise<ChildProcess> {
  const place = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: site.folder }
  const settings = Object.entries({ ...place, ...site.settings })
  const child = run(site, site.binary, [
    '-D',
    site.data,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  ])
  child.once('exit', onDeath(KILL_FAMILY, String(child.pid)))
  const deadline = Date.now() + START_MS_MAX
  while (!isReady(site, child)) {
    if (hasExited(child)) throw new Error(`Postgres did not start:\n${logTail(site)}`)
    if (Date.now() > deadline) {
      child.kill('SIGQUIT')
      throw new Error(`Postgres was not ready after ${START_MS_MAX / 1000} s:\n${logTail(site)}`)
    }
    await delay(10)
  }
  return child
}

function run(site: Site, binary: string, flags: readonly string[]): ChildProcess {
  const log = openSync(site.log, 'a')
  // Its own process group: a Ctrl-C is for us, and to Postgres it would mean to shut down.
  const child = spawn(binary, flags, { cwd: site.folder, ...site.account, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  return child
}

/** Its pid file says so in line 8: right also when some other server answers on this port. */
function isReady(site: Site, child: ChildProcess): boolean {
  try {
    const lines = readFileSync(join(site.data, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

function logTail(site: Site): string {
  return readFileSync(site.log, 'utf8').split('\n').slice(-30).join('\n')
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
